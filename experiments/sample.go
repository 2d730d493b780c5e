package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/internal/table"
	"designspace/trainer"
)

// A Sample is the results of a population under the label that an experiment
// gives it.
type Sample struct {
	Label   string
	Errors  []float64 // percent, one a model that has an error; 100 where training diverged
	Failed  int       // models without an error because their training failed
	Pending int       // models that are not trained yet

	table *table.Table
	rows  []int // of the table, one a model that has an error
}

// NewSample takes the models of a results table.
func NewSample(label string, t *table.Table) (*Sample, error) {
	status, err := t.Strings("status")
	if err != nil {
		return nil, err
	}
	errs, err := t.Floats("error")
	if err != nil {
		return nil, err
	}
	s := &Sample{Label: label, table: t}
	for i := range status {
		switch trainer.Status(status[i]) {
		case trainer.Done:
			if math.IsNaN(errs[i]) {
				return nil, t.Errorf(i, "status done without an error")
			}
		case trainer.Diverged:
			errs[i] = 100
		case trainer.Failed:
			s.Failed++
			continue
		default:
			s.Pending++
			continue
		}
		s.Errors = append(s.Errors, errs[i])
		s.rows = append(s.rows, i)
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
			product = slices.Repeat([]float64{1}, len(s.rows))
		}
		for i, row := range s.rows {
			if math.IsNaN(xs[row]) {
				return nil, s.table.Errorf(row, "no %s, which population %s is judged by", col, s.Label)
			}
			product[i] *= xs[row]
		}
	}
	return product, nil
}

// find returns the sample of a label. Labels were checked with the definition.
func find(samples []*Sample, label string) *Sample {
	i := slices.IndexFunc(samples, func(s *Sample) bool { return s.Label == label })
	if i < 0 {
		panic(fmt.Sprintf("experiments: no sample of population %q", label))
	}
	return samples[i]
}

// best returns the places of the given share of the models with the least
// errors, at least one if there are any. Of equal errors the first count.
func (s *Sample) best(share float64) []int {
	order := make([]int, len(s.Errors))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case s.Errors[a] < s.Errors[b]:
			return -1
		case s.Errors[a] > s.Errors[b]:
			return 1
		}
		return 0
	})
	return order[:min(len(order), max(1, int(share*float64(len(order)))))]
}
