package analysis

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/confirm"
	"designspace/internal/format"
)

// WriteText writes the result as tables for a person, and its caveats.
func (r *Result) WriteText(w io.Writer) error {
	if err := r.writePopulations(w); err != nil {
		return err
	}
	if len(r.Confirmed) > 0 {
		fmt.Fprintln(w)
		if err := confirm.WriteText(w, r.Confirmed); err != nil {
			return err
		}
	}
	if len(r.Tests) > 0 {
		fmt.Fprintln(w)
		if err := r.writeTests(w); err != nil {
			return err
		}
	}
	if len(r.Bootstrap) > 0 {
		fmt.Fprintln(w)
		if err := r.writeRanges(w); err != nil {
			return err
		}
	}
	if err := r.writeBest(w); err != nil {
		return err
	}
	if err := r.writeEpochs(w); err != nil {
		return err
	}
	if r.Noise != nil {
		if err := r.Noise.writeText(w); err != nil {
			return err
		}
	}
	writeNotes(w, r.Warnings)
	return nil
}

func writeNotes(w io.Writer, warnings []string) {
	for i, warning := range warnings {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, "note:", warning)
	}
}

// hasBest reports whether the best of a quarter of some population is known.
func (r *Result) hasBest() bool {
	return slices.ContainsFunc(r.Populations, func(p edf.Summary) bool { return p.BestOf > 1 && !math.IsNaN(p.ExpectedBest.Estimate) })
}

// Margin is that of the equivalence that was judged, 0 if none was.
func (r *Result) Margin() float64 {
	margin := 0.0
	for _, t := range r.Tests {
		margin = max(margin, t.Margin)
	}
	return margin
}

// power reports whether some test says how many models it needs.
func (r *Result) power() bool {
	return slices.ContainsFunc(r.Tests, func(t edf.Comparison) bool { return t.Needed != nil })
}

// Label heads the columns of errors.
func (r *Result) Label() string { return label(r.Metric) }

// writePopulations writes a row for every population, without counts that are 0
// in all.
func (r *Result) writePopulations(w io.Writer) error {
	header := []string{r.Label(), "n"}
	failed := slices.ContainsFunc(r.Populations, func(p edf.Summary) bool { return p.Failed > 0 })
	pending := slices.ContainsFunc(r.Populations, func(p edf.Summary) bool { return p.Pending > 0 })
	if failed {
		header = append(header, "failed")
	}
	if pending {
		header = append(header, "pending")
	}
	header = append(header, "min", "mean [95 %]", "median [95 %]", "max")
	if r.hasBest() {
		header = append(header, "best of n/4 [95 %]")
	}
	var rows [][]string
	for _, p := range r.Populations {
		row := []string{p.Name, strconv.Itoa(p.N)}
		if failed {
			row = append(row, strconv.Itoa(p.Failed))
		}
		if pending {
			row = append(row, strconv.Itoa(p.Pending))
		}
		row = append(row, format.Percent(p.Min), Interval(p.Mean), Interval(p.Median), format.Percent(p.Max))
		if r.hasBest() {
			row = append(row, Correlation(p.ExpectedBest))
		}
		rows = append(rows, row)
	}
	return format.Table(w, header, rows)
}

func (r *Result) writeTests(w io.Writer) error {
	header := []string{"comparison", "KS D", "KS p", "M-W p", "B-M p", "P(better)", "mean difference [95 %]", "verdict"}
	margin, needed := r.Margin(), r.power()
	if margin > 0 {
		header = append(header, "within "+format.Number(margin))
	}
	if needed {
		header = append(header, "models needed [95 %]")
	}
	var rows [][]string
	for _, t := range r.Tests {
		row := []string{
			t.A + " against " + t.B, format.Number(t.KS.D), format.PValue(t.KS.PTies), format.PValue(t.MannWhitney.P), format.PValue(t.PHolm), format.Percent(t.MannWhitney.Less), Interval(t.MeanDifference), Verdict(t),
		}
		if margin > 0 {
			row = append(row, Equivalence(t))
		}
		if needed {
			row = append(row, ModelsNeeded(t))
		}
		rows = append(rows, row)
	}
	return format.Table(w, header, rows)
}

// Verdict is the verdict of a comparison, and where its means tell something
// else.
func Verdict(t edf.Comparison) string {
	if r := t.Remark(); r != "" {
		return string(t.Verdict) + ": " + r
	}
	return string(t.Verdict)
}

// Equivalence says whether two populations are equivalent by the margin that
// was given.
func Equivalence(t edf.Comparison) string {
	switch {
	case t.Margin == 0:
		return "-"
	case t.Equivalent:
		return "equivalent"
	}
	return "not shown"
}

