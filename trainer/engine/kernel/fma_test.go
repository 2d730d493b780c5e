package kernel

import (
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact rounds a·b + c once, in arithmetic of any precision.
func exact(a, b, c float32) float32 {
	of := func(v float32) *big.Float { return new(big.Float).SetPrec(2000).SetFloat64(float64(v)) }
	p := of(a)
	p.Mul(p, of(b))
	f, _ := p.Add(p, of(c)).Float32()
	return f
}

func TestFMAIsRoundedOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	// A number below 2⁻¹²⁶, and a little less than half a unit of its last place.
	kinds := maps.Clone(kinds)
	next := 0
	kinds["below normal"] = func(*rand.Rand) float32 {
		next++
		return []float32{0x1.000004p-127, 0x1.000002p-75, 0x1.fffffcp-76}[next%3]
	}
	for name, kind := range kinds {
		for i := range 20_000 {
			a, b, c := kind(r), kind(r), kind(r)
			if d := r.IntN(4); d < 2 && i > 3 { // next to where the product is, or its half
				c = float32(float64(a) * float64(b) * float64(-d-1))
			}
			if !finite(a) || !finite(b) || !finite(c) {
				continue
			}
			got, want := fma(a, b, c), exact(a, b, c)
			if got != want {
				t.Fatalf("%s: %b·%b + %b = %b, want %b", name, a, b, c, got, want)
			}
			var x, y vector
			x[3], y[3] = b, c
			fmaLanes(&y, &vector{3: a}, &x, &y)
			if y[3] != want {
				t.Fatalf("%s: a lane is %b, want %b", name, y[3], want)
			}
			if s := (wide{5: float64(c)}); normal(extentOf([]float32{a}), extentOf([]float32{b})) && widen(&s, &vector{5: c}) {
				if fmaOne(&s, float64(a), &vector{5: b}) && float32(s[5]) != want {
					t.Fatalf("%s: in the normal range %b·%b + %b = %b, want %b", name, a, b, c, s[5], want)
				}
			}
		}
	}
}

func finite(v float32) bool { return v-v == 0 }

// Sums of products of normal numbers are what rounding each sum once gives, or
// are not computed.
func TestNormalKinds(t *testing.T) {
	for name, want := range map[string]bool{"usual": true, "few": true, "tiny": false, "least": false, "large": false, "any": false} {
		e := extentOf(random(t, rand.New(rand.NewPCG(1, 1)), kinds[name], 1000))
		if got := normal(e, e); got != want {
			t.Errorf("%s numbers are normal: %v, want %v", name, got, want)
		}
	}
	one := extentOf([]float32{0, -1})
	for _, c := range []struct {
		v    float32
		want bool
	}{{0, true}, {1, true}, {-0x1p38, true}, {0x1p40, false}, {0x1p-100, true}, {-0x1p-120, false}, {0x1p-140, false}, {float32(math.Inf(-1)), false}, {float32(math.NaN()), false}} {
		if got := normal(one, extentOf([]float32{c.v})); got != c.want {
			t.Errorf("1 and %v are normal: %v, want %v", c.v, got, c.want)
		}
	}
}
