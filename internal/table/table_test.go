package table

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRead(t *testing.T) {
	const text = "\ufeffid,error,space\nm1,12.5,\"a, \"\"b\"\"\"\n\nm2,,\"x\ny\"\r\nm3,1e-7,z\n"
	tab, err := Read("r.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id", "error", "space"}, tab.Columns()); diff != "" {
		t.Error(diff)
	}
	errs, err := tab.Floats("error")
	if err != nil {
		t.Fatal(err)
	}
	if len(errs) != 3 || errs[0] != 12.5 || !math.IsNaN(errs[1]) || errs[2] != 1e-7 {
		t.Errorf("error column %v, want 12.5, NaN, 1e-7", errs)
	}
	spaces, err := tab.Strings("space")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`a, "b"`, "x\ny", "z"}, spaces); diff != "" {
		t.Error(diff)
	}
	if got := []int{tab.Line(0), tab.Line(1), tab.Line(2)}; !cmp.Equal(got, []int{2, 4, 6}) {
		t.Errorf("rows begin on lines %v, want 2, 4, 6", got)
	}
}

func TestErrorsNameFileLineAndRemedy(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "r.csv: the file is empty: its first line must name the columns"},
		{"a,,b\n1,2,3\n", "r.csv:1: column 2 has no name: name it or remove it"},
		{"a,\xff\n", "r.csv:1: the name of column 2 is not UTF-8: save the file as UTF-8"},
		{"a,b\n1,2\n3\n", "r.csv:3: 1 cell where the header names 2 columns: every row needs one cell per column"},
		{"a,b\n1,2,3\n", "r.csv:2: 3 cells where the header names 2 columns: every row needs one cell per column"},
		{"a,b\n1,x\"y\n", "r.csv:2: stray quote: enclose the cell in quotes and double each quote inside it"},
		{"a,b\n1,\"xy\n", "r.csv:2: stray quote: enclose the cell in quotes and double each quote inside it"},
		{"error\n-inf\n", `r.csv:2: error: "-inf" is not a finite number: leave the cell empty if the value is absent`},
		{"error\n1e999\n", `r.csv:2: error: "1e999" is not a finite number: leave the cell empty if the value is absent`},
		{"error\n\"1,5\"\n", `r.csv:2: error: "1,5" is not a number: write it as 1234.5 or 1.2345e3`},
		{"error\n0x10\n", `r.csv:2: error: "0x10" is not a number: write it as 1234.5 or 1.2345e3`},
		{"a,b\n1,\"x\ny\n", "r.csv:2: stray quote: enclose the cell in quotes and double each quote inside it"},
		{"error\n24%\n0.22\n", `r.csv:3: error: "0.22" and "24%" stand in one column: write all numbers with %, or none`},
		{"error\n\"24,3\"\n", `r.csv:2: error: "24,3" is not a number: write it as 1234.5 or 1.2345e3`},
		{"error\n\"0,123\"\n", `r.csv:2: error: "0,123" is not a number: write it as 1234.5 or 1.2345e3`},
		{"0,1.5,a\n1,2.5,b\n", "r.csv:1: the names of the columns are missing: this line looks like data, \"0,1.5,a\": write a line of names above it"},
		{"# written by x\n\n7,7,a\n", "r.csv:3: the names of the columns are missing: this line looks like data, \"7,7,a\": write a line of names above it"},
		{"a;error\n1;1,014\n", `r.csv:2: error: "1,014" is 1014 or 1.014: write the numbers of the file with decimal points and no other signs`},
		{"a;error\n1;24,5\n2;24.5\n", `r.csv:3: error: "24.5" has a decimal point, and other cells have commas: write the numbers of the file with decimal points and no other signs`},
		{"a;error\n1.014;24,5\n", `r.csv:2: a: "1.014" may be a number with a decimal point or with thousands, and other columns have decimal commas: write the numbers of the file with decimal points and no other signs`},
		{"\x1f\x8b\b", "r.csv: the file is compressed: unpack it with gunzip"},
		{"\x00\x00", "r.csv: the file is binary and no table: name a CSV file"},
		{"\xff\xfea\x00", "r.csv: the file is in UTF-16: save it as UTF-8"},
		{"|a|b|\n|-|-|\n|1|\n", "r.csv:3: 1 cell where the header names 2 columns: every row needs one cell per column"},
		{"|a|error|\n|-|-|\n|1|2|\n\nText.\n\n|b|error|\n", "r.csv:7: another table begins here: keep one in a file"},
		{"model error\na 1\n", `r.csv:1: no column error: the only column is "model error": separate cells by commas, semicolons or tabs`},
		{"Error,d\n1,2\n", `r.csv:1: no column error: rename the column "Error"`},
		{"d,error \n1,2\n", `r.csv:1: no column error: rename the column "error "`},
		{"a,b\n1,2\n", "r.csv:1: no column error: the columns are a, b"},
		{"a,terror\n1,2\n", `r.csv:1: no column error: did you mean "terror"?`},
		{"x01,x02,x03,x04,x05,x06,x07,x08,x09,x10,x11,x12,x13,mirrors\n", "r.csv:1: no column error: nearest are mirrors, x01, x02, x03, x04, x05, x06, x07, x08, x09, x10, x11"},
		{"a,error\n\"x\ny\",Gr\xf6\n", "r.csv:3: error: the cell is not UTF-8: save the file as UTF-8"},
	} {
		tab, err := Read("r.csv", strings.NewReader(c.text))
		if err == nil {
			_, err = tab.Floats("error")
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

// The tables that people have, and what pandas reads from them.
func TestLayouts(t *testing.T) {
	for text, want := range map[string]string{
		"model,error,\na,24.3,\nb,22.1,\n":                                "model,error\na,24.3\nb,22.1\n",
		"model,error\na,24.3,\n":                                          "model,error\na,24.3\n",
		"model,error,\na,24.3\n":                                          "model,error\na,24.3\n",
		"model;error;params\na;24,3;4300000\nb;1.022,1;6300000\n":         "model,error,params\na,24.3,4300000\nb,1022.1,6300000\n",
		"model;error\na;24.3\n":                                           "model,error\na,24.3\n",
		"a\terror\n1,2\t\"3\"\n":                                          "a,error\n\"1,2\",3\n",
		"|model|params|top1 err|\n|---|:-:|--:|\n| a\\|b |3.3M|**34.0**|": "model,params,top1 err\na|b,3.3M,34.0\n",
		"lr,lr,lr.1,lr\n1,2,3,4\n":                                        "lr,lr.2,lr.1,lr.3\n1,2,3,4\n",
		"# a comment\n# model,error\n7,2.5\n# end\n#1,3\n":                "model,error\n7,2.5\n#1,3\n",
		"# a comment\nmodel,error\n7,2.5\n":                               "model,error\n7,2.5\n",
		"#model,error\na,2.5\n":                                           "model,error\na,2.5\n",
		"# made by x, y\nmodel,error\na,2.5\n":                            "model,error\na,2.5\n",
		"sep=;\nmodel;error\na;2,5\n":                                     "model,error\na,2.5\n",
		"model|error\na|2.5\n":                                            "model,error\na,2.5\n",
		"model, error\na, 2.5\n":                                          "model,error\na,2.5\n",
		"\"model\",\"error\"\n\"a\", 2.5\n":                               "model,error\na,2.5\n",
		"model,error\na,1\nmodel,error\nb,2\n":                            "model,error\na,1\nb,2\n",
		"a\tb\terror\n1\t\t3\n":                                           "a,b,error\n1,,3\n",
		"model | error\n--- | ---\na | 1\n":                               "model,error\na,1\n",
		"|a|error|\n|-|-|\n|[x](http://y)|~~2~~|\n\nText.\n":              "a,error\nx,2\n",
		"|a|error|\n|-|-|\n|1|2|\n\n|a|error|\n|-|-|\n|3|4|\n":            "a,error\n1,2\n3,4\n",
		"+---+-------+\n| a | error |\n+===+=======+\n| 1 | 2     |\n":    "a,error\n1,2\n",
		"\n\nmodel,error\n7,2.5\n":                                        "model,error\n7,2.5\n",
		"id,1,2,3\na,4,5,6\n":                                             "id,1,2,3\na,4,5,6\n",
	} {
		tab, err := Read("r.csv", strings.NewReader(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var b strings.Builder
		if err := tab.Write(&b); err != nil || b.String() != want {
			t.Errorf("%q: %q, %v, want %q", text, b.String(), err, want)
		}
	}
}

// A file of Markdown may have text around its table.
func TestMarkdownWithText(t *testing.T) {
	tab, err := Read("r.md", strings.NewReader("# Results\n\nOf a, b | c.\n\n| model | error |\n|---|---|\n| a | 1 |\n\nText.\n"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := tab.Write(&b); err != nil || b.String() != "model,error\na,1\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	if tab.Line(0) != 7 {
		t.Errorf("the row stands on line %d, want 7", tab.Line(0))
	}
}

func TestLinesAfterComments(t *testing.T) {
	tab, err := Read("r.csv", strings.NewReader("# one\n\na,error\n1,\"2\n\"\n3,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if tab.Line(0) != 4 || tab.Line(1) != 6 {
		t.Errorf("rows stand on lines %d and %d, want 4 and 6", tab.Line(0), tab.Line(1))
	}
	if _, err := tab.Floats("b"); err == nil || !strings.HasPrefix(err.Error(), "r.csv:3: no column b") {
		t.Error(err)
	}
}

// endless gives the same byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestReadIsBounded(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"r.csv:1: ": endless('a'), "r.csv: the file is binary": endless(0), "r.csv:2: ": io.MultiReader(strings.NewReader("a,error\n1,\""), endless('\n')),
	} {
		if _, err := Read("r.csv", r); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

func TestParseFloat(t *testing.T) {
	for s, want := range map[string]float64{
		"1,014.45": 1014.45, "5.5M": 5.5e6, "0.8G": 0.8e9, "85.3%": 85.3, "85.3 %": 85.3, "4.3 k": 4300, "1,234,567": 1234567, "-1,000": -1000,
		"1.5B": 1.5e9, "2T": 2e12, "1 000": 1000, "1\u202f014\u202f450.5": 1014450.5, "1'014'450": 1014450, "5_500_000": 5500000, "1.014,45": 1014.45, "\u22125": -5, "1 234 M": 1234e6, " 7 ": 7, "1e3": 1000, ".5": 0.5, "-3.": -3,
	} {
		if got, err := ParseFloat(s); err != nil || got != want {
			t.Errorf("ParseFloat(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "nan", "1,2", "0,123", "01,234", "1,23,456", "1e3M", "M", "%", "1.2.3", "0x10", "1_00", "1 00", "1 000,5", "1,000_000", "1.014.450", "1.014,45,1", "inf", "?", "#N/A", "NaT", "1e400", "5m", "1,014.45.1"} {
		if got, err := ParseFloat(s); err == nil {
			t.Errorf("ParseFloat(%q) = %v, want an error", s, got)
		}
	}
}

// What ParseFloat reads is finite, and reads alike when it is written again.
func FuzzParseFloat(f *testing.F) {
	for _, s := range []string{"1,014.45", "5.5M", "85.3%", "-1e-5", "nan", "0x1p3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := ParseFloat(s)
		if err != nil {
			return
		}
		if again, err := ParseFloat(Float(x)); err != nil || again != x || math.IsInf(x, 0) {
			t.Errorf("%q is %v, written %v (%v)", s, x, again, err)
		}
	})
}

func TestFloat(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 1e6: "1000000", 3e20: "300000000000000000000", 1e21: "1e+21", 0.1: "0.1",
		1e-6: "0.000001", 1e-7: "1e-07", -2.5: "-2.5", math.Inf(1): "", math.Inf(-1): "",
	} {
		if got := Float(x); got != want {
			t.Errorf("Float(%g) = %q, want %q", x, got, want)
		}
	}
	if got := Float(math.NaN()); got != "" {
		t.Errorf("Float(NaN) = %q, want an empty cell", got)
	}
}

func TestFloatReadsBackExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64().Draw(t, "x")
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return
		}
		got, err := ParseFloat(Float(x))
		if err != nil || got != x {
			t.Fatalf("%g is written %q and reads back as %g (%v)", x, Float(x), got, err)
		}
	})
}

// pandas writes the numbers of rows into a column without a name.
func TestReadIndex(t *testing.T) {
	tab, err := Read("r.csv", strings.NewReader(",error\n0,10\n1,20\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := tab.Columns(); !slices.Equal(got, []string{"index", "error"}) {
		t.Errorf("columns %q", got)
	}
}

// What a Writer writes, Read reads: any texts without carriage returns, which
// encoding/csv turns into newlines.
func TestRoundTrip(t *testing.T) {
	cell := rapid.StringMatching(`[^\r]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "columns")
		columns := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z ,"]{1,5}`), n, n, rapid.ID[string]).Draw(t, "header")
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, n, n), 0, 6).Draw(t, "rows")
		var b bytes.Buffer
		w := NewWriter(&b, columns)
		for _, r := range rows {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		tab, err := Read("r.csv", bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v in %q", err, b.String())
		}
		if tab.Len() != len(rows) {
			t.Fatalf("%d rows, want %d, in %q", tab.Len(), len(rows), b.String())
		}
		for j, c := range columns {
			got, err := tab.Strings(c)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range rows {
				if got[i] != r[j] {
					t.Fatalf("cell %d of %q is %q, want %q", i, c, got[i], r[j])
				}
			}
		}
	})
}

