package kernel

import "math"

// At returns f(v).
func (f Activation) At(v float32) float32 {
	switch f {
	case ReLU:
		if v <= 0 {
			return 0
		}
	case SiLU:
		return v * Sigmoid(v)
	}
	return v
}

// Back returns d·f'(v).
func (f Activation) Back(v, d float32) float32 {
	switch f {
	case ReLU:
		if v <= 0 {
			return 0
		}
	case SiLU:
		s := Sigmoid(v)
		return d * (s * fma(v, 1-s, 1))
	}
	return d
}

// exponential is the table of constants of a sigmoid, each for all lanes.
var exponential = func() []float32 {
	var t []float32
	for _, v := range []float32{
		-87, 87, // least and largest argument
		-math.Log2E, magic,
		ln2, ln2Rest,
		-1. / 5040, 1. / 720, -1. / 120, 1. / 24, -1. / 6, 1. / 2, -1, 1,
	} {
		for range Images {
			t = append(t, v)
		}
	}
	return t
}()

const (
	magic   = 3 << 22 // adding it rounds to whole numbers
	ln2     = 0x1.62e4p-1
	ln2Rest = math.Ln2 - ln2
)

// Sigmoid returns 1/(1+exp(-v)), to about two units in the last place.
func Sigmoid(v float32) float32 {
	at := func(row int) float32 { return exponential[row*Images] }
	v = min(max(v, at(0)), at(1))
	t := fma(v, at(2), at(3))
	n := t - at(3)
	v = fma(n, at(4), v)
	v = fma(n, at(5), v)
	e := at(6)
	for row := 7; row <= 13; row++ {
		e = fma(e, v, at(row))
	}
	e = math.Float32frombits(math.Float32bits(e) + math.Float32bits(t)<<23)
	return 1 / (e + 1)
}
