package space

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// The entries of the table are whole, and what they say of a value is what
// validation, spaces and the YAML of models say.
func TestStageParamTable(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range StageParams() {
		if p.Name == "" || p.Key == "" || p.Meaning == "" || seen[p.Name] || seen[p.Key] {
			t.Errorf("%+v", p)
		}
		seen[p.Name], seen[p.Key] = true, true
		if param, stage, ok := splitStage(p.Name + "64"); !ok || stageParams[param].Name != p.Name || stage != 63 {
			t.Errorf("%s64 is stage %d of %d, %v", p.Name, stage, param, ok)
		}
		if err := p.domain.check(max(1, p.domain.min)); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if p.missing != 0 && p.domain.check(p.missing) != nil {
			t.Errorf("%s is %v if it is missing", p.Name, p.missing)
		}
		if !p.Setting && !slices.ContainsFunc(Blocks(), func(b Block) bool { return b.Has(p.Name) }) {
			t.Errorf("no block has %s", p.Name)
		}
		for _, b := range Blocks() {
			if p.Of(b) {
				testValues(t, b, p)
			}
		}
	}
}

// testValues tries values of one stage of three.
func testValues(t *testing.T, b Block, p StageParam) {
	t.Helper()
	for _, v := range []float64{math.Inf(-1), -1, 0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 1e9, math.NaN()} {
		m := &Model{Stem: StemCIFAR, StemWidth: 8, Block: b, Activation: ReLU, Classes: 10, Input: 8}
		for _, q := range stageParams {
			for stage := range 3 {
				switch {
				case !q.Of(b):
				case q.Name == p.Name && stage == 1:
					q.Append(m, v)
				case q.Name == "w":
					q.Append(m, 840) // whole over many ratios
				default:
					q.Append(m, max(1, q.domain.min))
				}
			}
		}
		if held, _ := p.At(m, 1); held != v { // whole numbers cannot hold it
			continue
		}
		refused := fmt.Sprint(m.Validate())
		if err := p.domain.check(v); (err != nil) != strings.HasPrefix(refused, p.Key+": stage 2: ") && p.Name != "g" || err != nil && !strings.HasSuffix(refused, err.Error()) {
			t.Errorf("block %s with %s2 of %v: %s, want %v", b, p.Name, v, refused, err)
		}
	}
}

func TestDomains(t *testing.T) {
	for _, c := range []struct {
		domain domain
		v      float64
		want   string
	}{
		{widths, 0, "0 is outside 1..1048576"},
		{widths, 2.5, "2.5 is no whole number"},
		{widths, math.Inf(1), "+Inf is outside 1..1048576"},
		{ratios, 0.3, "<nil>"},
		{ratios, math.Pi, "3.141592653589793 is not a ratio of whole numbers up to 1000"},
		{domain{min: 3, max: 5, step: 2}, 4, "4 is neither 3 nor 5"},
		{domain{min: 8, max: 64, step: 8}, 12, "12 is no multiple of 8"},
		{domain{max: 9, positive: true}, 0, "0 is not above 0"},
		{domain{max: 9, positive: true}, math.NaN(), "NaN is not above 0"},
	} {
		if got := fmt.Sprint(c.domain.check(c.v)); got != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
	}
}
