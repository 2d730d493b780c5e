package space

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// slowStages is the quantised line block by block, in the terms of pycls'
// generate_regnet. It reports false where a level is so near a half that the
// last bits of a logarithm decide.
func slowStages(r RegNet) (depths, widths []int, levels int, sure bool) {
	sure = true
	for j := range r.Depth {
		u := float64(r.W0) + r.WA*float64(j)
		s := math.Log(u/float64(r.W0)) / math.Log(r.WM)
		if math.Abs(s-math.Floor(s)-0.5) < 1e-9 {
			sure = false
		}
		level := math.RoundToEven(s)
		e := float64(r.W0) * math.Pow(r.WM, level) / 8
		if math.Abs(e-math.Floor(e)-0.5) < 1e-9 {
			sure = false
		}
		w := 8 * int(math.RoundToEven(e))
		levels = int(level) + 1
		if n := len(widths); n > 0 && widths[n-1] == w {
			depths[n-1]++
		} else {
			depths, widths = append(depths, 1), append(widths, w)
		}
	}
	return depths, widths, levels, sure
}

func TestStagesBlockByBlock(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	unsure := 0
	for range 20000 {
		n := RegNet{Depth: 1 + r.IntN(63), W0: 8 * (1 + r.IntN(32)), WA: float64(r.IntN(2560)) / 10, WM: 1.1 + float64(r.IntN(1900))/1000, B: 1, G: 1}
		depths, widths, levels, sure := slowStages(n)
		if !sure {
			unsure++
			continue
		}
		gotDepths, gotWidths := n.Stages()
		if diff := cmp.Diff([][]int{depths, widths, {levels}}, [][]int{gotDepths, gotWidths, {n.Levels()}}); diff != "" {
			t.Fatalf("%+v: %s", n, diff)
		}
	}
	if unsure > 200 {
		t.Errorf("%d of 20000 lines are too near a half to tell", unsure)
	}
}

// At wm = 2.25 = 1.5² levels are exactly half where u/w0 is an odd power of
// 1.5. Half goes to even: down from 1/2 to 0, up from 3/2 to 2.
func TestLevelsRoundHalfToEven(t *testing.T) {
	for _, c := range []struct {
		r      RegNet
		depths []int
		widths []int
	}{
		{RegNet{Depth: 2, W0: 16, WA: 8, WM: 2.25}, []int{2}, []int{16}},              // u = 16, 24
		{RegNet{Depth: 2, W0: 16, WA: 38, WM: 2.25}, []int{1, 1}, []int{16, 80}},      // u = 16, 54; 81/8 = 10.125
		{RegNet{Depth: 2, W0: 24, WA: 60, WM: 2.5, B: 1}, []int{1, 1}, []int{24, 64}}, // 24·2.5 = 60; 60/8 = 7.5 to 8
		{RegNet{Depth: 2, W0: 40, WA: 60, WM: 2.1}, []int{1, 1}, []int{40, 80}},       // 84/8 = 10.5 to 10
	} {
		depths, widths := c.r.Stages()
		if diff := cmp.Diff([][]int{c.depths, c.widths}, [][]int{depths, widths}); diff != "" {
			t.Errorf("%+v: %s", c.r, diff)
		}
	}
}

func TestRegNetValidate(t *testing.T) {
	good := RegNet{Depth: 13, W0: 24, WA: 36.44, WM: 2.49, B: 1, G: 8}
	for _, c := range []struct {
		change func(r *RegNet)
		want   string
	}{
		{func(*RegNet) {}, "<nil>"},
		{func(r *RegNet) { r.WA = 0 }, "<nil>"},
		{func(r *RegNet) { r.Depth = 0 }, "d: 0 is outside 1..65536"},
		{func(r *RegNet) { r.W0 = 0 }, "w0: 0 is outside 8..1048576"},
		{func(r *RegNet) { r.W0 = 12 }, "w0: 12 is no multiple of 8"},
		{func(r *RegNet) { r.WA = -1 }, "wa: -1 is outside 0..1048576"},
		{func(r *RegNet) { r.WA = math.NaN() }, "wa: NaN is outside 0..1048576"},
		{func(r *RegNet) { r.WM = 1 }, "wm: 1 is outside 1.001..1048576"},
		{func(r *RegNet) { r.WM = math.Inf(1) }, "wm: +Inf is outside 1.001..1048576"},
		{func(r *RegNet) { r.B = 0 }, "b: 0 is not a ratio of whole numbers up to 1000"},
		{func(r *RegNet) { r.G = 0 }, "g: 0 is outside 1..1048576"},
		{func(r *RegNet) { r.WA, r.WM = 1e6, 1000 }, "w0, wa, wm: a stage of width 2097152; 1048576 is the widest"},
	} {
		r := good
		c.change(&r)
		if got := fmt.Sprint(r.Validate()); got != c.want {
			t.Errorf("%+v:\n got %s\nwant %s", r, got, c.want)
		}
	}
}

