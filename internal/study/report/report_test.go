package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/pagestyle"
	"designspace/internal/study/analysis"
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
	s, err := analysis.Load([]string{path}, analysis.Options{Untrained: true})
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

var aRun = Run{
	Name: "runs/a", Facts: []Fact{{"recipe", "5 epochs & more"}}, File: "sample: {}",
	Spaces: []Lineage{{Steps: []Step{{"a", "all"}, {"b", "with one ratio"}}, Size: "3 free parameters, 12 settings"}},
}

func TestPage(t *testing.T) {
	html := write(t, results(t), Options{Runs: []Run{aRun}, Version: "devel"})
	for _, want := range []string{
		"<title>AnyNet &lt;A&gt; and RegNet</title>",
		"<dt>recipe</dt><dd>5 epochs &amp; more</dd>",
		"RegNet has significantly lower errors than AnyNet &lt;A&gt;: the mean errors of 30 and 29 models are ",
		"1 of 30 models have no error and are left out",
		"1 of 30 models diverged and count with an error of 100",
		"<td>worse: tends to higher errors; means do not differ</td>", "designspace devel", "<strong>b</strong>: with one ratio",
	} {
		if !strings.Contains(strings.ReplaceAll(html, ` class="text"`, ""), want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if rows := strings.Count(html, "<tr id="); rows != 60 {
		t.Errorf("%d models in the table, want all 60", rows)
	}
	links := regexp.MustCompile(`<li><a href="#(\w+)">([^<]+)`).FindAllStringSubmatch(html, -1)
	if len(links) != 11 {
		t.Errorf("contents %v, want every section but curves and acceptance", links)
	}
	_, body, _ := strings.Cut(html, "<main>")
	for _, l := range links {
		_, after, ok := strings.Cut(body, fmt.Sprintf("<h2 id=%q>%s</h2>", l[1], l[2]))
		if !ok {
			t.Errorf("no section %q, or not in the order of the contents", l[2])
			continue
		}
		body = after
	}
}

// The page fetches nothing: no reference leaves it but the two links that a
// person may follow.
func TestNothingIsFetched(t *testing.T) {
	html := regexp.MustCompile(`(?s)<script.*</script>`).ReplaceAllString(write(t, results(t), Options{}), "")
	links := regexp.MustCompile(`(?i)(src|href|url|@import)\s*[=(:]\s*["']?([^"' )>]+)`)
	for _, m := range links.FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(m[2], "#") && !strings.HasPrefix(m[2], "https://arxiv.org/abs/") && m[2] != "data:," {
			t.Errorf("the page refers to %s", m[0])
		}
	}
}

// Every element is closed where it was opened, as strict XML wants it, once the
// few elements that HTML leaves open are closed.
func TestElementsNest(t *testing.T) {
	html := write(t, results(t), Options{Runs: []Run{aRun, {Name: "runs/b", File: "y"}}})
	html = regexp.MustCompile(`<(meta|link|input)[^>]*>|(?s)<script.*</script>`).ReplaceAllString(html, "")
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

// The two links of a page that a person may follow, and its icon, apart: what
// stands in a script or style is not checked by [TestNothingIsFetched].
func TestScriptAndStyleFetchNothing(t *testing.T) {
	for name, text := range map[string]string{"script": script, "style": string(pagestyle.CSS())} {
		for _, bad := range []string{"http:", "https:", "//cdn", "url(", "@import", "fetch(", "XMLHttpRequest", "import(", "</script", "</style"} {
			if strings.Contains(text, bad) {
				t.Errorf("the %s has %s", name, bad)
			}
		}
	}
	if n := strings.Count(script, "\n"); n >= 500 {
		t.Errorf("the scripts have %d lines, want less than 500", n)
	}
}

// Tables with little to show give a page that says so and has no empty figure.
func TestLittleToShow(t *testing.T) {
	for _, c := range []struct {
		name, text string
		figures    int
		want       string
	}{
		{"errors alone", "error\n10\n20\n30\n", 2, "Half of the 3 models of r have an error below 20.00 %; the best has 10.00 %."},
		{"one model", "id,error,flops,d1,w1\na,10,5,1,8\n", 1, "The only model with an error, of r, has 10.00 %."},
		{"one model without shape", "error\n10\n", 0, "a single model has an error"},
		{"equal errors", "error,flops,depth\n10,1,1\n10,2,2\n10,3,3\n", 0, "All 3 models of r have the same error, 10.00 %."},
		{"all failed", "space,error,status,flops,d1,w1\na,,failed,1,1,1\nb,,failed,2,2,8\nb,,pending,2,2,8\n", 0, "No model has an error: 2 failed, 1 pending."},
		{"all diverged", "error,status,depth\n,diverged,1\n,diverged,2\n", 0, "All 2 models of r have the same error, 100.00 %."},
		{"one population failed", "space,error\na,\nb,10\nb,20\n", 2, "Half of the 2 models of b have an error below"},
		{"no flops", "error,flops\n10,\n20,\n", 2, "All models</h2>"},
		{"no positive flops", "error,flops,depth\n10,0,1\n20,0,2\n", 4, "All models</h2>"},
		{"stages without depth", "error,d1,w1\n10,,\n20,,\n", 2, "All models</h2>"},
		{"half a stage", "error,d1,w1,w2\n10,1,8,8\n20,1,8,16\n", 4, "no diagrams of models"},
		{"a depth of zero", "error,d1,w1\n10,0,8\n20,1,8\n", 4, "no diagrams of models"},
		{"odd names", "error,</script>,a b\n10,<b>,1\n20,\"x,\"\"y\",2\n", 4, "&lt;/script&gt;"},
		{"three populations", "space,error\na,1\na,2\na,3\nb,21\nb,22\nb,23\nc,31\nc,32\nc,33\n", 2, "Of 3 populations, a has the lowest mean error, 2.00 [-0.48, 4.48] %: not significantly lower errors than any other."},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "r.csv")
			if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
			html := write(t, path, Options{})
			if n := strings.Count(html, "<svg xmlns"); n != c.figures {
				t.Errorf("%d figures, want %d", n, c.figures)
			}
			if !strings.Contains(html, c.want) {
				t.Errorf("no %q in the page", c.want)
			}
		})
	}
}

