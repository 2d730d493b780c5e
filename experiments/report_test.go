package experiments

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// README.md and its figures are what the committed results say.
func TestReadme(t *testing.T) {
	dir := t.TempDir()
	if err := saveMarkdown(filepath.Join(dir, "README.md"), committed); err != nil {
		t.Fatal(err)
	}
	drawn, err := filepath.Glob(filepath.Join(dir, "figures", "*"))
	if err != nil || len(drawn) == 0 {
		t.Fatal(drawn, err)
	}
	var got []byte
	for _, file := range append(drawn, filepath.Join(dir, "README.md")) {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(dir, file)
		if got, err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs: write it with go run ./cmd/designspace experiment report --markdown experiments/README.md --force", name)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)]*)\)`).FindAllSubmatch(got, -1) {
		if _, err := os.Stat(string(link[1])); err != nil {
			t.Error(err)
		}
	}
}

// recorded is a file system as the committed one, with results of a few models
// for the given experiments.
func recorded(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	recordIn(t, root, main, "0.75M:1.2M", names...)
	return root
}

// recordIn adds the results of a regime.
func recordIn(t *testing.T, root, regime, flops string, names ...string) {
	t.Helper()
	r, err := ParseRegime("small.yaml", []byte(strings.NewReplacer("name: small", "name: "+regime, "0.75M:1.2M", flops).Replace(small(t).text)))
	if err != nil {
		t.Fatal(err)
	}
	runner := &Runner{Regime: r, Dir: t.TempDir(), Version: "test", Log: io.Discard}
	for _, name := range names {
		d, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := runner.Run(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if err := runner.Record(filepath.Join(root, "results", regime, "2026-01-02")); err != nil {
		t.Fatal(err)
	}
}

// The page shows every experiment with its verdict, and needs no other file.
func TestHTML(t *testing.T) {
	fsys := os.DirFS(recorded(t, "sharing", "linear-fit"))
	var b bytes.Buffer
	if err := html(&b, fsys, "test"); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, d := range all(t) {
		if !strings.Contains(page, `<div id="`+d.Name+`">`) {
			t.Errorf("no section of %s", d.Name)
		}
	}
	if outside := regexp.MustCompile(`(src|href)="[^#d]`).FindAllString(page, -1); len(outside) != 3 { // the papers
		t.Errorf("links %q", outside)
	}
	if !strings.Contains(page, "mean error of B less that of A") || !strings.Contains(page, "anynetxb-750K-1.2M-max16.csv") {
		t.Error("no findings of sharing")
	}
	if !strings.Contains(page, "BIAS.md") || !strings.Contains(page, `<th scope="rowgroup" colspan="7">arXiv 1905.13214</th>`) {
		t.Error("no caveats, or no paper above its claims")
	}
	judged, err := summaries(fsys)
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, j := range judged[0].Experiments {
		if j.Noted() {
			noted++
		}
	}
	if n := strings.Count(page, ">note<"); n != noted || n == len(judged[0].Experiments) {
		t.Errorf("%d columns of notes for %d experiments that have some", n, noted)
	}
	if n := strings.Count(page, "<svg"); n != len(judged[0].Experiments) {
		t.Errorf("%d figures for %d judged experiments", n, len(judged[0].Experiments))
	}

	var md bytes.Buffer
	if err := markdown(&md, fsys); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "new", "summary.md")
	if err := saveMarkdown(file, fsys); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || !bytes.Equal(text, md.Bytes()) {
		t.Errorf("%v: %s", err, text)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "figures", "sharing.svg")); err != nil {
		t.Error(err)
	}
	if !regexp.MustCompile(`\[sharing\].* \| \*\*.* points \| .* \| 1[26]( \(\d+\))? \| `).MatchString(md.String()) {
		t.Errorf("no verdict on sharing: %s", md.String())
	}
}

