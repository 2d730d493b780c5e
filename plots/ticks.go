package plots

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// ticker places labelled ticks on an axis of known length: the densest set of
// round values of which no two labels touch. It labels logarithmic axes within
// one decade too, and never panics.
type ticker struct {
	log      bool
	base2    bool      // powers of two, for a logarithmic axis
	integer  bool      // whole numbers only
	values   []float64 // if set, the only values to label, ascending
	length   vg.Length // of the axis, about
	vertical bool
	size     func(label string) vg.Length // along the axis, with a gap; nil: of a figure
}

var _ plot.Ticker = ticker{}

// maxTicks bounds the number of labels on an axis, however long.
const maxTicks = 8

// Ticks returns the ticks within [lo, hi].
func (t ticker) Ticks(lo, hi float64) []plot.Tick {
	if !(lo < hi) || math.IsInf(hi-lo, 0) || t.log && lo <= 0 {
		return nil
	}
	var best []float64
	for _, c := range t.candidates(lo, hi) {
		c = within(c, lo, hi)
		if len(c) >= 2 && t.fits(c, lo, hi) {
			best = c
			break
		}
		if len(c) == 1 && best == nil && t.fits(c, lo, hi) {
			best = c // better one label than none
		}
	}
	ticks := make([]plot.Tick, 0, len(best))
	for _, v := range best {
		ticks = append(ticks, plot.Tick{Value: v, Label: siLabel(v)})
	}
	if t.log && !t.base2 && t.values == nil {
		ticks = append(ticks, minorTicks(best, lo, hi)...)
	}
	return ticks
}

// candidates returns sets of round values around [lo, hi], densest first.
func (t ticker) candidates(lo, hi float64) [][]float64 {
	var sets [][]float64
	if t.values != nil {
		for k := 1; k < len(t.values); k *= 2 {
			sets = append(sets, everyNth(t.values, k))
		}
		return append(sets, t.values[:min(1, len(t.values))])
	}
	if t.log && t.base2 {
		for k := 1; k <= 8; k++ {
			sets = append(sets, powers(2, k, lo, hi))
		}
	}
	if t.log { // also where long labels leave powers of two no room
		for _, m := range [][]float64{{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 5, 7}, {1, 2, 5}, {1, 3}} {
			sets = append(sets, decades(m, lo, hi))
		}
		for k := 1; k <= 64; k *= 2 {
			sets = append(sets, powers(10, k, lo, hi))
		}
	}
	return append(sets, t.steps(lo, hi)...)
}

// steps returns multiples of 1, 2 and 5 times powers of ten, densest first.
func (t ticker) steps(lo, hi float64) [][]float64 {
	const most = 4 * maxTicks
	var sets [][]float64
	start := int(math.Floor(math.Log10((hi - lo) / maxTicks)))
	for e := start; e < start+3; e++ {
		for _, m := range []float64{1, 2, 5} {
			step := m * math.Pow10(e)
			first := math.Ceil(lo / step)
			n := math.Floor(hi/step) - first
			if t.integer && step < 1 || !(n >= 0 && n <= most) {
				continue
			}
			set := make([]float64, 0, most+1)
			for k := range int(n) + 1 {
				set = append(set, roundTo12((first+float64(k))*step))
			}
			sets = append(sets, set)
		}
	}
	return sets
}

// fits reports whether all labels have room.
func (t ticker) fits(values []float64, lo, hi float64) bool {
	if len(values) > maxTicks {
		return false
	}
	size := t.size
	if size == nil {
		size = t.figureSize
	}
	norm := linearOrLog(t.log)
	end := vg.Length(math.Inf(-1))
	for _, v := range values {
		half := size(siLabel(v)) / 2
		if half > t.length/3 {
			return false
		}
		at := vg.Length(norm.Normalize(lo, hi, v)) * t.length
		if at-half < end {
			return false
		}
		end = at + half
	}
	return true
}

// figureSize returns the room of a label on the axis of a figure.
func (t ticker) figureSize(label string) vg.Length {
	if t.vertical {
		return tickSize * 1.5
	}
	return textStyle(tickSize).Width(label) + tickSize*0.8
}

// minorTicks marks 1–9 times every power of ten where the labels stand no
// denser than that.
func minorTicks(labelled []float64, lo, hi float64) []plot.Tick {
	if hi/lo > 1e6 || hi/lo < 1.5 {
		return nil
	}
	taken := make(map[float64]bool, len(labelled))
	for _, v := range labelled {
		taken[v] = true
	}
	var ticks []plot.Tick
	for _, v := range within(decades([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, lo, hi), lo, hi) {
		if !taken[v] {
			ticks = append(ticks, plot.Tick{Value: v})
		}
	}
	return ticks
}

// decades returns the multiples m of every power of ten around [lo, hi].
func decades(m []float64, lo, hi float64) []float64 {
	first, last := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	if last-first > 2*maxTicks {
		return nil
	}
	var set []float64
	for e := first; e <= last; e++ {
		for _, k := range m {
			set = append(set, roundTo12(k*math.Pow10(e)))
		}
	}
	return set
}

// powers returns every k-th power of the base around [lo, hi].
func powers(base float64, k int, lo, hi float64) []float64 {
	first, last := math.Floor(math.Log(lo)/math.Log(base)), math.Ceil(math.Log(hi)/math.Log(base))
	var set []float64
	for e := math.Ceil(first/float64(k)) * float64(k); e <= last; e += float64(k) {
		set = append(set, roundTo12(math.Pow(base, e)))
	}
	return set
}

func everyNth(values []float64, n int) []float64 {
	var set []float64
	for i := 0; i < len(values); i += n {
		set = append(set, values[i])
	}
	return set
}

// within returns the values in [lo, hi], give or take the rounding of a tick.
func within(values []float64, lo, hi float64) []float64 {
	slack := (hi - lo) * 1e-9
	var in []float64
	for _, v := range values {
		if v >= lo-slack && v <= hi+slack {
			in = append(in, v)
		}
	}
	return in
}

// roundTo12 removes the noise of binary fractions: 3·0.1 becomes 0.3.
func roundTo12(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 11, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// siLabel formats a tick: 0.05, 64, 1024, 12.5k, 400M, 1.6G.
func siLabel(v float64) string {
	a := math.Abs(v)
	var s string
	switch {
	case a == 0:
		return "0"
	case a < 1e-3 || a >= 1e15:
		s = strconv.FormatFloat(v, 'e', -1, 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		e, _ := strconv.Atoi(exponent)
		s = mantissa + "e" + strconv.Itoa(e)
	case a < 1e4:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		scale, unit := 1e3, "k"
		switch {
		case a >= 1e12:
			scale, unit = 1e12, "T"
		case a >= 1e9:
			scale, unit = 1e9, "G"
		case a >= 1e6:
			scale, unit = 1e6, "M"
		}
		s = strconv.FormatFloat(roundTo12(v/scale), 'f', -1, 64) + unit
	}
	return strings.Replace(s, "-", "−", 1)
}

// logScale is gonum's LogScale without its panic: what has no logarithm lies
// far below the axis, where every shape is clipped.
type logScale struct{}

// Normalize returns the place of x between lo (0) and hi (1).
func (logScale) Normalize(lo, hi, x float64) float64 {
	if lo <= 0 || hi <= 0 || x <= 0 {
		return -1e3
	}
	return math.Log(x/lo) / math.Log(hi/lo)
}

func linearOrLog(log bool) plot.Normalizer {
	if log {
		return logScale{}
	}
	return plot.LinearScale{}
}
