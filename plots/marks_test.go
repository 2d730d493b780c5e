package plots

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inlined returns the models of the markers in an inlined figure, in order, and
// its text.
func inlined(t *testing.T, f *Figure, err error) ([]int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Inline(&b, ""); err != nil {
		t.Fatal(err)
	}
	var models []int
	for _, m := range regexp.MustCompile(`data-models="([\d ]+)"[^>]*>((?:<path[^>]*>)+)</g>`).FindAllStringSubmatch(b.String(), -1) {
		list := strings.Fields(m[1])
		if strings.Count(m[2], "<path") != len(list) {
			t.Errorf("%s for models %q", m[2], list)
		}
		for _, text := range list {
			n, _ := strconv.Atoi(text)
			models = append(models, n)
		}
	}
	return models, b.String()
}

// The marker of each model that can be drawn carries its number, whatever
// was left out before it.
func TestMarkersNameTheirModels(t *testing.T) {
	x, errs := []float64{0, 10, 20, math.NaN(), 30, 40}, []float64{1, 2, math.NaN(), 4, 100, 6}
	models := []int{10, 11, 12, 13, 14, 15}
	f, err := Parameters([]Parameter{{Name: "w", Values: x, Errors: errs, Models: models, Log: true}}, ParametersOptions{})
	got, svg := inlined(t, f, err)
	if d := cmp.Diff([]int{11, 14, 15}, got); d != "" {
		t.Errorf("parameters: %s", d)
	}
	if strings.Count(svg, `h0"/>`) != 2 {
		t.Errorf("two circles and a triangle for the diverged model expected:\n%s", svg)
	}
	f, err = Pareto([]Scatter{{X: x, Errors: errs, Models: models}, {X: []float64{5, 50}, Errors: []float64{3, 4}, Models: []int{1, 2}}, {X: []float64{7}, Errors: []float64{3}}}, ParetoOptions{Linear: true})
	got, _ = inlined(t, f, err)
	if d := cmp.Diff([]int{10, 11, 14, 15, 1, 2}, got); d != "" {
		t.Errorf("pareto: %s", d)
	}
	f, err = Parallel([]Parameter{{Name: "w", Values: x, Errors: errs, Models: models, Log: true}}, ParallelOptions{})
	got, svg = inlined(t, f, err)
	if d := cmp.Diff([]int{15, 14, 11}, got); d != "" { // the others first, the best quarter over them
		t.Errorf("parallel: %s in\n%s", d, svg)
	}
	f, err = Curves([]CurveGroup{{Curves: []Curve{{Errors: []float64{9, 8}}, {}, {Errors: []float64{7}}}, Models: []int{4, 5, 6}}}, CurvesOptions{})
	got, _ = inlined(t, f, err)
	if d := cmp.Diff([]int{4, 6}, got); d != "" {
		t.Errorf("curves: %s", d)
	}
}

// A marker stands where gonum draws it: an inlined figure with and without
// models has its circles at the same centres.
func TestMarkersAreInPlace(t *testing.T) {
	p := Parameter{Name: "w", Values: []float64{1, 2, 3}, Errors: []float64{30, 10, 20}}
	f, err := Parameters([]Parameter{p}, ParametersOptions{})
	_, plain := inlined(t, f, err)
	p.Models = []int{0, 1, 2}
	f, err = Parameters([]Parameter{p}, ParametersOptions{})
	_, marked := inlined(t, f, err)
	height := number(t, regexp.MustCompile(`viewBox="0 0 \S+ ([\d.]+)"`).FindStringSubmatch(plain)[1])
	arcs := regexp.MustCompile(`<path d="M([\d.]+),([\d.]+)A([\d.]+),`).FindAllStringSubmatch(plain, -1)
	circles := regexp.MustCompile(`<path d="M([\d.]+) ([\d.]+)h0"/>`).FindAllStringSubmatch(marked, -1)
	twice := number(t, regexp.MustCompile(`stroke-width="([\d.]+)" stroke-linecap="round"`).FindStringSubmatch(marked)[1])
	if len(arcs) != 3 || len(circles) != 3 {
		t.Fatalf("%d arcs and %d circles of 3 points", len(arcs), len(circles))
	}
	for i := range arcs {
		r := number(t, arcs[i][3])
		want, got := []float64{number(t, arcs[i][1]) - r, height - number(t, arcs[i][2]), r}, []float64{number(t, circles[i][1]), number(t, circles[i][2]), twice / 2}
		for k := range want {
			if got := got[k]; math.Abs(got-want[k]) > 0.06 {
				t.Errorf("point %d is at %v, want %v", i, circles[i][1:], want)
			}
		}
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestModelsAreOneAPoint(t *testing.T) {
	for name, f := range map[string]func() (*Figure, error){
		"parameters": func() (*Figure, error) {
			return Parameters([]Parameter{{Values: []float64{1}, Errors: []float64{1}, Models: []int{1, 2}}}, ParametersOptions{})
		},
		"pareto": func() (*Figure, error) {
			return Pareto([]Scatter{{X: []float64{1}, Errors: []float64{1}, Models: []int{}}}, ParetoOptions{})
		},
		"curves": func() (*Figure, error) {
			return Curves([]CurveGroup{{Curves: []Curve{{Errors: []float64{1}}}, Models: []int{}}}, CurvesOptions{})
		},
	} {
		if _, err := f(); err == nil {
			t.Errorf("%s: another number of models than points is no error", name)
		}
	}
}

// Every shape of marker is one element that begins at its place.
func TestMarkersOfEveryShape(t *testing.T) {
	var scatters []Scatter
	for i := range markers {
		scatters = append(scatters, Scatter{X: []float64{float64(10 + i)}, Errors: []float64{float64(20 + i)}, Models: []int{i}})
	}
	f, err := Pareto(scatters, ParetoOptions{})
	_, svg := inlined(t, f, err)
	shape := regexp.MustCompile(`<g data-models="(\d)"[^>]*><path d="M[\d.]+ [\d.]+(h0|m[-\dlamz. ]+)"/></g>`)
	for i, m := range shape.FindAllStringSubmatch(svg, -1) {
		if m[1] != strconv.Itoa(i) {
			t.Errorf("marker %d is of model %s", i, m[1])
		}
	}
	if n := len(shape.FindAllString(svg, -1)); n != len(markers) {
		t.Errorf("%d markers of %d shapes in\n%s", n, len(markers), svg)
	}
}
