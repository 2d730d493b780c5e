package browsertest

import (
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A place is where the mark of a model is on the screen.
type place struct {
	model string
	x, y  float64
}

// places scrolls a figure into view and returns where its marks are.
func (b *tab) places(figure string) []place {
	b.Helper()
	var all []place
	for _, v := range eval[[][]any](b, fmt.Sprintf(`(() => {
		document.querySelector(%q).scrollIntoView({block: "center"});
		return (%s)(%q).map(({mark, model}) => { const r = mark.getBoundingClientRect(); return [model, r.x + r.width / 2, r.y + r.height / 2]; });
	})()`, figure, marksOf, figure)) {
		all = append(all, place{v[0].(string), v[1].(float64), v[2].(float64)})
	}
	return all
}

// shownModels are the models whose rows can be seen, in the order of their numbers.
func (b *tab) shownModels() []string {
	b.Helper()
	models := eval[[]string](b, `[...document.querySelectorAll("#all tbody tr")].filter(r => r.checkVisibility()).map(r => r.id.slice(1))`)
	slices.Sort(models)
	return models
}

// Dragging over a figure chooses the models in the rectangle in the table and
// makes the marks of the others faint in all figures, until Escape.
func testBrush(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, results(t))
	const figure = "#complexity + h3 + figure svg"
	marks := b.places(figure)
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, m := range marks {
		left, top, right, bottom = min(left, m.x), min(top, m.y), max(right, m.x), max(bottom, m.y)
	}
	// From the middle of the figure to its lower right.
	x0, y0, x1, y1 := (left+right)/2, (top+bottom)/2, right-2, bottom-2
	var want []string
	for _, m := range marks {
		if m.x >= x0 && m.x <= x1 && m.y >= y0 && m.y <= y1 {
			want = append(want, m.model)
		}
	}
	slices.Sort(want)
	b.do(chromedp.DragAndDropXY(x0, y0, x1, y1))
	if got := b.shownModels(); !slices.Equal(got, want) || len(want) < 5 {
		t.Errorf("chosen are %v, want %v", got, want)
	}
	faint := eval[[]string](b, fmt.Sprintf(`[...new Set((%s)("figure").filter(m => m.mark.classList.contains("out")).map(m => m.model))]`, marksOf))
	solid := eval[[]string](b, fmt.Sprintf(`[...new Set((%s)("figure").filter(m => getComputedStyle(m.mark).opacity === "1").map(m => m.model))]`, marksOf))
	if slices.Sort(solid); !slices.Equal(solid, want) || len(faint)+len(solid) != 59 {
		t.Errorf("%d models are faint and %v are not", len(faint), solid)
	}
	if got, want := eval[string](b, `document.querySelector(".filter output").innerText`), fmt.Sprintf("%d of 60 models", len(want)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.do(chromedp.SendKeys(chromedp.CSS("#filter"), "space=RegNet")) // both hold
	for _, s := range b.column("space") {
		if s != "RegNet" {
			t.Errorf("a model of %s", s)
		}
	}
	if got := len(b.shownModels()); got == 0 || got >= len(want) {
		t.Errorf("%d of %d models are of RegNet", got, len(want))
	}
	b.do(chromedp.Click(chromedp.CSS("#clear")))
	if got := len(b.shownModels()); got != 60 {
		t.Errorf("%d rows after all were asked for", got)
	}
	b.places(figure)
	b.do(chromedp.DragAndDropXY(x0, y0, x1, y1), chromedp.KeyEvent(kb.Escape))
	if got := eval[int](b, `document.querySelectorAll(".out, .brush").length`); got != 0 {
		t.Errorf("%d faint marks or brushes after Escape", got)
	}
	// A model that the filter hides is found from its point.
	b.do(chromedp.SendKeys(chromedp.CSS("#filter"), "no such model"))
	x, y, model := b.centre(figure, 7)
	b.do(chromedp.MouseClickXY(x, y))
	eval[chromedp.Void](b, `document.querySelector(".tip a[href='#m`+model+`']").click()`)
	if got := len(b.shownModels()); got != 60 {
		t.Errorf("%d rows after a link to one that was hidden", got)
	}
	b.quiet()
}

// Dragging along parallel axes chooses the models whose values are there, one
// axis after the other.
func testParallel(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, results(t))
	const figure = "#parameters + h3 + figure svg"
	// The last axis is that of the error, the models those of the first population.
	v := eval[[]float64](b, fmt.Sprintf(`(() => {
		const svg = document.querySelector(%q), panel = svg.querySelector("g.panel"), matrix = svg.getScreenCTM();
		svg.scrollIntoView({block: "center"});
		const box = panel.firstElementChild.getBoundingClientRect();
		const last = panel.querySelector("[data-models] path").getAttribute("d").match(/[-\d.]+/g).map(Number).at(-2);
		return [new DOMPoint(last, 0).matrixTransform(svg.getScreenCTM()).x, box.top, box.bottom];
	})()`, figure))
	x, top, bottom := v[0], v[1], v[2]
	middle := (top + bottom) / 2
	b.do(chromedp.DragAndDropXY(x, middle, x, bottom+1))
	chosen := b.column("error")
	if len(chosen) == 0 || len(chosen) >= 29 {
		t.Fatalf("%d models of 29 are in the lower half of the axis", len(chosen))
	}
	most := 0.0
	for _, e := range chosen {
		most = max(most, number(t, e))
	}
	shown := b.shownModels()
	first := b.column("id")
	b.do(chromedp.KeyEvent(kb.Escape))
	errs, spaces, ids := b.column("error"), b.column("space"), b.column("id")
	for i, id := range ids {
		in := slices.Contains(first, id)
		if want := spaces[i] == "AnyNet <A>" && errs[i] != "" && number(t, errs[i]) <= most; in != want {
			t.Errorf("%s of %s with an error of %s: chosen %t", id, spaces[i], errs[i], in)
		}
	}
	// Two stretches together choose less than one.
	axis := eval[float64](b, fmt.Sprintf(`(() => {
		const svg = document.querySelector(%q);
		svg.scrollIntoView({block: "center"});
		return new DOMPoint(Number(svg.querySelector("[data-models] path").getAttribute("d").match(/[-\d.]+/)[0]), 0).matrixTransform(svg.getScreenCTM()).x;
	})()`, figure))
	b.do(chromedp.DragAndDropXY(x, middle, x, bottom+1), chromedp.DragAndDropXY(axis, middle, axis, bottom+1))
	both := b.shownModels()
	for _, m := range both {
		if !slices.Contains(shown, m) {
			t.Errorf("model %s is chosen by two stretches and not by one of them", m)
		}
	}
	if len(both) == 0 || len(both) >= len(shown) {
		t.Errorf("two stretches choose %d models, one %d", len(both), len(shown))
	}
	// A finger chooses along an axis, too, and scrolls across.
	b.do(chromedp.KeyEvent(kb.Escape))
	eval[chromedp.Void](b, fmt.Sprintf(`document.querySelector(%q).scrollIntoView({block: "center"})`, figure))
	b.swipe(x, middle, x, bottom+1)
	if got := b.shownModels(); !slices.Equal(got, shown) {
		t.Errorf("a finger chooses %d models, the mouse %d", len(got), len(shown))
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	b.swipe(x, middle, axis, middle)
	if got := len(b.shownModels()); got != 60 {
		t.Errorf("a finger across the axes chooses %d of 60 models", got)
	}
	b.quiet()
}

// swipe moves a finger over the screen.
func (b *tab) swipe(x0, y0, x1, y1 float64) {
	b.Helper()
	touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
		if _, err := chromedp.Call(b.ctx, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points}); err != nil {
			b.Fatal(err)
		}
	}
	touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x0, Y: y0})
	for k := 1.0; k <= 10; k++ {
		touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: x0 + (x1-x0)*k/10, Y: y0 + (y1-y0)*k/10})
	}
	touch(input.DispatchTouchEventTypeTouchEnd, []*input.TouchPoint{}...)
}

