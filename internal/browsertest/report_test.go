package browsertest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// results writes a table of two made-up populations.
func results(t *testing.T) string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("id,space,budget,status,error,flops,params,acts,depth,width,d1,d2,w1,w2,kernel\n")
	for i := range 60 {
		name, d1, d2, w1, w2 := "AnyNet <A>", 1+r.IntN(6), 1+r.IntN(6), 8*(1+r.IntN(8)), 8*(1+r.IntN(16))
		if i%2 == 1 {
			name, w1, w2 = "RegNet", 24, 48
		}
		status, cell := "done", fmt.Sprintf("%.2f", 28+12*r.Float64())
		switch i {
		case 4:
			status, cell = "failed", ""
		case 7:
			status, cell = "diverged", "100"
		}
		fmt.Fprintf(&b, "m%04d,%s,1M:3M,%s,%s,%d,%d,%d,%d,%d,%d,%d,%d,%d,generic\n", i+1, name, status, cell,
			1_000_000+r.IntN(2_000_000), 20_000+r.IntN(50_000), 30_000+r.IntN(50_000), d1+d2, (d1*w1+d2*w2)/(d1+d2), d1, d2, w1, w2)
	}
	path := filepath.Join(t.TempDir(), "results.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// openReport shows the report on a table or a run.
func openReport(ctx context.Context, t *testing.T, path string) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	designspace(t, "report", path, "--out", file)
	return open(ctx, t, "file://"+file)
}

// marksOf is a function that lists the marks in the figures of a selector with
// the models they stand for.
const marksOf = `figure => [...document.querySelectorAll(figure + " [data-models]")].flatMap(g => g.dataset.models.split(" ").map((model, i) => ({mark: g.children[i], model})))`

// centre scrolls the n-th point of a figure into view and returns where it is
// and which model it stands for.
func (b *tab) centre(figure string, n int) (x, y float64, model string) {
	b.Helper()
	v := eval[[]any](b, fmt.Sprintf(`(() => {
		const {mark, model} = (%s)(%q)[%d];
		mark.scrollIntoView({block: "center"});
		const r = mark.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2, model];
	})()`, marksOf, figure, n))
	return v[0].(float64), v[1].(float64), v[2].(string)
}

// tip returns the text of the tip, "" if there is none to see.
func (b *tab) tip() string {
	b.Helper()
	return eval[string](b, `document.querySelector(".tip").checkVisibility() ? document.querySelector(".tip").innerText : ""`)
}

// column returns the cells of a column of the models that can be seen, from the
// top.
func (b *tab) column(name string) []string {
	b.Helper()
	return eval[[]string](b, fmt.Sprintf(`(() => {
		const i = [...document.querySelectorAll("#all th")].findIndex(h => h.innerText.replace(/ .$/, "") === %q);
		return [...document.querySelectorAll("#all tbody tr")].filter(r => r.checkVisibility()).map(r => r.cells[i].innerText);
	})()`, name))
}

func TestReport(t *testing.T) {
	ctx := start(t)
	t.Run("points", func(t *testing.T) { testPoints(ctx, t) })
	t.Run("keyboard", func(t *testing.T) { testKeyboard(ctx, t) })
	t.Run("sort", func(t *testing.T) { testSort(ctx, t) })
	t.Run("filter", func(t *testing.T) { testFilter(ctx, t) })
	t.Run("brush", func(t *testing.T) { testBrush(ctx, t) })
	t.Run("parallel", func(t *testing.T) { testParallel(ctx, t) })
	t.Run("readings", func(t *testing.T) { testReadings(ctx, t) })
	t.Run("downloads", func(t *testing.T) { testDownloads(ctx, t) })
	t.Run("card", func(t *testing.T) { testCard(ctx, t) })
	t.Run("policy", func(t *testing.T) { testPolicy(ctx, t) })
}

// Hovering and a click show the model of a point.
func testPoints(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, results(t))
	if got := b.tip(); got != "" {
		t.Fatalf("a tip from the start: %q", got)
	}
	figures := "#complexity + h3 + figure svg"
	x, y, model := b.centre(figures, 7)
	b.do(chromedp.MouseEvent(chromedp.MouseMoved, x+1, y-1))
	row := eval[[]string](b, fmt.Sprintf(`[...document.getElementById("m%s").cells].map(c => c.innerText)`, model))
	tip := b.tip()
	heads := eval[[]string](b, `[...document.querySelectorAll("#all th")].map(h => h.innerText)`)
	for _, name := range []string{"id", "space", "error", "flops", "depth"} {
		if i := slices.Index(heads, name); i < 0 || !strings.Contains(tip, row[i]) {
			t.Errorf("hovering: the tip says nothing of the %s: %q", name, tip)
		}
	}
	if n := eval[int](b, `document.querySelectorAll(".on").length`); n < 3 {
		t.Errorf("hovering: %d elements of the model stand out, want its row and its points in several figures", n)
	}
	b.do(chromedp.MouseEvent(chromedp.MouseMoved, 2, 2))
	if got := b.tip(); got != "" {
		t.Errorf("away from the points: %q", got)
	}
	b.do(chromedp.MouseClickXY(x, y), chromedp.MouseEvent(chromedp.MouseMoved, 2, 2))
	if got := b.tip(); !strings.HasPrefix(got, row[0]) {
		t.Errorf("after a click the tip is %q, want it to stay", got)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	if got := b.tip(); got != "" {
		t.Errorf("after Escape: %q", got)
	}
	b.quiet()
}