// The experiment that comes first has its figure once, at the top, with bands; others
// are folded. Verdicts of other regimes stand beside those of the main one.
func TestFirst(t *testing.T) {
	root := recorded(t, "sharing", "fewer-stages")
	recordIn(t, root, "larger", "1.5M:2.4M", "sharing")
	fsys := os.DirFS(root)
	if n, err := check(fsys); n != 3 || err != nil {
		t.Errorf("%d experiments judged again, %v", n, err)
	}
	r, err := openReport(fsys)
	if err != nil {
		t.Fatal(err)
	}
	r.headline = "sharing"
	var b bytes.Buffer
	if err := r.html(&b, "test"); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	top, _, _ := strings.Cut(page, `<h2 id="claims">`)
	_, folded, _ := strings.Cut(page, `<h2 id="experiments">`)
	if n := strings.Count(top, "<svg"); n != 1 || !strings.Contains(top, "Bands hold") {
		t.Errorf("%d figures at the top", n)
	}
	if n := strings.Count(folded, "<svg"); n != 2 || strings.Contains(folded, "Bands hold") || !strings.Contains(folded, "multiply-adds") {
		t.Errorf("%d figures below: want that of fewer-stages, and of sharing by scale", n)
	}
	if n := len(all(t)); strings.Count(folded, `<details class="experiment"><summary>`) != n || strings.Contains(folded, "<details open") {
		t.Error("not every experiment is folded")
	}
	if n := strings.Count(page, "<pre>"); n != 1 || !strings.Contains(page, `<td class="text">name: larger<br>flops: 1.5M:2.4M<br></td>`) {
		t.Errorf("%d regimes are printed in full, or what differs is not", n)
	}
	if !regexp.MustCompile(`<th class="text">cifar<br>750K:1\.2M</th><th class="text">larger<br>1\.5M:2\.4M</th>`).MatchString(page) {
		t.Error("no verdicts by scale")
	}
	b.Reset()
	if err := r.markdown(&b); err != nil {
		t.Fatal(err)
	}
	if md := b.String(); strings.Index(md, "![sharing](figures/sharing.svg)") > strings.Index(md, "* ") || !strings.Contains(md, "| experiment | with larger models | cifar, 750K:1.2M | larger, 1.5M:2.4M |\n|---|---|---|---|\n| sharing | ") {
		t.Errorf("the Markdown lacks the first figure, or the verdicts by scale: %s", md)
	}
	file := filepath.Join(t.TempDir(), "README.md")
	if err := saveMarkdown(file, fsys); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sharing", "sharing-scale", "fewer-stages"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), "figures", name+".svg")); err != nil {
			t.Error(err)
		}
	}
}

// What the sentences cite is what the results say.
func TestSentences(t *testing.T) {
	rs, err := Results()
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]Result{}
	for _, r := range rs {
		of[r.Name] = r
	}
	found := items(sentences)
	if len(found) != 10 {
		t.Errorf("%d sentences", len(found))
	}
	for _, s := range found {
		citations := cited.FindAllStringSubmatch(s, -1)
		if strings.Count(s, "(") != len(citations) || len(citations) == 0 {
			t.Errorf("cites nothing, or in another form: %s", s)
		}
		for _, c := range citations {
			if why := of[c[1]].refuses(c[2], c[3], Verdict(c[4])); why != "" {
				t.Errorf("%s: %s", c[0], why)
			}
		}
	}
	r := of["regnetx"]
	if r.refuses("", "-4.45 [-5.25, -3.65] points", Refuted) == "" || r.refuses("", "-4.46 [-5.25, -3.65] points", Confirmed) == "" || r.refuses("cifar-4m", "", Confirmed) == "" {
		t.Error("a wrong citation passes")
	}
}

// refuses says why an experiment does not say what a citation does.
func (r Result) refuses(regime, effect string, v Verdict) string {
	j := r.Judged
	if regime != "" {
		j = nil
		for i := range r.Scales {
			if r.Scales[i].Regime.Name == regime {
				j = &r.Scales[i].Judged
			}
		}
	}
	if j == nil {
		return "not judged"
	}
	var findings []string
	for _, f := range j.Findings {
		found := measured("", f.Effect, f.Lo, f.Hi, f.Unit)
		if found == effect && f.Verdict == v {
			return ""
		}
		findings = append(findings, fmt.Sprintf("%s, %s", found, f.Verdict))
	}
	return "the findings are " + strings.Join(findings, "; ")
}

// A citation links to its experiment, and nothing else is markup.
func TestSentence(t *testing.T) {
	got := string(sentence("A <b> is (a-1 in c32: 1 [0, 2] points, refuted) (or not)"))
	if want := `A &lt;b&gt; is (<a href="#a-1">a-1</a> in c32: 1 [0, 2] points, refuted) (or not)`; got != want {
		t.Errorf("got %s", got)
	}
}

// A limit near zero keeps its side of zero.
func TestEffect(t *testing.T) {
	x := func(x float64) *float64 { return &x }
	for _, c := range []struct {
		lo, hi *float64
		unit   string
		want   string
	}{
		{x(-0.06508409), x(-0.00022579), "", "-0.03 [-0.06508, -0.0002258]"},
		{x(-21234.5), x(4), "", "-0.03 [-21234, 4]"},
		{x(-1.567), x(0.5), points, "-0.03 [-1.57, 0.50]"},
		{nil, nil, points, "-0.03"},
	} {
		if got := Effect(x(-0.03), c.lo, c.hi, c.unit); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// Without results the page says so.
func TestNoResults(t *testing.T) {
	var b bytes.Buffer
	if err := html(&b, fstest.MapFS{}, "test"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Nothing is trained yet.") || !strings.Contains(b.String(), "0 of ") {
		t.Error("the page does not say that nothing is trained")
	}
}

// A p-value beside the level does not read as the level.
func TestP(t *testing.T) {
	for p, want := range map[float64]string{0.04957: "0.0496", 0.0494: "0.049", 0.05: "0.05", 0.0501: "0.0501", 0.00001: "<0.0001", 0.5: "0.5"} {
		if got := P(&p); got != want {
			t.Errorf("%v: %s, want %s", p, got, want)
		}
	}
}
