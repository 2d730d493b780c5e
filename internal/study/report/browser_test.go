package report

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

const chromium = "/usr/bin/chromium"

// A tab shows a page in Chromium and keeps what the browser said of it.
type tab struct {
	*testing.T
	ctx      context.Context
	events   context.CancelFunc
	requests chan string
	messages chan string
}

// start starts Chromium. The test is skipped without it.
func start(t *testing.T) context.Context {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Skipf("no browser: %v: install chromium", err)
	}
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()),
	}
	for _, name := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		flags = append(flags, chromedp.Flag(name, true))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, flags...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx) })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// open shows a page of the table at path.
func open(ctx context.Context, t *testing.T, path string) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(write(t, path, Options{Runs: []Run{aRun}})), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx}
	b.listen()
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(1200, 900), chromedp.Navigate("file://"+file))
	return b
}

// listen gathers the requests and the messages of the tab until close.
func (b *tab) listen() {
	ctx, cancel := context.WithCancel(b.ctx)
	b.events, b.requests, b.messages = cancel, make(chan string, 1000), make(chan string, 1000)
	requests, messages := chromedp.Events(ctx, network.RequestWillBeSent), chromedp.Console(ctx)
	go func() {
		defer close(b.requests)
		for e, err := range requests {
			if err != nil {
				return
			}
			b.requests <- e.Request.URL
		}
	}()
	go func() {
		defer close(b.messages)
		for m, err := range messages {
			if err != nil {
				return
			}
			b.messages <- m.String()
		}
	}()
}

// quiet checks that the page had nothing to say and asked for nothing but
// itself.
func (b *tab) quiet() {
	b.Helper()
	b.events()
	for m := range b.messages {
		b.Errorf("the console says: %s", m)
	}
	page := 0
	for r := range b.requests {
		switch {
		case strings.HasPrefix(r, "file:") && strings.HasSuffix(r, "/report.html"):
			page++
		case r != "data:,":
			b.Errorf("the page asks for %s", r)
		}
	}
	if page == 0 {
		b.Error("no request for the page itself was seen, so others may have been missed")
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// eval returns the value of a script.
func eval[T any](b *tab, js string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		b.Fatalf("%s: %v", js, err)
	}
	return v
}

// centre scrolls the n-th point of a figure into view and returns where it is
// and which model it stands for.
func (b *tab) centre(figure string, n int) (x, y float64, model string) {
	b.Helper()
	v := eval[[]any](b, fmt.Sprintf(`(() => {
		const p = document.querySelectorAll("%s [data-model]")[%d];
		p.scrollIntoView({block: "center"});
		const r = p.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2, p.dataset.model];
	})()`, figure, n))
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

func TestInBrowser(t *testing.T) {
	ctx := start(t)
	t.Run("points", func(t *testing.T) { testPoints(ctx, t) })
	t.Run("keyboard", func(t *testing.T) { testKeyboard(ctx, t) })
	t.Run("sort", func(t *testing.T) { testSort(ctx, t) })
	t.Run("filter", func(t *testing.T) { testFilter(ctx, t) })
	t.Run("layout", func(t *testing.T) { testLayout(ctx, t) })
}

// Hovering and a click show the model of a point.
func testPoints(ctx context.Context, t *testing.T) {
	b := open(ctx, t, results(t))
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
	b := open(ctx, t, results(t))
	for range 200 { // of links, buttons and figures
		b.do(chromedp.KeyEvent(kb.Tab))
		if eval[bool](b, `document.activeElement.matches("svg.models")`) {
			break
		}
	}
	best := b.tip()
	b.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	third := b.tip()
	errs := eval[[]string](b, `[...document.activeElement.querySelectorAll("[data-model]")].map(p => document.getElementById("m" + p.dataset.model).cells[[...document.querySelectorAll("#all th")].findIndex(h => h.innerText === "error")].innerText)`)
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
	b := open(ctx, t, results(t))
	click := `[...document.querySelectorAll("#all th button")].find(h => h.innerText === %q).click()`
	for _, c := range []struct {
		name    string
		compare func(a, b string) int
	}{
		{"flops", func(a, b string) int { return int(number(t, a) - number(t, b)) }},
		{"error", func(a, b string) int { // the failed model is last
			return compareErrors(orNaN(a), orNaN(b))
		}},
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
			if diff := cmp.Diff(want, got); diff != "" || len(got) != 60 {
				t.Errorf("%s %s: %d rows: %s", c.name, direction, len(got), diff)
			}
			sorts := eval[[]string](b, `[...document.querySelectorAll("#all th[aria-sort]")].map(h => h.innerText.replace(/ .$/, "") + " " + h.getAttribute("aria-sort"))`)
			if diff := cmp.Diff([]string{c.name + " " + direction}, sorts); diff != "" {
				t.Error(diff)
			}
		}
	}
	b.quiet()
}

func orNaN(s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

func testFilter(ctx context.Context, t *testing.T) {
	b := open(ctx, t, results(t))
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
	b.do(chromedp.Click(chromedp.CSS("#ends ~ .scroll a[href^='#m']")))
	if got := len(b.column("id")); got != 60 {
		t.Errorf("%d rows after a link to one that was hidden", got)
	}
	b.quiet()
}

// Nothing is wider than the page, also on a telephone, and a page with next to
// nothing on it works as well.
func testLayout(ctx context.Context, t *testing.T) {
	b := open(ctx, t, results(t))
	for _, width := range []int64{400, 1200} {
		b.do(chromedp.EmulateViewport(width, 900))
		if got := eval[int64](b, `document.documentElement.scrollWidth`); got > width {
			t.Errorf("at %d px the page is %d px wide", width, got)
		}
	}
	b.quiet()
	path := filepath.Join(t.TempDir(), "one.csv")
	if err := os.WriteFile(path, []byte("error\n10\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	open(ctx, t, path).quiet()
}
