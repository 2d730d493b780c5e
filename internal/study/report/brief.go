package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"designspace/edf"
	"designspace/internal/confirm"
	"designspace/internal/format"
	"designspace/internal/study/analysis"
)

// A caveats is a list of what to mind, of one severity.
type caveats struct {
	Severity string
	Notes    []string
}

// Caveats are the notes by severity, the gravest first.
func (c content) Caveats() []caveats {
	var parts []caveats
	for i, name := range []string{analysis.Wrong: "Numbers may be wrong", analysis.Unsure: "Numbers are less certain than they look", analysis.Apart: "Something is left out"} {
		part := caveats{Severity: name}
		for _, n := range c.Notes {
			if analysis.SeverityOf(n) == analysis.Severity(i) {
				part.Notes = append(part.Notes, n)
			}
		}
		if part.Notes != nil {
			parts = append(parts, part)
		}
	}
	return parts
}

// Unsaid are the gravest caveats: what the numbers do not show. Of those there
// are at most three, and none that only says what is left out.
func (c content) Unsaid() []string {
	var worst []string
	for _, part := range c.Caveats() {
		for _, n := range part.Notes {
			if analysis.SeverityOf(n) != analysis.Apart && len(worst) < 3 {
				worst = append(worst, n)
			}
		}
	}
	return worst
}

// Sure says how sure the answer is.
func (c content) Sure() []string {
	var texts []string
	say := func(format string, args ...any) { texts = append(texts, fmt.Sprintf(c.Words(format), args...)) }
	switch decided := 0; len(c.Tests) {
	case 0:
		for _, p := range c.Populations {
			if p.N > 1 && !math.IsNaN(p.Mean.Lo) {
				say("The mean error of all models of the space is %s with 95 %% confidence, from %d models.", p.Mean, p.N)
			}
		}
	case 1:
		if t := c.Tests[0]; !math.IsNaN(t.MannWhitney.Less) && t.Verdict != analysis.NotComparable {
			say("A model of %s drawn at random has a lower error than one of %s with a probability of %s.", t.A, t.B, format.Percent(t.MannWhitney.Less))
		}
	default:
		for _, t := range c.Tests {
			if t.Verdict == edf.Better || t.Verdict == edf.Worse {
				decided++
			}
		}
		say("%d of %d comparisons show a difference, adjusted for all of them.", decided, len(c.Tests))
	}
	if c.Noise != nil {
		for _, p := range c.Noise.Populations {
			say("%s: single errors have a reliability of %s.", p.Name, p.Reliability)
		}
	}
	for _, p := range confirm.Populations(c.Confirmed) {
		texts = append(texts, p[0].Population+": "+c.Words(confirm.Finding(p))+".")
	}
	return texts
}

// cost says what the outcomes cost: models, epochs and time, as far as the
// tables tell.
func cost(s *analysis.Study) (string, error) {
	trained, again := 0, 0
	for _, p := range s.Populations {
		trained += len(p.Errors)
		for _, row := range p.Rows {
			again += max(0, len(s.AllTrainings(row))-1)
		}
	}
	text := format.Count(trained, "model") + " with an outcome"
	if again > 0 {
		text += ", " + format.Count(again, "training") + " more of some of them"
	}
	sum := func(column string) (total, most float64, err error) {
		if !s.Has(column) {
			return 0, 0, nil
		}
		values, err := s.Floats(column)
		for _, v := range values {
			if !math.IsNaN(v) {
				total, most = total+v, max(most, v)
			}
		}
		return total, most, err
	}
	if epochs, most, err := sum("epochs"); err == nil && epochs > 0 {
		text += fmt.Sprintf(", %.0f epochs in all", epochs)
		if epochs == most*float64(trained) {
			text = strings.TrimSuffix(text, " in all") + ", " + format.Number(most) + " each"
		}
	}
	if seconds, _, err := sum("train_seconds"); err == nil && seconds > 0 {
		text += "; " + format.Duration(time.Duration(seconds*float64(time.Second))) + " of training, all workers together"
		if again > 0 {
			text += ", without repeats"
		}
	}
	return text + ".", nil
}

// None is the card of no model, which the page's script fills in.
func (c content) None() Card { return Card{} }
