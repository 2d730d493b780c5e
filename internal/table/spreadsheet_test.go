package table

import (
	"bytes"
	"io"
	"testing"
)

// Formulas become texts where a spreadsheet reads, and nothing else changes.
func TestSpreadsheet(t *testing.T) {
	write := func(excel bool) string {
		t.Helper()
		var b bytes.Buffer
		var to io.Writer = &b
		if excel {
			to = Spreadsheet{&b}
		}
		w := NewWriter(to, []string{"id", "=header"})
		for _, row := range [][]string{
			{`=HYPERLINK("http://x")`, "-1.5"}, {"+cmd|' /C calc'!A0", "+3"}, {"@SUM(1)", "1e-5"}, {"-2+3", "-"}, {"\t=1", "\r=1"},
			{" =1", "＝1"}, {"plain", "a=b"}, {"", "µ"}, {"-inf", "NaN"},
		} {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	want := `id,'=header
"'=HYPERLINK(""http://x"")",-1.5
'+cmd|' /C calc'!A0,+3
'@SUM(1),1e-5
'-2+3,'-
'	=1,"'` + "\r" + `=1"
' =1,'＝1
plain,a=b
,µ
-inf,NaN
`
	if got := write(true); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	want = `id,=header
"=HYPERLINK(""http://x"")",-1.5
+cmd|' /C calc'!A0,+3
@SUM(1),1e-5
-2+3,-
"	=1","` + "\r" + `=1"
" =1",＝1
plain,a=b
,µ
-inf,NaN
`
	if got := write(false); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
