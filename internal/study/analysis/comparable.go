package analysis

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"designspace/edf"
	"designspace/internal/columns"
)

// NotComparable is the verdict on populations whose models were trained for
// different things, see [Difference].
const NotComparable edf.Verdict = "not comparable"

// A Difference is a column in which populations differ, such as data or epochs,
// so that their errors tell nothing of their spaces.
type Difference struct {
	Column string  `json:"column"`
	Values []Holds `json:"values"`
}

// Holds are populations whose models have the same values of a column.
type Holds struct {
	Value       string   `json:"value"` // or several, separated by commas
	Populations []string `json:"populations"`
}

func (d Difference) String() string {
	var parts []string
	for _, v := range d.Values {
		parts = append(parts, fmt.Sprintf("%s in %s", v.Value, truncate(slices.Clone(v.Populations))))
	}
	return d.Column + " (" + strings.Join(parts, "; ") + ")"
}

// apart reports whether two populations differ in the column.
func (d Difference) apart(a, b string) bool {
	of := func(name string) int {
		return slices.IndexFunc(d.Values, func(v Holds) bool { return slices.Contains(v.Populations, name) })
	}
	i, j := of(a), of(b)
	return i >= 0 && j >= 0 && i != j
}

// differences finds the columns that keep populations from being compared, but
// for those by which they were asked to be told apart. It warns of models that
// were not made alike for other reasons. Models that diverged count in no
// column: they end early.
func (s *Study) differences(by string) ([]Difference, []string, error) {
	var ds []Difference
	var warnings []string
	for _, c := range columns.All() {
		if !c.Alike || !s.Has(c.Name) {
			continue
		}
		cells, err := s.Strings(c.Name)
		if err != nil {
			return nil, nil, err
		}
		d, mixed := s.difference(c.Name, cells)
		switch asked := slices.Contains(strings.Split(by, ","), c.Name) || c.Name == s.varied(); {
		case len(d.Values) > 1 && c.Name != "kernel" && !asked: // kernels only round differently
			ds = append(ds, d)
		case len(d.Values) > 1 || len(mixed) > 0:
			var seen []string
			for _, v := range d.Values {
				for value := range strings.SplitSeq(v.Value, ", ") {
					if !slices.Contains(seen, value) {
						seen = append(seen, value)
					}
				}
			}
			warnings = append(warnings, fmt.Sprintf("%s differs between the models (%s): their errors may not compare", c.Name, truncate(seen)))
		}
	}
	return ds, warnings, nil
}

// difference tells the populations apart by the values of a column, and returns
// those that have several.
func (s *Study) difference(column string, cells []string) (d Difference, mixed []string) {
	d.Column = column
	for _, p := range s.Populations {
		var seen []string
		for k, row := range p.Rows {
			if v := cells[row]; v != "" && !(s.metric.percent() && p.Errors[k] == edf.Diverged) && !slices.Contains(seen, v) {
				seen = append(seen, v)
			}
		}
		if len(seen) == 0 {
			continue
		}
		if len(seen) > 1 {
			mixed = append(mixed, p.Name)
		}
		slices.Sort(seen)
		value := strings.Join(seen, ", ")
		i := slices.IndexFunc(d.Values, func(v Holds) bool { return v.Value == value })
		if i < 0 {
			i = len(d.Values)
			d.Values = append(d.Values, Holds{Value: value})
		}
		d.Values[i].Populations = append(d.Values[i].Populations, p.Name)
	}
	return d, mixed
}

// withhold takes the verdicts from tests of populations that differ.
func (r *Result) withhold() {
	for i := range r.Tests {
		t := &r.Tests[i]
		if slices.ContainsFunc(r.Differences, func(d Difference) bool { return d.apart(t.A, t.B) }) {
			t.Verdict, t.Means = NotComparable, NotComparable
			t.Margin, t.Equivalent, t.Needed = 0, false, nil
		}
	}
}

// Incomparable says which populations do not compare, and why; "" if all do.
func (r *Result) Incomparable() string {
	if len(r.Differences) == 0 {
		return ""
	}
	var parts []string
	for _, d := range r.Differences {
		parts = append(parts, d.String())
	}
	text := "These populations do not compare: they differ in " + strings.Join(parts, " and in ") + ". "
	if r.anyway {
		return text + "Verdicts are given all the same (--anyway)."
	}
	return text + "No verdict is given on them; --anyway gives it all the same."
}

// WriteBox writes what does not compare in a box, and nothing if all does.
func (r *Result) WriteBox(w io.Writer) error {
	text := r.Incomparable()
	if text == "" {
		return nil
	}
	const width = 90
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	lines = append(lines, line)
	widest := 0
	for _, l := range lines {
		widest = max(widest, utf8.RuneCountInString(l))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "┌%s┐\n", strings.Repeat("─", widest+2))
	for _, l := range lines {
		fmt.Fprintf(&b, "│ %s%s │\n", l, strings.Repeat(" ", widest-utf8.RuneCountInString(l)))
	}
	fmt.Fprintf(&b, "└%s┘\n\n", strings.Repeat("─", widest+2))
	_, err := io.WriteString(w, b.String())
	return err
}
