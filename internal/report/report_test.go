package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/analysis"
)

// results writes a table of two made-up populations.
func results(t *testing.T) string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("id,space,budget,status,error,flops,params,acts,depth,width,d1,d2,w1,w2,regnet_d,w0,wa,wm,kernel\n")
	for i := range 60 {
		name, regnet, d1, d2, w1, w2 := "AnyNet <A>", ",,,", 1+r.IntN(6), 1+r.IntN(6), 8*(1+r.IntN(8)), 8*(1+r.IntN(16))
		e := 30 + 12*r.Float64() + float64(max(0, w1-w2))/16
		if i%2 == 1 {
			name, d1, d2, w1, w2 = "RegNet", 2+r.IntN(2), 4+r.IntN(3), 24, 48
			regnet, e = fmt.Sprintf("%d,24,%g,2", d1+d2, 24/float64(d1+d2)), 28+8*r.Float64()
		}
		status, cell := "done", fmt.Sprintf("%.2f", e)
		switch i {
		case 4:
			status, cell = "failed", ""
		case 7:
			status, cell = "diverged", "100"
		}
		fmt.Fprintf(&b, "m%04d,%s,1M:3M,%s,%s,%d,%d,%d,%d,%d,%d,%d,%d,%d,%s,generic\n", i+1, name, status, cell,
			1_000_000+r.IntN(2_000_000), 20_000+r.IntN(50_000), 30_000+r.IntN(50_000), d1+d2, (d1*w1+d2*w2)/(d1+d2), d1, d2, w1, w2, regnet)
	}
	path := filepath.Join(t.TempDir(), "results.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, path string, o Options) string {
	t.Helper()
	s, err := analysis.Load([]string{path}, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, s, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPage(t *testing.T) {
	html := write(t, results(t), Options{Runs: []Run{{"runs/a", []Fact{{"recipe", "5 epochs & more"}}, "sample: {}"}}, Version: "devel"})
	for _, want := range []string{
		"<title>AnyNet &lt;A&gt; and RegNet</title>",
		"<dt>recipe</dt><dd>5 epochs &amp; more</dd>",
		"AnyNet &lt;A&gt; has significantly higher errors than RegNet: the difference of the mean errors is ",
		"1 of 30 models have no error and are left out",
		"1 of 30 models diverged and count with an error of 100",
		"<td>worse</td>", "designspace devel",
	} {
		if !strings.Contains(strings.ReplaceAll(html, ` class="text"`, ""), want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if n := strings.Count(html, "<svg"); n != 8 {
		t.Errorf("%d figures, want the EDF, two of each population and three more", n)
	}
	for _, heading := range []string{"Error distributions</h2>", "Where the best values lie</h3>", "Best and worst models</h3>", "Caveats</h2>"} {
		i := strings.Index(html, heading)
		if i < 0 {
			t.Errorf("no %q, or not in order", heading)
			continue
		}
		html = html[i:]
	}
	if path := os.Getenv("REPORT_HTML"); path != "" {
		full := write(t, results(t), Options{Runs: []Run{{"runs/a", []Fact{{"recipe", "5 epochs"}}, "sample: {}"}}, Version: "devel"})
		if err := os.WriteFile(path, []byte(full), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// The page fetches nothing: no reference leaves it but the two links that a
// person may follow.
func TestNothingIsFetched(t *testing.T) {
	html := write(t, results(t), Options{})
	links := regexp.MustCompile(`(?i)(src|href|url|@import)\s*[=(:]\s*["']?([^"' )>]+)`)
	for _, m := range links.FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(m[2], "#") && !strings.HasPrefix(m[2], "https://arxiv.org/abs/") {
			t.Errorf("the page refers to %s", m[0])
		}
	}
	if strings.Contains(html, "<script") {
		t.Error("the page has a script")
	}
}

// Every element is closed where it was opened, as strict XML wants it, once the
// few elements that HTML leaves open are closed.
func TestElementsNest(t *testing.T) {
	html := write(t, results(t), Options{Runs: []Run{{"runs/a", []Fact{{"a", "b"}}, "x"}, {"runs/b", nil, "y"}}})
	html = regexp.MustCompile(`<meta[^>]*>`).ReplaceAllString(html, "")
	_, html, _ = strings.Cut(html, "<!DOCTYPE html>")
	d := xml.NewDecoder(strings.NewReader(html))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// A table with nothing but errors still gives a page.
func TestErrorsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plain.csv")
	if err := os.WriteFile(path, []byte("error\n10\n20\n30\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	html := write(t, path, Options{})
	if n := strings.Count(html, "<svg"); n != 2 {
		t.Errorf("%d figures, want the EDF and random search", n)
	}
}
