package plots

// AttainmentOptions are the options of [Attainment]. The zero value is ready for
// use.
type AttainmentOptions struct {
	Page
	XLabel string // "": flops
	YLabel string // "": error of the best (%)
}

// Attainment draws what searches attain within a cost: for every space a curve of
// the expected least error over the cost, with a band, the attainment surface of
// two metrics. The axis of costs is logarithmic.
//
// An error is returned if there is no point to draw or lengths differ.
func Attainment(traces []Trace, o AttainmentOptions) (*Figure, error) {
	return tracesFigure(o.Page, traces, axis{label: or(o.XLabel, "flops"), log: true}, axis{label: or(o.YLabel, bestLabel(o.Measure))}, false)
}
