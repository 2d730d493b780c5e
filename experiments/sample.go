package experiments

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/table"
	"designspace/trainer/results"
)

// A Sample is the results of a population under the label that an experiment
// gives it, its name.
type Sample struct {
	edf.Population
	table *table.Table
}

// ReadSample reads the models of a results table, which name stands for in
// errors.
func ReadSample(label, name string, r io.Reader) (*Sample, error) {
	t, err := table.Read(name, r)
	if err != nil {
		return nil, err
	}
	ps, err := results.Group(t, slices.Repeat([]string{label}, t.Len()))
	if err != nil {
		return nil, err
	}
	s := &Sample{edf.Population{Name: label}, t}
	if len(ps) > 0 {
		s.Population = ps[0]
	}
	return s, nil
}

// Column returns a column of numbers, one a model that has an error. Several
// columns with * between them are multiplied.
func (s *Sample) Column(name string) ([]float64, error) {
	var product []float64
	for col := range strings.SplitSeq(name, "*") {
		xs, err := s.table.Floats(col)
		if err != nil {
			return nil, err
		}
		if product == nil {
			product = slices.Repeat([]float64{1}, len(s.Rows))
		}
		for i, row := range s.Rows {
			if math.IsNaN(xs[row]) {
				return nil, s.table.Errorf(row, "no %s, which population %s is judged by", col, s.Name)
			}
			product[i] *= xs[row]
		}
	}
	return product, nil
}

// find returns the sample of a label. Labels were checked with the definition.
func find(samples []*Sample, label string) *Sample {
	i := slices.IndexFunc(samples, func(s *Sample) bool { return s.Name == label })
	if i < 0 {
		panic(fmt.Sprintf("experiments: no sample of population %q", label))
	}
	return samples[i]
}

func names(samples []*Sample) []string {
	var labels []string
	for _, s := range samples {
		labels = append(labels, s.Name)
	}
	return labels
}
