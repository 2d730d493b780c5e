package space

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"designspace/internal/numeric"
)

// distance is e_fit of one line, by its definition.
func distance(m *Model, w0 int, wa, wm float64) float64 {
	sum := 0.0
	for j, w := range blockWidths(m) {
		sum += math.Abs(math.Log(lineWidth(j, w0, wa, wm) / float64(w)))
	}
	return sum / float64(m.Depth())
}

// lineWidth is the width of block j of a line.
func lineWidth(j, w0 int, wa, wm float64) float64 {
	r := RegNet{W0: w0, WA: wa, WM: wm}
	return float64(w0) * math.Pow(wm, float64(r.level(j, numeric.Log(wm))))
}

func blockWidths(m *Model) []int {
	var widths []int
	for i, d := range m.Depths {
		widths = append(widths, slices.Repeat(m.Widths[i:i+1], d)...)
	}
	return widths
}

// naive tries the lines of a grid one after the other and keeps the first of
// the nearest; what differs by rounding is equally near.
func naive(f *fitter, m *Model) fitLine {
	best := fitLine{distance: math.MaxInt64}
	for w0 := 8; w0 < 2*f.widest+8; w0 += 8 {
		for wm := f.wm[0]; wm <= f.wm[1]; wm++ {
			for wa := 0; wa <= f.tenths; wa++ {
				line := fitLine{w0: w0, thousandths: wm, tenths: wa}
				for j, w := range blockWidths(m) {
					x := math.Log(lineWidth(j, w0, line.wa(), line.wm()) / float64(w))
					line.distance += int64(math.Round(math.Abs(x) * (1 << 40)))
				}
				if line.distance < best.distance {
					best = line
				}
			}
		}
	}
	return best
}

// anyStages draws a small model's depths and widths; what else it has does not
// matter to a fit.
func anyStages(t *rapid.T, stages, deepest, widest int) *Model {
	n := rapid.IntRange(1, stages).Draw(t, "stages")
	return &Model{
		Depths: rapid.SliceOfN(rapid.IntRange(1, deepest), n, n).Draw(t, "depths"),
		Widths: rapid.SliceOfN(rapid.IntRange(1, widest), n, n).Draw(t, "widths"),
	}
}

// agree holds a line against the naive one. Their logarithms may round
// differently, and then two lines that are equally near may change places.
func agree(t rapid.TB, m *Model, got, want fitLine) {
	t.Helper()
	slack := int64(2 * m.Depth())
	if d := got.distance - want.distance; d < -slack || d > slack {
		t.Errorf("%v %v: nearest line %+v, want %+v", m.Depths, m.Widths, got, want)
	}
	if d := distance(m, got.w0, got.wa(), got.wm()) * float64(m.Depth()) * (1 << 40); math.Abs(d-float64(got.distance)) > float64(slack) {
		t.Errorf("%v %v: line %+v is %g away", m.Depths, m.Widths, got, d)
	}
}

// Grids of some values of wm and of wa, with 2.25 among them, of which blocks
// are exactly halfway between two levels.
func TestFitIsTheNaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyStages(t, 4, 3, 40)
		f := newFitter(m.Depths, m.Widths)
		f.wm[0] = rapid.SampledFrom([]int{1500, 1999, 2249, 2250, 2600, 2997}).Draw(t, "wm")
		f.wm[1] = f.wm[0] + rapid.IntRange(0, 3).Draw(t, "more")
		f.tenths = rapid.IntRange(0, 300).Draw(t, "wa")
		agree(t, m, f.fit(), naive(f, m))
	})
}

// All of the grid's wm, and wa up to 40.
func TestFitOfEveryMultiplier(t *testing.T) {
	m := &Model{Depths: []int{1, 2}, Widths: []int{9, 15}}
	f := newFitter(m.Depths, m.Widths)
	f.tenths = 400
	agree(t, m, f.fit(), naive(f, m))
}

// Lines by hand. The last block of {8, 16} rises to level 1 of wm = 2 at
// wa > 8·(√2 - 1) = 3.31; one of {16, 8} is as far from 16 as from 8.
func TestFitByHand(t *testing.T) {
	for _, c := range []struct {
		depths, widths []int
		want           Fit
	}{
		{[]int{1}, []int{64}, Fit{64, 0, 1.5, 0}},
		{[]int{5, 3}, []int{24, 24}, Fit{24, 0, 1.5, 0}},
		{[]int{1}, []int{1}, Fit{8, 0, 1.5, math.Log(8)}},
		{[]int{1, 1}, []int{8, 16}, Fit{8, 3.4, 2, 0}},
		{[]int{1, 1}, []int{16, 8}, Fit{8, 0, 1.5, math.Log(2) / 2}},
		{[]int{1, 9}, []int{16, 8}, Fit{8, 0, 1.5, math.Log(2) / 10}},
		{[]int{9, 1}, []int{16, 8}, Fit{16, 0, 1.5, math.Log(2) / 10}},
	} {
		m := &Model{Depths: c.depths, Widths: c.widths}
		if diff := cmp.Diff(c.want, m.Fit(), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("%v %v: %s", c.depths, c.widths, diff)
		}
	}
}

