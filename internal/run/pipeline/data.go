package pipeline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"designspace/internal/run/rundir"
	"designspace/trainer/dataset"
)

// Images are numbers of images; 0 means as the run has it, or else all and no
// validation part.
type Images struct {
	Train, Test, Val int
	NoTest           bool // look at no test image, see [dataset.Options]
}

// open opens the data once for every image size, and number of training images,
// among the models.
func open(d rundir.Data, root string, entries []rundir.Entry) ([]*dataset.Data, error) {
	type use struct{ size, train int }
	var uses []use
	for _, e := range entries {
		if u := (use{e.Model.Input, e.TrainImages}); !slices.Contains(uses, u) {
			uses = append(uses, u)
		}
	}
	slices.SortFunc(uses, func(a, b use) int { return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.train, b.train)) })
	var sets []*dataset.Data
	for _, u := range uses {
		its := d
		its.TrainImages = cmp.Or(u.train, d.TrainImages)
		set, err := openSize(its, root, u.size)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	for _, e := range entries {
		if have := sets[0].Classes; e.Model.Classes != have {
			return nil, fmt.Errorf("model %s has %d classes and data %s have %d: sample for these data or train on others", e.ID, e.Model.Classes, d.Source, have)
		}
	}
	return sets, nil
}

func openSize(d rundir.Data, root string, size int) (*dataset.Data, error) {
	return dataset.Open(d.Source, dataset.Options{Root: root, Input: size, TrainImages: d.TrainImages, TestImages: d.TestImages, ValImages: d.ValImages, NoTest: d.NoTest})
}

// hashOf is the hash of the data, or one over those of all sizes.
func hashOf(sets []*dataset.Data) string {
	if len(sets) == 1 {
		return sets[0].Hash
	}
	h := sha256.New()
	for _, s := range sets {
		io.WriteString(h, s.Hash)
	}
	return hex.EncodeToString(h.Sum(nil))
}
