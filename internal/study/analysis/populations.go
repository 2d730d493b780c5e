package analysis

import (
	"fmt"
	"math"
	"slices"

	"designspace/trainer/results"
)

// maxPopulations bounds the populations of a study: more are not read any more,
// and comparing each with each takes the square of their number.
const maxPopulations = 64

// group divides the rows into populations.
func (s *Study) group(by string) error {
	var err error
	if s.names, err = results.Names(s, by); err != nil {
		return err
	}
	sources := s.sourceNames()
	for i, n := range s.names {
		if n == "" {
			s.names[i] = sources[i]
		}
	}
	names := s.names
	if by == "" {
		names = disambiguate(names, sources)
	}
	if s.Populations, err = results.Group(measured{s}, names); err != nil {
		return err
	}
	if n := len(s.Populations); n > maxPopulations {
		return fmt.Errorf("%d populations are more than %d: group by a column with fewer values, or choose rows with --where", n, maxPopulations)
	}
	s.errs = slices.Repeat([]float64{math.NaN()}, s.Len())
	sorted := make([][]float64, len(s.Populations))
	for i := range s.Populations {
		p := &s.Populations[i]
		for k, row := range p.Rows {
			s.errs[row], p.Key = p.Errors[k], s.names[row]
		}
		sorted[i] = slices.Sorted(slices.Values(p.Errors))
		same := func(errs []float64) bool { return slices.Equal(errs, sorted[i]) }
		if twin := slices.IndexFunc(sorted[:i], same); twin >= 0 {
			p.Key = s.Populations[twin].Key // one population under two names has one interval
		}
	}
	return s.predict(names)
}

// disambiguate adds the source to names that occur in several sources: the same
// space in two runs is two populations.
func disambiguate(names, sources []string) []string {
	first := map[string]string{}
	shared := map[string]bool{}
	for i, n := range names {
		if src, ok := first[n]; !ok {
			first[n] = sources[i]
		} else if src != sources[i] {
			shared[n] = true
		}
	}
	out := slices.Clone(names)
	for i, n := range names {
		if shared[n] {
			out[i] = sources[i] + ": " + n
		}
	}
	return out
}
