// Package figures draws the populations of a study: it finds in their tables
// what each figure of package plots needs.
package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/format"
	"designspace/internal/numeric"
	"designspace/internal/study/analysis"
	"designspace/internal/suggest"
	"designspace/plots"
	"designspace/trainer"
)

// Options of a figure.
type Options struct {
	Page plots.Page
	X, Y string // columns of the axes, where a figure lets them be chosen
	Best int    // models or curves at each end, where a figure shows some; 0 means 3
	Band bool   // simultaneous 95 % bands of distributions
}

// kinds are the figures that a table gives, by the names of [plots.List].
var kinds = map[string]func(*analysis.Study, Options) (*plots.Figure, error){
	"edf":        EDF,
	"difference": difference,
	"params":     onePopulation("params", Params),
	"rank":       onePopulation("rank", rank),
	"models":     onePopulation("models", Models),
	"fit":        fit,
	"pareto":     Pareto,
	"trends":     trends,
	"curves":     onePopulation("curves", Curves),
	"complexity": Complexity,
	"funnel":     funnel,
	"efficiency": Efficiency,
	"noise":      onePopulation("noise", Noise),
	"fidelity":   fidelity,
	"ks":         onePopulation("ks", ks),
}

// Check reports a kind of figure that does not exist.
func Check(kind string) error {
	if kinds[kind] != nil {
		return nil
	}
	var names []string
	for _, k := range plots.List() {
		names = append(names, k.Name)
	}
	if near, ok := suggest.Nearest(kind, names); ok {
		return fmt.Errorf("plot %s: no such figure: did you mean %s?", kind, near)
	}
	return fmt.Errorf("plot %s: no such figure: there are %s", kind, strings.Join(names, ", "))
}

// Draw returns the figure of a kind.
func Draw(kind string, s *analysis.Study, o Options) (*plots.Figure, error) {
	if err := Check(kind); err != nil {
		return nil, err
	}
	return kinds[kind](s, o)
}

// onePopulation is a figure of a single population.
func onePopulation(kind string, draw func(*analysis.Study, edf.Population, Options) (*plots.Figure, error)) func(*analysis.Study, Options) (*plots.Figure, error) {
	return func(s *analysis.Study, o Options) (*plots.Figure, error) {
		if len(s.Populations) > 1 {
			return nil, fmt.Errorf("plot %s: it shows one population and these are %d: choose one with --where, such as 'space=%s'", kind, len(s.Populations), s.Populations[0].Name)
		}
		return draw(s, s.Populations[0], o)
	}
}

// Populations returns the error distributions of a study.
func Populations(s *analysis.Study, band bool) ([]plots.Population, error) {
	var ps []plots.Population
	for _, g := range s.Populations {
		p := plots.Population{Name: g.Name, Errors: g.Errors, Weights: g.Weights}
		if band && len(p.Errors) > 0 {
			f, err := edf.NewWeighted(p.Errors, p.Weights)
			if err != nil {
				return nil, err
			}
			p.Band = f.DKW(0.95)
		}
		ps = append(ps, p)
	}
	return ps, nil
}

// EDF draws the error distributions.
func EDF(s *analysis.Study, o Options) (*plots.Figure, error) {
	ps, err := Populations(s, o.Band)
	if err != nil {
		return nil, err
	}
	if o.Band {
		o.Page.Note = "Shaded: simultaneous 95 % bands."
	}
	e := plots.EDFOptions{Page: o.Page}
	if by := s.Normalized(); by != "" {
		e.XLabel = "error (%), normalised by " + by
	}
	return plots.EDF(ps, e)
}

