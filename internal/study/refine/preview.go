package refine

import (
	"fmt"
	"math"
	"slices"

	"designspace/edf"
	"designspace/space"
)

// A Preview compares the models of a population that fall inside a child with
// all of them.
type Preview struct {
	Parent, Inside              edf.Population
	ParentSummary, ChildSummary edf.Summary // of the two
	CrossFit                    *CrossFit   // nil if the bootstrap was not asked, or of too few models
}

// Inside reports whether a space could have drawn a model, and how much more
// likely it is to draw it than the population's space was: the model's weight in
// a preview, up to a factor.
//
// Where the child only restricts ranges, or orders stages, all weights are
// equal; where stages come to share a parameter they differ unless its values
// are equally likely.
func (p *Population) Inside(child *space.Space, m *Model) (weight float64, ok bool) {
	weight = child.Probability(m.Setting) / p.Space.Probability(m.Setting)
	if !(weight > 0) {
		return 0, false
	}
	for _, l := range child.Limits() {
		if v, ok := l.Property.Of(&m.Candidate, m.Complexity); !ok || !l.Range.Holds(v, m.Complexity.Flops) {
			return 0, false
		}
	}
	return weight, true
}

func (p *Population) preview(child *space.Space) (*Preview, error) {
	v := p.inside(child)
	var err error
	if v.ParentSummary, err = edf.Summarize(v.Parent, edf.Options{}); err != nil {
		return nil, err
	}
	v.ChildSummary, err = edf.Summarize(v.Inside, edf.Options{})
	return v, err
}

// inside finds the models inside the child, without summaries.
func (p *Population) inside(child *space.Space) *Preview {
	v := &Preview{Parent: p.Population}
	var places []int
	var weights []float64
	for i := range p.Models {
		if w, ok := p.Inside(child, &p.Models[i]); ok {
			places, weights = append(places, i), append(weights, w)
		}
	}
	v.Inside = edf.Population{Name: "inside " + child.Name, Errors: p.Select(places).Errors, Weights: weights}
	if w := v.Inside.Weights; w != nil && slices.Max(w) <= slices.Min(w)*(1+1e-9) {
		v.Inside.Weights = nil // equal but for rounding
	}
	return v
}

// warnings are what to mind when reading the preview.
func (v *Preview) warnings(p *Population, suggestion *Suggestion) []string {
	var list []string
	warn := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if suggestion != nil && 2*suggestion.Best > suggestion.Models {
		warn("n = %d: the suggestion rests on %d of the models, so it says little about the best; train more", suggestion.Models, suggestion.Best)
	}
	if p.Pending > 0 {
		warn("%s: %d of %d models wait for training and are left out", p.Name, p.Pending, p.Pending+p.Failed+len(p.Models))
	}
	for _, w := range v.ParentSummary.Warnings {
		warn("%s: %s", p.Name, w)
	}
	switch n := len(v.Inside.Errors); {
	case n == 0:
		warn("none of the %d models is inside the child, so nothing is known of it: train more models, or sample the child", len(p.Models))
		return list
	case n < few:
		warn("%d of the %d models are inside the child: too few to tell; sample it", n, len(p.Models))
	}
	for _, w := range v.ChildSummary.Warnings {
		warn("%s: %s", v.Inside.Name, w)
	}
	if e := v.ChildSummary.EffectiveN; e < few && math.Round(e) < float64(len(v.Inside.Errors)) {
		warn("the models inside are worth %.1f, since those are weighted up that the child draws more often", e)
	}
	if suggestion != nil && v.CrossFit == nil {
		warn("the ranges were chosen by these errors, so models sampled from the child will have higher ones")
	}
	return list
}

// few models say little of a distribution.
const few = 20
