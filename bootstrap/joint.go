package bootstrap

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// A Joint is where the best pair of two parameters likely lies. The mass of the
// distribution sits on models, so the pair has no density: what describes it are the
// ranges of the two parameters, the correlation inside, and the pairs of values
// that carry most of the mass.
type Joint struct {
	X Range `json:"x"`
	Y Range `json:"y"`
	// BoxMass is the mass of the box X.Lo..X.Hi by Y.Lo..Y.Hi; each range alone
	// carries 95 %, the box at least 90 %.
	BoxMass float64 `json:"box_mass"`
	// Correlation is Pearson's, each model weighted by its mass; 0 if either
	// parameter does not vary among the models.
	Correlation float64 `json:"correlation"`
	// Region holds the fewest distinct pairs of values that carry 95 % of the
	// mass, likeliest first: cells of a grid where the parameters are, a dozen
	// or so models where they are continuous.
	Region []Cell `json:"region"`
}

// A Cell is a pair of values and how likely it is to be the best.
type Cell struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	N    int     `json:"n"`    // models with this pair
	Mass float64 `json:"mass"` // probability that the best of a round has it
}

// Joint returns the joint range of two parameters, given as in [Distribution.Range].
// Models that lack either are left out.
func (l *Distribution) Joint(xName string, x []float64, yName string, y []float64) (Joint, error) {
	l, columns, absent, err := l.present([]string{xName, yName}, x, y)
	if err != nil {
		return Joint{}, err
	}
	x, y = columns[0], columns[1]
	j := Joint{X: l.rangeOf(xName, x, absent), Y: l.rangeOf(yName, y, absent)}
	if len(x) == 0 {
		return j, nil
	}
	for i, mass := range l.Mass {
		if j.X.Lo <= x[i] && x[i] <= j.X.Hi && j.Y.Lo <= y[i] && y[i] <= j.Y.Hi {
			j.BoxMass += mass
		}
	}
	if r := stat.Correlation(x, y, l.Mass); !math.IsNaN(r) {
		j.Correlation = r
	}
	j.Region = region(l.cells(x, y), 0.95)
	return j, nil
}

// cells returns the distinct pairs of values, ordered by x and then y.
func (l *Distribution) cells(x, y []float64) []Cell {
	all := make([]Cell, len(x))
	for i := range all {
		all[i] = Cell{x[i], y[i], 1, l.Mass[i]}
	}
	slices.SortStableFunc(all, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
	})
	distinct := all[:1]
	for _, c := range all[1:] {
		if last := &distinct[len(distinct)-1]; last.X == c.X && last.Y == c.Y {
			last.N++
			last.Mass += c.Mass
		} else {
			distinct = append(distinct, c)
		}
	}
	return distinct
}

// region returns the fewest cells that carry the share of the mass.
func region(cells []Cell, share float64) []Cell {
	slices.SortStableFunc(cells, func(a, b Cell) int { return cmp.Compare(b.Mass, a.Mass) })
	var sum float64
	for k, c := range cells {
		if sum += c.Mass; reaches(sum, share) {
			return cells[:k+1]
		}
	}
	return cells
}
