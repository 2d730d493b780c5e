package experiments

import (
	_ "embed"
	"regexp"
	"strings"
)

// sentences is what was learnt, a Markdown list of plain sentences. What a sentence
// rests on it cites as "(regnetx: -4.45 [-5.25, -3.65] points, confirmed)", or "(regnetx
// in cifar-4m: ...)" of another regime than the main one: a finding of the experiment
// with its own verdict. A test compares citations with the results.
//
//go:embed SUMMARY.md
var sentences string

// citations explains them.
const citations = "In parentheses: effects with 95 % intervals, and verdicts on single findings, by p. The table has those on claims, and q."

// items returns the items of a Markdown list.
func items(list string) []string {
	var all []string
	for _, line := range strings.Split(list, "\n") {
		text, begins := strings.CutPrefix(line, "* ")
		switch {
		case begins:
			all = append(all, text)
		case strings.HasPrefix(line, "  ") && all != nil:
			all[len(all)-1] += " " + strings.TrimSpace(line)
		}
	}
	return all
}

// cited is a citation: experiment, regime or nothing, effect, and verdict of the finding.
var cited = regexp.MustCompile(`\(([a-z0-9-]+)(?: in ([a-z0-9-]+))?: ([^()]+), (confirmed|refuted|inconclusive|holds|fails)\)`)
