package plots

import (
	"bytes"
	"designspace/edf"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anyValue draws what a CSV file may hold where a number is expected.
func anyValue() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64Range(0, 100),
		rapid.Float64(),
		rapid.Map(rapid.IntRange(-2, 5), func(i int) float64 { return float64(i) }),
		rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 100, 1e9, 1e-9, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 50, math.Nextafter(50, 51)}),
	)
}

func anyValues() *rapid.Generator[[]float64] { return rapid.SliceOfN(anyValue(), 0, 6) }

func anyName() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "AnyNetXA", "a <b> & \"c\" 'd'", "\x00\xff\n\t", strings.Repeat("long ", 40), "模型 ≤ −1"}), rapid.String())
}

// TestAnyInput draws every figure from arbitrary input: the answer is a
// one-line error or a figure that all formats can hold.
func TestAnyInput(t *testing.T) {
	for name, draw := range map[string]func(t *rapid.T, p Page) (*Figure, error){
		"edf": func(t *rapid.T, p Page) (*Figure, error) {
			return EDF(rapid.SliceOfN(anyPopulation(), 0, 4).Draw(t, "populations"), EDFOptions{Page: p, XMin: anyValue().Draw(t, "min"), XMax: anyValue().Draw(t, "max"), Bands: rapid.SliceOfN(rapid.Float64Min(0), 0, 5).Draw(t, "bands")})
		},
		"difference": func(t *rapid.T, p Page) (*Figure, error) {
			o := DifferenceOptions{Page: p, Band: rapid.Float64Min(0).Draw(t, "band")}
			if rapid.Bool().Draw(t, "pointwise") {
				o.Pointwise = &Ribbon{anyValues().Draw(t, "x"), anyValues().Draw(t, "lo"), anyValues().Draw(t, "hi")}
			}
			return Difference(anyPopulation().Draw(t, "a"), anyPopulation().Draw(t, "b"), o)
		},
		"params": func(t *rapid.T, p Page) (*Figure, error) {
			return Parameters(rapid.SliceOfN(anyParameter(), 0, 5).Draw(t, "parameters"), ParametersOptions{Page: p, Columns: rapid.IntRange(-1, 6).Draw(t, "columns")})
		},
		"parallel": func(t *rapid.T, p Page) (*Figure, error) {
			errs := anyValues().Draw(t, "errors")
			qs := rapid.SliceOfN(anyParameter(), 0, 9).Draw(t, "parameters")
			for i := range qs {
				qs[i].Values, qs[i].Errors = rapid.SliceOfN(anyValue(), len(errs), len(errs)).Draw(t, "values"), errs
			}
			return Parallel(qs, ParallelOptions{Page: p})
		},
		"models": func(t *rapid.T, p Page) (*Figure, error) {
			return Models(rapid.SliceOfN(anyModel(), 0, 4).Draw(t, "models"), ModelsOptions{Page: p, Log: rapid.Bool().Draw(t, "log")})
		},
		"pareto": func(t *rapid.T, p Page) (*Figure, error) {
			return Pareto(rapid.SliceOfN(anyScatter(), 0, 4).Draw(t, "clouds"), ParetoOptions{Page: p, Linear: rapid.Bool().Draw(t, "linear")})
		},
		"fit": func(t *rapid.T, p Page) (*Figure, error) {
			return Fit(rapid.SliceOfN(anyScatter(), 0, 4).Draw(t, "clouds"), FitOptions{Page: p, Log: rapid.Bool().Draw(t, "log")})
		},
		"rank": func(t *rapid.T, p Page) (*Figure, error) {
			n := rapid.IntRange(0, 5).Draw(t, "n")
			values := rapid.SliceOfN(anyValue(), n, n)
			return Rank(values.Draw(t, "x"), values.Draw(t, "y"), values.Draw(t, "errors"), RankOptions{Page: p, LogX: rapid.Bool().Draw(t, "logx"), LogY: rapid.Bool().Draw(t, "logy")})
		},
		"curves": func(t *rapid.T, p Page) (*Figure, error) {
			var groups []CurveGroup
			for range rapid.IntRange(0, 3).Draw(t, "groups") {
				g := CurveGroup{Name: anyName().Draw(t, "name")}
				for _, e := range rapid.SliceOfN(anyValues(), 0, 3).Draw(t, "errors") {
					g.Curves = append(g.Curves, Curve{Errors: e})
				}
				groups = append(groups, g)
			}
			return Curves(groups, CurvesOptions{Page: p, Log: rapid.Bool().Draw(t, "log")})
		},
		"complexity": func(t *rapid.T, p Page) (*Figure, error) {
			var metrics []Metric
			for range rapid.IntRange(0, 4).Draw(t, "metrics") {
				m := Metric{Name: anyName().Draw(t, "name"), Linear: rapid.Bool().Draw(t, "linear")}
				for _, v := range rapid.SliceOfN(anyValues(), 0, 3).Draw(t, "values") {
					m.Samples = append(m.Samples, Sample{Name: anyName().Draw(t, "sample"), Values: v})
				}
				metrics = append(metrics, m)
			}
			return Complexity(metrics, ComplexityOptions{Page: p})
		},
		"funnel": func(t *rapid.T, p Page) (*Figure, error) {
			var acceptances []Acceptance
			for range rapid.IntRange(0, 3).Draw(t, "acceptances") {
				a := Acceptance{Name: anyName().Draw(t, "name")}
				for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.Int(), rapid.IntRange(0, 100)), 0, 4).Draw(t, "counts") {
					a.Stages = append(a.Stages, Stage{anyName().Draw(t, "stage"), n})
				}
				acceptances = append(acceptances, a)
			}
			return Funnel(acceptances, FunnelOptions{Page: p, Log: rapid.Bool().Draw(t, "log")})
		},
		"efficiency": func(t *rapid.T, p Page) (*Figure, error) {
			return Efficiency(rapid.SliceOfN(anyTrace(), 0, 3).Draw(t, "traces"), EfficiencyOptions{Page: p})
		},
		"ks": func(t *rapid.T, p Page) (*Figure, error) {
			return KS(rapid.SliceOfN(anyTrace(), 0, 3).Draw(t, "traces"), KSOptions{Page: p})
		},
		"fidelity": func(t *rapid.T, p Page) (*Figure, error) {
			var pairings []Pairing
			for _, c := range rapid.SliceOfN(anyScatter(), 0, 3).Draw(t, "pairings") {
				v := rapid.SliceOfN(anyValue(), 3, 3).Draw(t, "rho")
				pairings = append(pairings, Pairing{c.Name, c.X, c.Errors, v[0], v[1], v[2]})
			}
			return Fidelity(pairings, FidelityOptions{Page: p})
		},
		"pairs": func(t *rapid.T, p Page) (*Figure, error) {
			v := rapid.SliceOfN(anyValue(), 3, 3).Draw(t, "mean")
			return Pairs(anyValues().Draw(t, "differences"), PairsOptions{Page: p, Mean: v[0], Lo: v[1], Hi: v[2]})
		},
		"noise": func(t *rapid.T, p Page) (*Figure, error) {
			return Noise(rapid.SliceOfN(anyValues(), 0, 4).Draw(t, "models"), NoiseOptions{Page: p, Resolvable: anyValue().Draw(t, "resolvable")})
		},
		"trends": func(t *rapid.T, p Page) (*Figure, error) {
			var trends []Trend
			for range rapid.IntRange(0, 5).Draw(t, "trends") {
				trends = append(trends, Trend{
					Name: anyName().Draw(t, "name"), Heading: anyName().Draw(t, "heading"), Log: rapid.Bool().Draw(t, "log"),
					Traces: rapid.SliceOfN(anyTrace(), 0, 3).Draw(t, "traces"), Levels: anyValues().Draw(t, "levels"),
				})
			}
			return Trends(trends, TrendsOptions{Page: p})
		},
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			f, err := draw(t, anyPage().Draw(t, "page"))
			if err != nil {
				if s := err.Error(); !strings.HasPrefix(s, "plots: ") || strings.Contains(s, "\n") {
					t.Fatalf("error %q is not one line that names its place", s)
				}
				return
			}
			checkDrawable(t, f)
		}))
	}
}

