package space

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The exponents of every rule make flops grow by the factor itself.
func TestScalingsGrowFlops(t *testing.T) {
	for rule := range scalings {
		g, err := ParseGrowth(rule + " x4")
		if err != nil {
			t.Fatal(err)
		}
		k := g.Scaling()
		if got := k.Depth * k.Width * k.Width * k.Resolution * k.Resolution; math.Abs(got-4) > 1e-12 {
			t.Errorf("%s: flops grow by %v", rule, got)
		}
	}
	// The paper's table: compound scaling has acts of s^0.83, fast scaling s^0.6.
	for rule, want := range map[string]float64{"d": 1, "w": 0.5, "r": 1, "dwr": 5. / 6, "dWr": 0.6} {
		e := scalings[rule]
		if got := e.Depth + e.Width + 2*e.Resolution; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: acts grow as the power %v, want %v", rule, got, want)
		}
	}
}

func TestParseGrowthRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":         "no rule",
		"dWR x4":   `did you mean`,
		"dWr":      "want a rule, x and a positive factor",
		"dWr 4":    "want a rule, x and a positive factor",
		"dWr x0":   "want a rule, x and a positive factor",
		"dWr xNaN": "want a rule, x and a positive factor",
		"dWr x1e9": "want a rule, x and a positive factor",
		"dWr to 4": "want a rule, x and a positive factor",
	} {
		if _, err := ParseGrowth(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

// By hand: a width of 24 times 2 is 48; group width 8 becomes 16 and divides it.
func TestScaled(t *testing.T) {
	m := &Model{
		Stem: StemCIFAR, StemWidth: 16, Block: BlockX, Activation: ReLU, Depths: []int{1, 3}, Widths: []int{24, 40}, Strides: []int{1, 2},
		Bottleneck: []float64{1, 2}, GroupWidths: []int{8, 4}, Classes: 10, Input: 16,
	}
	for _, c := range []struct {
		rule                   string
		stem, input            int
		depths, widths, groups []int
	}{
		{"d x4", 16, 16, []int{4, 12}, []int{24, 40}, []int{8, 4}},
		{"w x4", 32, 16, []int{1, 3}, []int{48, 80}, []int{16, 8}},
		{"r x4", 16, 32, []int{1, 3}, []int{24, 40}, []int{8, 4}},
		// depth 2, width √2: 22.6 to 24, 33.9 to 32, 56.6 to 56; groups 11.3 to 8
		// and 5.7 to 4, which divide 32 and the inner width 28.
		{"dw x4", 24, 16, []int{2, 6}, []int{32, 56}, []int{8, 4}},
		{"w x1", 16, 16, []int{1, 3}, []int{24, 40}, []int{8, 4}},
	} {
		g, err := ParseGrowth(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		s, err := m.Grown(g)
		if err != nil {
			t.Fatal(err)
		}
		if s.StemWidth != c.stem || s.Input != c.input || !slices.Equal(s.Depths, c.depths) || !slices.Equal(s.Widths, c.widths) || !slices.Equal(s.GroupWidths, c.groups) {
			t.Errorf("%s: %+v", c.rule, s)
		}
	}
	if m.Depths[0] != 1 || m.Widths[0] != 24 {
		t.Error("the model itself was scaled")
	}
}

// Without groups flops come out as asked up to the rounding of widths, here by
// at most 4 in 64, and so of flops by an eighth. With groups a width is off by no more than half a group and the rounding
// to 8.
func TestScaledFlops(t *testing.T) {
	for rule := range scalings {
		g, err := ParseGrowth(rule + " x2")
		if err != nil {
			t.Fatal(err)
		}
		k := g.Scaling()
		m := load(t, "peers/resnet-152")
		s, err := m.Scaled(k)
		if err != nil {
			t.Fatal(err)
		}
		if got := float64(s.Complexity().Flops) / float64(m.Complexity().Flops); got < 1.75 || got > 2.25 {
			t.Errorf("%s: flops grow by %.2f", rule, got)
		}
		m = load(t, "peers/regnety-4.0gf")
		if s, err = m.Scaled(k); err != nil {
			t.Fatal(err)
		}
		for i, w := range s.Widths {
			if off := math.Abs(float64(w) - float64(m.Widths[i])*k.Width); off > 4+float64(s.GroupWidths[i])/2 {
				t.Errorf("%s: width %d became %d in groups of %d", rule, m.Widths[i], w, s.GroupWidths[i])
			}
		}
	}
}

// Networks as small as those of the experiments miss the flops of a rule by a
// quarter and more, and not those that they are scaled to.
func TestGrownMeetsFlops(t *testing.T) {
	s, err := Load("proxy/regnetx")
	if err != nil {
		t.Fatal(err)
	}
	var models []*Model
	drawer, r := s.WithData(16, 10).NewDrawer(), rand.New(rand.NewPCG(1, 2))
	for len(models) < 20 {
		c, reason := drawer.Draw(r)
		if flops := c.Model.Complexity().Flops; reason == Accepted && flops > 5e5 && flops < 6e5 {
			models = append(models, c.Clone().Model)
		}
	}
	// how far the flops are from four times those of the models, on average and at most
	off := func(text string) (average, most float64) {
		g, err := ParseGrowth(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range models {
			s, err := m.Grown(g)
			if err != nil {
				t.Fatal(err)
			}
			d := float64(s.Complexity().Flops)/float64(m.Complexity().Flops)/4 - 1
			average, most = average+d/float64(len(models)), max(most, math.Abs(d))
		}
		return average, most
	}
	for _, rule := range []string{"d", "w", "r", "dw", "dWr"} {
		if average, most := off(rule + " to x4"); math.Abs(average) > 0.02 || most > 0.11 {
			t.Errorf("%s: flops are off by %v on average, by %v at most", rule, average, most)
		}
	}
	if average, _ := off("dWr x4"); average > -0.2 {
		t.Errorf("dWr: flops are off by %v on average: experiments need not be scaled to flops", average)
	}
}

// A network that is scaled to more flops comes within 2 % of them where widths
// and depths are scaled, and as near as whole groups, blocks and pixels can otherwise.
func TestScaledTo(t *testing.T) {
	for _, name := range []string{"peers/regnetx-400mf", "peers/regnety-1.6gf", "peers/resnet-50", "peers/efficientnet-b0", "peers/mobilenet-v2"} {
		m, err := LoadModel(name)
		if err != nil {
			t.Fatal(err)
		}
		for rule, tolerance := range map[string]float64{"w": 0.05, "dw": 0.02, "dwr": 0.02, "dWr": 0.02, "d": 0.05, "r": 0.05} {
			for _, times := range []float64{1, 2, 8} {
				r, err := ParseRule(rule)
				if err != nil {
					t.Fatal(err)
				}
				want := times * float64(m.Complexity().Flops)
				s, err := m.ScaledTo(want, r)
				if err != nil {
					t.Errorf("%s %s x%v: %v", name, rule, times, err)
					continue
				}
				if off := float64(s.Complexity().Flops)/want - 1; math.Abs(off) > tolerance {
					t.Errorf("%s %s x%v: flops are off by %.1f %%", name, rule, times, 100*off)
				}
			}
		}
	}
	for alpha, want := range map[float64]string{0.8: "dWr", 1. / 3: "dwr", 1: "w"} {
		r, _ := ParseRule(want)
		if got := WidthShare(alpha); math.Abs(got.Depth-r.Depth)+math.Abs(got.Width-r.Width)+math.Abs(got.Resolution-r.Resolution) > 1e-12 {
			t.Errorf("alpha %v is %v, not %s, %v", alpha, got, want, r)
		}
	}
}

// No network has fewer flops than the one whose depths and groups are 1 and whose
// widths are 8, and too many are no network, whatever the arithmetic does.
func TestScaledToRefuses(t *testing.T) {
	m := load(t, "peers/regnetx-400mf")
	small := (&Candidate{Model: m}).Clone().Model
	small.RegNet, small.StemWidth, small.GroupWidths = nil, 8, []int{1, 1, 1, 1}
	small.Depths, small.Widths = []int{1, 1, 1, 1}, []int{8, 8, 8, 8}
	least := small.Complexity().Flops
	r, _ := ParseRule("dw")
	for flops, want := range map[float64]string{
		400:                  fmt.Sprintf("flops 400: the nearest that the rule reaches from this model is %s", FormatQuantity(float64(least))),
		float64(least)/2 - 1: "the nearest that",
		1e18:                 "flops 1000000000G: ",
		1e300:                "outside",
	} {
		if s, err := m.ScaledTo(flops, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v flops: %+v, %v; want %s", flops, s, err, want)
		}
	}
	if _, err := m.ScaledTo(float64(least), r); err != nil {
		t.Error(err)
	}
}

// Blocks of depthwise convolutions keep expansions and kernels, and no width has
// to fit a group.
func TestScaledMBConv(t *testing.T) {
	m := load(t, "peers/efficientnet-b0")
	s, err := m.Scaled(Scaling{Depth: 1.5, Width: 1.25, Resolution: 1})
	if err != nil {
		t.Fatal(err)
	}
	// By hand: 1.5 times 1, 2, 2, 3, 3, 4 and 1, and 1.25 times 16, 24, 40, 80,
	// 112, 192 and 320 to multiples of 8, both half to even.
	want := *m
	want.Depths, want.Widths = []int{2, 3, 3, 4, 4, 6, 2}, []int{16, 32, 48, 96, 144, 240, 400}
	want.StemWidth, want.HeadWidth = 40, 1600
	if s.Key() != want.Key() {
		t.Errorf("%s, want %s", s.Key(), want.Key())
	}
}
