package experiments

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/run/rundir"
	"designspace/internal/suggest"
	"designspace/internal/table"
	"designspace/trainer/results"
)

// A Sample is the results of a population under the label that an experiment
// gives it, its name.
type Sample struct {
	edf.Population
	table *table.Table // rows are models in the order in which they were drawn

	looks      []int     // models at them; nil: all are trained
	candidates []float64 // predicted errors, of the models first; nil: there are none
}

// ReadSample reads the models of a results table, which name stands for in
// errors. Errors outside 0 to 100 % and ids that occur twice are refused.
func ReadSample(label, name string, r io.Reader) (*Sample, error) {
	t, err := table.Read(name, r)
	if err != nil {
		return nil, err
	}
	return sampleOf(label, t, nil, nil)
}

func sampleOf(label string, t *table.Table, looks []int, candidates []float64) (*Sample, error) {
	ps, err := results.Group(t, slices.Repeat([]string{label}, t.Len()))
	if err != nil {
		return nil, err
	}
	s := &Sample{edf.Population{Name: label}, t, looks, candidates}
	if len(ps) > 0 {
		s.Population = ps[0]
	}
	if err := s.checkRows(); err != nil {
		return nil, err
	}
	if candidates == nil {
		return s, nil
	}
	if len(candidates) < t.Len() {
		return nil, fmt.Errorf("%s: %d predictions for %d models: restore them", t.Name(), len(candidates), t.Len())
	}
	for _, row := range s.Rows {
		s.Predicted = append(s.Predicted, candidates[row])
	}
	s.Candidates = append(slices.Clone(s.Predicted), candidates[t.Len():]...)
	return s, nil
}

// checkRows reports an error that no model has, and a model that counts twice.
func (s *Sample) checkRows() error {
	for i, e := range s.Errors {
		if !(e >= 0 && e <= 100) {
			return s.table.Errorf(s.Rows[i], "error %g: want percent, from 0 to 100", e)
		}
	}
	if !s.table.Has("id") {
		return nil
	}
	ids, err := s.table.Strings("id")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for row, id := range ids {
		if seen[id] {
			return s.table.Errorf(row, "model %s is there already: keep one row of it", id)
		}
		seen[id] = true
	}
	return nil
}

// first returns the sample of the first n models, or of all where there are fewer.
// Others are candidates as they were.
func (s *Sample) first(n int) *Sample {
	rows := make([]int, min(n, s.table.Len()))
	for i := range rows {
		rows[i] = i
	}
	c, err := sampleOf(s.Name, s.table.Select(rows), s.looks, s.candidates)
	if err != nil {
		panic("experiments: part of what could be read: " + err.Error())
	}
	return c
}

// open reports whether one of n models has no outcome.
func (s *Sample) open(n int) bool { return s.table.Len() < n || s.Pending > 0 }

// candidatesFile returns the name of the predictions beside a table.
func candidatesFile(csv string) string {
	if csv == "results.csv" {
		return "candidates.csv"
	}
	return strings.TrimSuffix(csv, ".csv") + candidatesSuffix
}

const candidatesSuffix = ".candidates.csv"

// readCandidates reads predictions, rounded to hundredths of a point as they are
// recorded.
func readCandidates(folder fs.FS, file string) ([]float64, error) {
	f, err := folder.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := table.Read(file, f)
	if err != nil {
		return nil, err
	}
	errs, err := t.Floats("predicted_error")
	for i, e := range errs {
		if math.IsNaN(e) {
			return nil, t.Errorf(i, "no predicted_error")
		}
		errs[i] = math.Round(e*100) / 100
	}
	return errs, err
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

// checkColumns reports a column, or a factor of a product as [Sample.Column] has
// it, of which results.csv has no numbers that say something of a model.
func checkColumns(names ...string) error {
	there := slices.DeleteFunc(rundir.ResultColumns(), func(c string) bool {
		of := columns.Of(c)
		return of.Type == columns.Text || of.Role == columns.ID
	})
	for _, name := range names {
		for col := range strings.SplitSeq(name, "*") {
			first := col
			if family, _, ok := columns.Stage(col); ok {
				first = family + "1"
			}
			if !slices.Contains(there, first) {
				return fmt.Errorf("results.csv has no numbers in a column %s; %s", col, suggest.Known(col, there))
			}
		}
	}
	return nil
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

// smallest is the number of models of the smallest of the samples.
func smallest(samples []*Sample) int {
	n := math.MaxInt
	for _, s := range samples {
		n = min(n, len(s.Errors))
	}
	return n
}
