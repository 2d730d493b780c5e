package plots

import (
	"designspace/edf"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGoldenTerminal(t *testing.T) {
	spaces := []edf.Population{
		{Name: "AnyNetXA", Errors: errorsLike(1, 60, 31, 9)},
		{Name: "AnyNetXE", Errors: errorsLike(2, 60, 28, 6)},
		{Name: "RegNetX", Errors: errorsLike(3, 60, 26, 4)},
	}
	spaces[0].Errors[7], spaces[0].Errors[21] = 100, math.NaN()
	for name, o := range map[string]TerminalOptions{
		"terminal.txt":       {},
		"terminal-ascii.txt": {ASCII: true},
		"terminal-small.txt": {Columns: 40, Rows: 10},
		"terminal-color.txt": {Columns: 50, Rows: 12, Color: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Terminal(spaces, o)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(golden(t, filepath.Join("testdata", name), []byte(got))), got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestTerminalCurve checks every column of an ASCII drawing against a count of
// the errors below it.
func TestTerminalCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		errs := rapid.SliceOfN(rapid.Float64Range(0, 99), 1, 40).Draw(t, "errors")
		o := TerminalOptions{ASCII: true, Columns: rapid.IntRange(24, 90).Draw(t, "columns"), Rows: rapid.IntRange(6, 30).Draw(t, "rows")}
		text, err := Terminal([]edf.Population{{Name: "p", Errors: errs}}, o)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text, "\n")
		height := o.Rows - 3
		stats, _ := summarise([]edf.Population{{Errors: errs}})
		axis, _ := errorAxis(&Figure{}, stats, EDFOptions{})
		x := axis.span
		for c := range o.Columns - 6 {
			e := x.lo + (float64(c)+0.5)/float64(o.Columns-6)*(x.hi-x.lo)
			below := 0
			for _, v := range errs {
				if v < e {
					below++
				}
			}
			row := int(math.Round((1 - float64(below)/float64(len(errs))) * float64(height-1)))
			if l := lines[row]; len(l) <= 6+c || l[6+c] != 'A' {
				t.Fatalf("column %d, error %g: row %d of\n%s\nhas no curve", c, e, row, text)
			}
		}
	})
}

func TestTerminalSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var populations []edf.Population
		for i := range rapid.IntRange(1, 30).Draw(t, "populations") {
			populations = append(populations, edf.Population{
				Name:   fmt.Sprint("p", i),
				Errors: rapid.SliceOf(rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 100), rapid.Just(math.NaN()), rapid.Just(math.Inf(1)))).Draw(t, "errors"),
			})
		}
		o := TerminalOptions{Columns: rapid.IntRange(-1, 120).Draw(t, "columns"), Rows: rapid.IntRange(-1, 40).Draw(t, "rows"), ASCII: rapid.Bool().Draw(t, "ascii")}
		text, err := Terminal(populations, o)
		if err != nil {
			return
		}
		columns, rows := o.Columns, o.Rows
		if columns == 0 {
			columns = 72
		}
		if rows == 0 {
			rows = 18
		}
		lines := strings.Split(text, "\n")[:max(rows, 6)]
		for i, l := range lines {
			if n := utf8.RuneCountInString(l); n > max(columns, 24) {
				t.Fatalf("line %d has %d columns of %d:\n%s", i, n, columns, text)
			}
		}
		if !strings.Contains(lines[len(lines)-1], "error (%)") {
			t.Fatalf("%d rows asked, but the axis label does not end them:\n%s", rows, text)
		}
	})
}
