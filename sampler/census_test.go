package sampler

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The census against counting, and its estimates against what is known of the
// urn: 1000 models that are equally likely, or of which the last is 100 times as
// likely as the first.
func TestCensus(t *testing.T) {
	for _, c := range []struct {
		name   string
		weight func(i int) float64
	}{
		{"equal", func(int) float64 { return 1 }},
		{"uneven", func(i int) float64 { return math.Pow(100, float64(i)/999) }},
	} {
		const models = 1000
		sums := make([]float64, models)
		total := 0.0
		for i := range sums {
			total += c.weight(i)
			sums[i] = total
		}
		r := rand.New(rand.NewPCG(1, 2))
		seen := census{times: map[string]uint8{}}
		count := map[int]int{}
		for draws := 1; draws <= 100_000; draws++ {
			x := r.Float64() * total
			i := 0
			for sums[i] < x {
				i++
			}
			if first := seen.add(fmt.Sprint(i)); first != (count[i] == 0) {
				t.Fatalf("%s: model %d is new: %v", c.name, i, first)
			}
			count[i]++
			if draws != 200 && draws != 5000 && draws != 100_000 {
				continue
			}
			once, twice := 0, 0
			for _, n := range count {
				switch n {
				case 1:
					once++
				case 2:
					twice++
				}
			}
			if seen.once != once || seen.twice != twice || len(seen.times) != len(count) || seen.total != draws {
				t.Fatalf("%s: %+v, counted %d once, %d twice, %d in all", c.name, seen.once, once, twice, len(count))
			}
			// A lower bound, but for chance, that is near the truth in the end.
			if n := seen.models(); n < len(count) || n > 1300 || draws == 100_000 && (n < models-2 || n > models+2) {
				t.Errorf("%s: %v models after %d draws of %d", c.name, n, draws, len(count))
			}
			if want := draws >= 5000; seen.exhausted() != want {
				t.Errorf("%s: exhausted after %d draws: %v", c.name, draws, !want)
			}
			if reach := seen.reach(draws, 1e9); reach < models {
				t.Errorf("%s: %v models after %d and 1e9 draws", c.name, reach, draws)
			}
		}
		if reach := seen.reach(100_000, 100_000); reach > 1.05*models {
			t.Errorf("%s: %v models after 100 000 more draws", c.name, reach)
		}
	}
}
