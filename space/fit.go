package space

import (
	"cmp"
	"math"
	"slices"

	"designspace/internal/portable"
)

// A Fit is the quantised line that is nearest to the widths of a model.
type Fit struct {
	W0    int     // initial width
	WA    float64 // slope: channels a block
	WM    float64 // width multiplier between levels
	Error float64 // e_fit, at least 0
}

// Fit returns the quantised line that is nearest to the widths of the model's
// blocks, and how near it is: e_fit of Radosavovic et al. 2020 (arXiv
// 2003.13678, §3.3 and Fig. 8), the least over a grid of lines of
//
//	(1/d) Σ_j |ln(ŵ_j/w_j)|
//
// where d is the model's depth, w_j the width of block j after the group fix and
// ŵ_j = w0·wm^round(s_j) the line of a [RegNet], quantised but not rounded to a
// multiple of 8. A line may have any number of stages. The grid has every
// combination of
//
//	w0 = 8, 16, …, to twice the widest block, rounded up
//	wa = 0, 0.1, …, 255.9
//	wm = 1.5, 1.501, …, 3
//
// and so the lines of the paper's RegNets. Of lines that are equally near, the
// one of least w0 counts, then of least wm, then of least wa. Distances are
// summed in units of 2^-40.
func (m *Model) Fit() Fit {
	best := newFitter(m.Depths, m.Widths).fit()
	return Fit{best.w0, best.wa(), best.wm(), float64(best.distance) / (fitUnit * float64(m.Depth()))}
}

// fitUnit is what distances are multiplied by to be summed in whole numbers:
// sums in any order are then equal, and so are the sums of equal lines.
const fitUnit = 1 << 40

func fitDistance(x float64) int64 { return int64(math.RoundToEven(float64(x * fitUnit))) }

// A fitLine is a line of the grid and its distance, summed over the blocks.
type fitLine struct {
	distance                int64
	w0, thousandths, tenths int // of wm and of wa
}

func (l fitLine) wa() float64 { return float64(l.tenths) / 10 }
func (l fitLine) wm() float64 { return thousandths(l.thousandths) }

func thousandths(n int) float64 { return float64(n) / 1000 }

// A fitter finds the nearest line. The search is branch and bound: for one w0
// and a range of wm, how near the nearest line can be is bounded for all wa at
// once; a range that may hold the nearest line is halved.
type fitter struct {
	depths, first []int     // blocks of each stage, and its first block
	logs          []float64 // ln of the width of each stage
	widest        int

	wm     [2]int // range of the grid in thousandths
	tenths int    // largest wa of the grid
	best   fitLine

	// Scratch of box.
	low, high ladder
	change    []int64 // of the bound, by the wa at which it happens
}

func newFitter(depths, widths []int) *fitter {
	f := &fitter{depths: depths, widest: slices.Max(widths), wm: [2]int{1500, 3000}, tenths: 2559}
	f.change = make([]int64, f.tenths+1)
	next := 0
	for i, d := range depths {
		f.first = append(f.first, next)
		f.logs = append(f.logs, portable.Log(float64(widths[i])))
		next += d
	}
	return f
}

// A fitBox is the lines of one w0 and wm from lo to hi, in thousandths, with a
// bound of their distances. If lo is hi, the line of least wa that reaches the
// bound has this wa.
type fitBox struct {
	w0, lo, hi int
	bound      int64
	tenths     int
}

func (f *fitter) fit() fitLine {
	f.best.distance = math.MaxInt64
	for w0 := widthStep; w0 < 2*f.widest+widthStep; w0 += widthStep {
		if flat := f.flat(w0, math.Abs); flat < f.best.distance {
			f.best = fitLine{flat, w0, f.wm[0], 0}
		}
	}
	var boxes []fitBox
	for w0 := widthStep; w0 < 2*f.widest+widthStep; w0 += widthStep {
		// No line is below its first width.
		if f.flat(w0, func(x float64) float64 { return max(0, x) }) <= f.best.distance {
			boxes = append(boxes, f.box(w0, f.wm[0], f.wm[1]))
		}
	}
	slices.SortStableFunc(boxes, func(a, b fitBox) int { return cmp.Compare(a.bound, b.bound) })
	for _, b := range boxes {
		f.search(b)
	}
	return f.best
}

// flat sums what distance says of ln w0 less the log width, over the blocks.
func (f *fitter) flat(w0 int, distance func(float64) float64) int64 {
	log, sum := portable.Log(float64(w0)), int64(0)
	for i, d := range f.depths {
		sum += int64(d) * fitDistance(distance(log-f.logs[i]))
	}
	return sum
}