func difference(s *analysis.Study, o Options) (*plots.Figure, error) {
	if len(s.Populations) != 2 {
		return nil, fmt.Errorf("plot difference: it shows two populations and not %d: choose them with --where or --by", len(s.Populations))
	}
	ps, err := Populations(s, false)
	if err != nil {
		return nil, err
	}
	var fs [2]*edf.EDF
	band := 0.0 // that of edf.Differences: both distributions at once at half the risk each
	for i, p := range ps {
		if fs[i], err = edf.NewWeighted(p.Errors, p.Weights); err != nil {
			return nil, fmt.Errorf("plot difference: %s: %w", p.Name, err)
		}
		band += fs[i].DKW(0.975)
	}
	var r plots.Ribbon
	for _, d := range edf.Differences(fs[0], fs[1], 0.95) {
		r.X, r.Lo, r.Hi = append(r.X, d.Error), append(r.Lo, d.PointwiseLo), append(r.Hi, d.PointwiseHi)
	}
	o.Page.Note = "Both bands are of 95 % confidence."
	return plots.Difference(ps[0], ps[1], plots.DifferenceOptions{Page: o.Page, Band: min(1, band), Pointwise: &r})
}

// maxPoints is how many models of a population a figure shows as points. More
// cannot be told apart, and a page with them could not be opened.
const maxPoints = 3000

// Thinned says which models the points of a figure stand for, "" for all.
func Thinned(s *analysis.Study) string {
	most := 0
	for _, g := range s.Populations {
		most = max(most, len(g.Rows))
	}
	if most <= maxPoints {
		return ""
	}
	return fmt.Sprintf("of populations beyond %d models the figures with points show the best third of that number and others evenly over the ranking", maxPoints)
}

// thin returns a population of the models to show as points. Those of always
// are among them.
func thin(s *analysis.Study, g edf.Population, always []int) edf.Population {
	if len(g.Rows) <= maxPoints {
		return g
	}
	rows := ranked(g)
	keep := slices.Concat(always, rows[:maxPoints/3])
	rest := rows[maxPoints/3:]
	for i := range 2 * maxPoints / 3 {
		keep = append(keep, rest[i*len(rest)/(2*maxPoints/3)])
	}
	slices.Sort(keep)
	g.Rows = slices.Compact(keep)
	return g
}

// HasParams reports whether [Params] has something to draw.
func HasParams(s *analysis.Study, g edf.Population) bool {
	return slices.ContainsFunc(s.Parameters(g), func(n string) bool { return !isComplexity(n) })
}

// Params draws the parameters that vary against error, with the range of the
// best value. Of parameters that agree in all models, such as shared ones, it
// draws the first. Complexities are left to [Pareto].
func Params(s *analysis.Study, g edf.Population, o Options) (*plots.Figure, error) {
	ps, err := parameters(s, g)
	if err != nil {
		return nil, err
	}
	return plots.Parameters(ps, plots.ParametersOptions{Page: o.Page})
}

// A Panel is the figure of one parameter.
type Panel struct {
	Name   string
	Figure *plots.Figure
}

// Panels draws what [Params] does, each parameter for itself and without a
// legend.
func Panels(s *analysis.Study, g edf.Population, o Options) ([]Panel, error) {
	ps, err := parameters(s, g)
	if err != nil {
		return nil, err
	}
	var panels []Panel
	for i, p := range ps {
		f, err := plots.Parameters(ps[i:i+1], plots.ParametersOptions{Page: o.Page, NoLegend: true})
		if err != nil {
			return nil, err
		}
		panels = append(panels, Panel{p.Name, f})
	}
	return panels, nil
}

func parameters(s *analysis.Study, g edf.Population) ([]plots.Parameter, error) {
	dist, err := bootstrap.New(g.Errors, bootstrap.Options{})
	if err != nil {
		return nil, err
	}
	shown := thin(s, g, nil)
	var ps []plots.Parameter
	for _, name := range s.Parameters(g) {
		values, err := s.Values(g, name)
		if err != nil {
			return nil, err
		}
		r, err := dist.Range(name, values)
		if err != nil {
			return nil, err
		}
		if values, err = s.Values(shown, name); err != nil {
			return nil, err
		}
		same := func(p plots.Parameter) bool { return slices.Equal(p.Values, values) }
		if isComplexity(name) || slices.ContainsFunc(ps, same) {
			continue
		}
		ps = append(ps, plots.Parameter{
			Name: name, Values: values, Errors: shown.Errors, Log: columns.Of(name).Log,
			Range: &plots.Range{Lo: r.Lo, Best: r.Median, Hi: r.Hi}, Models: shown.Rows,
		})
	}
	if len(ps) == 0 {
		return nil, fmt.Errorf("plot params: no parameter varies in %s: sample more models or a wider space", g.Name)
	}
	return ps, nil
}

