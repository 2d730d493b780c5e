package analysis

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"designspace/bootstrap"
	"designspace/internal/texttable"
)

// WriteText writes the result as tables for a person.
func (r *Result) WriteText(w io.Writer) error {
	if err := r.writePopulations(w); err != nil {
		return err
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
	for i, warning := range r.Warnings {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, "note:", warning)
	}
	return nil
}

func (r *Result) writePopulations(w io.Writer) error {
	var rows [][]string
	for _, p := range r.Populations {
		rows = append(rows, []string{p.Name, strconv.Itoa(p.N), strconv.Itoa(p.Failed), strconv.Itoa(p.Pending), Percent(p.Min), Interval(p.Mean), Interval(p.Median), Percent(p.Max)})
	}
	return texttable.Write(w, []string{"error (%)", "n", "failed", "pending", "min", "mean [95 %]", "median [95 %]", "max"}, rows)
}

func (r *Result) writeTests(w io.Writer) error {
	var rows [][]string
	for _, t := range r.Tests {
		rows = append(rows, []string{
			t.A + " against " + t.B, Number(t.KS.D), PValue(t.KS.PTies), PValue(t.PHolm), Interval(t.MeanDifference), string(t.Verdict),
		})
	}
	return texttable.Write(w, []string{"comparison", "KS D", "p", "Mann-Whitney p", "mean difference [95 %]", "verdict"}, rows)
}

// writeRanges writes a row for every parameter and a column for every
// population: the median of the best value and its range.
func (r *Result) writeRanges(w io.Writer) error {
	header := []string{"best value [95 %]"}
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
		row[b.Name][column[b.Population]] = fmt.Sprintf("%s [%s, %s]", Number(b.Median), Number(b.Lo), Number(b.Hi))
	}
	var rows [][]string
	for _, c := range r.columns {
		if row[c] != nil {
			rows = append(rows, row[c])
		}
	}
	return texttable.Write(w, header, rows)
}

// Number formats a value with four significant digits, whole from 1000 on, and
// an absent one as "-".
func Number(x float64) string {
	switch {
	case math.IsNaN(x):
		return "-"
	case math.Abs(x) >= 1000:
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// Percent formats an error or a difference of errors, in percent.
func Percent(x float64) string {
	if math.IsNaN(x) {
		return "-"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// Interval formats an estimate of errors with its limits.
func Interval(i bootstrap.Interval) string {
	return fmt.Sprintf("%s [%s, %s]", Percent(i.Estimate), Percent(i.Lo), Percent(i.Hi))
}

// PValue formats a probability with two significant digits, the least as "<1e-4".
func PValue(p float64) string {
	if p < 1e-4 {
		return "<1e-4"
	}
	if math.IsNaN(p) {
		return "-"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}
