package analysis

import (
	"cmp"
	"math"
	"slices"

	"designspace/edf"
	"designspace/internal/columns"
)

// A Told is a parameter of a population and how clearly its values differ in
// their mean errors.
type Told struct {
	Name string
	P    float64 // the least p-value of the claims that a value is not the best; 1 if there are none
	Flat bool    // no value is excluded as the best in mean
}

// Order returns the parameters that vary in a population, but complexities,
// which follow from them: those whose values differ most clearly in their mean
// errors first. Of equal ones the columns keep their order.
func (s *Study) Order(p edf.Population) ([]Told, error) {
	best, err := s.bestValues(p)
	if err != nil {
		return nil, err
	}
	var order []Told
	for _, name := range s.Parameters(p) {
		if columns.Of(name).Role == columns.Complexity {
			continue
		}
		t := Told{Name: name, P: 1, Flat: true}
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
	slices.SortStableFunc(order, func(a, b Told) int { return cmp.Compare(a.P, b.P) })
	return order, nil
}
