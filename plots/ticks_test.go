package plots

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

func TestSILabel(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.05: "0.05", 0.3: "0.3", 1: "1", 12.5: "12.5", 1024: "1024", 9999: "9999", 12500: "12.5k", 2e6: "2M", 4e8: "400M",
		1.6e9: "1.6G", 3e12: "3T", 2.5e-5: "2.5e−5", 1e20: "1e20", -0.2: "−0.2", -4e8: "−400M", 1e-3: "0.001",
	} {
		if got := siLabel(v); got != want {
			t.Errorf("siLabel(%g) = %q, want %q", v, got, want)
		}
	}
}

// parseSI is the inverse of siLabel.
func parseSI(s string) float64 {
	scale := 1.0
	for unit, f := range map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12} {
		if strings.HasSuffix(s, unit) {
			s, scale = strings.TrimSuffix(s, unit), f
		}
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(s, "−", "-"), 64)
	if err != nil {
		return math.NaN()
	}
	return v * scale
}

// TestTicks checks on arbitrary axes that ticks lie on them, that labels are
// true and leave each other room, and that an axis of usual length has two.
func TestTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tk := ticker{
			log:      rapid.Bool().Draw(t, "log"),
			base2:    rapid.Bool().Draw(t, "base2"),
			vertical: rapid.Bool().Draw(t, "vertical"),
			length:   vg.Length(rapid.Float64Range(60, 500).Draw(t, "length")),
		}
		var lo, hi float64
		if tk.log {
			lo = math.Pow(10, rapid.Float64Range(-6, 12).Draw(t, "lo"))
			hi = lo * math.Pow(10, rapid.Float64Range(0.05, 8).Draw(t, "decades"))
		} else {
			lo = rapid.Float64Range(-1e4, 1e4).Draw(t, "lo")
			hi = lo + math.Pow(10, rapid.Float64Range(-1, 10).Draw(t, "log range"))
		}
		ticks := tk.Ticks(lo, hi)
		end, labels := math.Inf(-1), 0
		norm := linearOrLog(tk.log)
		for _, tick := range ticks {
			if slack := (hi - lo) * 1e-8; tick.Value < lo-slack || tick.Value > hi+slack {
				t.Fatalf("tick %g is off the axis %g–%g", tick.Value, lo, hi)
			}
			if tick.IsMinor() {
				continue
			}
			labels++
			if v := parseSI(tick.Label); math.Abs(v-tick.Value) > 1e-9*math.Abs(tick.Value) {
				t.Fatalf("label %q at %g", tick.Label, tick.Value)
			}
			size := textStyle(tickSize).Width(tick.Label)
			if tk.vertical {
				size = tickSize
			}
			at := norm.Normalize(lo, hi, tick.Value) * float64(tk.length)
			if at-float64(size)/2 < end {
				t.Fatalf("labels touch at %q: %v", tick.Label, ticks)
			}
			end = at + float64(size)/2
		}
		if labels < 2 && tk.length > 120 {
			t.Fatalf("%d labels on %g–%g: %v", labels, lo, hi, ticks)
		}
	})
}

func TestTicksNeverPanic(t *testing.T) {
	values := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -1, 1, 100, 1e300, -1e300, 5e-324, math.Nextafter(1, 2)}
	for _, log := range []bool{false, true} {
		for _, integer := range []bool{false, true} {
			for _, lo := range values {
				for _, hi := range values {
					for _, length := range []vg.Length{-1, 0, 1, 200} {
						tk := ticker{log: log, integer: integer, length: length}
						tk.Ticks(lo, hi)
						linearOrLog(log).Normalize(lo, hi, 0)
					}
				}
			}
		}
	}
}

// Within one decade gonum's own ticks have no label.
func TestLogTicksWithinOneDecade(t *testing.T) {
	var got []string
	for _, tick := range (ticker{log: true, length: 200}).Ticks(3.6e8, 4.0e8) {
		if !tick.IsMinor() {
			got = append(got, tick.Label)
		}
	}
	if len(got) < 2 || got[0] != "360M" {
		t.Errorf("labels %q on 360M–400M", got)
	}
}