// slowFix is the group fix in floating point, as pycls has it, with bm = 1/b.
func slowFix(w int, bm float64, g int) (width, group int) {
	v := math.Trunc(math.Max(1, float64(w)*bm))
	group = int(math.Min(float64(g), v))
	m := float64(group)
	if bm > 1 {
		b := int(bm)
		m = float64(group / bigGCD(group, b) * b)
	}
	v = math.Max(m, math.RoundToEven(v/m)*m)
	return int(v / bm), group
}

func bigGCD(a, b int) int {
	return int(new(big.Int).GCD(nil, nil, big.NewInt(int64(a)), big.NewInt(int64(b))).Int64())
}

func TestFixGroupsAsPycls(t *testing.T) {
	for _, b := range []float64{1, 2, 4, 8, 0.5, 0.25, 0.125} {
		for w := 1; w <= 300; w++ {
			for g := 1; g <= 70; g++ {
				width, group, err := FixGroups(w, b, g)
				wantWidth, wantGroup := slowFix(w, 1/b, g)
				if err != nil || width != wantWidth || group != wantGroup {
					t.Fatalf("FixGroups(%d, %v, %d) = %d, %d, %v; want %d, %d", w, b, g, width, group, err, wantWidth, wantGroup)
				}
			}
		}
	}
}

// RegNetX-400MF: 392/16 = 24.5 rounds to 24.
func TestFixGroupsRoundsHalfToEven(t *testing.T) {
	for _, c := range []struct{ w, g, want int }{{392, 16, 384}, {24, 16, 32}, {8, 16, 8}, {40, 16, 32}, {56, 16, 64}} {
		if got, _, err := FixGroups(c.w, 1, c.g); err != nil || got != c.want {
			t.Errorf("FixGroups(%d, 1, %d) = %d, %v; want %d", c.w, c.g, got, err, c.want)
		}
	}
}

func TestFixGroupsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.IntRange(1, 5000).Draw(t, "w")
		k := float64(rapid.IntRange(1, 12).Draw(t, "ratio"))
		b := rapid.SampledFrom([]float64{k, 1 / k}).Draw(t, "b")
		g := rapid.IntRange(1, 200).Draw(t, "g")
		width, group, err := FixGroups(w, b, g)
		if err != nil {
			t.Fatal(err)
		}
		m := Model{Block: BlockX, Depths: []int{1}, Widths: []int{width}, Strides: []int{1}, Bottleneck: []float64{b}, GroupWidths: []int{group}}
		if err := m.validateStage(0); err != nil {
			t.Errorf("the fix of (%d, %v, %d) does not fit: %v", w, b, g, err)
		}
		if group > g {
			t.Errorf("group width %d from %d", group, g)
		}
		again, groupAgain, err := FixGroups(width, b, group)
		if err != nil || again != width || groupAgain != group {
			t.Errorf("the fix of (%d, %v, %d) is %d, %d and then %d, %d", w, b, g, width, group, again, groupAgain)
		}
		// Inner widths move by half a group at most, or up to the first multiple.
		if b >= 1 {
			r, _ := ratioOf(b)
			if d := r.inner(width) - r.inner(w); 2*max(d, -d) > group {
				t.Errorf("inner width moved by %d at group width %d", d, group)
			}
		}
	})
}

func TestFixGroupsErrors(t *testing.T) {
	for _, c := range []struct {
		w    int
		b    float64
		g    int
		want string
	}{
		{0, 1, 1, "width 0 is outside 1..1048576"},
		{8, 1, 0, "group width 0 is outside 1..1048576"},
		{8, math.NaN(), 1, "bottleneck NaN is not a ratio of whole numbers up to 1000"},
		{8, 1.5, 1, "bottleneck 1.5 leaves width 8 without a multiple of group width 1; choose a whole number or the inverse of one"},
	} {
		if _, _, err := FixGroups(c.w, c.b, c.g); err == nil || err.Error() != c.want {
			t.Errorf("FixGroups(%v, %v, %v): %v, want %s", c.w, c.b, c.g, err, c.want)
		}
	}
}

func TestRatioOf(t *testing.T) {
	for num := 1; num <= 60; num++ {
		for den := 1; den <= 60; den++ {
			r, ok := ratioOf(float64(num) / float64(den))
			if !ok || r.num*den != r.den*num || gcd(r.num, r.den) != 1 {
				t.Fatalf("ratioOf(%d/%d) = %v, %v", num, den, r, ok)
			}
		}
	}
	for _, b := range []float64{0, -1, 0.1667, math.Pi, math.Inf(1), math.NaN(), 1e9, 1e-9, 1001} {
		if r, ok := ratioOf(b); ok {
			t.Errorf("ratioOf(%v) = %v", b, r)
		}
	}
}
