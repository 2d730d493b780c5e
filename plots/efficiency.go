package plots

// EfficiencyOptions are the options of [Efficiency]. The zero value is ready
// for use.
type EfficiencyOptions struct {
	Page
	XLabel string // "": models drawn m
	YLabel string // "": error of the best (%)
}

// Efficiency draws how good the best of m random models is: for every space a
// curve of the mean or median of the least error over m, with a band of
// quantiles or deviations (Radosavovic et al. 2019, arXiv 1905.13214, §5.3;
// 2020, arXiv 2003.13678, Fig. 9). The axis of m is logarithmic.
//
// An error is returned if there is no point to draw or lengths differ.
func Efficiency(traces []Trace, o EfficiencyOptions) (*Figure, error) {
	return tracesFigure(o.Page, traces,
		axis{label: or(o.XLabel, "models drawn m"), log: true, base2: true},
		axis{label: or(o.YLabel, bestLabel(o.Measure))}, false)
}

func bestLabel(m Measure) string {
	if m.Name == "" {
		return "error of the best (%)"
	}
	return m.of("best")
}
