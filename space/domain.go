package space

import (
	"fmt"
	"math"
)

// A domain is the numbers that a parameter can take: min, min+step, … up to
// max, or with a step of 0 every number from min to max.
type domain struct {
	min, max, step float64
	ratio          bool // only ratios of whole numbers up to maxRatio
	positive       bool // above 0
}

// Domains that parameters share.
var (
	depths = domain{min: 1, max: maxDepth, step: 1}
	widths = domain{min: 1, max: maxWidth, step: 1}
	ratios = domain{min: 1.0 / maxRatio, max: maxRatio, ratio: true}
)

// check reports a number that is not in the domain.
func (d domain) check(v float64) error {
	switch _, ratio := ratioOf(v); {
	case d.step > 0 && v != math.Trunc(v):
		return fmt.Errorf("%v is no whole number", v)
	case d.ratio && !ratio:
		return fmt.Errorf("%v is not a ratio of whole numbers up to %d", v, maxRatio)
	case d.positive && !(v > 0):
		return fmt.Errorf("%v is not above 0", v)
	case d.step > 0 && d.max == d.min+d.step && v != d.min && v != d.max:
		return fmt.Errorf("%v is neither %v nor %v", v, d.min, d.max)
	case !(v >= d.min && v <= d.max):
		return fmt.Errorf("%s is outside %s..%s", formatFloat(v), formatFloat(d.min), formatFloat(d.max))
	case d.step > 0 && math.Mod(v-d.min, d.step) != 0:
		return fmt.Errorf("%v is no multiple of %v", v, d.step)
	}
	return nil
}
