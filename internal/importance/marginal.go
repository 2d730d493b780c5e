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
