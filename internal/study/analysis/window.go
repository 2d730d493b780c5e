package analysis

import (
	"errors"
	"fmt"
	"io/fs"
	"math"

	"designspace/internal/run/rundir"
)

// fewestDuplicates tell how many models a window holds, to about a fifth.
const fewestDuplicates = 20

// held estimates how many different models the smallest window of the runs
// holds, from how many draws gave a model that was there; 0 where too few did.
// Models that are drawn more often than others make it too small.
func (s *Study) held() (int, error) {
	least := 0
	for _, d := range s.Runs() {
		steps, err := rundir.LoadFunnel(d)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("models of the window: %w", err)
		}
		for i, st := range steps {
			if st.Name != "without duplicate" || i == 0 || steps[i-1].Count-st.Count < fewestDuplicates {
				continue
			}
			if n := distinct(float64(steps[i-1].Count), float64(st.Count)); least == 0 || n < least {
				least = n
			}
		}
	}
	return least, nil
}

// distinct returns the number K of models of which so many draws, fewer than
// all different, gave so many different ones: seen = K (1 - exp(-draws/K)).
func distinct(draws, seen float64) int {
	lo, hi := seen, draws*draws // at hi less than one duplicate is to be expected
	for hi-lo > 0.5 {
		if k := (lo + hi) / 2; -k*math.Expm1(-draws/k) < seen {
			lo = k
		} else {
			hi = k
		}
	}
	return int(math.Round(hi))
}
