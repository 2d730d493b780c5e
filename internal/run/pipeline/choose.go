package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"designspace/internal/confirm"
	"designspace/internal/format"
	"designspace/internal/interop/export"
	"designspace/internal/run/rundir"
	"designspace/internal/suggest"
	"designspace/trainer/engine/kernel"
)

// A Choice says which models of a run are to be exported, and what with.
type Choice struct {
	ID      string      // this model
	Best    int         // or so many of the best; 0: 1
	Root    string      // directory of data sets; "": none
	Kernels *kernel.Set // for the weights, which are not loaded if nil
}

// Choose returns models of a run with what it knows of them, and notes on what it
// does not.
func Choose(dir rundir.Dir, c Choice) (models []export.Model, notes []string, err error) {
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		return nil, nil, err
	}
	config, err := rundir.ReadConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	if c.ID != "" {
		i := slices.IndexFunc(entries, func(e rundir.Entry) bool { return e.ID == c.ID })
		if i < 0 {
			return nil, nil, noModel(dir, "--id "+c.ID, c.ID, entries)
		}
		entries = entries[i : i+1]
	} else if entries, notes, err = best(dir, entries, max(1, c.Best)); err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		m := export.Model{Model: e.Model, ID: e.ID}
		if t := config.Train; t != nil {
			r := t.Recipe.For(e.Candidate)
			m.Recipe, m.Data = &r, t.Data.Name
			if m.Norm, err = normalisation(t.Data, c.Root, e); err != nil {
				notes = append(notes, fmt.Sprintf("%s: the normalisation of its images is not exported: %v", e.ID, err))
			}
		}
		if c.Kernels != nil {
			m.Net, err = export.LoadNet(e.Model, dir.Weights(e.ID), 1, c.Kernels)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, nil, err
			}
		}
		models = append(models, m)
	}
	return models, notes, nil
}

// noModel is the error of a flag that names a model which the run has not.
func noModel(dir rundir.Dir, flag, id string, entries []rundir.Entry) error {
	ids := make([]string, len(entries))
	number := func(id string) string { return strings.TrimLeft(id, "m0") }
	remedy := ""
	for i, e := range entries {
		if ids[i] = e.ID; number(e.ID) == number(id) {
			remedy = "; did you mean " + e.ID + "?"
		}
	}
	if strings.Contains(id, ",") {
		remedy = "; give each its own flag"
	}
	if near := suggest.Nearest(id, ids); remedy == "" && len(near) == 1 {
		remedy = "; did you mean " + near[0] + "?"
	}
	return fmt.Errorf("%s: no such model: %s has %s to %s%s", flag, dir.Models(), ids[0], ids[len(ids)-1], remedy)
}

// best returns the n best models, the best first: those that were trained again
// for it by their fresh means, and then the others by their errors; of equal
// ones the first model.
func best(dir rundir.Dir, entries []rundir.Entry, n int) (chosen []rundir.Entry, notes []string, err error) {
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		return nil, nil, err
	}
	ranked := ranking(entries, j)
	if len(ranked) < n {
		return nil, nil, fmt.Errorf("%s: --best %d: trained so far: %s: train more, or choose one with --id", dir, n, format.Count(len(ranked), "model"))
	}
	fresh := confirm.Ranked(confirmed("", entries, j))
	for k, m := range fresh {
		ranked[k] = m.Place
	}
	for k, i := range ranked[:n] {
		chosen = append(chosen, entries[i])
		if k < len(fresh) && fresh[k].Seeds > 0 {
			notes = append(notes, fmt.Sprintf("%s: chosen by its fresh mean of %s %% (seeds: %d); the error of its first training is %s %%",
				fresh[k].ID, fresh[k].Fresh(), fresh[k].Seeds, format.Percent(fresh[k].Error)))
		}
	}
	return chosen, notes, nil
}

// normalisation returns what the images of a model were normalised with.
func normalisation(d rundir.Data, root string, e rundir.Entry) (*export.Normalisation, error) {
	d.TrainImages = cmp.Or(e.TrainImages, d.TrainImages)
	set, err := openSize(d, root, e.Model.Input)
	if err != nil {
		return nil, err
	}
	return &export.Normalisation{Data: d.Name, Mean: set.Train.Mean, Std: set.Train.Std}, nil
}
