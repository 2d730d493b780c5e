package plots

import (
	"cmp"
	"designspace/edf"
	"fmt"
	"math"
	"slices"
)

// A jump is a step of a distribution: F is y from x on, exclusive of x itself,
// because the EDFs here are strict (F(e) is the share of values below e).
type jump struct{ x, y float64 }

// jumps returns the steps of the weighted EDF of the values, ascending in x;
// weights may be nil for equal ones. Values that are not finite are dropped and
// counted.
func jumps(name string, values, weights []float64) (steps []jump, dropped int, err error) {
	if weights != nil && len(weights) != len(values) {
		return nil, 0, fmt.Errorf("plots: %q: %d weights for %d values", name, len(weights), len(values))
	}
	var kept, keptWeights []float64
	for i, v := range values {
		if !drawable(v) {
			dropped++
			continue
		}
		kept = append(kept, v)
		if weights != nil {
			keptWeights = append(keptWeights, weights[i])
		}
	}
	if len(kept) == 0 {
		return nil, dropped, nil
	}
	f, err := edf.NewWeighted(kept, keptWeights)
	if err != nil {
		return nil, 0, fmt.Errorf("plots: %q: %w", name, err)
	}
	slices.Sort(kept)
	for _, v := range slices.Compact(kept) { // also those of weight 0, which an axis shows
		steps = append(steps, jump{v, f.At(math.Nextafter(v, math.Inf(1)))})
	}
	return steps, dropped, nil
}

// outline returns the vertices of the step function over s, moved by dy and
// clipped to y: horizontal runs joined by vertical rises at the jumps.
func outline(steps []jump, s, clipTo span, dy float64) []pair {
	clip := func(y float64) float64 { return min(max(y+dy, clipTo.lo), clipTo.hi) }
	y := 0.0
	points := []pair{{s.lo, clip(0)}}
	for _, j := range steps {
		points = append(points, pair{j.x, clip(y)}, pair{j.x, clip(j.y)})
		y = j.y
	}
	return append(points, pair{s.hi, clip(y)})
}

// difference returns the steps of a − b.
func difference(a, b []jump) []jump {
	var steps []jump
	ya, yb := 0.0, 0.0
	for len(a)+len(b) > 0 {
		x := math.Inf(1)
		if len(a) > 0 {
			x = a[0].x
		}
		if len(b) > 0 {
			x = min(x, b[0].x)
		}
		if len(a) > 0 && a[0].x == x {
			ya, a = a[0].y, a[1:]
		}
		if len(b) > 0 && b[0].x == x {
			yb, b = b[0].y, b[1:]
		}
		steps = append(steps, jump{x, ya - yb})
	}
	return steps
}

// at returns F(x), the share of values below x.
func at(steps []jump, x float64) float64 {
	i, _ := slices.BinarySearchFunc(steps, x, func(j jump, x float64) int { return cmp.Compare(j.x, x) })
	if i == 0 {
		return 0
	}
	return steps[i-1].y
}
