package space

import (
	"fmt"
	"math/big"
	"strconv"
)

// A decimal is a number as it is written: n/10^e, with e from 0 to 12. Lattice
// arithmetic is in whole numbers of a common 1/10^e, so 0.1 has no error.
type decimal struct {
	n int64
	e int
}

const (
	maxPlaces = 12
	maxDigits = 1_000_000_000_000_000 // below 2^53: exact as a float64
)

// parseDecimal reads a number such as 8, 0.001, 5e-5 or 360e6.
func parseDecimal(s string) (decimal, error) {
	if len(s) > 32 {
		return decimal{}, fmt.Errorf("%q is too long for a number", s)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= -1e15 && f <= 1e15) {
		return decimal{}, fmt.Errorf("%q is no number up to 1e15", s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return decimal{}, fmt.Errorf("%q is no decimal number", s)
	}
	for e, ten := 0, big.NewRat(10, 1); e <= maxPlaces; e++ {
		if r.IsInt() {
			if n := r.Num(); n.IsInt64() && n.Int64() <= maxDigits && n.Int64() >= -maxDigits {
				return decimal{n.Int64(), e}, nil
			}
			break
		}
		r.Mul(r, ten)
	}
	return decimal{}, fmt.Errorf("%q has more than %d decimal places or 15 digits", s, maxPlaces)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *decimal) UnmarshalText(text []byte) (err error) {
	*d, err = parseDecimal(string(text))
	return err
}

// String returns the number in its shortest form.
func (d decimal) String() string { return strconv.FormatFloat(d.float(), 'g', -1, 64) }

// float returns the nearest float64, which prints as the decimal was written.
func (d decimal) float() float64 { return float64(d.n) / pow10[d.e] }

// MarshalYAML implements yaml.Marshaler.
func (d decimal) MarshalYAML() (any, error) {
	if d.e == 0 {
		return d.n, nil
	}
	return d.float(), nil
}

var pow10 = [maxPlaces + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12}

// commonUnits returns the numbers in units of 1/10^e for the least e that
// makes all of them whole. It reports false if one would have too many digits.
func commonUnits(ds ...decimal) (units []int64, e int, ok bool) {
	for _, d := range ds {
		e = max(e, d.e)
	}
	for _, d := range ds {
		n := d.n
		for range e - d.e {
			if n > maxDigits/10 || n < -maxDigits/10 {
				return nil, 0, false
			}
			n *= 10
		}
		units = append(units, n)
	}
	return units, e, true
}
