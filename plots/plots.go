// Package plots draws the figures of a study of design spaces from plain
// numbers: error distributions, parameters against error, the shapes of
// networks, trade-offs between error and complexity, and the diagnostics of a
// sample. It knows neither how models are trained nor where results are kept.
//
// Every figure is a function from data and options to a [Figure], which is then
// written as SVG, PNG or PDF. The zero options give a figure one column wide
// (85 mm) in 8 pt type. All figures share one style: a palette that stays
// distinct under colour blindness, dashes and markers that differ as well, a
// legend outside the axes, and notes under them for whatever the figure leaves
// out: values that are not finite, points beyond an axis, empty series.
//
// Errors are percentages in 0–100 by custom, and 100 stands for a model that
// diverged. Such models count in every distribution; an axis that they alone
// would stretch ends before them and a note counts them.
package plots

// A Kind is a figure that the package can draw.
type Kind struct {
	Name        string // short, lower case: what a command line calls it
	Description string // one line
}

// List returns the kinds of figures in the order of a study: distributions
// first, then parameters, models, trade-offs and diagnostics.
func List() []Kind {
	return []Kind{
		{"edf", "error distributions (EDFs) of several populations, with n, min and mean; with bands (--band), normalised (--normalize)"},
		{"difference", "difference of two EDFs over the error, with a simultaneous and a pointwise band"},
		{"params", "parameters against error, with the bootstrap range of the best value"},
		{"rank", "two parameters against each other, coloured by the rank of the error"},
		{"models", "block widths over depth of chosen models, with the RegNet line"},
		{"fit", "e_fit, the distance of a model from the RegNet family, against error"},
		{"pareto", "error against flops, params or acts, with the Pareto front"},
		{"trends", "best values of parameters over flop budgets, with bootstrap ranges"},
		{"curves", "learning curves of the best and the worst models"},
		{"complexity", "histograms of flops, params and acts of the populations"},
		{"funnel", "what became of the candidates drawn, reason by reason"},
		{"efficiency", "random search: error of the best of m models against m"},
		{"noise", "errors of repeated trainings, model by model, in the order of their means"},
		{"fidelity", "errors of the same models in two runs, with their rank correlation"},
		{"ks", "Kolmogorov-Smirnov distance of subsamples against their size"},
	}
}