func isComplexity(name string) bool { return columns.Of(name).Role == columns.Complexity }

// rank draws two parameters against each other.
func rank(s *analysis.Study, g edf.Population, o Options) (*plots.Figure, error) {
	nameX, nameY := cmp.Or(o.X, "depth"), cmp.Or(o.Y, "width")
	g = thin(s, g, nil)
	x, err := s.Values(g, nameX)
	if err != nil {
		return nil, fmt.Errorf("plot rank: --x: %w", err)
	}
	y, err := s.Values(g, nameY)
	if err != nil {
		return nil, fmt.Errorf("plot rank: --y: %w", err)
	}
	return plots.Rank(x, y, g.Errors, plots.RankOptions{
		Page: o.Page, XLabel: nameX, YLabel: nameY, LogX: columns.Of(nameX).Log, LogY: columns.Of(nameY).Log,
	})
}

// A Ranked is a model at an end of the ranking of a population. What its table
// does not say is empty.
type Ranked struct {
	Row                 int
	ID                  string
	Error               float64 // percent
	Flops, Params, Acts string
	Depths, Widths      string // one a stage
}

// Ends returns the n best models of a population and the n worst, best first;
// none is in both.
func Ends(s *analysis.Study, g edf.Population, n int) (best, worst []Ranked, err error) {
	bestRows, worstRows := ends(ranked(g), n)
	texts := map[string][]string{}
	cell := func(column string, row int) string {
		cells, ok := texts[column]
		if !ok && s.Has(column) {
			cells, err = s.Strings(column)
			texts[column] = cells
		}
		if cells == nil {
			return ""
		}
		return cells[row]
	}
	list := func(prefix string, row int) string {
		var values []string
		for i := 1; cell(fmt.Sprintf("%s%d", prefix, i), row) != ""; i++ {
			values = append(values, cell(fmt.Sprintf("%s%d", prefix, i), row))
		}
		return strings.Join(values, ", ")
	}
	describe := func(rows []int) []Ranked {
		var rs []Ranked
		for _, row := range rows {
			rs = append(rs, Ranked{
				Row: row, ID: cell("id", row), Error: s.Error(row), Flops: cell("flops", row), Params: cell("params", row), Acts: cell("acts", row),
				Depths: list("d", row), Widths: list("w", row),
			})
		}
		return rs
	}
	return describe(bestRows), describe(worstRows), err
}

// ranked returns the rows of a population from the least error to the largest.
func ranked(p edf.Population) []int { return pick(p.Rows, numeric.Order(p.Errors)) }

// ends returns the first and the last n of a ranking, which share no row.
func ends(rows []int, n int) (best, worst []int) {
	n = min(n, (len(rows)+1)/2)
	return rows[:n], rows[max(n, len(rows)-n):]
}

// Models draws the block widths of the best models and then of the worst.
func Models(s *analysis.Study, g edf.Population, o Options) (*plots.Figure, error) {
	depths, err := stages(s, "d")
	if err != nil {
		return nil, err
	}
	widths, err := stages(s, "w")
	if err != nil {
		return nil, err
	}
	lines, err := regnetLines(s)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(depths[0]))
	if s.Has("id") {
		if ids, err = s.Strings("id"); err != nil {
			return nil, err
		}
	}
	best, worst := ends(ranked(g), cmp.Or(o.Best, 3))
	var ms []plots.Model
	for _, row := range slices.Concat(best, worst) {
		m := plots.Model{Name: strings.TrimSpace(ids[row] + "  " + format.Percent(s.Error(row)) + " %"), Depths: at(depths, row), Widths: at(widths, row)}
		m.Linear, m.Quantised = lines(row)
		ms = append(ms, m)
	}
	return plots.Models(ms, plots.ModelsOptions{Page: o.Page})
}

