package evolve

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/atomicfile"
	"designspace/internal/format"
	"designspace/internal/numeric"
	"designspace/internal/table"
)

// SpacesDir is where the spaces lie.
func (d *Directory) SpacesDir() string { return filepath.Join(d.Dir, spacesDir) }

// CSV is the table of the lineage.
func (d *Directory) CSV() string { return filepath.Join(d.Dir, "lineage.csv") }

// JSON is all of the lineage.
func (d *Directory) JSON() string { return filepath.Join(d.Dir, "lineage.json") }

// Save writes lineage.csv, lineage.json and evolve.html.
func (d *Directory) Save(l *Lineage) error {
	if err := atomicfile.Write(d.CSV(), l.WriteCSV); err != nil {
		return err
	}
	if err := atomicfile.Write(d.JSON(), func(w io.Writer) error {
		text, err := json.MarshalIndent(l, "", "  ")
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\n", text)
		}
		return err
	}); err != nil {
		return err
	}
	return d.savePage(l)
}

// WriteCSV writes a row for every space: what it is, why it was proposed, and how
// it was judged. Differences are of the child less its parent, in percentage
// points.
func (l *Lineage) WriteCSV(w io.Writer) error {
	t := table.NewWriter(w, []string{
		"space", "parent", "round", "accepted", "about", "level", "models", "mean_difference", "mean_lo", "mean_hi",
		"best_difference", "best_lo", "best_hi", "trained", "flops", "train_seconds", "reason",
	})
	for _, n := range l.Spaces {
		row := []string{n.Name, n.Parent, "", "", n.About, "", "", "", "", "", "", "", "", "", "", "", ""}
		if j := n.Judgement; j != nil {
			row = []string{n.Name, n.Parent, strconv.Itoa(n.Round), strconv.FormatBool(j.Accepted), n.About, table.Float(j.Level), strconv.Itoa(j.Models)}
			for _, i := range []bootstrap.Interval{j.Mean, j.Best} {
				row = append(row, table.Float(i.Estimate), table.Float(i.Lo), table.Float(i.Hi))
			}
			row = append(row, strconv.Itoa(j.Cost.Models), table.Float(j.Cost.Flops), table.Float(j.Cost.Seconds), n.Reason)
		}
		if err := t.Write(row); err != nil {
			return err
		}
	}
	return t.Flush()
}

// MarshalJSON writes null for what is absent.
func (j Judgement) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		Level    float64 `json:"level"`
		Looks    []int   `json:"looks"`
		Models   int     `json:"models"`
		Mean     float64 `json:"mean_difference"`
		MeanLo   float64 `json:"mean_lo"`
		MeanHi   float64 `json:"mean_hi"`
		Best     float64 `json:"best_difference"`
		BestLo   float64 `json:"best_lo"`
		BestHi   float64 `json:"best_hi"`
		Accepted bool    `json:"accepted"`
		Sentence string  `json:"sentence"`
		Cost     Cost    `json:"cost"`
	}{j.Level, j.Looks, j.Models, j.Mean.Estimate, j.Mean.Lo, j.Mean.Hi, j.Best.Estimate, j.Best.Lo, j.Best.Hi, j.Accepted, j.Sentence, j.Cost})
}

// MarshalJSON writes null for what is absent.
func (w Winner) MarshalJSON() ([]byte, error) {
	type plain Winner
	return numeric.MarshalJSON(plain(w))
}

// WriteText writes what came of the evolution.
func (l *Lineage) WriteText(w io.Writer) error {
	for _, r := range l.Rounds {
		fmt.Fprintf(w, "round %d: %s, %s explored\n", r.Number, r.Parent, format.Count(r.Explorers, "model"))
		if len(r.Children) == 0 {
			fmt.Fprintln(w, "  no restriction has support, so no child is proposed")
		}
		for _, n := range l.Spaces {
			if n.Round == r.Number {
				fmt.Fprintf(w, "  %s\n    %s\n    %s\n", n.About, n.Reason, n.Judgement.Sentence)
			}
		}
	}
	last, cost := l.Last(), l.Cost()
	fmt.Fprintf(w, "\n%s ", l.Stop)
	if last.Parent == "" {
		fmt.Fprintf(w, "No refinement of %s is justified.", last.Name)
	} else {
		fmt.Fprintf(w, "The space is now %s.", last.Name)
	}
	_, err := fmt.Fprintf(w, " Trained: %s, in %.0f s by the clock, summed.\n", format.Count(cost.Models, "model"), cost.Seconds)
	if err != nil || l.End == nil {
		return err
	}
	return l.End.writeText(w)
}

func (e *End) writeText(w io.Writer) error {
	fmt.Fprint(w, "\nOn images that nothing was chosen by:\n\n")
	var rows [][]string
	for _, s := range e.Spaces {
		rows = append(rows, []string{s.Name, strconv.Itoa(s.N), meanOf(s).String(), s.ExpectedBest.String()})
	}
	if err := format.Table(w, []string{"space", "n", "mean error (%) [95 %]", "best of n/4 [95 %]"}, rows); err != nil {
		return err
	}
	fmt.Fprintln(w)
	rows = nil
	for _, c := range e.Comparisons {
		rows = append(rows, []string{c.A + " against " + c.B, differenceOf(c).String(), string(c.Verdict)})
	}
	if len(rows) > 0 {
		if err := format.Table(w, []string{"comparison", "mean difference [95 %]", "verdict"}, rows); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	rows = nil
	for _, x := range e.Winners {
		rows = append(rows, []string{
			x.Search, strconv.Itoa(x.Cost.Models), fmt.Sprintf("%.0f", x.Cost.Seconds), format.Percent(x.Found), format.Percent(x.Fresh),
			fmt.Sprintf("%s (%s to %s)", format.Percent(x.Untouched), format.Percent(x.Least), format.Percent(x.Most)),
		})
	}
	return format.Table(w, []string{"best model of", "models", "training (s)", "error when found", "fresh seeds", "untouched images"}, rows)
}

// meanOf is the mean error, adjusted by predictions where there are any.
func meanOf(s edf.Summary) bootstrap.Interval {
	if s.Adjusted != nil {
		return s.Adjusted.Interval
	}
	return s.Mean
}

// differenceOf is that of the means, likewise.
func differenceOf(c edf.Comparison) bootstrap.Interval {
	if c.Adjusted != nil {
		return c.Adjusted.Difference
	}
	return c.MeanDifference
}
