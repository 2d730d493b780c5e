package analysis

import (
	"cmp"
	"math"
	"slices"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/columns"
)

// A Told is a parameter of a population and how much it tells of the errors.
type Told struct {
	Name  string
	Share float64 // importance; 0 if it is not known
	P     float64 // the least p-value of the claims that a value is not the best; 1 if there are none
	Flat  bool    // no value is excluded as the best in mean, and the importance may be 0
}

// Order returns the parameters that vary in a population, but complexities,
// which follow from them: the most important first, if importance was asked for,
// and then those whose values differ most clearly in their mean errors. Of equal
// ones the columns keep their order.
func (s *Study) Order(p edf.Population) ([]Told, error) {
	best, err := s.bestValues(p)
	if err != nil {
		return nil, err
	}
	shares := map[string]bootstrap.Interval{}
	if e := s.explained[p.Name]; e != nil {
		for _, effect := range e.All.Effects {
			shares[effect.Parameters[0]] = effect.Share
		}
	}
	var order []Told
	for _, name := range s.Parameters(p) {
		if columns.Of(name).Role == columns.Complexity {
			continue
		}
		t := Told{Name: name, Share: shares[name].Estimate, P: 1, Flat: shares[name].Lo == 0}
		for _, b := range best {
			if b.Parameter != name {
				continue
			}
			if !math.IsNaN(b.P) {
				t.P = min(t.P, b.P)
			}
			t.Flat = t.Flat && b.MayBeBest
		}
		order = append(order, t)
	}
	slices.SortStableFunc(order, func(a, b Told) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.P, b.P))
	})
	return order, nil
}
