package table

import (
	"bytes"
	"fmt"
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
		{"a,b,a\n", `r.csv:1: two columns are named "a": rename or remove one`},
		{"a,,b\n", "r.csv:1: column 2 has no name: name it or remove it"},
		{"a,\xff\n", "r.csv:1: the name of column 2 is not UTF-8: save the file as UTF-8"},
		{"a,b\n1,2\n3\n", "r.csv:3: 1 cell where the header names 2 columns: every row needs one cell per column"},
		{"a,b\n1,2,3\n", "r.csv:2: 3 cells where the header names 2 columns: every row needs one cell per column"},
		{"a,b\n1,x\"y\n", "r.csv:2: stray quote: enclose the cell in quotes and double each quote inside it"},
		{"a,b\n1,\"xy\n", "r.csv:2: stray quote: enclose the cell in quotes and double each quote inside it"},
		{"error\n1\nNaN\n", `r.csv:3: error: "NaN" is not a finite number: leave the cell empty if the value is absent`},
		{"error\n-inf\n", `r.csv:2: error: "-inf" is not a finite number: leave the cell empty if the value is absent`},
		{"error\n1e999\n", `r.csv:2: error: "1e999" is not a finite number: leave the cell empty if the value is absent`},
		{"error\n\"1,5\"\n", `r.csv:2: error: "1,5" is not a number: write it as 1234.5 or 1.2345e3`},
		{"error\n0x10\n", `r.csv:2: error: "0x10" is not a number: write it as 1234.5 or 1.2345e3`},
		{"a,b\n1,\"x\ny\n", "r.csv:2: stray quote: enclose the cell in quotes and double each quote inside it"},
		{",index\n1,2\n", `r.csv:1: two columns are named "index": rename or remove one`},
		{"Error,d\n1,2\n", `r.csv:1: no column error: rename the column "Error"`},
		{"d, error\n1,2\n", `r.csv:1: no column error: rename the column " error"`},
		{"error;d\n1;2\n", `r.csv:1: no column error: the only column is "error;d": separate cells by commas`},
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
	} {
		got, err := tab.Where(c.expr)
		if err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("Where(%q) = %v, %v, want %v", c.expr, got, err, c.want)
		}
	}
	for expr, want := range map[string]string{
		"flops":     `where "flops": no comparison: write COLUMN<NUMBER, with one of < <= > >= = !=`,
		"flops<":    `where "flops<": a comparison needs a column on its left and a value on its right: write COLUMN<NUMBER`,
		"flops!3":   `where "flops!3": a comparison needs a column on its left and a value on its right: write COLUMN<NUMBER`,
		"flops<big": `where "flops<big": < compares numbers: "big" is not a number: write it as 1234.5 or 1.2345e3`,
		"space<3":   `r.csv:2: space: "a" is not a number: write it as 1234.5 or 1.2345e3`,
		"depth<3":   "r.csv:1: no column depth: the columns are space, flops, error",
	} {
		if _, err := tab.Where(expr); err == nil || err.Error() != want {
			t.Errorf("Where(%q):\n got %v\nwant %s", expr, err, want)
		}
	}
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
					if math.IsInf(x, 0) || math.IsNaN(x) != (cells[i] == "") {
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