func anyPage() *rapid.Generator[Page] {
	return rapid.Custom(func(t *rapid.T) Page {
		return Page{
			Title:  anyName().Draw(t, "title"),
			Width:  rapid.SampledFrom([]float64{0, 40, 60}).Draw(t, "width"),
			Height: rapid.SampledFrom([]float64{0, 0, 0, 60, 200}).Draw(t, "height"),
			DPI:    30,
		}
	})
}

func anyPopulation() *rapid.Generator[edf.Population] {
	return rapid.Custom(func(t *rapid.T) edf.Population {
		p := edf.Population{Name: anyName().Draw(t, "name"), Errors: anyValues().Draw(t, "errors")}
		if rapid.Bool().Draw(t, "weighted") {
			n := len(p.Errors)
			p.Weights = rapid.SliceOfN(rapid.Float64Range(0, 2), n, n).Draw(t, "weights")
		}
		return p
	})
}

func anyParameter() *rapid.Generator[Parameter] {
	return rapid.Custom(func(t *rapid.T) Parameter {
		c := anyScatter().Draw(t, "points")
		q := Parameter{Name: c.Name, Values: c.X, Errors: c.Errors, Log: rapid.Bool().Draw(t, "log")}
		if rapid.Bool().Draw(t, "ranged") {
			lo := rapid.Float64Range(-10, 10).Draw(t, "lo")
			q.Range = &Range{lo, lo + 1, lo + 2}
		}
		return q
	})
}

