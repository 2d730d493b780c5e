package evolve

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/atomicfile"
	"designspace/internal/run/rundir"
	"designspace/internal/strictyaml"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/dataset"
)

// A Setup is evolve.yaml: everything that decides the outcome of an evolution.
type Setup struct {
	Version string         `yaml:"version"`
	Space   rundir.Space   `yaml:"space"`
	Against []rundir.Space `yaml:"against,omitempty"` // that the last space is compared with, beside the first
	Flops   space.Range    `yaml:"flops"`
	Options `yaml:",inline"`
	Closing `yaml:",inline"`
	Data    string         `yaml:"data"`
	Input   int            `yaml:"input"`
	Classes int            `yaml:"classes"`
	Train   int            `yaml:"train_images"` // 0: all
	Val     int            `yaml:"val_images"`   // split off the training part, on which all rounds measure errors
	Test    int            `yaml:"test_images"`  // untouched until the end; 0: all
	Recipe  trainer.Recipe `yaml:"recipe"`
}

// A Closing is how an evolution ends.
type Closing struct {
	Final   int `yaml:"final"`   // models of the first space, the last one and others, on untouched images; 0: none
	Search  int `yaml:"search"`  // models of the last space among which the best is searched
	Confirm int `yaml:"confirm"` // of the best models of a search, that are trained again
	Seeds   int `yaml:"seeds"`   // with so many fresh seeds
}

// DefaultClosing suits most spaces.
func DefaultClosing() Closing { return Closing{Final: 50, Search: 50, Confirm: 3, Seeds: 3} }

// Check reports a number that is out of its range.
func (c Closing) Check() error {
	switch {
	case c.Final < 0 || c.Final > 100_000 || c.Final == 1:
		return fmt.Errorf("final %d: want 2 models or more, or 0 for none", c.Final)
	case c.Final == 0:
		return nil
	case c.Search < 2 || c.Search > 100_000:
		return fmt.Errorf("search %d: want 2 models or more", c.Search)
	case c.Confirm < 1 || c.Confirm > c.Search:
		return fmt.Errorf("confirm %d: want 1 model or more, and no more than are searched", c.Confirm)
	case c.Seeds < 1 || c.Seeds >= rundir.MaxRepeats:
		return fmt.Errorf("seeds %d: want 1 to %d", c.Seeds, rundir.MaxRepeats-1)
	}
	return nil
}

// setupFile is the file of the setup in the directory of an evolution.
const setupFile = "evolve.yaml"

// ReadSetup reads evolve.yaml of a directory; nil if there is none.
func ReadSetup(dir string) (*Setup, error) {
	file := filepath.Join(dir, setupFile)
	data, err := rundir.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &Setup{}
	if err := strictyaml.Unmarshal(file, data, s); err != nil {
		return nil, err
	}
	if err := errors.Join(s.Options.Check(), s.Closing.Check(), s.checkImages(), s.Recipe.Validate()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

func (s *Setup) checkImages() error {
	if s.Val < 1 || s.Train < 0 || s.Test < 0 {
		return fmt.Errorf("train_images %d, val_images %d, test_images %d: want images to validate, and none below 0", s.Train, s.Val, s.Test)
	}
	return nil
}

// Start writes evolve.yaml, or reports a difference to the one that is there as a
// [rundir.Conflict]. One of an evolution that drew no model yet is replaced.
func (s Setup) Start(dir string) error {
	if err := s.checkNames(); err != nil {
		return err
	}
	file := filepath.Join(dir, setupFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && rundir.Dir(dir).Exists() {
		return fmt.Errorf("%s: it is a run: choose another directory for the evolution", dir)
	}
	if err := os.MkdirAll(filepath.Join(dir, spacesDir), 0o777); err != nil {
		return err
	}
	err := atomicfile.Create(file, func(w io.Writer) error {
		text, err := strictyaml.Marshal(s)
		if err == nil {
			_, err = io.WriteString(w, "# What decides the outcome of this evolution. Written by designspace, which refuses to go on with anything else.\n"+string(text))
		}
		return err
	})
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	has, err := ReadSetup(dir)
	if err != nil {
		return err
	}
	s.Version = has.Version
	err = rundir.Compare(file, has, s)
	if err == nil || rundir.Dir(filepath.Join(dir, explorers(1))).Exists() {
		return err
	}
	for _, def := range append([]rundir.Space{has.Space}, has.Against...) {
		if err := os.Remove(filepath.Join(dir, spacesDir, fileOf(def.Name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Remove(file); err != nil {
		return err
	}
	return s.Start(dir)
}

// checkNames reports spaces whose files would be those of others.
func (s Setup) checkNames() error {
	base := childName(s.Space.Name)
	taken := []string{fileOf(bestOfEvolution), fileOf(bestOfRandomSearch)}
	for _, def := range append([]rundir.Space{s.Space}, s.Against...) {
		file := fileOf(def.Name)
		rest, child := strings.CutPrefix(strings.TrimSuffix(file, ".yaml"), base+"-")
		if child = child && isChild.MatchString(rest); child || slices.Contains(taken, file) {
			return fmt.Errorf("space %s: this evolution has another space of that name, or makes one: rename it or leave it out", def.Name)
		}
		taken = append(taken, file)
	}
	return nil
}

// fileOf is the name of the file of a space.
func fileOf(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\: `, r) {
			return '-'
		}
		return r
	}, name) + ".yaml"
}

// Images completes what the setup says of images by the data: without a number, as
// many for validation as there are test images.
func (s *Setup) Images(root string) error {
	o := dataset.Options{Root: root, Input: s.Input, TrainImages: s.Train, TestImages: s.Test}
	d, err := dataset.Open(s.Data, o)
	if err != nil {
		return err
	}
	s.Input, s.Classes = d.Size, d.Classes
	if s.Val == 0 {
		s.Val = d.Test.Len()
	}
	o.ValImages = s.Val
	_, err = dataset.Open(s.Data, o)
	return err
}

// Define returns a space as a setup holds it.
func Define(nameOrFile string) (rundir.Space, error) {
	s, err := space.Load(nameOrFile)
	if err != nil {
		return rundir.Space{}, err
	}
	return rundir.Space{Name: s.Name, Definition: string(s.Marshal())}, nil
}

// spacesDir is where the spaces of an evolution lie, each a file.
const spacesDir = "spaces"

// spaceOf is a space of the setup: one of the catalog by its name, and others by a
// file of their own.
func (s Setup) spaceOf(def rundir.Space) (Space, error) {
	if slices.Contains(space.Names(), def.Name) {
		if c, err := space.Load(def.Name); err == nil && string(c.Marshal()) == def.Definition {
			return Space{Space: c.WithData(s.Input, s.Classes)}, nil
		}
	}
	file := fileOf(def.Name)
	c, err := space.Read(file, []byte(def.Definition))
	if err != nil {
		return Space{}, err
	}
	return Space{c.WithData(s.Input, s.Classes), file, def.Definition}, nil
}