// stages returns the columns of a value that each stage has.
func stages(s *analysis.Study, prefix string) ([][]float64, error) {
	var columns [][]float64
	for i := 1; s.Has(fmt.Sprintf("%s%d", prefix, i)); i++ {
		xs, err := s.Floats(fmt.Sprintf("%s%d", prefix, i))
		if err != nil {
			return nil, err
		}
		columns = append(columns, xs)
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("no column %s1: the shapes of models need the columns d1, d2, … and w1, w2, …", prefix)
	}
	return columns, nil
}

func at(columns [][]float64, row int) []int {
	var values []int
	for _, c := range columns {
		if !math.IsNaN(c[row]) {
			values = append(values, int(c[row]))
		}
	}
	return values
}

// maxBlocks is the greatest depth of a model that is drawn.
const maxBlocks = 10_000

// regnetLines returns a function from a row to the line u_j = w0 + wa·j and the
// quantised widths w0·wm^round(ln(u_j/w0)/ln wm) of its RegNet (Radosavovic et
// al. 2020, arXiv 2003.13678, §3.3), nil for other models.
func regnetLines(s *analysis.Study) (func(row int) (linear, quantised []float64), error) {
	var columns [4][]float64
	for i, name := range []string{"regnet_d", "w0", "wa", "wm"} {
		if !s.Has(name) {
			return func(int) ([]float64, []float64) { return nil, nil }, nil
		}
		var err error
		if columns[i], err = s.Floats(name); err != nil {
			return nil, err
		}
	}
	return func(row int) (linear, quantised []float64) {
		d, w0, wa, wm := columns[0][row], columns[1][row], columns[2][row], columns[3][row]
		if !(d >= 1 && d <= maxBlocks && w0 > 0 && wa >= 0 && wm > 1) { // absent, or no RegNet
			return nil, nil
		}
		for j := range int(d) {
			u := w0 + wa*float64(j)
			linear = append(linear, u)
			quantised = append(quantised, w0*math.Pow(wm, math.RoundToEven(math.Log(u/w0)/math.Log(wm))))
		}
		return linear, quantised
	}, nil
}

// scatters are the populations as points over a column; models on the Pareto
// front are always among them.
func scatters(s *analysis.Study, column string) ([]plots.Scatter, error) {
	var cs []plots.Scatter
	for _, g := range s.Populations {
		xs, err := s.Values(g, column)
		if err != nil {
			return nil, err
		}
		shown := thin(s, g, pick(g.Rows, plots.ParetoFront(xs, g.Errors)))
		if xs, err = s.Values(shown, column); err != nil {
			return nil, err
		}
		cs = append(cs, plots.Scatter{Name: g.Name, X: xs, Errors: shown.Errors, Models: shown.Rows})
	}
	return cs, nil
}

func pick(rows, indices []int) []int {
	var picked []int
	for _, i := range indices {
		picked = append(picked, rows[i])
	}
	return picked
}

func fit(s *analysis.Study, o Options) (*plots.Figure, error) {
	cs, err := scatters(s, "e_fit")
	if err != nil {
		return nil, fmt.Errorf("plot fit: %w", err)
	}
	return plots.Fit(cs, plots.FitOptions{Page: o.Page})
}

// Pareto draws error against flops or the column chosen for the x axis.
func Pareto(s *analysis.Study, o Options) (*plots.Figure, error) {
	x := cmp.Or(o.X, "flops")
	cs, err := scatters(s, x)
	if err != nil {
		return nil, fmt.Errorf("plot pareto: --x: %w", err)
	}
	return plots.Pareto(cs, plots.ParetoOptions{Page: o.Page, XLabel: x, Linear: !columns.Of(x).Log})
}

// Complexity draws the histograms of flops, params and acts, of those that the
// tables have.
func Complexity(s *analysis.Study, o Options) (*plots.Figure, error) {
	var ms []plots.Metric
	for _, name := range columns.Names(columns.Complexity) {
		if !s.Has(name) {
			continue
		}
		m := plots.Metric{Name: name}
		for _, g := range s.Populations {
			xs, err := s.Values(g, name)
			if err != nil {
				return nil, err
			}
			m.Samples = append(m.Samples, plots.Sample{Name: g.Name, Values: xs})
		}
		ms = append(ms, m)
	}
	if len(ms) == 0 {
		return nil, fmt.Errorf("plot complexity: none of the columns %s is there", strings.Join(columns.Names(columns.Complexity), ", "))
	}
	return plots.Complexity(ms, plots.ComplexityOptions{Page: o.Page})
}

