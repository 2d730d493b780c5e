package space

import (
	"fmt"
	"math"
	"strconv"
)

// A quantity is a number that may end in K, M or G.
type quantity float64

// UnmarshalText implements encoding.TextUnmarshaler.
func (q *quantity) UnmarshalText(text []byte) error {
	x, err := ParseQuantity(string(text))
	*q = quantity(x)
	return err
}

// MarshalYAML implements yaml.Marshaler.
func (q quantity) MarshalYAML() (any, error) {
	if s := FormatQuantity(float64(q)); s != formatFloat(float64(q)) {
		return s, nil
	}
	return float64(q), nil
}

// ParseQuantity reads a finite number such as 8, 0.5, 4e8, 400M or 1.6G: K, M
// and G stand for 10³, 10⁶ and 10⁹.
func ParseQuantity(s string) (float64, error) {
	digits, scale := s, ""
	if n := len(s); n > 0 {
		switch s[n-1] {
		case 'K', 'k':
			digits, scale = s[:n-1], "e3"
		case 'M':
			digits, scale = s[:n-1], "e6"
		case 'G':
			digits, scale = s[:n-1], "e9"
		}
	}
	// Scaling the text rounds once, so 1.6G is 1.6e9.
	x, err := strconv.ParseFloat(digits+scale, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0, fmt.Errorf("%q is no number; write 8, 0.5, 4e8, 400M or 1.6G", s)
	}
	return x, nil
}

// FormatQuantity returns x as ParseQuantity reads it, in thousands, millions or
// billions where that is short: 360M, 1.234M, 64, 0.5.
func FormatQuantity(x float64) string {
	plain := formatFloat(x)
	for _, unit := range []struct {
		name  string
		scale float64
	}{{"G", 1e9}, {"M", 1e6}, {"K", 1e3}} {
		if math.Abs(x) >= unit.scale {
			if s := formatFloat(x/unit.scale) + unit.name; len(s) < len(plain) {
				if y, err := ParseQuantity(s); err == nil && y == x {
					return s
				}
			}
			break
		}
	}
	return plain
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
