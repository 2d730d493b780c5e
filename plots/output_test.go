package plots

import (
	"bytes"
	"designspace/edf"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/vg"
)

func aFigure(t *testing.T, p Page) *Figure {
	t.Helper()
	f, err := EDF([]edf.Population{{Name: "A & <B>", Errors: []float64{10, 20, 30}}}, EDFOptions{Page: p})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := aFigure(t, Page{DPI: 50})
	for name, magic := range map[string]string{"a.svg": "<?xml", "b.PNG": "\x89PNG", "c.pdf": "%PDF"} {
		path := filepath.Join(dir, name)
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(b), magic) {
			t.Errorf("%s starts with %.8q, want %q (%v)", name, b, magic, err)
		}
	}
	for _, path := range []string{filepath.Join(dir, "d.jpg"), filepath.Join(dir, "e"), filepath.Join(dir, "none", "f.svg")} {
		if err := f.Save(path); err == nil || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("Save(%q) = %v, want an error that names the file", path, err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Errorf("%d files are left, want 3 (%v)", len(files), err)
	}
}

type failingWriter struct{}

var errFull = errors.New("disk full")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	f := aFigure(t, Page{DPI: 50})
	for _, format := range formats {
		if err := f.Write(failingWriter{}, format); !errors.Is(err, errFull) {
			t.Errorf("%s: %v, want the error of the writer", format, err)
		}
	}
	if err := f.Write(failingWriter{}, "gif"); err == nil || !strings.Contains(err.Error(), "svg, png or pdf") {
		t.Errorf("gif: %v", err)
	}
	if err := aFigure(t, Page{Width: 1000, Height: 1000, DPI: 1200}).Write(&bytes.Buffer{}, "png"); err == nil {
		t.Error("a PNG of 47244² pixels has been written")
	}
}

func TestPNGResolution(t *testing.T) {
	for dpi, width := range map[int]int{100: 335, 300: 1004} {
		b := write(t, aFigure(t, Page{DPI: dpi}), "png")
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if got := img.Bounds().Dx(); got != width { // 85 mm
			t.Errorf("%d dpi: %d pixels wide, want %d", dpi, got, width)
		}
		i := bytes.Index(b, []byte("pHYs"))
		if i < 0 || i > bytes.Index(b, []byte("IDAT")) {
			t.Fatal("no pHYs chunk before the image")
		}
		if got := float64(binary.BigEndian.Uint32(b[i+4:])) * 0.0254; math.Abs(got-float64(dpi)) > 0.1 {
			t.Errorf("the file claims %g dpi, want %d", got, dpi)
		}
		if binary.BigEndian.Uint32(b[i+13:]) != crc32.ChecksumIEEE(b[i:i+13]) {
			t.Error("the checksum of the chunk is wrong")
		}
	}
}

func TestInline(t *testing.T) {
	var b bytes.Buffer
	if err := aFigure(t, Page{Title: "T"}).Inline(&b, `two "EDFs" <&>`); err != nil {
		t.Fatal(err)
	}
	s := b.String()
	for _, bad := range []string{"<?xml", "<!--", "#FFFFFF", "stroke:#000000", `width="`, " id="} {
		if strings.Contains(s, bad) {
			t.Errorf("an inline figure holds %s", bad)
		}
	}
	for _, good := range []string{"stroke:currentColor", `fill="currentColor"`, `role="img"`, `aria-label="two &#34;EDFs&#34; &lt;&amp;&gt;"`, "A &amp; &lt;B&gt;"} {
		if !strings.Contains(s, good) {
			t.Errorf("an inline figure lacks %s", good)
		}
	}
}

func TestSize(t *testing.T) {
	w, h := aFigure(t, Page{Width: 120, Height: 90}).Size()
	if math.Abs(w-120) > 1e-9 || math.Abs(h-90) > 1e-9 {
		t.Errorf("size %g × %g mm, want 120 × 90", w, h)
	}
	for want, p := range map[string]Page{
		"plots: width 39: want 40 to 1000 mm":                  {Width: 39},
		"plots: width NaN: want 40 to 1000 mm":                 {Width: math.NaN()},
		"plots: height -1: want at most 1000 mm":               {Height: -1},
		"plots: dpi 10: want 30 to 1200 dots per inch":         {DPI: 10},
		"plots: a height of 20 mm leaves no room for the axes": {Height: 20},
	} {
		_, err := EDF([]edf.Population{{Errors: []float64{1}}}, EDFOptions{Page: p})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", p, err, want)
		}
	}
}

func TestConcurrentWrites(t *testing.T) {
	f := aFigure(t, Page{DPI: 50})
	want := write(t, f, "svg")
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for _, format := range formats {
				write(t, f, format)
			}
			if !bytes.Equal(write(t, f, "svg"), want) {
				t.Error("a figure written by several goroutines differs")
			}
		})
	}
}

func TestWindows1252(t *testing.T) {
	if got, want := windows1252("−5 % – ä ≤ 模"), "\x965 % \x96 \xe4 <= ?"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrap(t *testing.T) {
	sty := noteStyle()
	if d := cmp.Diff([]string{"one two", "three", "fourfourfour"}, wrap(sty, "one two three fourfourfour", sty.Width("one two t"))); d != "" {
		t.Error(d)
	}
}

func TestShorten(t *testing.T) {
	sty := textStyle(labelSize)
	for _, s := range []string{"", "AnyNetXA", "space-10 with a rather long name, variant 7"} {
		for _, width := range []vg.Length{0, 10, 60, 500} {
			got := shorten(sty, s, width)
			if sty.Width(s) <= width && got != s || got != "…" && sty.Width(got) > width {
				t.Errorf("shorten(%q, %g) = %q", s, float64(width), got)
			}
			head, tail, cut := strings.Cut(got, "…")
			if cut && (!strings.HasPrefix(s, head) || !strings.HasSuffix(s, tail)) {
				t.Errorf("shorten(%q, %g) = %q", s, float64(width), got)
			}
		}
	}
}