// HasCurves reports whether [Curves] has something to draw.
func HasCurves(s *analysis.Study, g edf.Population) bool {
	return slices.ContainsFunc(g.Rows, func(row int) bool { return len(s.Curve(row)) > 0 })
}

// Curves draws the learning curves of the best models and of the worst.
func Curves(s *analysis.Study, g edf.Population, o Options) (*plots.Figure, error) {
	best, worst := ends(ranked(g), cmp.Or(o.Best, 3))
	var groups []plots.CurveGroup
	for _, end := range []struct {
		name string
		rows []int
	}{{"best", best}, {"worst", worst}} {
		cg := plots.CurveGroup{Name: fmt.Sprintf("%s %d", end.name, len(end.rows))}
		for _, row := range end.rows {
			if c := s.Curve(row); c != nil {
				cg.Curves, cg.Models = append(cg.Curves, curve(c)), append(cg.Models, row)
			}
		}
		if len(cg.Curves) > 0 {
			groups = append(groups, cg)
		}
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("plot curves: no learning curves: name a run directory with trained models")
	}
	return plots.Curves(groups, plots.CurvesOptions{Page: o.Page})
}

func curve(epochs []trainer.Epoch) plots.Curve {
	var c plots.Curve
	for _, e := range epochs {
		c.Epochs = append(c.Epochs, float64(e.Epoch))
		c.Errors = append(c.Errors, e.Error)
	}
	return c
}

// powers returns 1, 2, 4 … up to n, and n.
func powers(n int) []int {
	var ms []int
	for m := 1; m < n; m *= 2 {
		ms = append(ms, m)
	}
	return append(ms, n)
}

// Efficiency draws the error of the best of m models against m.
func Efficiency(s *analysis.Study, o Options) (*plots.Figure, error) {
	ts, err := searches(s)
	if err != nil {
		return nil, err
	}
	o.Page.Note = "Lines: mean over searches. Shaded: 95 % of the searches."
	return plots.Efficiency(ts, plots.EfficiencyOptions{Page: o.Page})
}

// searches returns the distribution of the best of m models of each population.
func searches(s *analysis.Study) ([]plots.Trace, error) {
	var ts []plots.Trace
	for _, g := range s.Populations {
		if len(g.Rows) == 0 {
			continue
		}
		f, err := edf.NewWeighted(g.Errors, g.Weights)
		if err != nil {
			return nil, err
		}
		t := plots.Trace{Name: g.Name}
		for _, m := range powers(f.Len()) {
			b, err := f.BestOf(m)
			if err != nil {
				return nil, err
			}
			t.X, t.Y = append(t.X, float64(m)), append(t.Y, b.Mean)
			t.Lo, t.Hi = append(t.Lo, b.Lo), append(t.Hi, b.Hi)
		}
		ts = append(ts, t)
	}
	return ts, nil
}

// ks draws the distance of subsamples to the whole population.
func ks(s *analysis.Study, g edf.Population, o Options) (*plots.Figure, error) {
	errs := g.Errors
	subs, err := edf.Subsample(errs, powers(len(errs)), 0, 0)
	if err != nil {
		return nil, err
	}
	t := plots.Trace{Name: g.Name}
	for _, sub := range subs {
		t.X, t.Y = append(t.X, float64(sub.Size)), append(t.Y, sub.Mean)
		t.Lo, t.Hi = append(t.Lo, sub.Lo), append(t.Hi, sub.Hi)
	}
	o.Page.Note = fmt.Sprintf("Line: mean of %d subsamples. Shaded: 95 %% of them.", edf.DefaultSubsamples)
	return plots.KS([]plots.Trace{t}, plots.KSOptions{Page: o.Page})
}
