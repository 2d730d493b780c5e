package plots

// KSOptions are the options of [KS]. The zero value is ready for use.
type KSOptions struct {
	Page
	XLabel string // "": models in the subsample n
	YLabel string // "": KS distance to the full sample
}

// KS draws the Kolmogorov–Smirnov distance of subsamples to the whole sample
// against their size, with a band over the trials: how many models are enough
// to know a distribution (Radosavovic et al. 2019, arXiv 1905.13214, §4). The
// axis of n is logarithmic, that of the distance starts at zero.
//
// An error is returned if there is no point to draw or lengths differ.
func KS(traces []Trace, o KSOptions) (*Figure, error) {
	return tracesFigure(o.Page, traces,
		axis{label: or(o.XLabel, "models in the subsample n"), log: true, base2: true},
		axis{label: or(o.YLabel, "KS distance to the full sample")}, true)
}