// Where a pointer is over a figure, the tip says what the curves are worth there.
func testReadings(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, results(t))
	box := eval[[]float64](b, `(() => {
		const svg = document.querySelector("#distributions + figure svg");
		svg.scrollIntoView({block: "center"});
		const r = svg.querySelector("g.panel").firstElementChild.getBoundingClientRect();
		return [r.left, r.right, r.top, r.bottom];
	})()`)
	errs, spaces := b.column("error"), b.column("space")
	for _, share := range []float64{0.15, 0.4, 0.7} {
		b.do(chromedp.MouseEvent(chromedp.MouseMoved, box[0]+share*(box[1]-box[0]), box[2]+4))
		said := map[string]float64{}
		lines := strings.Fields(strings.ReplaceAll(b.tip(), "AnyNet <A>", "AnyNet"))
		for i := 0; i+1 < len(lines); i++ {
			if x, err := strconv.ParseFloat(lines[i+1], 64); err == nil && said[lines[i]] == 0 {
				said[lines[i]] = x
			}
		}
		x := said["(%)"] // of "error (%)"
		if x < 20 || x > 50 {
			t.Fatalf("the tip is %q", b.tip())
		}
		for name, key := range map[string]string{"AnyNet <A>": "AnyNet", "RegNet": "RegNet"} {
			below := func(limit float64) float64 {
				n, of := 0, 0
				for i, e := range errs {
					if spaces[i] != name || e == "" {
						continue
					}
					if of++; number(t, e) < limit {
						n++
					}
				}
				return float64(n) / float64(of)
			}
			// The tip gives both numbers with three digits.
			if lo, hi := below(x-0.1)-0.005, below(x+0.1)+0.005; said[key] < lo || said[key] > hi {
				t.Errorf("below %v the tip gives %s a share of %v, want %v to %v", x, name, said[key], lo, hi)
			}
		}
	}
	for _, figure := range []string{"#search + figure svg", "#complexity ~ figure.panels svg", "#ends ~ figure.panels svg"} {
		at := eval[[]float64](b, fmt.Sprintf(`(() => {
			const svg = document.querySelector(%q);
			svg.scrollIntoView({block: "center"});
			const r = svg.querySelector("g.panel").firstElementChild.getBoundingClientRect();
			return [(r.left + r.right) / 2, (r.top + r.bottom) / 2];
		})()`, figure))
		b.do(chromedp.MouseEvent(chromedp.MouseMoved, at[0], at[1]))
		if got := strings.Fields(b.tip()); len(got) < 4 {
			t.Errorf("%s: the tip is %q", figure, got)
		}
	}
	b.quiet()
}

