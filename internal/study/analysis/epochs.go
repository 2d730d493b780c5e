package analysis

import (
	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/numeric"
	"maps"
	"math"
	"slices"
)

// An EpochRanks says how well the errors after an epoch foretell those after the
// last: an epoch of a long schedule, whose learning rate has not come down yet,
// which is not a training of so few epochs. Models that had diverged count with
// an error of 100.
type EpochRanks struct {
	Population string
	Epoch      int
	N          int // models
	Spearman   bootstrap.Interval
}

// MarshalJSON writes one object, with null for NaN.
func (e EpochRanks) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		Population string  `json:"population"`
		Epoch      int     `json:"epoch"`
		N          int     `json:"n"`
		Spearman   float64 `json:"spearman"`
		Lo         float64 `json:"spearman_lo"`
		Hi         float64 `json:"spearman_hi"`
	}{e.Population, e.Epoch, e.N, e.Spearman.Estimate, e.Spearman.Lo, e.Spearman.Hi})
}

// epochRanks returns the rank correlations of every evaluated epoch but the last
// of a population.
func (s *Study) epochRanks(p edf.Population) ([]EpochRanks, error) {
	if p.Tilted {
		return nil, nil
	}
	before, after := map[int][]float64{}, map[int][]float64{} // errors by epoch
	add := func(epoch, row int, e float64) {
		before[epoch], after[epoch] = append(before[epoch], e), append(after[epoch], s.errs[row])
	}
	for _, row := range p.Rows {
		for _, e := range s.Curve(row) {
			if !math.IsNaN(e.Error) { // evaluated
				add(e.Epoch, row, s.metric.loss(e.Error))
			}
		}
	}
	epochs := slices.Sorted(maps.Keys(before))
	for _, row := range p.Rows {
		if src, _ := s.at(row); src.curve != nil && s.metric.percent() && s.errs[row] == edf.Diverged {
			curve := s.Curve(row)
			for _, epoch := range epochs {
				if len(curve) == 0 || epoch > curve[len(curve)-1].Epoch {
					add(epoch, row, edf.Diverged)
				}
			}
		}
	}
	var ranks []EpochRanks
	for _, epoch := range epochs[:max(len(epochs)-1, 0)] {
		if len(before[epoch]) < 2 {
			continue
		}
		rho, _, err := edf.RankCorrelations(before[epoch], after[epoch])
		if err != nil {
			return nil, err
		}
		ranks = append(ranks, EpochRanks{p.Name, epoch, len(before[epoch]), rho.Interval})
	}
	return ranks, nil
}
