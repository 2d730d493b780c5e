package figures

import (
	"cmp"
	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/numeric"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Ranked is a model at an end of the ranking of a population. What its table
// does not say is empty.
type Ranked struct {
	Row                 int
	ID                  string
	Error               float64 // percent, or in the metric
	Flops, Params, Acts string
	Depths, Widths      string // one a stage
}

// Ends returns the n best models of a population and the n worst, best first;
// none is in both.
func Ends(s *analysis.Study, p edf.Population, n int) (best, worst []Ranked, err error) {
	bestRows, worstRows := ends(ranked(p), n)
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
				Row: row, ID: cell("id", row), Error: s.Value(row), Flops: cell("flops", row), Params: cell("params", row), Acts: cell("acts", row),
				Depths: list("d", row), Widths: list("w", row),
			})
		}
		return rs
	}
	return describe(bestRows), describe(worstRows), err
}

// ranked returns the rows of a population from the least error to the largest.
func ranked(p edf.Population) []int { return p.Select(numeric.Order(p.Errors)).Rows }

// ends returns the first and the last n of a ranking, which share no row.
func ends(rows []int, n int) (best, worst []int) {
	n = min(n, (len(rows)+1)/2)
	return rows[:n], rows[max(n, len(rows)-n):]
}

// hasShapes reports whether depths and widths of stages are known.
func hasShapes(s *analysis.Study, _ []edf.Population) bool { return s.Has("d1") && s.Has("w1") }

// models draws the block widths of the best models and then of the worst.
func models(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
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
	unit := " %"
	if s.Metric().Name != "" {
		unit = ""
	}
	best, worst := ends(ranked(ps[0]), cmp.Or(o.Best, 3))
	var ms []plots.Model
	for _, row := range slices.Concat(best, worst) {
		m := plots.Model{Name: strings.TrimSpace(ids[row] + "  " + format.Percent(s.Value(row)) + unit), Depths: at(depths, row), Widths: at(widths, row)}
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
