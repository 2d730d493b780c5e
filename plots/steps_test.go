package plots

import (
	"designspace/edf"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// someErrors draws errors with many ties.
func someErrors() *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 200), func(i int) float64 { return float64(i) / 2 }), 1, 60)
}

// below is the oracle of an EDF: the weighted share of the values below x.
func below(values, weights []float64, x float64) float64 {
	sum, total := 0.0, 0.0
	for i, v := range values {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		total += w
		if v < x {
			sum += w
		}
	}
	return sum / total
}

// levels returns the range of y that a polyline covers at x.
func levels(points []pair, x float64) span {
	s := emptySpan()
	for i := 1; i < len(points); i++ {
		if a, b := points[i-1], points[i]; a.x <= x && x <= b.x {
			s.add(a.y, b.y)
		}
	}
	return s
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

// TestEDFVertices checks the drawn line against a count: a strict EDF at a
// value is the lower end of its rise, and a level between values.
func TestEDFVertices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := someErrors().Draw(t, "values")
		var weights []float64
		if rapid.Bool().Draw(t, "weighted") {
			weights = rapid.SliceOfN(rapid.Float64Range(0.1, 3), len(values), len(values)).Draw(t, "weights")
		}
		steps, dropped, err := jumps("", values, weights)
		if err != nil || dropped != 0 {
			t.Fatal(dropped, err)
		}
		drawn := outline(steps, span{-1, 101}, span{0, 1}, 0)
		for i := 1; i < len(drawn); i++ {
			if a, b := drawn[i-1], drawn[i]; a.x != b.x && a.y != b.y || a.x > b.x || a.y > b.y {
				t.Fatalf("from %v to %v is no step upwards", a, b)
			}
		}
		for _, x := range append([]float64{-1, 100.75, 101}, values...) {
			s := levels(drawn, x)
			if want := below(values, weights, x); !near(s.lo, want) || !near(at(steps, x), want) {
				t.Fatalf("F(%g) is drawn from %g and computed as %g, want %g", x, s.lo, at(steps, x), want)
			}
			after := levels(drawn, x+0.25)
			if want := below(values, weights, x+0.25); x < 101 && (!near(after.lo, want) || !near(after.hi, want)) {
				t.Fatalf("F(%g) is drawn as %v, want %g", x+0.25, after, want)
			}
		}
	})
}

// TestBandVertices checks that a band is the EDF moved and clipped.
func TestBandVertices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := someErrors().Draw(t, "values")
		half := rapid.Float64Range(0, 1).Draw(t, "half")
		steps, _, _ := jumps("", values, nil)
		lower, upper := outline(steps, span{-1, 101}, span{0, 1}, -half), outline(steps, span{-1, 101}, span{0, 1}, half)
		for _, v := range append([]float64{-1, 100.5}, values...) {
			x := v + 0.25 // no value lies there
			f := below(values, nil, x)
			if got, want := levels(lower, x), max(f-half, 0); !near(got.lo, want) || !near(got.hi, want) {
				t.Fatalf("at %g the band starts at %v, want %g", x, got, want)
			}
			if got, want := levels(upper, x), min(f+half, 1); !near(got.lo, want) || !near(got.hi, want) {
				t.Fatalf("at %g the band ends at %v, want %g", x, got, want)
			}
		}
	})
}

func TestDifferenceVertices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := someErrors().Draw(t, "a"), someErrors().Draw(t, "b")
		sa, _, _ := jumps("", a, nil)
		sb, _, _ := jumps("", b, nil)
		drawn := outline(difference(sa, sb), span{-1, 101}, span{-1, 1}, 0)
		for _, v := range append(append([]float64{-1}, a...), b...) {
			x := v + 0.25
			if got, want := levels(drawn, x), below(a, nil, x)-below(b, nil, x); !near(got.lo, want) || !near(got.hi, want) {
				t.Fatalf("at %g the difference is %v, want %g", x, got, want)
			}
		}
	})
}

func TestSummary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := someErrors().Draw(t, "values")
		stats, err := summarise([]edf.Population{{Name: "p", Errors: append([]float64{math.NaN(), math.Inf(1)}, values...)}})
		if err != nil {
			t.Fatal(err)
		}
		least, sum, lost := values[0], 0.0, 0
		for _, v := range values {
			least, sum = min(least, v), sum+v
			if v == 100 {
				lost++
			}
		}
		s := stats[0]
		if s.n != len(values) || s.dropped != 2 || s.diverged != lost || s.min != least || math.Abs(s.mean-sum/float64(len(values))) > 1e-9 {
			t.Fatalf("%+v of %v", s, values)
		}
	})
}

func TestSpanFormat(t *testing.T) {
	for want, s := range map[string]span{"12.3": {10, 40}, "12.35": {12, 13.5}, "12.346": {12.3, 12.6}, "12.3457": {12.34, 12.3459}} {
		if got := s.format(12.34567); got != want {
			t.Errorf("%v: %s, want %s", s, got, want)
		}
	}
}
