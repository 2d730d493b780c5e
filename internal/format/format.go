// Package format writes numbers, times and tables for a person at a terminal.
package format

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Number formats a value with four significant digits, whole from 1000 on, and
// an absent one as "-".
func Number(x float64) string {
	switch {
	case math.IsNaN(x):
		return "-"
	case math.Abs(x) >= 1000:
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// Percent formats an error or a difference of errors, in percent.
func Percent(x float64) string {
	if math.IsNaN(x) {
		return "-"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// PValue formats a probability with two significant digits, the least as "<1e-4".
func PValue(p float64) string {
	if p < 1e-4 {
		return "<1e-4"
	}
	if math.IsNaN(p) {
		return "-"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}

// Duration formats a time for a person: "8s", "3m05s", "2h07m", "3d04h".
func Duration(t time.Duration) string {
	s := int(t.Round(time.Second).Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 48*3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
}

// Count formats a number of things, whose plural ends in s: "1 model", "2 models".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
