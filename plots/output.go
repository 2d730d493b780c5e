package plots

import (
	"bytes"
	"designspace/internal/atomicfile"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"html"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	xfont "golang.org/x/image/font"
	"golang.org/x/text/encoding/charmap"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// formats are those that Write knows.
var formats = []string{"svg", "png", "pdf"}

// Format returns the format that the extension of a file name stands for, or an
// error that names those there are.
func Format(path string) (string, error) {
	format := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	if !slices.Contains(formats, format) {
		return "", fmt.Errorf("%s: no figure format for extension %q: use .svg, .png or .pdf", path, format)
	}
	return format, nil
}

// Save writes the figure to a file, in the format of its extension. The file
// is replaced as a whole or not at all.
func (f *Figure) Save(path string) error {
	format, err := Format(path)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return f.Write(w, format) })
}

// Write writes the figure as "svg", "png" or "pdf". SVG and PNG have a white
// ground, and the same figure gives the same bytes on the same architecture.
func (f *Figure) Write(w io.Writer, format string) error {
	switch format {
	case "svg":
		return f.writeSVG(w)
	case "png":
		return f.writePNG(w)
	case "pdf":
		return f.writePDF(w)
	}
	return fmt.Errorf("plots: unknown figure format %q: use svg, png or pdf", format)
}

// Inline writes the figure as an svg element for an HTML page: without an XML
// prologue, on a transparent ground, as wide as its container up to its own
// width, and with text and axes in the text colour of the page (currentColor),
// so that it serves light and dark pages. Its property --width is its width in
// points, by which a style sheet can show all figures in one scale; what is muted
// has the page's property --faint for a colour, if there is one. The text, which assistive technology
// reads in place of the figure, may be empty.
//
// For the script of a page, every pair of axes has a group of class panel over
// it, whose attributes data-x and data-y are the ends of the axes. In it are
// curves with a data-name, whose values can be read, and groups whose
// attribute data-models lists the numbers of the models that their children
// stand for, in order, where the data give them (Models of a [Scatter] and
// others).
func (f *Figure) Inline(w io.Writer, text string) error {
	page := &pageCanvas{Canvas: vgsvg.New(f.width, f.height), height: f.height}
	f.draw(draw.New(page))
	svg, err := svgText(page.Canvas)
	if err != nil {
		return err
	}
	i := bytes.Index(svg, []byte("\n<g "))
	if i < 0 {
		return errors.New("plots: gonum's SVG has changed its form: no group follows the svg element")
	}
	if text == "" {
		text = f.title
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.5g %.5g" role="img" aria-label="%s" fill="currentColor" style="--width:%.5g;width:100%%;max-width:%.5gpt;height:auto">`,
		f.width.Points(), f.height.Points(), html.EscapeString(clean(text)), f.width.Points(), f.width.Points())
	svg = bytes.ReplaceAll(svg[i:], []byte("stroke:#000000"), []byte("stroke:currentColor"))
	faint, _ := pageColor(muted)
	svg = bytes.ReplaceAll(svg, []byte("fill:"+strings.ToUpper(faint)), []byte("fill:var(--faint,"+faint+")"))
	end := bytes.LastIndex(svg, []byte("</svg>"))
	b.Write(svg[:end])
	b.Write(page.over.Bytes())
	b.Write(svg[end:])
	_, err = w.Write(b.Bytes())
	return err
}

func (f *Figure) writeSVG(w io.Writer) error {
	c := vgsvg.New(f.width, f.height)
	dc := draw.New(c)
	fillGround(dc)
	f.draw(dc)
	svg, err := svgText(c)
	if err != nil {
		return err
	}
	_, err = w.Write(svg)
	return err
}

// svgText returns what was drawn. Where a viewer lacks the Liberation fonts,
// Arial and Helvetica have the same widths.
func svgText(c *vgsvg.Canvas) ([]byte, error) {
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b.Bytes(),
		[]byte("font-family:Liberation Sans;font-variant:normal;"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")), nil
}

func fillGround(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
}

// maxPixels bounds the memory of a PNG, at 4 bytes each.
const maxPixels = 1 << 27

func (f *Figure) writePNG(w io.Writer) error {
	dots := vg.Length(f.dpi) / vg.Inch
	if px := f.width * dots * f.height * dots; px > maxPixels {
		return fmt.Errorf("plots: a PNG of %.0f million pixels is too large: lower the DPI", float64(px/1e6))
	}
	c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(f.dpi), vgimg.UseBackgroundColor(color.White))
	f.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(&b); err != nil {
		return err
	}
	_, err := w.Write(withResolution(b.Bytes(), f.dpi))
	return err
}

// withResolution adds the chunk pHYs to a PNG, so that documents show the
// figure in its true size. It follows the signature and the header, which take
// 33 bytes (PNG specification, third edition, §11.3.4.3).
func withResolution(png []byte, dpi int) []byte {
	const header = 8 + 4 + 4 + 13 + 4
	perMetre := uint32(float64(dpi)/0.0254 + 0.5)
	chunk := append([]byte{0, 0, 0, 9}, "pHYs"...)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = append(chunk, 1) // the unit is the metre
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return slices.Concat(png[:header], chunk, png[header:])
}

func (f *Figure) writePDF(w io.Writer) error {
	// gonum prepares fonts in a temporary directory and panics without one.
	dir, err := os.MkdirTemp("", "figure-")
	if err != nil {
		return fmt.Errorf("plots: a PDF needs a temporary directory for its fonts: %w", err)
	}
	defer os.Remove(dir)
	c := pdfCanvas{vgpdf.New(f.width, f.height)}
	f.draw(draw.NewCanvas(c, f.width, f.height))
	_, err = c.WriteTo(w)
	return err
}

// A pdfCanvas mends three habits of gonum's PDF canvas: it takes premultiplied
// colours for straight ones, which darkens everything transparent; it takes
// UTF-8 for the Windows-1252 that its fonts are encoded in; and it registers
// bold faces as regular ones, under which name it then does not find them.
type pdfCanvas struct{ *vgpdf.Canvas }

func (c pdfCanvas) SetColor(clr color.Color) {
	if clr == nil {
		clr = ink
	}
	c.Canvas.SetColor(straight(color.NRGBA64Model.Convert(clr).(color.NRGBA64)))
}

func (c pdfCanvas) FillString(face font.Face, pt vg.Point, s string) {
	if face.Font.Weight != xfont.WeightNormal {
		face.Font.Typeface += "Bold"
		face.Font.Weight = xfont.WeightNormal
	}
	c.Canvas.FillString(face, pt, windows1252(s))
}

// straight is a colour whose RGBA method, against the contract of
// [color.Color], does not multiply by alpha.
type straight color.NRGBA64

func (s straight) RGBA() (r, g, b, a uint32) {
	return uint32(s.R), uint32(s.G), uint32(s.B), uint32(s.A)
}

// windows1252 encodes s, with stand-ins for what the code page lacks.
func windows1252(s string) string {
	s = strings.NewReplacer("−", "–", "≤", "<=", "≥", ">=").Replace(s)
	b := make([]byte, 0, len(s))
	for _, r := range s {
		e, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			e = '?'
		}
		b = append(b, e)
	}
	return string(b)
}
