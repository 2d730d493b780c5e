package plots

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The files in testdata were made, and looked at, with
//
//	go test ./plots -run 'Golden' -update
var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// exact tells where golden files hold to the last bit. Elsewhere the compiler
// may fuse multiplications and additions (arm64 does), which moves coordinates
// in their last digit, so that they are compared with a tolerance.
const exact = runtime.GOARCH == "amd64"

func TestGoldenFigures(t *testing.T) {
	for name, f := range goldenFigures(t) {
		t.Run(name, func(t *testing.T) {
			t.Run("svg", func(t *testing.T) { checkSVG(t, filepath.Join("testdata", name+".svg"), write(t, f, "svg")) })
			t.Run("png", func(t *testing.T) { checkPNG(t, filepath.Join("testdata", name+".png"), write(t, f, "png")) })
			t.Run("pdf", func(t *testing.T) {
				pdf := write(t, f, "pdf")
				if !bytes.HasPrefix(pdf, []byte("%PDF-1.")) || !bytes.Contains(pdf, []byte("%%EOF")) {
					t.Errorf("not a PDF: %.20q", pdf)
				}
			})
			t.Run("repeatable", func(t *testing.T) {
				for _, format := range []string{"svg", "png"} {
					if !bytes.Equal(write(t, f, format), write(t, f, format)) {
						t.Errorf("two %s files of one figure differ", format)
					}
				}
			})
		})
	}
}

func write(t *testing.T, f *Figure, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// golden returns the golden file, or writes got to it under -update.
func golden(t *testing.T, path string, got []byte) []byte {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return want
}

func checkSVG(t *testing.T, path string, got []byte) {
	t.Helper()
	want := golden(t, path, got)
	if exact {
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
		return
	}
	number := regexp.MustCompile(`-?\d+(\.\d+)?(e-?\d+)?`)
	if d := cmp.Diff(number.ReplaceAllString(string(want), "N"), number.ReplaceAllString(string(got), "N")); d != "" {
		t.Fatalf("%s has another form (-want +got):\n%s", path, d)
	}
	w, g := number.FindAllString(string(want), -1), number.FindAllString(string(got), -1)
	for i := range w {
		a, _ := strconv.ParseFloat(w[i], 64)
		b, _ := strconv.ParseFloat(g[i], 64)
		if math.Abs(a-b) > 0.02 {
			t.Fatalf("%s: number %d is %s, want %s", path, i, g[i], w[i])
		}
	}
}

// checkPNG compares pixels, not bytes: how they are compressed is the business
// of the standard library.
func checkPNG(t *testing.T, path string, got []byte) {
	t.Helper()
	want, err := png.Decode(bytes.NewReader(golden(t, path, got)))
	if err != nil {
		t.Fatal(err)
	}
	have, err := png.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != have.Bounds() {
		t.Fatalf("%s is %v, want %v", path, have.Bounds(), want.Bounds())
	}
	if n := pixelsApart(want, have); exact && n > 0 || n > want.Bounds().Dx()*want.Bounds().Dy()/200 {
		t.Errorf("%s: %d pixels differ", path, n)
	}
}

// pixelsApart counts the pixels that differ; where the golden files are not
// exact, visibly differ.
func pixelsApart(a, b image.Image) int {
	tolerance := 0
	if !exact {
		tolerance = 32
	}
	n := 0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			p, q := color.NRGBAModel.Convert(a.At(x, y)).(color.NRGBA), color.NRGBAModel.Convert(b.At(x, y)).(color.NRGBA)
			for _, d := range []int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B), int(p.A) - int(q.A)} {
				if d > tolerance || -d > tolerance {
					n++
					break
				}
			}
		}
	}
	return n
}
