package experiments

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
)

// A Statistic judges an experiment. Exactly one of its fields is set.
type Statistic struct {
	Mean     *Mean     `yaml:"mean,omitempty"`
	BestOf   *BestOf   `yaml:"best_of,omitempty"`
	Attain   *Attain   `yaml:"attain,omitempty"`
	Range    *Range    `yaml:"range,omitempty"`
	Centre   *Centre   `yaml:"centre,omitempty"`
	PowerLaw *PowerLaw `yaml:"power,omitempty"`
	Predict  *Predict  `yaml:"predict,omitempty"`
	Search   *Search   `yaml:"search,omitempty"`
	Size     *Size     `yaml:"size,omitempty"`
	Split    *Split    `yaml:"split,omitempty"`
}

type judge interface {
	check(labels []string) error
	judge(samples []*Sample) ([]Finding, error)
}

// set returns the statistics that are set under their keys.
func (s Statistic) set() map[string]judge {
	set := map[string]judge{}
	for _, k := range []struct {
		name string
		is   bool // a nil pointer in an interface is not nil
		judge
	}{
		{"mean", s.Mean != nil, s.Mean}, {"best_of", s.BestOf != nil, s.BestOf},
		{"attain", s.Attain != nil, s.Attain}, {"range", s.Range != nil, s.Range},
		{"centre", s.Centre != nil, s.Centre}, {"power", s.PowerLaw != nil, s.PowerLaw},
		{"predict", s.Predict != nil, s.Predict}, {"search", s.Search != nil, s.Search}, {"size", s.Size != nil, s.Size},
		{"split", s.Split != nil, s.Split},
	} {
		if k.is {
			set[k.name] = k.judge
		}
	}
	return set
}

// Name returns the key of the statistic that is set.
func (s Statistic) Name() string {
	for name := range s.set() {
		return name
	}
	return ""
}

// String returns the statistic with its arguments as a definition has it.
func (s Statistic) String() string {
	text, err := strictyaml.Marshal(s)
	if err != nil {
		return s.Name()
	}
	return strings.TrimSpace(string(text))
}

func (s Statistic) one() judge { return s.set()[s.Name()] }

// ofMethod reports whether the statistic tells a property of the method.
func (s Statistic) ofMethod() bool { return s.Size != nil || s.Split != nil }

// fewest returns how many models of each population there must be for a verdict,
// as far as the statistic alone says.
func (s Statistic) fewest() int {
	switch {
	case s.BestOf != nil:
		return groups * s.BestOf.M
	case s.Attain != nil:
		return groups * s.Attain.M
	case s.Search != nil:
		return groups * hundredth
	}
	return 1
}

// groups of as many models as a search has are the fewest that package edf gives
// an interval of what searches find.
const groups = 4

func (s Statistic) check(labels []string) error {
	if n := len(s.set()); n != 1 {
		return fmt.Errorf("%d statistics: want exactly one", n)
	}
	if err := s.one().check(labels); err != nil {
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	return nil
}

func checkLabels(of, labels []string) error {
	if len(of) == 0 {
		return errors.New("names no population")
	}
	for _, l := range of {
		if !slices.Contains(labels, l) {
			return fmt.Errorf("no population %s; %s", l, suggest.Known(l, labels))
		}
	}
	return nil
}

const (
	points      = "percentage points"
	activations = "activations"
)
