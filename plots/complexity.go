package plots

import (
	"errors"
	"fmt"
	"math"
)

// A Metric is one property of models, such as flops, in several populations.
type Metric struct {
	Name    string // axis label
	Linear  bool   // linear instead of logarithmic axis
	Samples []Sample
}

// A Sample is the values of a metric in one population.
type Sample struct {
	Name   string
	Values []float64
}

// ComplexityOptions are the options of [Complexity]. The zero value is ready
// for use.
type ComplexityOptions struct {
	Page
	Columns int // of the grid; 0: 1 for one metric, 2 for two or four, else 3
	Bins    int // 2–200; 0: the square root of the largest sample, in 6–30
}

// Complexity draws histograms of metrics, one panel each, populations over each
// other as outlines of equal bins on the axis. Heights are the share of the
// population, so that populations of different size compare.
//
// An error is returned if there is no value to draw or the bins are out of
// range.
func Complexity(metrics []Metric, o ComplexityOptions) (*Figure, error) {
	if len(metrics) == 0 {
		return nil, errors.New("plots: no metrics to draw")
	}
	if o.Bins != 0 && (o.Bins < 2 || o.Bins > 200) {
		return nil, fmt.Errorf("plots: %d bins are outside 2–200", o.Bins)
	}
	f, err := newFigure(o.Page, len(metrics), gridColumns(o.Page, o.Columns, len(metrics)), 42)
	if err != nil {
		return nil, err
	}
	key := legend{header: []string{"n"}}
	drawn := 0
	for i, m := range metrics {
		samples, n := m.drawable(f)
		drawn += n
		drawMetric(f, m, samples, o.Bins)
		if i%f.cols > 0 {
			f.panels[i].y.label = ""
		}
		for k := len(key.entries); k < len(m.Samples); k++ {
			sty := seriesLine(k)
			key.entries = append(key.entries, entry{line: &sty, patch: fade(seriesColor(k), 0.15), label: clean(m.Samples[k].Name), cells: []string{fmt.Sprint(len(samples[k]))}})
		}
	}
	if drawn == 0 {
		return nil, errors.New("plots: no values to draw")
	}
	f.keys = append(f.keys, key)
	return f.finish()
}

// drawable returns the values of every sample that can be drawn and their
// number, and notes the others.
func (m Metric) drawable(f *Figure) (samples [][]float64, n int) {
	samples = make([][]float64, len(m.Samples))
	for k, s := range m.Samples {
		for _, v := range s.Values {
			if drawableOn(v, !m.Linear) {
				samples[k] = append(samples[k], v)
			}
		}
		f.noteDropped(clean(s.Name)+", "+clean(m.Name), len(s.Values)-len(samples[k]), !m.Linear)
		n += len(samples[k])
	}
	return samples, n
}

func drawMetric(f *Figure, m Metric, samples [][]float64, bins int) {
	s, largest := emptySpan(), 0
	for _, values := range samples {
		s.add(values...)
		largest = max(largest, len(values))
	}
	if bins == 0 {
		bins = min(max(int(math.Sqrt(float64(largest))), 6), 30)
	}
	x := axis{label: m.Name, log: !m.Linear, span: s.padded(!m.Linear, 0.02)}
	edges := binEdges(x, bins)
	highest := 0.0
	shares := make([][]float64, len(samples))
	for k, values := range samples {
		shares[k] = histogram(values, x, bins)
		for _, h := range shares[k] {
			highest = max(highest, h)
		}
	}
	p := f.add(x, axis{label: "share of models (%)", span: span{0, max(highest, 1) * 1.06}})
	p.draw(grid())
	for k := range shares {
		p.draw(polygon(skyline(edges, shares[k]), fade(seriesColor(k), 0.15)))
	}
	for k := range shares {
		p.draw(line(skyline(edges, shares[k]), seriesLine(k)), readable(m.Samples[k].Name, skyline(edges, shares[k])))
	}
}

// binEdges divides the axis into equal bins.
func binEdges(x axis, bins int) []float64 {
	edges := make([]float64, bins+1)
	for i := range edges {
		t := float64(i) / float64(bins)
		if x.log {
			edges[i] = x.span.lo * math.Pow(x.span.hi/x.span.lo, t)
		} else {
			edges[i] = x.span.lo + t*(x.span.hi-x.span.lo)
		}
	}
	return edges
}

// histogram returns the share of the values in every bin, in percent.
func histogram(values []float64, x axis, bins int) []float64 {
	shares := make([]float64, bins)
	norm := linearOrLog(x.log)
	for _, v := range values {
		i := int(norm.Normalize(x.span.lo, x.span.hi, v) * float64(bins))
		shares[min(max(i, 0), bins-1)] += 100 / float64(len(values))
	}
	return shares
}

// skyline returns the outline of the bars, from the ground to the ground.
func skyline(edges, heights []float64) []pair {
	points := []pair{{edges[0], 0}}
	for i, h := range heights {
		points = append(points, pair{edges[i], h}, pair{edges[i+1], h})
	}
	return append(points, pair{edges[len(edges)-1], 0})
}
