package analysis

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

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
		if err := confirm.WriteText(w, r.Confirmed, r.Words); err != nil {
			return err
		}
	}
	if len(r.Tests) > 0 {
		fmt.Fprintln(w)
		if err := r.writeTests(w); err != nil {
			return err
		}
	}
	if r.against != nil {
		fmt.Fprintln(w)
		if err := r.against.WriteText(w); err != nil {
			return err
		}
	}
	for _, u := range r.Until {
		fmt.Fprintf(w, "\n%s\n", strings.Join(u.Lines(), "\n"))
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
	if err := r.writeImportance(w); err != nil {
		return err
	}
	if err := r.writeEpochs(w); err != nil {
		return err
	}
	if r.Noise != nil {
		if err := r.writeNoise(w); err != nil {
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

// Label heads the columns of errors.
func (r *Result) Label() string { return r.metric.Label() }

// writePopulations writes a row for every population.
func (r *Result) writePopulations(w io.Writer) error {
	return writeTable(w, edf.SummaryColumns(r.Populations), r.Populations, r.Label())
}

func (r *Result) writeTests(w io.Writer) error {
	return writeTable(w, edf.ComparisonColumns(r.Tests), r.Tests, "")
}

// writeTable writes rows by their columns, the first of which may be headed
// otherwise.
func writeTable[T any](w io.Writer, columns []edf.Column[T], rows []T, first string) error {
	header := make([]string, len(columns))
	cells := make([][]string, len(rows))
	for i, c := range columns {
		header[i] = c.Heading(rows)
		for k, row := range rows {
			cells[k] = append(cells[k], c.Cell(row))
		}
	}
	header[0] = cmp.Or(first, header[0])
	return format.Table(w, header, cells)
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
			row[e.Population][k] = e.Spearman.String()
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

func (r *Result) writeNoise(w io.Writer) error {
	var rows [][]string
	for _, p := range r.Noise.Populations {
		rows = append(rows, []string{
			p.Name, strconv.Itoa(p.Models), strconv.Itoa(p.Repeated), strconv.Itoa(p.Trainings),
			p.SeedSD.String(), format.Percent(p.ModelSD), p.Reliability.String(), p.Ranks.String(), format.Percent(p.Resolvable),
		})
	}
	fmt.Fprintln(w)
	header := []string{"noise", "models", "repeated", "trainings", "seed sd [95 %]", "model sd", "reliability [95 %]", "repeats' ranks [95 %]", "resolvable"}
	if err := format.Table(w, header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, r.metric.Words("(Two models whose single errors differ by less than the resolvable points may be equally good.)"))
	return err
}

// WriteText writes the comparison as a table for a person, and what it says.
func (f *Fidelity) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "A: %s\nB: %s\n%d models in both, %d only in A, %d only in B\n\n", f.A, f.B, f.Joined, f.OnlyA, f.OnlyB)
	var rows [][]string
	for _, p := range f.Populations {
		rows = append(rows, []string{
			p.Name, strconv.Itoa(p.N), format.Percent(p.MeanA), format.Percent(p.MeanB), p.Spearman.String(), p.Kendall.String(),
			fmt.Sprintf("%d: %s", p.Top, p.Overlap.String()), p.Regret.String(),
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
