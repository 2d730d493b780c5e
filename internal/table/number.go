package table

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// thousands is a number with commas between groups of three digits.
var thousands = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?$`)

// suffixes are the letters behind a number and the power of ten that each
// stands for.
var suffixes = map[byte]string{
	'%': "", 'k': "e3", 'K': "e3", 'M': "e6", 'G': "e9", 'B': "e9", 'T': "e12",
}

// ParseFloat reads a finite decimal number as people write it: 1234.5, 1.2e3,
// 1,234.5 with commas between thousands, and 5.5M, 0.8G or 85.3%, which is
// 85.3. What could mean two numbers, such as 0,123, is an error.
func ParseFloat(s string) (float64, error) {
	text := strings.TrimSpace(s)
	if Absent(text) {
		return 0, notFinite(s)
	}
	if thousands.MatchString(strings.TrimRight(text, " %kKMGBT")) {
		text = strings.ReplaceAll(text, ",", "")
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil && len(text) > 1 {
		if power, ok := suffixes[text[len(text)-1]]; ok {
			if number := strings.TrimSpace(text[:len(text)-1]); power == "" || !strings.ContainsAny(number, "eE") {
				x, err = strconv.ParseFloat(number+power, 64)
			}
		}
	}
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (math.IsNaN(x) || math.IsInf(x, 0)):
		return 0, notFinite(s)
	case err != nil || strings.ContainsAny(text, "xX_"):
		return 0, fmt.Errorf("%q is not a number: write it as 1234.5 or 1.2345e3", Short(s))
	}
	return x, nil
}

func notFinite(s string) error {
	return fmt.Errorf("%q is not a finite number: leave the cell empty if the value is absent", Short(s))
}

// Short returns a text that fits into a message.
func Short(s string) string {
	if r := []rune(s[:min(len(s), 400)]); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// Absent reports whether a cell holds a word for a number that is not there: NaN
// of pandas, NA of R, None of Python, null of JSON, - of people; or nothing.
func Absent(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "nan", "na", "n/a", "<na>", "none", "null", "-", "–", "—":
		return true
	}
	return false
}

// Float formats a number in the fewest digits that read back to the same
// value, with an exponent only below 1e-6 and from 1e21 up. NaN and infinities
// give the empty cell of an absent value.
func Float(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	format := byte('f')
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.FormatFloat(x, format, -1, 64)
}
