package table

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// thousands is a number with one sign between groups of three digits, and
// european one with points there and a decimal comma.
var (
	thousands = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:_[0-9]{3})+|(?:'[0-9]{3})+|(?: [0-9]{3})+)(?:\.[0-9]*)?$`)
	european  = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+$`)
)

// spellings replaces other characters that mean a minus or stand between
// thousands.
var spellings = strings.NewReplacer("\u2212", "-", "\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u2019", "'")

var (
	ungroup = strings.NewReplacer(",", "", "_", "", "'", "", " ", "")
	decimal = strings.NewReplacer(".", "", ",", ".")
)

// suffixes are the letters behind a number and the power of ten that each
// stands for.
var suffixes = map[byte]string{
	'%': "", 'k': "e3", 'K': "e3", 'M': "e6", 'G': "e9", 'B': "e9", 'T': "e12",
}

// ParseFloat reads a finite decimal number as people write it: 1234.5, 1.2e3,
// 1,234.5 or 1 234.5 with a sign between thousands, 1.234,5, and 5.5M, 0.8G or
// 85.3%, which is 85.3. What could mean two numbers, such as 0,123, is an error.
func ParseFloat(s string) (float64, error) {
	text := strings.TrimSpace(s)
	x, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || strings.Contains(text, "_") {
		if Absent(text) {
			return 0, notFinite(s)
		}
		x, err = spelled(spellings.Replace(text))
	}
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (math.IsNaN(x) || math.IsInf(x, 0)):
		return 0, notFinite(s)
	case err != nil || strings.ContainsAny(text, "xX"):
		return 0, fmt.Errorf("%q is not a number: write it as 1234.5 or 1.2345e3", Short(s))
	}
	return x, nil
}

// spelled reads a number with signs between thousands or a suffix.
func spelled(text string) (float64, error) {
	power := ""
	if n := len(text); n > 1 {
		if p, ok := suffixes[text[n-1]]; ok {
			text, power = strings.TrimSpace(text[:n-1]), p
			if power != "" && strings.ContainsAny(text, "eE") {
				return 0, strconv.ErrSyntax
			}
		}
	}
	switch {
	case thousands.MatchString(text):
		text = ungroup.Replace(text)
	case european.MatchString(text):
		text = decimal.Replace(text)
	case strings.Contains(text, "_"):
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text+power, 64)
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
// of pandas, NA of R, None of Python, null of JSON, #N/A of Excel, - or ? of
// people; or nothing.
func Absent(s string) bool {
	if len(s) > 40 {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "nan", "-nan", "na", "n/a", "n.a.", "<na>", "#na", "#n/a", "#n/a n/a", "nat", "none", "null", "nil",
		"1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "-", "--", "–", "—", "?":
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
