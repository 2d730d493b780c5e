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