// The arrow keys lead through the models of a figure from the best on.
func testKeyboard(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, results(t))
	for range 200 { // of links, buttons and figures
		b.do(chromedp.KeyEvent(kb.Tab))
		if eval[bool](b, `document.activeElement.matches("svg.models")`) {
			break
		}
	}
	best := b.tip()
	b.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	third := b.tip()
	errs := eval[[]string](b, `[...document.activeElement.querySelectorAll("[data-models]")].flatMap(g => g.dataset.models.split(" ")).map(m => document.getElementById("m" + m).cells[[...document.querySelectorAll("#all th")].findIndex(h => h.innerText === "error")].innerText)`)
	slices.SortFunc(errs, func(a, b string) int { return int(100*number(t, a)) - int(100*number(t, b)) })
	for i, tip := range map[int]string{0: best, 2: third} {
		if !regexp.MustCompile(`(?m)^error\s+` + errs[i] + `$`).MatchString(tip) {
			t.Errorf("model %d of errors %v: the tip is %q", i, errs[:3], tip)
		}
	}
	b.quiet()
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func testSort(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, results(t))
	click := `[...document.querySelectorAll("#all th button")].find(h => h.innerText === %q).click()`
	for _, c := range []struct {
		name    string
		compare func(a, b string) int
	}{
		{"flops", func(a, b string) int { return int(number(t, a) - number(t, b)) }},
		{"error", func(a, b string) int { return cmp.Compare(orInf(a), orInf(b)) }},
		{"id", strings.Compare},
	} {
		for _, direction := range []string{"ascending", "descending"} {
			eval[chromedp.Void](b, fmt.Sprintf(click, c.name))
			got := b.column(c.name)
			want := slices.Clone(got)
			slices.SortStableFunc(want, c.compare)
			if direction == "descending" {
				slices.SortStableFunc(want, func(a, b string) int {
					if a == "" || b == "" {
						return c.compare(a, b)
					}
					return c.compare(b, a)
				})
			}
			if !slices.Equal(got, want) || len(got) != 60 {
				t.Errorf("%s %s: %d rows %q, want %q", c.name, direction, len(got), got, want)
			}
			sorts := eval[[]string](b, `[...document.querySelectorAll("#all th[aria-sort]")].map(h => h.innerText.replace(/ .$/, "") + " " + h.getAttribute("aria-sort"))`)
			if want := []string{c.name + " " + direction}; !slices.Equal(sorts, want) {
				t.Errorf("sorted by %q, want %q", sorts, want)
			}
		}
	}
	b.quiet()
}

// orInf is the number in a cell; an empty one, of a failed model, is the last.
func orInf(s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.Inf(1)
	}
	return x
}

func testFilter(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, results(t))
	flops, depths, spaces, status := b.column("flops"), b.column("depth"), b.column("space"), b.column("status")
	count := func(holds func(i int) bool) (n int) {
		for i := range flops {
			if holds(i) {
				n++
			}
		}
		return n
	}
	all := "60 models"
	said := func(n int) string { return fmt.Sprintf("%d of 60 models", n) }
	for _, c := range []struct {
		text string
		rows int
		said string
	}{
		{"flops<2e6", count(func(i int) bool { return number(t, flops[i]) < 2e6 }), ""},
		{"flops>=2e6, depth<6", count(func(i int) bool { return number(t, flops[i]) >= 2e6 && number(t, depths[i]) < 6 }), ""},
		{"space=RegNet && depth!=7", count(func(i int) bool { return spaces[i] == "RegNet" && depths[i] != "7" }), ""},
		{"FAILED", count(func(i int) bool { return status[i] == "failed" }), ""},
		{"error>0", 59, ""}, // an absent value satisfies nothing
		{"colour=red", 59, "there is no column “colour”"},
		{"flops<many", 59, "many is not a number: write it as 3e6"},
		{"flops<", 59, "flops<: a value is missing"},
		{"", 60, all},
	} {
		eval[chromedp.Void](b, fmt.Sprintf(`(i => { i.value = %q; i.dispatchEvent(new Event("input")); })(document.getElementById("filter"))`, c.text))
		if c.said == "" {
			c.said = said(c.rows)
		}
		if got := len(b.column("id")); got != c.rows {
			t.Errorf("%q: %d rows, want %d", c.text, got, c.rows)
		}
		if got := eval[string](b, `document.querySelector(".filter output").innerText`); got != c.said {
			t.Errorf("%q: %q, want %q", c.text, got, c.said)
		}
	}
	b.do(chromedp.SendKeys(chromedp.CSS("#filter"), "no such model"))
	if got := len(b.column("id")); got != 0 {
		t.Fatalf("%d rows", got)
	}
	b.do(chromedp.Click(chromedp.CSS("#clear")))
	if got := len(b.column("id")); got != 60 {
		t.Errorf("%d rows after all were asked for", got)
	}
	b.quiet()
}
