package format

import "strings"

// Command writes the words of a command line as a shell takes them.
func Command(words []string) string {
	quoted := make([]string, len(words))
	for i, a := range words {
		if a == "" || strings.ContainsAny(a, " \t\n\"'`$&|;<>()*?[]#~\\!{}") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}
