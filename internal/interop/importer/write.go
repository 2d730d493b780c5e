package importer

import (
	"io"
	"slices"

	"designspace/internal/columns"
	"designspace/internal/table"
)

// Write writes every training of the population as CSV. What every model has
// stands in the order of results.csv, other columns follow as they came.
func (p *Table) Write(w io.Writer) error { return p.write(w, p.columns, p.rows) }

// WriteResults writes one row a model: its first training.
func (p *Table) WriteResults(w io.Writer) error {
	rows := p.rows
	if p.Repeats {
		rows = nil
		for _, r := range p.rows {
			if r["repeat"] == "0" {
				rows = append(rows, r)
			}
		}
	}
	return p.write(w, slices.DeleteFunc(slices.Clone(p.columns), func(c string) bool { return c == "repeat" }), rows)
}

func (p *Table) write(w io.Writer, header []string, rows []row) error {
	place := map[string]int{}
	all := columns.All()
	for i, c := range all {
		if place[c.Name] = i - len(all); c.Name == "width" {
			break
		}
	}
	header = slices.Clone(header)
	slices.SortStableFunc(header, func(a, b string) int { return place[a] - place[b] })
	t := table.NewWriter(w, header)
	cells := make([]string, len(header))
	for _, r := range rows {
		for i, c := range header {
			cells[i] = r[c]
		}
		if err := t.Write(cells); err != nil {
			return err
		}
	}
	return t.Flush()
}