// downloads makes the tab put what it downloads into a directory, and returns a
// function that waits for a file there.
func (b *tab) downloads() func(name string) []byte {
	b.Helper()
	dir := b.TempDir()
	if _, err := chromedp.Call(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}); err != nil {
		b.Fatal(err)
	}
	return func(name string) []byte {
		b.Helper()
		for range 100 {
			if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil && len(text) > 0 {
				return text
			}
			time.Sleep(50 * time.Millisecond)
		}
		have, _ := os.ReadDir(dir)
		b.Fatalf("no download %s: there are %v", name, have)
		return nil
	}
}

// A figure is downloaded as SVG that stands alone, and the table as CSV that
// holds what the page was made of, or the part of it that is chosen.
func testDownloads(ctx context.Context, t *testing.T) {
	path := results(t)
	b := openReport(ctx, t, path)
	file := b.downloads()
	eval[chromedp.Void](b, `document.querySelector("#distributions + figure .save").click()`)
	svg := file("error-distributions-of-anynet-a-and-regnet.svg")
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for first := true; ; first = false {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok {
			if first && (e.Name.Local != "svg" || e.Name.Space != "http://www.w3.org/2000/svg") {
				t.Errorf("the file begins with %v", e.Name)
			}
			for _, a := range e.Attr {
				if a.Name.Local == "class" || strings.Contains(a.Value, "var(") {
					t.Errorf("%s has %s=%q, which a page explains", e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
	if !strings.Contains(string(svg), "cumulative probability") || !strings.Contains(string(svg), `width="238.11pt"`) {
		t.Errorf("the figure is\n%.300s", svg)
	}

	eval[chromedp.Void](b, `document.getElementById("csv").click()`)
	whole := file("models.csv")
	back := filepath.Join(t.TempDir(), "results.csv")
	if err := os.WriteFile(back, whole, 0o666); err != nil {
		t.Fatal(err)
	}
	if got, want := analyze(t, back), analyze(t, path); got != want {
		t.Errorf("of the table that was downloaded analyze says\n%s, of the original\n%s", got, want)
	}

	file = b.downloads()
	b.do(chromedp.SendKeys(chromedp.CSS("#filter"), "space=RegNet, depth<6"))
	want := b.column("id")
	eval[chromedp.Void](b, `document.getElementById("csv").click()`)
	rows, err := csv.NewReader(strings.NewReader(string(file("models.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows[1:] {
		got = append(got, r[0])
	}
	if !slices.Equal(got, want) || len(got) == 0 || !slices.Contains(rows[0], "kernel") {
		t.Errorf("columns %q of models %q, want %q", rows[0], got, want)
	}
	b.quiet()
}

// analyze returns what the command says of a table in numbers.
func analyze(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, "analyze", path, "--no-plot", "--no-notes").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// The card of a model shows its place, shape, curve and commands, and has an
// address.
func testCard(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, "../../cmd/designspace/testdata/first")
	id := b.column("id")[2]
	eval[chromedp.Void](b, `document.querySelectorAll("#all tbody tr")[2].cells[0].querySelector("a").click()`)
	card := func() string {
		return eval[string](b, `document.querySelector("dialog").checkVisibility() ? document.querySelector("dialog").innerText : ""`)
	}
	b.wait(func() bool { return card() != "" })
	errs, spaces, ids := b.column("error"), b.column("space"), b.column("id")
	rank, of := 1, 0
	for i, e := range errs {
		if spaces[i] == spaces[2] {
			if of++; number(t, e) < number(t, errs[2]) {
				rank++
			}
		}
	}
	text := card()
	for _, want := range []string{ids[2], fmt.Sprintf("rank %d of %d in %s", rank, of, spaces[2]), "after epoch 1, " + errs[2] + " % after epoch 3", "flops", "d1, d2 …",
		"designspace export ../../cmd/designspace/testdata/first --id " + id + " --format pytorch"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the card\n%s", want, text)
		}
	}
	if n := eval[int](b, `[...document.querySelectorAll("dialog path")].filter(p => p.getBBox().width > 100).length`); n != 3 {
		t.Errorf("%d drawings of shape, ground and curve are to be seen", n)
	}
	address := eval[string](b, "location.href")
	b.do(chromedp.KeyEvent(kb.Escape))
	if card() != "" {
		t.Error("the card stays after Escape")
	}
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address))
	if !strings.HasPrefix(strings.TrimLeft(card(), "×\n "), id) {
		t.Errorf("at %s is the card %q", address, card())
	}
	b.quiet()
}

func (b *tab) wait(done func() bool) {
	b.Helper()
	for range 100 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatal("waited in vain")
}

// No script runs but that of the page.
func testPolicy(ctx context.Context, t *testing.T) {
	b := openReport(ctx, t, results(t))
	ran := eval[bool](b, `(() => {
		const s = document.createElement("script"), p = document.createElement("p");
		s.textContent = "window.ran = true";
		p.setAttribute("onclick", "window.ran = true");
		document.body.append(s, p);
		p.click();
		return Boolean(window.ran);
	})()`)
	if ran {
		t.Error("a script that is not the page's has run")
	}
}