// No line of the grid is nearer than the nearest.
func TestNoLineIsNearer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyStages(t, 6, 12, 600)
		fit := m.Fit()
		if d := distance(m, fit.W0, fit.WA, fit.WM); math.Abs(d-fit.Error) > 1e-11 {
			t.Fatalf("%v %v: e_fit is %g, but the line %g away", m.Depths, m.Widths, fit.Error, d)
		}
		for range 200 {
			w0 := 8 * rapid.IntRange(1, slices.Max(m.Widths)/4/8+1).Draw(t, "w0")
			wa := float64(rapid.IntRange(0, 2559).Draw(t, "wa")) / 10
			wm := float64(rapid.IntRange(1500, 3000).Draw(t, "wm")) / 1000
			if d := distance(m, w0, wa, wm); w0 <= 2*slices.Max(m.Widths) && d < fit.Error-1e-11 {
				t.Fatalf("%v %v: %d, %v, %v is %g away, the nearest %g", m.Depths, m.Widths, w0, wa, wm, d, fit.Error)
			}
		}
	})
}

// The line of a RegNet is on the grid, so that what separates the two is the
// rounding to multiples of 8, by 4 at most, and the group fix.
func TestFitOfRegNets(t *testing.T) {
	for _, name := range []string{"proxy/regnetx", "proxy/regnetv", "imagenet/regnety"} {
		draws(t, name, 100, func(m *Model) {
			depths, before := m.RegNet.Stages()
			bound := 0.0
			for i, d := range depths {
				w := float64(before[i])
				bound += float64(d) * (math.Log(w/(w-4)) + math.Abs(math.Log(float64(m.Widths[i])/w)))
			}
			if fit := m.Fit(); fit.Error > bound/float64(m.Depth()) {
				t.Errorf("%s: %+v: e_fit %g, rounding and group fix explain %g", name, m.RegNet, fit.Error, bound/float64(m.Depth()))
			}
		})
	}
}

// The paper's Fig. 8: e_fit falls as AnyNets are refined, and RegNets are near 0.
func TestFitFallsWithRefinement(t *testing.T) {
	for _, prefix := range []string{"proxy/", "imagenet/"} {
		last := math.Inf(1)
		for _, name := range []string{"anynetxc", "anynetxd", "anynetxe", "regnetx"} {
			mean := 0.0
			draws(t, prefix+name, 100, func(m *Model) { mean += m.Fit().Error / 100 })
			if mean >= last {
				t.Errorf("%s%s: mean e_fit %.3f, of the space before %.3f", prefix, name, mean, last)
			}
			last = mean
		}
		if last > 0.03 {
			t.Errorf("%sregnetx: mean e_fit %.3f", prefix, last)
		}
	}
}

// draws hands over n models of a space of the catalog.
func draws(t testing.TB, name string, n int, take func(*Model)) {
	t.Helper()
	d, r := mustLoad(t, name).NewDrawer(), rand.New(rand.NewPCG(1, 2))
	for n > 0 {
		if c, reason := d.Draw(r); reason == Accepted {
			take(c.Clone().Model)
			n--
		}
	}
}

func BenchmarkFit(b *testing.B) {
	for _, name := range []string{"proxy/anynetxa", "proxy/anynetxe", "proxy/regnetx", "proxy/anynetva", "imagenet/anynetxa", "imagenet/anynetxe", "imagenet/regnetx", "nds/resnet"} {
		b.Run(name, func(b *testing.B) {
			var models []*Model
			draws(b, name, 32, func(m *Model) { models = append(models, m) })
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				models[i%len(models)].Fit()
			}
		})
	}
}

// The bits of fits are those of results on every machine.
func TestFitsNeverChange(t *testing.T) {
	h := fnv.New64a()
	for _, name := range []string{"proxy/anynetxa", "proxy/regnetx", "imagenet/anynetxe"} {
		draws(t, name, 50, func(m *Model) { fmt.Fprintln(h, m.Fit()) })
	}
	if got, want := h.Sum64(), uint64(0x7c51eaec5630d20c); got != want {
		t.Errorf("hash %#x, want %#x", got, want)
	}
}