// ModelsNeeded formats how many models of each space tell two apart.
func ModelsNeeded(t edf.Comparison) string {
	if t.Needed == nil {
		return "-"
	}
	count := func(n int) string {
		if n == 0 {
			return fmt.Sprintf("> %d", t.Needed.Most)
		}
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s [%d, %s]", count(t.Needed.N), t.Needed.Lo, count(t.Needed.Hi))
}

// writeRanges writes a row for every parameter and a column for every
// population: the median of the values of its best models, and their range.
func (r *Result) writeRanges(w io.Writer) error {
	header := []string{"values of the best models"}
	column := map[string]int{}
	for _, p := range r.Populations {
		column[p.Name] = len(header)
		header = append(header, p.Name)
	}
	row := map[string][]string{}
	for _, b := range r.Bootstrap {
		if row[b.Name] == nil {
			row[b.Name] = make([]string, len(header))
			row[b.Name][0] = b.Name
		}
		row[b.Name][column[b.Population]] = fmt.Sprintf("%s [%s, %s]", format.Number(b.Median), format.Number(b.Lo), format.Number(b.Hi))
	}
	var rows [][]string
	for _, c := range r.parameters {
		if row[c] != nil {
			rows = append(rows, row[c])
		}
	}
	return format.Table(w, header, rows)
}

// writeEpochs writes a row for every population and a column for some epochs.
func (r *Result) writeEpochs(w io.Writer) error {
	header := []string{"rank correlation with the last epoch"}
	column := map[int]int{}
	row := map[string][]string{}
	for _, e := range r.Epochs {
		if e.Epoch&(e.Epoch-1) == 0 && column[e.Epoch] == 0 {
			column[e.Epoch] = len(header)
			header = append(header, fmt.Sprintf("epoch %d", e.Epoch))
		}
	}
	if len(header) == 1 {
		return nil
	}
	for _, e := range r.Epochs {
		if row[e.Population] == nil {
			row[e.Population] = make([]string, len(header))
			row[e.Population][0] = e.Population
		}
		if k := column[e.Epoch]; k > 0 {
			row[e.Population][k] = Correlation(e.Spearman)
		}
	}
	var rows [][]string
	for _, p := range r.Populations {
		if row[p.Name] != nil {
			rows = append(rows, row[p.Name])
		}
	}
	fmt.Fprintln(w)
	return format.Table(w, header, rows)
}

func (n *Noise) writeText(w io.Writer) error {
	var rows [][]string
	for _, p := range n.Populations {
		rows = append(rows, []string{
			p.Name, strconv.Itoa(p.Models), strconv.Itoa(p.Repeated), strconv.Itoa(p.Trainings),
			Interval(p.SeedSD), format.Percent(p.ModelSD), Correlation(p.Reliability), Correlation(p.Ranks), format.Percent(p.Resolvable),
		})
	}
	fmt.Fprintln(w)
	header := []string{"noise", "models", "repeated", "trainings", "seed sd [95 %]", "model sd", "reliability [95 %]", "repeats' ranks [95 %]", "resolvable"}
	if err := format.Table(w, header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "(Two models whose single errors differ by less than the resolvable points may be equally good.)")
	return err
}

// WriteText writes the comparison as a table for a person, and what it says.
func (f *Fidelity) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "A: %s\nB: %s\n%d models in both, %d only in A, %d only in B\n\n", f.A, f.B, f.Joined, f.OnlyA, f.OnlyB)
	var rows [][]string
	for _, p := range f.Populations {
		rows = append(rows, []string{
			p.Name, strconv.Itoa(p.N), format.Percent(p.MeanA), format.Percent(p.MeanB), Correlation(p.Spearman), Correlation(p.Kendall),
			fmt.Sprintf("%d: %s", p.Top, Correlation(p.Overlap)), Correlation(p.Regret),
		})
	}
	header := []string{"fidelity", "n", "mean A", "mean B", "Spearman [95 %]", "Kendall [95 %]", "overlap of top [95 %]", "regret of n/4 [95 %]"}
	if err := format.Table(w, header, rows); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", f.Verdict)
	writeNotes(w, f.Warnings)
	return nil
}

// Correlation formats a correlation or a share with its limits, if it has some.
func Correlation(i bootstrap.Interval) string {
	if math.IsNaN(i.Lo) {
		return format.Percent(i.Estimate)
	}
	return Interval(i)
}

// Interval formats an estimate of errors with its limits.
func Interval(i bootstrap.Interval) string {
	return fmt.Sprintf("%s [%s, %s]", format.Percent(i.Estimate), format.Percent(i.Lo), format.Percent(i.Hi))
}