// large writes a table as a run of two spaces of four stages gives it.
func large(t *testing.T, models int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	b.WriteString("id,space,budget,status,error,error_best_epoch,error_train,loss,epochs,seed,flops,params,acts,input,classes,block,stages,depth,width,d1,d2,d3,d4,w1,w2,w3,w4,b1,b2,b3,b4,g1,g2,g3,g4,se_ratio,regnet_d,w0,wa,wm,e_fit,lr,weight_decay,train_seconds,images_per_second,kernel,data,recipe,version\n")
	for i := range models {
		name := []string{"proxy/anynetxa", "proxy/regnetx"}[i%2]
		fmt.Fprintf(&b, "m%04d,%s,1M:3M,done,%.2f,%.2f,%.2f,%v,5,%d,%d,%d,%d,32,10,x,4,%d,%v", i+1, name,
			30+20*r.Float64(), 30+20*r.Float64(), 30+20*r.Float64(), 2*r.Float64(), r.Uint64(), 1_000_000+r.IntN(2_000_000), 20_000+r.IntN(50_000), 30_000+r.IntN(50_000), 4+r.IntN(28), 128*r.Float64())
		for _, most := range []int{8, 16, 4, 16} {
			for range 4 {
				fmt.Fprintf(&b, ",%d", 1+r.IntN(most))
			}
		}
		fmt.Fprintf(&b, ",0,%d,%d,%v,%v,%v,0.1,0.0005,%v,%v,avx2,synthetic@e9ef6825,quick,devel\n", 4+r.IntN(16), 8+8*r.IntN(8), 8+56*r.Float64(), 1.5+1.5*r.Float64(), r.Float64(), 9*r.Float64(), 9000*r.Float64())
	}
	path := filepath.Join(t.TempDir(), "large.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A page of a thousand models stays below 3 MB, and a table of more rows than
// a page can show is cut short with a caveat.
func TestSize(t *testing.T) {
	if n := len(write(t, large(t, 1000), Options{})); n > 3_000_000 {
		t.Errorf("the page of 1000 models has %d bytes", n)
	}
	var b strings.Builder
	b.WriteString("error\n")
	for i := range maxModels + 10 {
		fmt.Fprintf(&b, "%d\n", 10+i%80)
	}
	path := filepath.Join(t.TempDir(), "long.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	html := write(t, path, Options{})
	if n := strings.Count(html, "<tr id="); n != maxModels {
		t.Errorf("%d rows, want %d", n, maxModels)
	}
	if want := "the table shows 5000 of 5010 models"; !strings.Contains(html, want) {
		t.Errorf("no %q", want)
	}
}

func TestApproximate(t *testing.T) {
	for text, want := range map[string]string{"12": "12", "999999": "999999", "1000000": "about 1.0·10⁶", "14000000000000": "about 1.4·10¹³"} {
		n, _ := new(big.Int).SetString(text, 10)
		if got := approximate(n); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Models that were trained again have a section, and the answer goes by them.
func TestConfirmedModels(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"results.csv": "id,space,error\nm1,s,50\nm2,s,60\nm3,s,70\n",
		"repeats.csv": "id,repeat,error,confirm\nm1,0,50,false\nm1,1,56,true\nm1,2,58,true\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	html := write(t, dir, Options{})
	for _, want := range []string{
		`<h2 id="confirmed">Best models confirmed</h2>`, `<tr><td>s</td><td class="text">m1</td><td>50.00</td><td>57.00 ± 1.00</td><td>2</td></tr>`,
		"the best has 57.00 % with fresh seeds (its first training gave 50.00 %).", "s: with fresh seeds the best model has an error 7.00 percentage points higher than in the first training, by which it was chosen.",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if strings.Contains(html, `id="noise"`) {
		t.Error("noise of models that were chosen by their errors")
	}
}

// Of many models the page shows density, and says so in place of points.
func TestManyModels(t *testing.T) {
	var b strings.Builder
	b.WriteString("space,id,error,flops,depth\n")
	for i := range 4000 {
		fmt.Fprintf(&b, "a,m%d,%d,%d,%d\n", i, 20+i*7%50, 1000+i, 1+i*11%17)
	}
	file := filepath.Join(t.TempDir(), "many.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := analysis.Load([]string{file}, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := Write(&page, s, r, Options{}); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"The darker a cell, the more of all the models", "models a cell: 1", "more than 3000 models are drawn as density"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, "Each point is a model") || strings.Contains(text, "Triangles at an upper edge") {
		t.Error("the page speaks of points")
	}
}
