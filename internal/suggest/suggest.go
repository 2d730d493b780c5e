// Package suggest says what was probably meant by a word that is not known.
package suggest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Nearest returns the name that was most likely meant: the first that word
// begins, or that ends in it after a slash, or else the one that the fewest
// edits reach, if these are few for the length of word.
func Nearest(word string, names []string) (string, bool) {
	names = slices.Sorted(slices.Values(names))
	if len(word) > 1 {
		for _, matches := range []func(name string) bool{
			func(name string) bool { return strings.HasPrefix(name, word) },
			func(name string) bool { return strings.HasPrefix(path.Base(name), word) },
		} {
			if i := slices.IndexFunc(names, matches); i >= 0 {
				return names[i], true
			}
		}
	}
	best, least := "", min(max(2, len(word)/3), len(word)/2)+1
	for _, n := range names {
		if d := distance(word, n); d < least {
			best, least = n, d
		}
	}
	return best, best != ""
}

// Most is how many names [Known] lists.
const Most = 12

// Known returns a remedy for a word that is none of names: the nearest of
// them, or several if none is near.
func Known(word string, names []string) string {
	if near, ok := Nearest(word, names); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	names = slices.Sorted(slices.Values(names))
	if len(names) <= Most {
		return "known are " + strings.Join(names, ", ")
	}
	far := make(map[string]int, len(names))
	for _, n := range names {
		far[n] = distance(word, n)
	}
	slices.SortStableFunc(names, func(a, b string) int { return far[a] - far[b] })
	return "nearest are " + strings.Join(names[:Most], ", ")
}

// distance is the number of insertions, deletions and substitutions that turn
// one word into another.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, diag+1)
		}
	}
	return row[len(b)]
}
