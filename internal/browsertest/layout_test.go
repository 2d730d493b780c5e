package browsertest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Reports of all sorts fit on large and small screens, light and dark, and are
// quiet. With DESIGNSPACE_SCREENSHOTS, the name of a directory, it keeps
// pictures.
func TestLayout(t *testing.T) {
	ctx := start(t)
	again := filepath.Join(t.TempDir(), "again")
	designspace(t, "sample", "--space", "proxy/regnetx", "--space", "proxy/anynetxa", "-n", "6", "--input", "8", "--out", again)
	designspace(t, "train", again, "--train-images", "64", "--test-images", "40", "--epochs", "3", "--recipe", "quick", "--repeats", "2", "--repeat-models", "3")
	designspace(t, "train", again, "--confirm", "2", "--seeds", "3")
	for name, args := range map[string][]string{
		"two":             {results(t)},
		"first":           {"../../cmd/designspace/testdata/first"},
		"single":          {"../../cmd/designspace/testdata/first", "--where", "space=proxy/regnetx"},
		"confirmed":       {again},
		"thousand":        {imported(t)},
		"maximised":       {imported(t), "--metric", "seconds:max"},
		"long names":      {longNames(t)},
		"next to nothing": {table(t, "error\n10\n")},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "report.html")
			designspace(t, append([]string{"report", "--out", file}, args...)...)
			if info, err := os.Stat(file); err != nil || info.Size() > 3_000_000 {
				t.Errorf("the page: %v, %v", info, err)
			}
			b := open(ctx, t, "file://"+file)
			for _, scheme := range []string{"light", "dark"} {
				if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
					t.Fatal(err)
				}
				b.fits(strings.ReplaceAll(name, " ", "-") + "-" + scheme)
				b.legible()
			}
			b.whole()
			b.quiet()
		})
	}
}

func table(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// imported is a table of a thousand trials of another program.
func imported(t *testing.T) string {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	b.WriteString("id,error,lr,layers,units,dropout,seconds\n")
	for i := range 1000 {
		layers := 1 + r.IntN(8)
		fmt.Fprintf(&b, "trial-%d,%.2f,%.5f,%d,%d,0.%d,%.1f\n", i, 10+float64(layers)+10*r.Float64(), 0.1*r.Float64()+1e-4, layers, 32<<r.IntN(5), r.IntN(6), 10+90*r.Float64())
	}
	return table(t, b.String())
}

// longNames is a table with a population, an id and parameters of long names.
func longNames(t *testing.T) string {
	t.Helper()
	long := strings.Repeat("abcdefghij", 20)
	var b strings.Builder
	fmt.Fprintf(&b, "id,space,error,%s,%s2,other\n", long, long)
	for i := range 40 {
		fmt.Fprintf(&b, "%s%d,%s%d,%d,%d,%d,%d\n", long, i, long, i%2, 20+i*i%17, i%7, i*i%5, i%3)
	}
	return table(t, b.String())
}

// legible checks that text stands out from its ground: titles and what is faint.
func (b *tab) legible() {
	b.Helper()
	for _, selector := range []string{"h1", ".faint", "a", "figure svg text"} {
		contrast := eval[float64](b, fmt.Sprintf(`(() => {
			const e = document.querySelector(%q);
			if (!e) return 21;
			const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(v => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
			const style = getComputedStyle(e), text = light(e.closest("svg") ? style.fill : style.color), ground = light(getComputedStyle(document.body).backgroundColor);
			return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
		})()`, selector))
		if contrast < 4.5 { // WCAG 2.1, 1.4.3
			b.Errorf("%s has a contrast of %.1f", selector, contrast)
		}
	}
}

// whole checks, on a small screen, that tables show whole names, that the first
// column of the models stays in sight, and that the text of all figures has one
// size; on a large one, that no cell of a table is wider than a name may be.
func (b *tab) whole() {
	b.Helper()
	b.do(chromedp.EmulateViewport(390, 900))
	if broken := eval[[]string](b, `[...document.querySelectorAll("table:not(#all) td:first-child")].filter(c => c.checkVisibility()).filter(c => {
		const range = document.createRange(), text = c.firstChild;
		if (text?.nodeType !== Node.TEXT_NODE) return false;
		return [...text.data.matchAll(/\S+/g)].some(m => {
			range.setStart(text, m.index);
			range.setEnd(text, m.index + m[0].length);
			return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1 && range.getBoundingClientRect().width < 340;
		});
	}).map(c => c.innerText)`); len(broken) > 0 {
		b.Errorf("names are broken: %q", broken)
	}
	moved := eval[float64](b, `(() => {
		const box = document.querySelector(".scroll.models"), cell = document.querySelector("#all td");
		box.scrollIntoView();
		const before = cell.getBoundingClientRect().left;
		box.scrollLeft = 200;
		return cell.getBoundingClientRect().left - before;
	})()`)
	if moved != 0 {
		b.Errorf("the ids move by %v when the table is scrolled", moved)
	}
	for _, width := range []int{390, 1280} {
		b.do(chromedp.EmulateViewport(int64(width), 900))
		scales := eval[[]float64](b, `[...new Set([...document.querySelectorAll("figure svg:has(g.panel)")].filter(s => s.checkVisibility()).map(s => Math.round(50 * s.getScreenCTM().a) / 50))]`)
		if len(scales) > 1 {
			b.Errorf("at %d px figures are shown in the scales %v", width, scales)
		}
	}
	if wide := eval[[]string](b, `[...document.querySelectorAll("th, td")].filter(c => c.getBoundingClientRect().width > 740).map(c => c.innerText)`); len(wide) > 0 {
		b.Errorf("%d cells are wide: %q", len(wide), wide[0])
	}
}