func TestWriterCountsCells(t *testing.T) {
	w := NewWriter(&bytes.Buffer{}, []string{"a", "b"})
	if err := w.Write([]string{"1"}); err == nil {
		t.Error("one cell for two columns was written")
	}
}

func TestWhere(t *testing.T) {
	const text = "space,flops,error\na,1e6,10\nb,2e6,\na,3e6,30\n,4e6,40\n"
	tab, err := Read("r.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		expr string
		want []int
	}{
		{"flops<3e6", []int{0, 1}},
		{"flops<=3e6", []int{0, 1, 2}},
		{"flops > 3000000", []int{3}},
		{"flops>=2e6, error<40", []int{2}},
		{"flops>=2e6 && error!=40", []int{2}},
		{"error==10", []int{0}},
		{"space=a", []int{0, 2}},
		{"space!=a", []int{1}},
		{"space=7", nil},
		{"flops<0", nil},
		{"flops<1.5M or error=40", []int{0, 3}},
		{"error=10 || error=30 and space=b", []int{0}},
		{"space=?", []int{0, 1, 2}},
		{"space!=a*", []int{1}},
		{"space='?'", nil},
		{`space="a"`, []int{0, 2}},
		{`space="a, or b"`, nil},
	} {
		got, err := tab.Where(c.expr)
		if err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("Where(%q) = %v, %v, want %v", c.expr, got, err, c.want)
		}
	}
	for expr, want := range map[string]string{
		"flops":      `where "flops": no comparison: write COLUMN<NUMBER, with one of < <= > >= = !=`,
		"flops<":     `where "flops<": a comparison needs a column on its left and a value on its right: write COLUMN<NUMBER`,
		"flops!3":    `where "flops!3": a comparison needs a column on its left and a value on its right: write COLUMN<NUMBER`,
		"flops<big":  `where "flops<big": < compares numbers: "big" is not a number: write it as 1234.5 or 1.2345e3`,
		"space<3":    `r.csv:2: space: "a" is not a number: write it as 1234.5 or 1.2345e3`,
		"depth<3":    "r.csv:1: no column depth: the columns are space, flops, error",
		"flop<3":     `r.csv:1: no column flop: did you mean "flops"?`,
		"Flops<3":    `r.csv:1: no column Flops: did you mean "flops"?`,
		"flops<3 or": `where "flops<3 or": < compares numbers: "3 or" is not a number: write it as 1234.5 or 1.2345e3`,
	} {
		if _, err := tab.Where(expr); err == nil || err.Error() != want {
			t.Errorf("Where(%q):\n got %v\nwant %s", expr, err, want)
		}
	}
}

