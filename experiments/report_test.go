package experiments

import (
	"bytes"
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
	r := small(t)
	r.text = strings.Replace(r.text, "name: small", "name: "+main, 1)
	r.Name = main
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
	root := t.TempDir()
	if err := runner.Record(filepath.Join(root, "results", main, "2026-01-02")); err != nil {
		t.Fatal(err)
	}
	return root
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
		if !strings.Contains(page, `<h3 id="`+d.Name+`">`) {
			t.Errorf("no section of %s", d.Name)
		}
	}
	if outside := regexp.MustCompile(`(src|href)="[^#d]`).FindAllString(page, -1); len(outside) != 3 { // the papers
		t.Errorf("links %q", outside)
	}
	if !strings.Contains(page, "mean error of B less that of A") || !strings.Contains(page, "anynetxb-750K-1.2M-max16.csv") {
		t.Error("no findings of sharing")
	}
	if !strings.Contains(page, "BIAS.md") || !strings.Contains(page, `§4<br><span class="faint">arXiv 1905.13214<`) {
		t.Error("no caveats, or no paper beside a section's number")
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
	if !regexp.MustCompile(`\[sharing\].* \| 1[26] \| .* points \| \*\*`).MatchString(md.String()) {
		t.Errorf("no verdict on sharing: %s", md.String())
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
