package browsertest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// openExperiments shows the page of the papers' experiments.
func openExperiments(ctx context.Context, t *testing.T) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	designspace(t, "experiment", "report", "--out", file)
	return open(ctx, t, "file://"+file)
}

// The page of the experiments fits on large and small screens, light and dark. Its
// summary takes about two large screens; experiments are folded until one is asked
// for; and a small screen shows every verdict, with no name broken.
func TestExperiments(t *testing.T) {
	b := openExperiments(start(t), t)
	for _, scheme := range []string{"light", "dark"} {
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
			t.Fatal(err)
		}
		b.fits("experiments-" + scheme)
		b.legible()
	}
	b.do(chromedp.EmulateViewport(1280, 1024))
	if end := eval[float64](b, `document.querySelector("#claims + .scroll").getBoundingClientRect().bottom`); end > 2.25*1024 {
		t.Errorf("the summary ends at %.0f, beyond two screens of 1024", end)
	}
	const open = `document.querySelectorAll("details[open]").length`
	if n := eval[int](b, open); n != 0 {
		t.Errorf("%d experiments are open from the start", n)
	}
	b.do(chromedp.Click(`#claims + .scroll a[href="#widths"]`))
	if n := eval[int](b, open); n != 1 || !eval[bool](b, `document.querySelector("#widths svg").checkVisibility()`) {
		t.Errorf("%d experiments are open after one was followed", n)
	}
	if top := eval[float64](b, `document.getElementById("widths").parentElement.getBoundingClientRect().top`); top < 0 || top > 1000 {
		t.Errorf("the experiment that was followed lies at %.0f", top)
	}
	eval[int](b, `(document.querySelectorAll("details").forEach(d => d.open = true), 0)`)
	b.fits("experiments-open")
	b.do(chromedp.EmulateViewport(390, 900))
	if hidden := eval[[]string](b, `[...document.querySelectorAll("td.verdict")].filter(c => {
		const r = c.getBoundingClientRect();
		return r.width === 0 || r.left < 0 || r.right > 390;
	}).map(c => c.parentElement.innerText)`); len(hidden) > 0 {
		t.Errorf("verdicts out of sight: %q", hidden)
	}
	if broken := eval[[]string](b, `[...document.querySelectorAll("td:first-child > a, summary h3, td.verdict")].filter(e => {
		const range = document.createRange();
		range.selectNodeContents(e);
		return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1;
	}).map(e => e.innerText)`); len(broken) > 0 {
		t.Errorf("names are broken: %q", broken)
	}
	b.quiet()
}
