// Package suggest says what was probably meant by a word that is not known.
package suggest

import (
	"fmt"
	"slices"
	"strings"
)

// Most is how many names [Known] lists, and few how many [Nearest] returns.
const (
	Most = 12
	few  = 3
)

// Nearest returns the names that were most likely meant, the likeliest first and
// at most three: those that word begins; or else those whose last part, after a
// slash or a space, is word or begins with it; or else those that the fewest
// edits reach, if these are few for the length of word. Case, dashes before a word
// and the difference between - and _ do not count.
func Nearest(word string, names []string) []string {
	w := fold(word)
	if w == "" {
		return nil
	}
	far := make(map[string]int, len(names))
	for _, n := range names {
		far[n] = distance(w, fold(n))
	}
	for _, meant := range []func(name string) bool{
		func(name string) bool { return strings.HasPrefix(name, w) },
		func(name string) bool { return base(name) == w },
		func(name string) bool { return strings.HasPrefix(base(name), w) },
	} {
		var found []string
		for _, n := range names {
			if meant(fold(n)) {
				found = append(found, n)
			}
		}
		if len(w) == 1 && len(found) > few { // a letter that says nothing
			break
		}
		if len(found) > 0 {
			return least(found, far)
		}
	}
	limit := min(max(2, len(w)/3), len(w)/2)
	var found []string
	for _, n := range names {
		far[n] = min(far[n], distance(w, base(fold(n))))
		switch {
		case far[n] < limit:
			limit, found = far[n], []string{n}
		case far[n] == limit && limit > 0:
			found = append(found, n)
		}
	}
	return least(found, far)
}

// least returns the few names that are the least far, of equals the first of the
// alphabet.
func least(names []string, far map[string]int) []string {
	slices.Sort(names)
	names = slices.Compact(names)
	slices.SortStableFunc(names, func(a, b string) int { return far[a] - far[b] })
	return names[:min(few, len(names))]
}

// fold makes words equal that differ only in how they are written.
func fold(word string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimLeft(word, "-")), "_", "-")
}

// base is the last part of a name.
func base(name string) string { return name[strings.LastIndexAny(name, "/ ")+1:] }

// Known returns a remedy for a word that is none of names: the nearest of them,
// or several if none is near.
func Known(word string, names []string) string {
	if near := Nearest(word, names); near != nil {
		for i, n := range near {
			near[i] = fmt.Sprintf("%q", n)
		}
		return "did you mean " + Or(near) + "?"
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

// Or joins words as in "a, b or c".
func Or(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
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
