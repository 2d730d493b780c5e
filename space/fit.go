package space

import (
	"cmp"
	"container/heap"
	"math"
	"math/bits"
	"slices"
	"sync"

	"designspace/internal/numeric"
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

// A fitter finds the nearest line. The search is branch and bound: for one w0,
// a range of wm and a range of wa, how near the nearest line can be is bounded for
// every wa at once. Where the bound excludes the nearest line, wa is cut off at
// both ends; the range of wm is halved until it is one value, for which the
// bounds are the distances.
type fitter struct {
	depths, widths []int     // of each stage
	first          []int     // block of each stage, and at the end how many there are
	logs           []float64 // ln of the width of each stage
	widest         int

	wm     [2]int // range of the grid in thousandths
	tenths int    // largest wa of the grid
	best   fitLine
	boxes  fitBoxes // to be searched, a heap

	flights []flight // of the box that is scanned

	// Scratch of cut.
	change  []int64  // of the bound, by the wa at which it happens
	changed []uint64 // a bit for each of them
}

func newFitter(depths, widths []int) *fitter {
	f := &fitter{depths: depths, widths: widths, widest: slices.Max(widths), wm: [2]int{1500, 3000}, tenths: 2559}
	f.first = make([]int, 0, len(depths)+1)
	f.change = make([]int64, f.tenths+1)
	f.changed = make([]uint64, f.tenths/64+1)
	next := 0
	for i, d := range depths {
		f.first = append(f.first, next)
		f.logs = append(f.logs, numeric.Log(float64(widths[i])))
		next += d
	}
	f.first = append(f.first, next)
	return f
}

// A fitBox is the lines of one w0 and ranges of wm, in thousandths, and of wa, in
// tenths, with a bound of their distances.
type fitBox struct {
	w0          int
	logW0       float64
	lo, hi      int
	least, most int
	bound       int64
	tenths      int  // the least wa that reaches the bound
	whole       bool // not cut yet
}

// compare compares the box's bound, w0 and least wm with others.
func (b *fitBox) compare(distance int64, w0, thousandths int) int {
	return cmp.Or(cmp.Compare(b.bound, distance), b.w0-w0, b.lo-thousandths)
}

// hopeful reports whether the box may have a line that precedes the best.
func (f *fitter) hopeful(b *fitBox) bool {
	return b.compare(f.best.distance, f.best.w0, f.best.thousandths) < 0
}

func (f *fitter) fit() fitLine {
	f.best.distance = math.MaxInt64
	for w0 := widthStep; w0 < 2*f.widest+widthStep; w0 += widthStep {
		b := fitBox{w0: w0, logW0: numeric.Log(float64(w0)), lo: f.wm[0], hi: f.wm[1], most: f.tenths, whole: true}
		near, above := f.flat(b.logW0)
		if near < f.best.distance {
			f.best = fitLine{near, w0, f.wm[0], 0}
		}
		b.bound = above
		if !f.hopeful(&b) {
			break // as are all wider ones
		}
		f.boxes = append(f.boxes, b)
	}
	heap.Init(&f.boxes)
	for len(f.boxes) > 0 {
		b := f.boxes.pop()
		switch {
		case !f.hopeful(&b):
			return f.best
		case b.whole:
			b.whole = false
			b.most = f.lastGain(b.w0)
			f.cut(&b)
			f.boxes.push(b)
		default:
			f.dive(b)
		}
	}
	return f.best
}

// flat returns the distance of the line that stays at w0, and how far w0 is above
// the widths: no line that begins there is nearer than that.
func (f *fitter) flat(logW0 float64) (distance, above int64) {
	for i, d := range f.depths {
		x := fitDistance(logW0 - f.logs[i])
		distance += int64(d) * max(x, -x)
		above += int64(d) * max(x, 0)
	}
	return distance, above
}

// dive halves a box, puts the farther half aside and goes on with the nearer one,
// as far as a line that precedes the best may be in it.
func (f *fitter) dive(b fitBox) {
	for f.hopeful(&b) {
		if b.lo == b.hi {
			f.best = fitLine{b.bound, b.w0, b.lo, b.tenths}
			return
		}
		if b.hi-b.lo < fewMultipliers && f.steady(&b) {
			f.scan(&b)
			return
		}
		far := b
		b.hi = (b.lo + b.hi) / 2
		far.lo = b.hi + 1
		f.cut(&b)
		f.cut(&far)
		if far.bound < b.bound {
			b, far = far, b
		}
		if f.hopeful(&far) {
			f.boxes.push(far)
		}
	}
}

// fewMultipliers is how many wm are better tried than halved.
const fewMultipliers = 16

// A flight is blocks of one stage that have one level.
type flight struct{ blocks, stage, level int }

// steady reports whether every block has the same level in all lines of a box, and
// sets the flights if so.
func (f *fitter) steady(b *fitBox) bool {
	// Levels rise with wa and fall with wm.
	least, most := newLadder(b.w0, b.hi), newLadder(b.w0, b.lo)
	depth := f.first[len(f.depths)]
	slow, fast := 1/float64(b.least), 1/float64(b.most)
	f.flights = f.flights[:0]
	for begin, level := 0, 0; begin < depth; level++ {
		end := least.above(level, b.least, slow, depth)
		if most.above(level, b.most, fast, depth) != end {
			return false
		}
		for i, first := range f.first[:len(f.depths)] {
			if n := min(f.first[i+1], end) - max(first, begin); n > 0 {
				f.flights = append(f.flights, flight{n, i, level})
			}
		}
		begin = end
	}
	return true
}

// scan tries every wm of a box whose flights are set.
func (f *fitter) scan(b *fitBox) {
	line := *b
	for ; line.lo <= b.hi; line.lo++ {
		m := &multipliers()[line.lo]
		line.bound = 0
		for _, g := range f.flights {
			line.bound += int64(g.blocks) * bothSides.distance(m.logWidth(b.logW0, g.level)-f.logs[g.stage])
		}
		if f.hopeful(&line) {
			f.best = fitLine{line.bound, line.w0, line.lo, line.least}
		}
	}
}

// cut bounds the distance of a box's lines, and cuts off the wa at both ends at
// which none precedes the best.
//
// Block j of such a line has at least the level that it has at hi, and at most
// the one at lo: its log width is within ln w0 + [level at hi·ln lo, level at
// lo·ln hi]. How far the widths of the model lie outside is the bound. Both
// levels rise with wa, so the bound is summed up over wa, change by change.
func (f *fitter) cut(b *fitBox) {
	low, high := newLadder(b.w0, b.lo), newLadder(b.w0, b.hi)
	var bound int64
	if b.lo == b.hi {
		bound = f.climb(b, low, low.multiplier, bothSides)
	} else {
		bound = f.climb(b, high, low.multiplier, above) + f.climb(b, low, high.multiplier, below)
	}
	at := b.least
	whole := *b
	b.bound, b.least, b.most = math.MaxInt64, whole.most, whole.least
	see := func(end int) { // the bound holds from at to end
		if bound < b.bound {
			b.bound, b.tenths = bound, at
		}
		if bound <= f.best.distance {
			b.least, b.most = min(b.least, at), end
		}
	}
	for word := whole.least / 64; word <= whole.most/64; word++ {
		for f.changed[word] != 0 {
			n := word*64 + bits.TrailingZeros64(f.changed[word])
			f.changed[word] &= f.changed[word] - 1
			see(n - 1)
			bound += f.change[n]
			f.change[n] = 0
			at = n
		}
	}
	see(whole.most)
}

// lastGain returns a wa from which on no line of the w0 comes nearer: all blocks
// are at the level that reaches their width or above. That level is below
// √wm times the width at the wa at which the block rises to it, and the first
// block of a stage is the last to rise.
func (f *fitter) lastGain(w0 int) int {
	most := 0
	for i, w := range f.widths {
		if first := max(1, f.first[i]); first < f.first[i+1] {
			most = max(most, int(10*(float64(math.Sqrt(thousandths(f.wm[1]))*float64(w))-float64(w0))/float64(first))+1)
		}
	}
	return min(most, f.tenths)
}

// A side says which distances count.
type side int

const (
	above side = iota
	below
	bothSides
)

// distance is that of a log width from the one it is to be.
func (s side) distance(x float64) int64 {
	switch {
	case x == 0 || x > 0 && s == below || x < 0 && s == above:
		return 0
	case x < 0:
		x = -x
	}
	return fitDistance(x)
}

// climb sums how far the blocks of the lines are from their widths, on one side
// or both, at the least wa of the box, and notes how that changes up to the most.
// The ladder gives the levels of the blocks, the multiplier their log widths.
func (f *fitter) climb(b *fitBox, l ladder, m *multiplier, s side) (sum int64) {
	depth := f.first[len(f.depths)]
	distance := func(stage, level int) int64 {
		return s.distance(m.logWidth(b.logW0, level) - f.logs[stage])
	}
	slow, fast := 1/float64(b.least), 1/float64(b.most)
	for level, j, stage, riser := 0, 0, 0, 0; ; level++ {
		atMost := l.above(level, b.most, fast, depth)
		atLeast := atMost
		if b.least < b.most {
			atLeast = l.above(level, b.least, slow, depth)
		}
		for j < atLeast { // these stay at the level at the least wa
			for j >= f.first[stage+1] {
				stage++
			}
			end := min(f.first[stage+1], atLeast)
			sum += int64(end-j) * distance(stage, level)
			j = end
		}
		if atMost == depth {
			return sum
		}
		for atMost >= f.first[riser+1] {
			riser++
		}
		for i, k := riser, atMost; k < atLeast; i++ { // these rise above it
			end := min(f.first[i+1], atLeast)
			if by := distance(i, level+1) - distance(i, level); by != 0 {
				for ; k < end; k++ {
					n := l.rise(level, k)
					f.change[n] += by
					f.changed[n/64] |= 1 << (n % 64)
				}
			}
			k = end
		}
	}
}

// A multiplier is a wm of the grid.
type multiplier struct {
	wm, log float64
	powers  []float64 // wm^(level+½) - 1
}

// logWidth returns the log width of a level.
func (m *multiplier) logWidth(logW0 float64, level int) float64 {
	return logW0 + float64(float64(level)*m.log)
}

// multipliers are all wm from 1.5 to 3. They have as many levels as a line can
// reach.
var multipliers = sync.OnceValue(func() []multiplier {
	list := make([]multiplier, 3001)
	for n := 1500; n < len(list); n++ {
		m := multiplier{wm: thousandths(n)}
		m.log = numeric.Log(m.wm)
		for power := 0.0; power <= 256*maxDepth/widthStep; {
			power = float64(math.Sqrt(m.wm)*numeric.PowInt(m.wm, len(m.powers))) - 1
			m.powers = append(m.powers, power)
		}
		list[n] = m
	}
	return list
})

// A ladder is the levels that lines of one w0 and one wm have.
type ladder struct {
	*multiplier
	w0 int
}

func newLadder(w0, thousandths int) ladder { return ladder{&multipliers()[thousandths], w0} }

// slope returns the tenths of wa at which block 1 is halfway to the next level.
func (l ladder) slope(level int) float64 { return float64(float64(10*l.w0) * l.powers[level]) }

// above returns the first block that is above a level at a wa, or the number of
// blocks. It wants 1/wa, too.
func (l ladder) above(level, tenths int, inverse float64, depth int) int {
	x := float64(l.slope(level) * inverse)
	if !(x < float64(depth)) {
		return depth
	}
	j := int(x)
	if rest, slack := x-float64(j), float64(1e-5*(1+x)); rest > slack && rest < 1-slack {
		return j + 1
	}
	j = max(1, int(math.RoundToEven(x)))
	if j < depth && l.rise(level, j) > tenths {
		j++
	}
	return j
}

// rise returns the least wa, in tenths, at which block j is above a level.
func (l ladder) rise(level, j int) int {
	x := l.slope(level) / float64(j)
	n := int(x)
	if rest := x - float64(n); rest > 1e-6 && rest < 1-1e-6 {
		return n + 1
	}
	return l.halfway(int(math.RoundToEven(x)), level, j)
}

// halfway returns n if a line of that wa has block j above the level, else n+1:
// the block is halfway to the next level, as far as rounding lets one see, and
// goes where that of a RegNet does.
func (l ladder) halfway(n, level, j int) int {
	r := RegNet{W0: l.w0, WA: float64(n) / 10, WM: l.wm}
	if r.level(j, l.log) > level {
		return n
	}
	return n + 1
}

// fitBoxes is a heap of boxes by their bounds, and by their lines where those are
// equal.
type fitBoxes []fitBox

func (h fitBoxes) Len() int           { return len(h) }
func (h fitBoxes) Less(i, j int) bool { return h[i].compare(h[j].bound, h[j].w0, h[j].lo) < 0 }
func (h fitBoxes) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *fitBoxes) Push(b any)        { *h = append(*h, b.(fitBox)) }
func (h *fitBoxes) Pop() any          { panic("not used") }

func (h *fitBoxes) push(b fitBox) {
	*h = append(*h, b)
	heap.Fix(h, len(*h)-1)
}

func (h *fitBoxes) pop() fitBox {
	b, last := (*h)[0], len(*h)-1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	if last > 0 {
		heap.Fix(h, 0)
	}
	return b
}
