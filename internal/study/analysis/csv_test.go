package analysis

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/table"
)

// A table has the columns and the values of the JSON objects.
func TestWriteCSV(t *testing.T) {
	path := write(t, "t.csv", "error,depth,width\n10,1,\n20,2,\n30,3,\n40,4,\n")
	s, err := Load([]string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) *table.Table {
		var b bytes.Buffer
		if err := r.WriteCSV(&b, name); err != nil {
			t.Fatal(err)
		}
		tb, err := table.Read(name, &b)
		if err != nil {
			t.Fatal(err)
		}
		return tb
	}
	got := asObjects(t, r)
	for _, name := range Tables {
		tb := read(name)
		var objects []map[string]any
		switch name {
		case "populations":
			objects = got.Populations
		case "bootstrap":
			objects = got.Bootstrap
		}
		if tb.Len() != len(objects) {
			t.Errorf("%s has %d rows, want %d", name, tb.Len(), len(objects))
		}
		for row, o := range objects {
			for key, x := range o {
				n, ok := x.(float64)
				if !ok {
					continue
				}
				cells, err := tb.Floats(key)
				if err != nil || cells[row] != n {
					t.Errorf("%s: %s is %v, want %v (%v)", name, key, cells, n, err)
				}
			}
		}
	}
	tests := read("tests") // of one population with itself there is none
	for _, c := range []string{"a", "b", "ks_d", "ks_p", "mann_whitney_p", "mean_difference", "mean_difference_lo", "mean_difference_hi", "verdict"} {
		if !tests.Has(c) {
			t.Errorf("tests lacks %s", c)
		}
	}
	notes, err := read("populations").Strings("warnings")
	if err != nil || !strings.Contains(notes[0], "n = 4") {
		t.Errorf("%q, %v: no caveat of a small population", notes, err)
	}
	if err := r.WriteCSV(&bytes.Buffer{}, "tets"); err == nil || !strings.Contains(err.Error(), "choose populations, tests") {
		t.Error(err)
	}
}

