package experiments

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"designspace/edf"
)

// A Predict claims that one column predicts another better than others do: its
// rank correlation with the target, over all models together, is greater. The
// difference has the percentile interval of the bootstrap over models.
type Predict struct {
	Target string   `yaml:"target"`
	By     string   `yaml:"by"`
	Than   []string `yaml:"than"`
}

func (p *Predict) check([]string) error {
	if p.Target == "" || p.By == "" || len(p.Than) == 0 {
		return errors.New("want target, by and than")
	}
	return checkColumns(append([]string{p.Target, p.By}, p.Than...)...)
}

func (p *Predict) judge(samples []*Sample) ([]Finding, error) {
	pool := func(col string) (xs []float64, err error) {
		for _, s := range samples {
			x, err := s.Column(col)
			if err != nil {
				return nil, err
			}
			xs = append(xs, x...)
		}
		return xs, nil
	}
	target, err := pool(p.Target)
	if err != nil {
		return nil, err
	}
	by, err := pool(p.By)
	if err != nil {
		return nil, err
	}
	var fs []Finding
	for _, than := range p.Than {
		other, err := pool(than)
		if err != nil {
			return nil, err
		}
		i, above, below := resample("predict by "+than, len(target), func(rows []int) float64 {
			t := edf.Ranks(pick(target, rows))
			return stat.Correlation(edf.Ranks(pick(by, rows)), t, nil) - stat.Correlation(edf.Ranks(pick(other, rows)), t, nil)
		})
		f := finding(fmt.Sprintf("rank correlation of %s with %s less that of %s", p.By, p.Target, than), "", i)
		f.Criterion, f.confirms, f.refutes = "above 0", above, below
		f.evidence = evidenceOf(i.Estimate, standardError(i), 0, math.Inf(1))
		f.evidence.models = smallest(samples)
		fs = append(fs, f)
	}
	return fs, nil
}