// search replaces the best line if the box has one that precedes it.
func (f *fitter) search(b fitBox) {
	best := &f.best
	if c := cmp.Or(cmp.Compare(b.bound, best.distance), b.w0-best.w0, b.lo-best.thousandths); c >= 0 {
		return
	}
	if b.lo == b.hi {
		*best = fitLine{b.bound, b.w0, b.lo, b.tenths}
		return
	}
	mid := (b.lo + b.hi) / 2
	near, far := f.box(b.w0, b.lo, mid), f.box(b.w0, mid+1, b.hi)
	if far.bound < near.bound {
		near, far = far, near
	}
	f.search(near)
	f.search(far)
}

// box bounds the distance of the lines of one w0 and wm in [lo, hi].
//
// Block j of such a line has at least the level that it has at hi, and at most
// the one at lo: its log width is within ln w0 + [level at hi·ln lo, level at
// lo·ln hi]. How far the widths of the model lie outside is the bound. Both
// levels rise with wa, so the bound is summed up over wa, change by change.
func (f *fitter) box(w0, lo, hi int) fitBox {
	low, high := &f.low, &f.high
	low.set(w0, lo, f.tenths)
	high.set(w0, hi, f.tenths)
	over := func(stage, level int) int64 {
		return fitDistance(max(0, low.logWidth(level)-f.logs[stage]))
	}
	under := func(stage, level int) int64 {
		return fitDistance(max(0, f.logs[stage]-high.logWidth(level)))
	}
	bound, end := int64(0), 0
	for i, d := range f.depths {
		bound += int64(d) * (over(i, 0) + under(i, 0))
		end = max(end, f.lastGain(i, low, under))
	}
	for i := range f.depths {
		f.climb(i, end, high, over)
		f.climb(i, end, low, under)
	}
	b := fitBox{w0, lo, hi, math.MaxInt64, 0}
	for n := range end + 1 {
		bound += f.change[n]
		f.change[n] = 0
		if bound < b.bound {
			b.bound, b.tenths = bound, n
		}
	}
	return b
}

// lastGain returns the wa from which on a higher level does not lessen the
// distance of any block of the stage: its first block is the last to rise.
func (f *fitter) lastGain(stage int, l *ladder, distance func(stage, level int) int64) int {
	first := max(1, f.first[stage])
	level := 0
	for distance(stage, level) > 0 {
		level++
	}
	if level == 0 || first == f.first[stage]+f.depths[stage] {
		return 0
	}
	return min(l.rise(level-1, first), f.tenths)
}

// climb records how the distance of the stage's blocks changes as they rise from
// level to level, for wa up to end.
func (f *fitter) climb(stage, end int, l *ladder, distance func(stage, level int) int64) {
	first, last := max(1, f.first[stage]), f.first[stage]+f.depths[stage]-1
	if last < first {
		return // block 0 stays at level 0
	}
	here := distance(stage, 0)
	for level := 0; l.rise(level, last) <= end; level++ {
		above := distance(stage, level+1)
		if above != here {
			for j := last; j >= first; j-- {
				n := l.rise(level, j)
				if n > end {
					break
				}
				f.change[n] += above - here
			}
		}
		here = above
	}
}

// A ladder is the levels that lines of one w0 and one wm have.
type ladder struct {
	w0, most     int // most is the largest wa
	wm           float64
	logW0, logWM float64
	slopes       []float64 // tenths of wa at which block 1 is halfway to the next level
}

func (l *ladder) set(w0, wm, most int) {
	*l = ladder{w0: w0, most: most, wm: thousandths(wm), slopes: l.slopes[:0]}
	l.logW0, l.logWM = portable.Log(float64(w0)), portable.Log(l.wm)
}

func (l *ladder) logWidth(level int) float64 { return l.logW0 + float64(float64(level)*l.logWM) }

// rise returns the least wa, in tenths, at which block j is above a level, or
// one above the largest.
func (l *ladder) rise(level, j int) int {
	for level >= len(l.slopes) {
		l.extend()
	}
	x := l.slopes[level] / float64(j)
	if x > float64(l.most+1) {
		return l.most + 1
	}
	n := int(x)
	if rest := x - float64(n); rest > 1e-6 && rest < 1-1e-6 {
		return n + 1
	}
	return l.halfway(int(math.RoundToEven(x)), level, j)
}

// halfway returns n if a line of that wa has block j above the level, else n+1:
// the block is halfway to the next level, as far as rounding lets one see, and
// goes where that of a RegNet does.
func (l *ladder) halfway(n, level, j int) int {
	r := RegNet{W0: l.w0, WA: float64(n) / 10, WM: l.wm}
	if r.level(j, l.logWM) > level {
		return n
	}
	return n + 1
}

// extend adds the slope of the next level.
func (l *ladder) extend() {
	power := float64(math.Sqrt(l.wm) * portable.PowInt(l.wm, len(l.slopes)))
	l.slopes = append(l.slopes, float64(10*l.w0)*(power-1))
}
