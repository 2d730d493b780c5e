package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/study/analysis"
)

// answer says in a sentence what the study found.
func answer(r *analysis.Result) string {
	if r.Percent() {
		return found(r)
	}
	hidden := *r // names are no words
	hidden.Populations, hidden.Tests, hidden.Confirmed = slices.Clone(r.Populations), slices.Clone(r.Tests), slices.Clone(r.Confirmed)
	mark, show := map[string]string{}, []string{}
	for i := range hidden.Populations {
		p := &hidden.Populations[i]
		mark[p.Name] = fmt.Sprintf("\x00%d\x00", i)
		show = append(show, mark[p.Name], p.Name)
		p.Name = mark[p.Name]
	}
	for i := range hidden.Tests {
		t := &hidden.Tests[i]
		t.A, t.B = mark[t.A], mark[t.B]
	}
	for i := range hidden.Confirmed {
		m := &hidden.Confirmed[i]
		m.Population = mark[m.Population]
	}
	return strings.NewReplacer(show...).Replace(r.Words(strings.ReplaceAll(found(&hidden), " %", "")))
}

func found(r *analysis.Result) string {
	var trained []edf.Summary
	models, failed, pending := 0, 0, 0
	for _, p := range r.Populations {
		if p.N > 0 {
			trained = append(trained, p)
		}
		models, failed, pending = models+p.N, failed+p.Failed, pending+p.Pending
	}
	slices.SortStableFunc(trained, func(a, b edf.Summary) int {
		if r.Better == "higher" {
			a, b = b, a
		}
		return cmp.Compare(a.Mean.Estimate, b.Mean.Estimate)
	})
	switch {
	case len(trained) > 0 && trained[0].Chosen > 0:
		return chosen(r, trained)
	case len(trained) == 0:
		return fmt.Sprintf("No model has an error: %d failed, %d pending.", failed, pending)
	case models == 1:
		return fmt.Sprintf("The only model with an error, of %s, has %s %%.", trained[0].Name, format.Percent(trained[0].Min))
	case len(trained) == 1 && trained[0].Min == trained[0].Max:
		return fmt.Sprintf("All %d models of %s have the same error, %s %%.", models, trained[0].Name, format.Percent(trained[0].Min))
	case len(trained) == 1:
		p := trained[0]
		return fmt.Sprintf("Half of the %d models of %s have an error below %s %%; the best has %s.",
			p.N, p.Name, format.Percent(p.Median.Estimate), least(r, p))
	case len(trained) == 2:
		return pair(r.Tests, trained[0], trained[1])
	}
	return leader(r.Tests, trained)
}

// chosen says which is the best of models that are no sample.
func chosen(r *analysis.Result, trained []edf.Summary) string {
	best, n := trained[0], 0
	for _, p := range trained {
		n += p.N
		if p.Min < best.Min {
			best = p
		}
	}
	return fmt.Sprintf("The best of %d models that were chosen by prediction is of %s and has %s. The models are no sample: nothing is said of the spaces.", n, best.Name, least(r, best))
}

// pair compares the better population of two with the other.
func pair(tests []edf.Comparison, a, b edf.Summary) string {
	t, swapped := find(tests, a.Name, b.Name)
	d := t.MeanDifference
	if swapped == t.Higher {
		d.Estimate, d.Lo, d.Hi = -d.Estimate, -d.Hi, -d.Lo
	}
	if t.Verdict == analysis.NotComparable {
		return fmt.Sprintf("%s and %s cannot be compared: the mean errors of their %d and %d models are %s %% and %s %%, for reasons that may have nothing to do with the spaces.",
			a.Name, b.Name, a.N, b.N, a.Mean, b.Mean)
	}
	if t.Look != nil {
		return looked(t, a.Name, b.Name, d)
	}
	p := "Brunner-Munzel p " + equals(format.PValue(t.PHolm))
	if t.Pairs != nil {
		p = fmt.Sprintf("%d pairs, p %s", len(t.Pairs.Differences), equals(format.PValue(t.MeansP)))
	}
	if t.Tilted {
		p = "Welch p " + equals(format.PValue(t.MeansP))
	}
	remark := ""
	if t.Remark() != "" {
		remark = fmt.Sprintf(" %s against %s: %s.", t.A, t.B, t.Remark())
	}
	if t.Verdict == edf.Same {
		return fmt.Sprintf("No significant difference between %s and %s: the mean errors of their %d and %d models are %s percentage points apart, in favour of %s (%s).",
			a.Name, b.Name, a.N, b.N, d, a.Name, p) + remark
	}
	better, worse := winner(t)
	return fmt.Sprintf("%s has significantly lower errors than %s: the mean errors of %d and %d models are %s percentage points apart (%s).",
		better, worse, a.N, b.N, d, p) + remark
}

// looked compares populations by the looks of a plan; d is how much less the
// mean error of a is.
func looked(t edf.Comparison, a, b string, d bootstrap.Interval) string {
	at := fmt.Sprintf("at look %d, with %d models of each", t.Look.Look, t.Look.N)
	switch better, worse := winner(t); {
	case t.Look.Look == 0:
		return fmt.Sprintf("%s and %s are not compared yet: the first look waits for models.", a, b)
	case t.Verdict == edf.Equivalent:
		return fmt.Sprintf("%s and %s are equivalent: their mean errors are %s percentage points apart, within %s (decided %s).", a, b, d, format.Number(t.Margin), at)
	case t.Verdict == edf.Same:
		return fmt.Sprintf("Not decided between %s and %s: their mean errors are %s percentage points apart (%s).", a, b, d, at)
	default:
		return fmt.Sprintf("%s has lower errors than %s: the mean errors are %s percentage points apart (decided %s).", better, worse, d, at)
	}
}

// leader sets the population of the least mean error against all others, which
// are in order.
func leader(tests []edf.Comparison, ranked []edf.Summary) string {
	var beaten, level []string
	for _, other := range ranked[1:] {
		t, _ := find(tests, ranked[0].Name, other.Name)
		if better, _ := winner(t); (t.Verdict == edf.Better || t.Verdict == edf.Worse) && better == ranked[0].Name {
			beaten = append(beaten, other.Name)
		} else {
			level = append(level, other.Name)
		}
	}
	text := fmt.Sprintf("Of %d populations, %s has the lowest mean error, %s %%: ", len(ranked), ranked[0].Name, ranked[0].Mean)
	switch {
	case len(level) == 0:
		return text + "significantly lower errors than every other."
	case len(beaten) == 0:
		return text + "not significantly lower errors than any other."
	}
	return text + fmt.Sprintf("significantly lower errors than %s, but not than %s.", truncate(beaten), truncate(level))
}

// truncate is a list of at most four names.
func truncate(names []string) string {
	if len(names) > 4 {
		names = append(slices.Clone(names[:3]), fmt.Sprintf("%d others", len(names)-3))
	}
	return list(names)
}

// find returns the test of two populations, which stand in it in the other
// order if it is swapped.
func find(tests []edf.Comparison, a, b string) (t edf.Comparison, swapped bool) {
	for _, t := range tests {
		if t.A == a && t.B == b || t.A == b && t.B == a {
			return t, t.A == b
		}
	}
	return edf.Comparison{Verdict: edf.Same}, false
}

// winner returns the populations of a test, the better one first.
func winner(t edf.Comparison) (better, worse string) {
	if t.Verdict == edf.Worse {
		return t.B, t.A
	}
	return t.A, t.B
}

// equals puts the sign of equality before a number that has none.
func equals(p string) string {
	if strings.HasPrefix(p, "<") {
		return "< " + p[1:]
	}
	return "= " + p
}
