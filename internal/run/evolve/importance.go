package evolve

import (
	"fmt"
	"slices"

	"designspace/internal/importance"
	"designspace/space"
)

// An Importance is the share of the variance of the explorers' errors that a
// parameter accounts for by itself, with its 95 % interval. It is shown beside the
// proposals and decides none: of so few models it is far less certain than the mean
// errors on two sides of a range.
type Importance struct {
	Parameter string  `json:"parameter"`
	Share     float64 `json:"importance"`
	Lo        float64 `json:"lo"`
	Hi        float64 `json:"hi"`
}

// mostImportances are shown of a round.
const mostImportances = 6

// importances returns the greatest importances of parameters, none where the
// errors do not tell.
func importances(s *space.Space, x Population) ([]Importance, error) {
	if len(x.Errors) < importance.MinModels || !varies(x.Errors) {
		return nil, nil
	}
	var columns []importance.Column
	for _, a := range axes(s) {
		if v := values(s, x.Settings, a.name); varies(v) {
			columns = append(columns, importance.Column{Name: a.name, Numbers: v})
		}
	}
	r, err := importance.Of(columns, x.Errors, importance.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	var list []Importance
	for _, e := range r.Effects[:min(len(r.Effects), mostImportances)] {
		list = append(list, Importance{e.Parameters[0], e.Share.Estimate, e.Share.Lo, e.Share.Hi})
	}
	return list, nil
}

func varies(x []float64) bool { return len(x) > 0 && slices.Min(x) < slices.Max(x) }
