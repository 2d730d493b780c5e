package looks

import (
	"fmt"

	"designspace/edf"
)

// sentence says how far the looks are.
func (s *Standing) sentence() string {
	var open []Comparison
	first, last, models := len(s.Looks), 0, 0
	for _, c := range s.Comparisons {
		if !c.Decided() {
			open = append(open, c)
			continue
		}
		first, last, models = min(first, c.Look.Look), max(last, c.Look.Look), max(models, c.N)
	}
	all := "Decided"
	if len(s.Comparisons) > 1 {
		all = fmt.Sprintf("All %d comparisons are decided", len(s.Comparisons))
	}
	switch {
	case !s.Over:
		return fmt.Sprintf("Not decided yet: the next look needs %d more models.", s.Missing)
	case len(open) > 0:
		return fmt.Sprintf("%d of %d comparisons are not decided at the last look, with %d models of each population.", len(open), len(s.Comparisons), s.Looks[len(s.Looks)-1])
	case first < last:
		return fmt.Sprintf("%s at looks %d to %d of %d, with up to %d models of each population%s.", all, first, last, len(s.Looks), models, s.spared())
	}
	return fmt.Sprintf("%s at look %d of %d, with %d models of each population%s.", all, last, len(s.Looks), models, s.spared())
}

// spared says what was not trained.
func (s *Standing) spared() string {
	if s.Unneeded == 0 {
		return ""
	}
	return fmt.Sprintf("; %d more models were not needed", s.Unneeded)
}

// String says what the last look at two populations said.
func (c Comparison) String() string {
	name := c.A + " against " + c.B
	if c.Look.Look == 0 {
		return name + ": no look yet"
	}
	verdict := map[edf.Verdict]string{edf.Better: "better", edf.Worse: "worse", edf.Equivalent: "equivalent", edf.Same: "not decided"}[c.Verdict]
	return fmt.Sprintf("%s: %s at look %d, %d models each: %s points", name, verdict, c.Look.Look, c.N, c.Interval)
}

// Lines are the sentence and the comparisons.
func (s *Standing) Lines() []string {
	lines := []string{s.Sentence}
	for _, c := range s.Comparisons {
		lines = append(lines, c.String())
	}
	return lines
}
