package importance

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
)

// A Marginal is the mean error of models over the values of a parameter, or over
// ranges of them, with what the forest says of other parameters taken off.
type Marginal struct {
	Parameter string
	Points    []Point // in the order of their values; absent values last
}

// A Point is a value, or a range with about as many models as the others.
type Point struct {
	Lo, Hi float64 // of numbers; NaN for texts and absent values
	Text   string  // "" for numbers and absent values
	Models int
	Mean   bootstrap.Interval // of errors, with Student's limits at 95 %
}

// An Interaction is the mean error over the values of one parameter, for each of a
// few ranges of another, with what the forest says of all others taken off.
type Interaction struct {
	Parameter string
	By        string
	Lines     []Line
}

// A Line is a [Marginal] of the models whose other parameter is in a range. A
// range of the parameter that none of them is in has no point.
type Line struct {
	Of     Point // of the other parameter, with the mean of these models
	Points []Point
}

// mostPoints is how many values or ranges a marginal has at most.
const mostPoints = 8

// marginal returns the marginal of a column. rest are the errors of all models
// less what forests that were not fitted to them say of other parameters.
func (x *study) marginal(column int, rest []float64) Marginal {
	l := x.columns[column]
	mean := stat.Mean(x.errs, nil)
	of, points := l.points(min(mostPoints, max(2, len(x.errs)/10)))
	values := make([][]float64, len(points))
	for i, level := range l.of {
		values[of[level]] = append(values[of[level]], mean+rest[i])
	}
	for k := range points {
		points[k].Models = len(values[k])
		points[k].Mean = student(values[k])
	}
	return Marginal{l.name, points}
}

// Of interactions, the greatest are described, by fewer ranges.
const (
	mostInteractions = 3
	mostAlong        = 4
	mostLines        = 3
)

// interactions describes the first of pairs of columns.
func (x *study) interactions(list [][2]int) []Interaction {
	list = list[:min(mostInteractions, len(list))]
	var g groups
	for _, p := range list {
		has := make([]bool, len(x.known))
		has[p[0]], has[p[1]] = true, true
		g.has = append(g.has, has)
	}
	var all []Interaction
	for k, a := range x.answer(x.question(len(list), g, func(int) []term { return nil })) {
		all = append(all, x.interaction(list[k][0], list[k][1], a.rest))
	}
	return all
}

func (x *study) interaction(along, by int, rest []float64) Interaction {
	a, b := x.columns[along], x.columns[by]
	mean := stat.Mean(x.errs, nil)
	ofA, points := a.points(mostAlong)
	ofB, lines := b.points(mostLines)
	in := Interaction{Parameter: a.name, By: b.name}
	for k, of := range lines {
		cells := make([][]float64, len(points))
		var whole []float64
		for i, r := range rest {
			if ofB[b.of[i]] == k {
				cell := ofA[a.of[i]]
				cells[cell] = append(cells[cell], mean+r)
				whole = append(whole, mean+r)
			}
		}
		of.Models, of.Mean = len(whole), student(whole)
		l := Line{Of: of}
		for c, values := range cells {
			if len(values) > 0 {
				p := points[c]
				p.Models, p.Mean = len(values), student(values)
				l.Points = append(l.Points, p)
			}
		}
		in.Lines = append(in.Lines, l)
	}
	return in
}

func student(xs []float64) bootstrap.Interval {
	mean, sd := stat.MeanStdDev(xs, nil)
	if len(xs) < 2 {
		return bootstrap.Interval{Estimate: mean, Lo: math.NaN(), Hi: math.NaN()}
	}
	n := float64(len(xs))
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) * sd / math.Sqrt(n)
	return bootstrap.Interval{Estimate: mean, Lo: mean - half, Hi: mean + half}
}

// points joins neighbouring numbers to at most n ranges, and texts that few
// models have to one. It returns the point of each level.
func (l *levels) points(n int) (of []int, points []Point) {
	of = make([]int, len(l.share))
	total := 0.0
	for _, s := range l.share[:l.ordered] {
		total += s
	}
	below, until := 0.0, 0.0
	for k := range l.ordered {
		if k == 0 || l.ordered <= n || below+l.share[k]/2 > until {
			points = append(points, Point{Lo: l.lo[k]})
			until = below + (total-below)/float64(max(1, n-len(points)+1))
		}
		of[k] = len(points) - 1
		points[of[k]].Hi = l.hi[k]
		below += l.share[k]
	}
	texts := l.frequent(len(l.share))
	if most := n; len(texts) > most {
		texts = texts[:most-1]
	}
	slices.SortFunc(texts, cmp.Compare)
	for k := l.ordered; k < len(l.share); k++ {
		p := Point{Lo: math.NaN(), Hi: math.NaN()}
		switch {
		case !slices.Contains(texts, k):
			p.Text = "others"
		case k < len(l.texts):
			p.Text = l.texts[k]
		}
		at := slices.IndexFunc(points, func(q Point) bool { return q.Text == p.Text && math.IsNaN(q.Lo) })
		if at < 0 {
			at = len(points)
			points = append(points, p)
		}
		of[k] = at
	}
	return of, points
}
