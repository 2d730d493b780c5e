package repeats

import (
	"slices"
	"strings"
	"testing"
)

// Every row is a training of one model, whatever the table.
func FuzzFind(f *testing.F) {
	f.Add("id,seed,depth a,1,2 a,2,2 b,1,3")
	f.Add("depth,repeat 1,1 1,0 2,x")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Fields(text)
		if len(lines) == 0 {
			return
		}
		columns := strings.Split(lines[0], ",")
		tab := Table{Rows: len(lines) - 1, Columns: columns}
		tab.Cells = func(c string) []string {
			cells := make([]string, tab.Rows)
			for i, l := range lines[1:] {
				if row, k := strings.Split(l, ","), slices.Index(columns, c); k < len(row) {
					cells[i] = row[k]
				}
			}
			return cells
		}
		seen := make([]bool, tab.Rows)
		for _, rows := range Find(tab).Trainings {
			for _, row := range rows {
				if seen[row] {
					t.Errorf("row %d twice", row)
				}
				seen[row] = true
			}
		}
		if slices.Contains(seen, false) {
			t.Errorf("a row is of no model: %v", seen)
		}
	})
}
