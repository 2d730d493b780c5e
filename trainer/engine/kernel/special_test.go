package kernel

import (
	"math"
	"slices"
	"testing"
)

// SiLU at numbers of every size, wherever a pixel's lane puts them in a vector.
func TestSiLUFarOut(t *testing.T) {
	var x []float32
	for v := float32(0x1p-40); v < 1e30; v *= 1.3 {
		x = append(x, v, -v)
	}
	for v := float32(-120); v <= 120; v += 0.0625 {
		x = append(x, v)
	}
	const c = 24
	x = append(x, make([]float32, Lanes(len(x))-len(x)+c)...)
	x = x[:len(x)/c*c]
	one, zero := slices.Repeat([]float32{1}, c), make([]float32, c)
	a := Affine{Scale: one, Shift: zero, Center: zero}
	eachSet(t, func(t *testing.T, k *Set) {
		view := func(data []float32) View { return Dense(data, 1, 1, len(x)/c, c) }
		y, dx := make([]float32, len(x)), slices.Repeat([]float32{1}, len(x))
		k.Norm(view(y), view(x), a, SiLU)
		k.NormBack(view(dx), view(x), a, SiLU, make([]float32, c), make([]float32, c))
		r := view(make([]float32, len(x)))
		s := make([]float32, len(x))
		k.Add(view(s), view(x), r, a, a, SiLU)
		var m memory
		var value, slope []approx
		for _, v := range x {
			exact := approx{value: float64(v)}
			value, slope = append(value, SiLU.at(exact)), append(slope, SiLU.back(exact, 1))
		}
		for _, err := range []error{m.compare("Norm", y, value), m.compare("NormBack", dx, slope), m.compare("Add", s, value)} {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// A net that diverges must be seen to: NaN in means NaN out, and infinity is not
// turned into a number.
func TestNaNStaysVisible(t *testing.T) {
	const c, pixels = 40, 11
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	ones := slices.Repeat([]float32{1}, c)
	a := Affine{Scale: ones, Shift: ones, Center: ones}
	conv := &Conv{Taps: []int{0}, In: 8, Out: 8, Lanes: c}
	narrow := &Conv{Taps: []int{0}, In: 2, Out: 2, Lanes: c}
	view := func(data []float32) View { return Dense(data, 1, 1, pixels, c) }
	filled := func() []float32 { return slices.Repeat([]float32{1}, pixels*c) }
	weights := func(g *Conv) []float32 { return slices.Repeat([]float32{1}, g.Weights()) }

	// Each call writes to y, or to the first lanes of it, what it reads from x.
	calls := map[string]func(k *Set, y, x []float32){
		"Norm ReLU":     func(k *Set, y, x []float32) { k.Norm(view(y), view(x), a, ReLU) },
		"Norm SiLU":     func(k *Set, y, x []float32) { k.Norm(view(y), view(x), a, SiLU) },
		"Norm Identity": func(k *Set, y, x []float32) { k.Norm(view(y), view(x), a, Identity) },
		"Add ReLU":      func(k *Set, y, x []float32) { k.Add(view(y), view(x), view(filled()), a, a, ReLU) },
		"Add SiLU":      func(k *Set, y, x []float32) { k.Add(view(y), view(x), view(filled()), a, a, SiLU) },
		"Add Identity":  func(k *Set, y, x []float32) { k.Add(view(y), view(filled()), view(x), a, a, Identity) },
		"Apply":         func(k *Set, y, x []float32) { k.Apply(view(y), view(x), view(filled()), ones, ones, ones) },
		"Conv":          func(k *Set, y, x []float32) { k.Conv(view(y), view(x), weights(conv), conv, false) },
		"Conv narrow":   func(k *Set, y, x []float32) { k.Conv(view(y), view(x), weights(narrow), narrow, false) },
		"ConvGrad":      func(k *Set, y, x []float32) { k.ConvGrad(y, view(x), view(filled()), conv) },
		"Stats":         func(k *Set, y, x []float32) { k.Stats(view(x), ones, y[:c], make([]float32, c)) },
		"Pool":          func(k *Set, y, x []float32) { k.Pool(y[:c], view(x)) },
		"GateDot":       func(k *Set, y, x []float32) { k.GateDot(y[:c], view(filled()), view(x), a, ReLU) },
		"Update":        func(k *Set, y, x []float32) { k.Update(y, x, make([]float32, len(x)), Update{LR: 1}) },
	}
	eachSet(t, func(t *testing.T, k *Set) {
		for name, call := range calls {
			for at := range pixels * c {
				for _, v := range []float32{nan, inf} {
					x, y := filled(), filled()
					if name == "ConvGrad" {
						y = weights(conv)
					}
					x[at] = v
					call(k, y, x)
					visible := func(v float32) bool { return v != v || v > math.MaxFloat32 || v < -math.MaxFloat32 }
					if !slices.ContainsFunc(y, visible) {
						t.Errorf("%s: %v at %d disappeared", name, v, at)
					}
				}
			}
		}
	})
}
