package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/study/analysis"
)

// A page about a score says score, with the best at the top, and no error or
// percent.
func TestPageOfAMetric(t *testing.T) {
	var b strings.Builder
	b.WriteString("space,score,flops,depth,d1,w1\n")
	for i := range 20 {
		b.WriteString([]string{"lower,", "least,"}[i%2])
		b.WriteString([]string{"100", "250", "-5", "260"}[i%4] + "." + string(rune('0'+i%10)) + "," + []string{"1000", "2000", "3000"}[i%3] + "," + []string{"1", "2"}[i/10] + ",1,8\n")
	}
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := analysis.Load([]string{path}, analysis.Options{Metric: analysis.Metric{Name: "score", Higher: true}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := Write(&page, s, r, Options{}); err != nil {
		t.Fatal(err)
	}
	html := page.String()
	for _, want := range []string{
		`<p class="answer">least has significantly higher values of score than lower: the mean values of score of 10 and 10 models are 208.00 `,
		"score distributions", "score against flops", "no model has both fewer flops and a higher score",
		"A curve further right and down is a better population.",
		"<td>1</td>", ">260.90<", ">-5.",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	_, body, _ := strings.Cut(html, "<main>")
	for _, bad := range []string{"percentage points", "diverged count", "Triangles", "errors"} {
		if strings.Contains(strings.Split(body, "<h2 id=\"method\">")[0], bad) {
			t.Errorf("%q in the page", bad)
		}
	}
}