func TestWhereNames(t *testing.T) {
	tab, err := Read("r.csv", strings.NewReader("model,error\nregnetx_002.a,31.2\nregnety_002.a,29.7\nresnet50.a,20.0\n"))
	if err != nil {
		t.Fatal(err)
	}
	for expr, want := range map[string][]int{
		"model=regnet*": {0, 1}, "model!=regnet*": {2}, "model=*_002.?": {0, 1}, "model=re*x*": {0}, "model=regnet*z": nil, "model=*": {0, 1, 2},
	} {
		if got, err := tab.Where(expr); err != nil || !slices.Equal(got, want) {
			t.Errorf("Where(%q) = %v, %v, want %v", expr, got, err, want)
		}
	}
}

// What no row has is named with what some have; a comparison that some rows
// satisfy says nothing.
func TestAbsent(t *testing.T) {
	tab, err := Read("r.csv", strings.NewReader("space,depth,error\na,1,10\nb,2,\nb,3,4\n"))
	if err != nil {
		t.Fatal(err)
	}
	for expr, want := range map[string]string{
		"space=c": "no space is c; known are a, b", "space=a, depth=9": "no depth is 9; known are 1, 2, 3", "space=b, depth=1": "", "depth>9": "", "space!=a": "", "space": "",
		"none=1": "",
	} {
		if got := tab.Absent(expr); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

// Whatever the expression, Where explains itself or returns rows in order.
func FuzzWhere(f *testing.F) {
	for _, s := range []string{"flops<3, space=a or error!=1", "space='x or y'", "space=a*?", "||", "flops=\"", "a and b"} {
		f.Add(s)
	}
	tab, err := Read("r.csv", strings.NewReader("space,flops,error\na,1e6,10\nb,2e6,\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		tab.Absent(expr)
		rows, err := tab.Where(expr)
		if err == nil && (!slices.IsSorted(rows) || len(rows) > 2) {
			t.Errorf("Where(%q) = %v", expr, rows)
		}
	})
}

// Whatever the bytes, Read either explains itself with the file's name or
// returns a table whose every cell can be asked for.
func FuzzRead(f *testing.F) {
	f.Add([]byte("id,error\nm1,2\n"))
	f.Add([]byte("a,a\n"))
	f.Add([]byte("a\n\"\"\n\n\"x\ny\"\n"))
	f.Add([]byte("\ufeffa,b\r\n1,\"\r\n\"\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := Read("r.csv", bytes.NewReader(data))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "r.csv:") || strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		for _, c := range tab.Columns() {
			cells, err := tab.Strings(c)
			if err != nil || len(cells) != tab.Len() {
				t.Errorf("column %q: %d cells of %d: %v", c, len(cells), tab.Len(), err)
			}
			if xs, err := tab.Floats(c); err == nil {
				for i, x := range xs {
					if math.IsInf(x, 0) || math.IsNaN(x) != Absent(cells[i]) {
						t.Errorf("cell %q became %g", cells[i], x)
					}
				}
			}
		}
		if tab.Len() > 0 && tab.Line(tab.Len()-1) > 1+bytes.Count(data, []byte("\n")) {
			t.Errorf("last row on line %d", tab.Line(tab.Len()-1))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var buf bytes.Buffer
	w := NewWriter(&buf, []string{"id", "space", "status", "error", "flops", "params", "acts", "depth", "d1", "w1", "g1"})
	for i := range 100_000 {
		x := float64(i)
		w.Write([]string{fmt.Sprintf("m%06d", i), "proxy/anynetxa", "done", Float(10 + x/7), Float(3e6 + x), Float(x), Float(x), "13", "4", "64", "8"})
	}
	w.Flush()
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		tab, err := Read("r.csv", bytes.NewReader(buf.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := tab.Floats("error"); err != nil {
			b.Fatal(err)
		}
	}
}