// A name from a table is printed without what a terminal obeys, and names that
// differ make populations that differ.
func TestPrintableNames(t *testing.T) {
	s, err := Load([]string{write(t, "t.csv", "space,error\n\x1b[31mred,1\na\x01b,2\na\x02b,3\na\\x01b,4\na\u200bb,5\nab,6\nGröße,7\na\x01b,8\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range s.Populations {
		names = append(names, g.Name)
	}
	if want := []string{`\x1b[31mred`, `a\x01b`, `a\x02b`, `a\\x01b`, `a\u200bb`, "ab", "Größe"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
	path := write(t, "latin1.csv", "id,space,error\n1,Gr\xf6\xdfe,1\n2,Gr\xfc\xdfe,2\n")
	if _, err := Load([]string{path}, Options{}); err == nil || err.Error() != path+":2: space: the cell is not UTF-8: save the file as UTF-8" {
		t.Error(err)
	}
}

// The text says what a margin and a power were asked for.
func TestTextOfOptions(t *testing.T) {
	s, err := Load([]string{write(t, "t.csv", "space,error\n"+strings.Repeat("a,10\na,11\nb,10.1\nb,11.1\nc,30\nc,31\n", 10))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{Margin: 1, Power: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	row := func(prefix string) []string {
		for _, l := range lines {
			if strings.HasPrefix(l, prefix) {
				return strings.Fields(l)
			}
		}
		t.Fatalf("no line %q in\n%s", prefix, &b)
		return nil
	}
	if head := strings.Join(row("comparison"), " "); !strings.HasSuffix(head, "P(better) mean difference [95 %] verdict within 1 models needed [95 %]") {
		t.Error(head)
	}
	if got := row("a against b"); !slices.Contains(got, "equivalent") {
		t.Errorf("%q: not equivalent", got)
	}
	got := row("a against c")
	if n := r.Tests[1].Needed.N; n < 4 || n > 10 || got[len(got)-3] != strconv.Itoa(n) { // apart: 4 are the least that can be significant
		t.Errorf("%q: %d models needed", got, n)
	}
	if !strings.Contains(strings.Join(got, " "), "not shown") {
		t.Errorf("%q: equivalent", got)
	}
}

// Parameters that are named take the place of all numeric columns.
func TestParameters(t *testing.T) {
	path := write(t, "t.csv", "error,depth,width,name\n10,1,8,a\n20,2,8,b\n30,3,8,c\n")
	s, err := Load([]string{path}, Options{Parameters: []string{"width", "depth"}})
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Parameters(s.Populations[0]); !slices.Equal(p, []string{"depth"}) { // the width does not vary
		t.Errorf("parameters %v", p)
	}
	for _, c := range []struct{ columns, want string }{
		{"dpeth", `parameters: no column dpeth: did you mean "depth"?`},
		{"name", `:2: name: "a" is not a number`},
		{"depth,depth", "column depth is named twice"},
		{"error,depth", "--parameters: column error is an outcome of training"},
		{"", "no column "},
	} {
		_, err := Load([]string{path}, Options{Parameters: strings.Split(c.columns, ",")})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.columns, err, c.want)
		}
	}
}

// Whatever is wrong with a file, its line or a caveat says so.
func TestBadTables(t *testing.T) {
	for _, c := range []struct{ name, csv, want string }{
		{"empty", "", "the file is empty: its first line must name the columns"},
		{"header only", "error,depth\n", "no rows below the names of the columns"},
		{"no error column", "err,depth\n1,2\n", `:1: no column error: did you mean "err"?`},
		{"ragged", "error,depth\n1,2\n3\n", ":3: 1 cell where the header names 2 columns"},
		{"too long", "error,depth\n1,2,3\n", ":2: 3 cells where the header names 2 columns"},
		{"not a number", "error\n1\nbad\n", `:3: error: "bad" is not a number`},
		{"NaN", "error\n1\nNaN\n", `:3: error: "NaN" is no number: write diverged or failed`},
		{"infinite", "error\n1\n1e999\n", `:3: error: "1e999" is not a finite number`},
		{"unnamed column", "error,\n1,2\n", ":1: column 2 has no name"},
		{"two errors", "error,depth,error\n1,2,3\n", `:2: two columns are named error`},
		{"stray quote", "error\n1\"2\n", ":2: stray quote"},
		{"an error above 100", "error\n101\n50\n", ":2: an error of 101 is none in percent"},
		{"a negative error", "error\n50\n-1\n", ":3: an error of -1 is none in percent"},
		{"no errors", "error,depth\n,2\n", "no model has an error yet"},
		{"done without an error", "error,status\n,done\n1,done\n", ":2: status done without an error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load([]string{write(t, "t.csv", c.csv)}, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), ".csv") {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// What can be analysed but proves little comes with a caveat.
func TestCaveats(t *testing.T) {
	for _, c := range []struct{ name, csv, want string }{
		{"one model", "error,depth\n50,2\n", "n = 1"},
		{"few models", "error,depth\n50,2\n60,3\n", "n = 2"},
		{"all errors equal", "error,depth\n" + strings.Repeat("50,2\n50,3\n", 20), "all errors are equal"},
		{"fractions", "error\n" + strings.Repeat("0.5\n0.4\n", 30), "no error above 1: fractions given for percent?"},
		{"an empty error", "error\n1\n\n2\n\"\"\n", "have no error"},
		{"mixed column", "error,depth\n1,2\n2,deep\n", "column depth is left out"},
		{"byte order mark", "\ufefferror,depth\r\n50,2\r\n", "n = 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Load([]string{write(t, "t.csv", c.csv)}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Analyze(edf.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(r.Warnings, "\n"), c.want) {
				t.Errorf("warnings %q, want %s", r.Warnings, c.want)
			}
		})
	}
}
