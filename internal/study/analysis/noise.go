package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/numeric"
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

// Noise returns what repeated trainings say of each population that has some,
// nil if none has, and computes it once.
func (s *Study) Noise() (*Noise, error) {
	if s.noise != nil {
		return s.noise, nil
	}
	n := &Noise{}
	for _, g := range s.Populations {
		if g.Tilted || g.Chosen > 0 {
			continue
		}
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
			case s.metric.percent() && e == edf.Diverged:
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
		if !s.metric.percent() { // of which 100 is a number like others
			p.Warnings = slices.DeleteFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "trainings diverged") })
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
	ranks, _, err := edf.RankCorrelations(first, second)
	p.Ranks = ranks.Interval
	return p, err
}
