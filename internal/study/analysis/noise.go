package analysis

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/numeric"
	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/trainer"
)

// A Noise says how far the errors of single trainings can be trusted, from the
// models that were trained more than once.
type Noise struct {
	Populations []NoiseOf `json:"populations"`
}

// A NoiseOf is the noise in the errors of a population. Trainings that diverged
// are left out of the components, for which an error of 100 is no number like
// others, and count in Ranks.
type NoiseOf struct {
	Name string
	edf.Components
	Diverged int                // trainings
	Pairs    int                // models with a first and a second training
	Ranks    bootstrap.Interval // Spearman correlation of these two
}

// MarshalJSON writes the object of the components with some values more.
func (n NoiseOf) MarshalJSON() ([]byte, error) {
	components, err := json.Marshal(n.Components)
	if err != nil {
		return nil, err
	}
	more, err := numeric.MarshalJSON(struct {
		Name     string  `json:"name"`
		Diverged int     `json:"diverged"`
		Pairs    int     `json:"pairs"`
		Ranks    float64 `json:"repeats_spearman"`
		RanksLo  float64 `json:"repeats_spearman_lo"`
		RanksHi  float64 `json:"repeats_spearman_hi"`
	}{n.Name, n.Diverged, n.Pairs, n.Ranks.Estimate, n.Ranks.Lo, n.Ranks.Hi})
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(more[:len(more)-1], ",%s", components[1:]), nil
}

// byRepeat returns the errors of a model's trainings, each at the place of its
// repeat; NaN for those that failed or are not there.
func byRepeat(records []trainer.Outcome) []float64 {
	var errs []float64
	for _, r := range records {
		errs = put(errs, r.Repeat, r.Error)
	}
	return errs
}

// put sets errs[i], with NaN before it where there is nothing yet.
func put(errs []float64, i int, e float64) []float64 {
	for len(errs) <= i {
		errs = append(errs, math.NaN())
	}
	errs[i] = e
	return errs
}

// readRepeats reads repeats.csv of a directory that only keeps the results, if
// it has one.
func (src *source) readRepeats() error {
	t, err := table.ReadFile(src.run.Repeats())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ids, err := t.Strings("id")
	if err != nil {
		return err
	}
	repeats, err := t.Floats("repeat")
	if err != nil {
		return err
	}
	errs, err := t.Floats("error")
	if err != nil {
		return err
	}
	models, err := src.table.Strings("id")
	if err != nil {
		return err
	}
	src.trainings = make([][]float64, len(models))
	for row, id := range ids {
		i := slices.Index(models, id)
		if i < 0 {
			return t.Errorf(row, "no model %s in %s", id, src.table.Name())
		}
		if r := repeats[row]; !(r >= 0 && r < rundir.MaxRepeats) || r != math.Trunc(r) {
			return t.Errorf(row, "repeat %v: want a whole number from 0 to %d", r, rundir.MaxRepeats-1)
		}
		src.trainings[i] = put(src.trainings[i], int(repeats[row]), errs[row])
	}
	return nil
}

// Trainings returns the errors of the repeated trainings of a row, the first
// included: each at the place of its repeat, NaN where there is none. It is nil
// for a row of a table in which no model was repeated.
func (s *Study) Trainings(row int) []float64 {
	src, i := s.at(row)
	if src.trainings == nil {
		return nil
	}
	return src.trainings[i]
}

// Noise returns what repeated trainings say of each population that has some,
// nil if none has, and computes it once.
func (s *Study) Noise() (*Noise, error) {
	if s.noise != nil {
		return s.noise, nil
	}
	n := &Noise{}
	for _, g := range s.Populations {
		p, err := s.noiseOf(g)
		if err != nil {
			return nil, err
		}
		if p != nil {
			n.Populations = append(n.Populations, *p)
		}
	}
	if n.Populations == nil {
		return nil, nil
	}
	s.noise = n
	return n, nil
}

func (s *Study) noiseOf(g edf.Population) (*NoiseOf, error) {
	p := &NoiseOf{Name: g.Name}
	var models [][]float64
	var first, second []float64
	total, repeated := 0, false
	for _, row := range g.Rows {
		var finite []float64
		trainings := s.Trainings(row)
		for i, e := range trainings {
			switch {
			case math.IsNaN(e):
				continue
			case e == edf.Diverged:
				p.Diverged++
			default:
				finite = append(finite, e)
			}
			total++
			repeated = repeated || i > 0
		}
		models = append(models, finite)
		if len(trainings) > 1 && !math.IsNaN(trainings[0]+trainings[1]) {
			first, second = append(first, trainings[0]), append(second, trainings[1])
		}
	}
	if !repeated {
		return nil, nil
	}
	var err error
	if slices.ContainsFunc(models, func(m []float64) bool { return len(m) > 0 }) {
		if p.Components, err = edf.VarianceComponents(models); err != nil {
			return nil, fmt.Errorf("%s: %w", g.Name, err)
		}
	} else {
		nan := math.NaN()
		none := bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}
		p.Components = edf.Components{SeedSD: none, ModelSD: nan, Reliability: none, Resolvable: nan}
	}
	if p.Diverged > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%d of %d trainings diverged: they are left out of the noise, and count with an error of 100 in the ranks of repeats", p.Diverged, total))
	}
	p.Pairs = len(first)
	p.Ranks, err = edf.Spearman(first, second)
	return p, err
}

// An EpochRanks says how well the errors after an epoch foretell those after the
// last: an epoch of a long schedule, whose learning rate has not come down yet,
// which is not a training of so few epochs. Models that had diverged count with
// an error of 100.
type EpochRanks struct {
	Population string
	Epoch      int
	N          int // models
	Spearman   bootstrap.Interval
}

// MarshalJSON writes one object, with null for NaN.
func (e EpochRanks) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		Population string  `json:"population"`
		Epoch      int     `json:"epoch"`
		N          int     `json:"n"`
		Spearman   float64 `json:"spearman"`
		Lo         float64 `json:"spearman_lo"`
		Hi         float64 `json:"spearman_hi"`
	}{e.Population, e.Epoch, e.N, e.Spearman.Estimate, e.Spearman.Lo, e.Spearman.Hi})
}

// epochRanks returns the rank correlations of every evaluated epoch but the last
// of a population.
func (s *Study) epochRanks(g edf.Population) ([]EpochRanks, error) {
	before, after := map[int][]float64{}, map[int][]float64{} // errors by epoch
	add := func(epoch, row int, e float64) {
		before[epoch], after[epoch] = append(before[epoch], e), append(after[epoch], s.errs[row])
	}
	for _, row := range g.Rows {
		for _, p := range s.Curve(row) {
			if e := float64(p.Error); !math.IsNaN(e) { // evaluated
				add(p.Epoch, row, e)
			}
		}
	}
	epochs := slices.Sorted(maps.Keys(before))
	for _, row := range g.Rows {
		if src, _ := s.at(row); src.curve != nil && s.errs[row] == edf.Diverged {
			curve := s.Curve(row)
			for _, epoch := range epochs {
				if len(curve) == 0 || epoch > curve[len(curve)-1].Epoch {
					add(epoch, row, edf.Diverged)
				}
			}
		}
	}
	var ranks []EpochRanks
	for _, epoch := range epochs[:max(len(epochs)-1, 0)] {
		if len(before[epoch]) < 2 {
			continue
		}
		rho, err := edf.Spearman(before[epoch], after[epoch])
		if err != nil {
			return nil, err
		}
		ranks = append(ranks, EpochRanks{g.Name, epoch, len(before[epoch]), rho})
	}
	return ranks, nil
}