func anyScatter() *rapid.Generator[Scatter] {
	return rapid.Custom(func(t *rapid.T) Scatter {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		values := rapid.SliceOfN(anyValue(), n, n)
		return Scatter{Name: anyName().Draw(t, "name"), X: values.Draw(t, "x"), Errors: values.Draw(t, "errors")}
	})
}

func anyModel() *rapid.Generator[Model] {
	return rapid.Custom(func(t *rapid.T) Model {
		n := rapid.IntRange(0, 4).Draw(t, "stages")
		m := Model{
			Name:   anyName().Draw(t, "name"),
			Depths: rapid.SliceOfN(rapid.IntRange(0, 9), n, n).Draw(t, "depths"),
			Widths: rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 99), rapid.Int()), n, n).Draw(t, "widths"),
		}
		if rapid.Bool().Draw(t, "regnet") {
			m.Linear = anyValues().Draw(t, "linear")
		}
		return m
	})
}

func anyTrace() *rapid.Generator[Trace] {
	return rapid.Custom(func(t *rapid.T) Trace {
		c := anyScatter().Draw(t, "points")
		tr := Trace{Name: c.Name, X: c.X, Y: c.Errors}
		if rapid.Bool().Draw(t, "ranged") {
			n := len(tr.X)
			tr.Lo = rapid.SliceOfN(anyValue(), n, n).Draw(t, "lo")
			tr.Hi = rapid.SliceOfN(anyValue(), n, n).Draw(t, "hi")
		}
		return tr
	})
}

var badNumber = regexp.MustCompile(`[,"ML ](NaN|[+-]?Inf)`)

// checkDrawable writes the figure as SVG and, to save time, now and then in the
// other formats.
func checkDrawable(t *rapid.T, f *Figure) {
	var b bytes.Buffer
	if err := f.Write(&b, "svg"); err != nil {
		t.Fatal(err)
	}
	checkXML(t, b.Bytes())
	if rapid.IntRange(0, 4).Draw(t, "all formats") > 0 {
		return
	}
	b.Reset()
	if err := f.Inline(&b, "text"); err != nil {
		t.Fatal(err)
	}
	checkXML(t, b.Bytes())
	b.Reset()
	if err := f.Write(&b, "png"); err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(&b); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(io.Discard, "pdf"); err != nil {
		t.Fatal(err)
	}
}

// checkXML checks that the document is well formed and all its coordinates are
// numbers.
func checkXML(t *rapid.T, doc []byte) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if m := badNumber.FindString(`"` + a.Value); m != "" && a.Name.Local != "aria-label" {
					t.Fatalf("%s %s holds %s: %s", e.Name.Local, a.Name.Local, m, a.Value)
				}
			}
		}
	}
}
