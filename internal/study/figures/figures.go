// Package figures draws the populations of a study: it finds in their tables
// what each figure of package plots needs.
package figures

import (
	"fmt"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/internal/suggest"
	"designspace/plots"
)

// Options of a figure. Of all but the page, a kind takes those that it says.
type Options struct {
	Page plots.Page
	X, Y string // columns of the axes
	Best int    // models or curves at each end; 0 means 3
	Band bool   // simultaneous 95 % bands of distributions
}

// A Kind is a figure that can be made of a study.
type Kind struct {
	Name      string   // as the command line calls it
	Shows     string   // in a line
	Takes     []string // the options besides the page, by their flags: x, y, best, band
	Single    bool     // it shows one population, not all together
	Untrained bool     // it shows something even where no model has an error
	Saved     bool     // a run keeps it among its figures
	Models    bool     // it shows models and says nothing of spaces, so that they need be no sample
	Even      bool     // every model counts alike in it, whatever its weight

	has  func(*analysis.Study, []edf.Population) bool // nil: what some model with an error always has
	draw func(*analysis.Study, []edf.Population, Options) (*plots.Figure, error)
}

// List returns the kinds of figures in the order of a study: distributions
// first, then parameters, models, trade-offs and diagnostics.
func List() []Kind {
	return []Kind{
		{Name: "edf", Shows: "error distributions (EDFs) of several populations, with n, min and mean; with bands (--band), normalised (--normalize)",
			Takes: []string{"band"}, Saved: true, draw: distributions},
		{Name: "difference", Shows: "difference of two EDFs over the error, with a simultaneous and a pointwise band", has: hasDifference, draw: difference},
		{Name: "pairs", Shows: "differences of the same architectures in two conditions (--vary), with their mean and its interval", Saved: true, has: hasPairs, draw: pairs},
		{Name: "params", Shows: "parameters against error, with the values of the best models (bootstrap)", Single: true, Saved: true, has: hasParams, draw: params},
		{Name: "importance", Shows: "what each parameter accounts for in the variance of errors, with intervals", Single: true, has: hasImportance, draw: shares},
		{Name: "interactions", Shows: "mean error over one parameter for ranges of another, of the pairs that account for most together", Single: true, has: hasInteractions, draw: interactions},
		{Name: "marginals", Shows: "mean error over the values of the parameters that account for most, with bands", Single: true, has: hasImportance, draw: marginals},
		{Name: "parallel", Shows: "the models as lines over the parameters that tell most, the best quarter coloured", Single: true, Even: true, has: hasParams, draw: parallel},
		{Name: "rank", Shows: "two parameters against each other, coloured by the rank of the error", Takes: []string{"x", "y"}, Single: true, Even: true, draw: rank},
		{Name: "models", Shows: "block widths over depth of chosen models, with the RegNet line", Takes: []string{"best"}, Single: true, Saved: true, Models: true, has: hasShapes, draw: models},
		{Name: "fit", Shows: "e_fit, the distance of a model from the RegNet family, against error", has: hasFit, draw: fit},
		{Name: "pareto", Shows: "error against flops, params or acts, with the Pareto front", Takes: []string{"x"}, Saved: true, Models: true, draw: pareto},
		{Name: "attainment", Shows: "what searches attain within flops or the cost of -x, to compare populations at equal cost", Takes: []string{"x"}, has: hasAttainment, draw: attainment},
		{Name: "trends", Shows: "values of the best models over flop budgets (bootstrap)", has: hasTrends, draw: trends},
		{Name: "curves", Shows: "learning curves of the best and the worst models", Takes: []string{"best"}, Single: true, Saved: true, Models: true, has: hasCurves, draw: curves},
		{Name: "complexity", Shows: "histograms of flops, params and acts of the populations", Saved: true, Even: true, draw: complexity},
		{Name: "funnel", Shows: "what became of the candidates drawn, reason by reason", Untrained: true, Saved: true, has: hasFunnel, draw: funnel},
		{Name: "efficiency", Shows: "random search: error of the best of m models against m", Saved: true, draw: efficiency},
		{Name: "noise", Shows: "errors of repeated trainings, model by model, in the order of their means", Single: true, Saved: true, has: hasNoise, draw: noise},
		{Name: "fidelity", Shows: "errors of the same models in two runs, with their rank correlation", draw: fidelity},
		{Name: "ks", Shows: "Kolmogorov-Smirnov distance of subsamples against their size", Single: true, draw: ks},
	}
}

// Find returns the kind of a name.
func Find(name string) (Kind, error) {
	var names []string
	for _, k := range List() {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	if near := suggest.Nearest(name, names); near != nil {
		return Kind{}, fmt.Errorf("plot %s: no such figure: did you mean %s?", name, suggest.Or(near))
	}
	return Kind{}, fmt.Errorf("plot %s: no such figure: there are %s", name, strings.Join(names, ", "))
}

// Has reports whether some of these populations has what the figure shows.
func (k Kind) Has(s *analysis.Study, ps ...edf.Population) bool {
	trained := slices.ContainsFunc(ps, func(p edf.Population) bool { return len(p.Errors) > 0 })
	return (trained || k.Untrained) && (k.Models || s.Chosen() == "") && (k.has == nil || k.has(s, ps))
}

// Draw returns the figure of populations of a study.
func (k Kind) Draw(s *analysis.Study, o Options, ps ...edf.Population) (*plots.Figure, error) {
	if k.Single && len(ps) > 1 {
		return nil, fmt.Errorf("plot %s: it shows one population and these are %d: choose one with --where, such as 'space=%s'", k.Name, len(ps), ps[0].Name)
	}
	if text := s.Chosen(); text != "" && !k.Models {
		return nil, fmt.Errorf("plot %s: %s", k.Name, text)
	}
	o.Page.Measure = measure(s)
	if k.Even && slices.ContainsFunc(ps, func(p edf.Population) bool { return p.Tilted }) {
		o.Page.Note = "Of the models that were drawn, more have low predicted errors (--tilt): all count alike here, without weights."
	}
	return k.draw(s, ps, o)
}

// measure says what a study compares.
func measure(s *analysis.Study) plots.Measure {
	m := s.Metric()
	return plots.Measure{Name: m.Name, Higher: m.Higher}
}
