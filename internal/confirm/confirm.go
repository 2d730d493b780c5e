// Package confirm says how good the best models are that were trained again.
//
// The model of least error among many was lucky, too: its error is lower than
// what the same model gets from another seed. Models that are chosen by their
// first training and trained again have an honest mean over the fresh trainings
// alone, whatever the first one was.
package confirm

import (
	"encoding/json"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"designspace/internal/numeric"
)

// A Model is one of the best of a population and was trained again.
type Model struct {
	Population string  `json:"population"`
	ID         string  `json:"id"`
	Error      float64 `json:"error"`      // of its first training, which chose it
	Mean       float64 `json:"fresh_mean"` // error of its other trainings; NaN if all of them failed
	SE         float64 `json:"fresh_se"`   // standard error of Mean; NaN of fewer than 2
	Seeds      int     `json:"seeds"`      // trainings in Mean

	Place  int  `json:"-"` // among the models that Best was given
	Higher bool `json:"-"` // Error and Mean are of a metric of which more is better
}

// MarshalJSON writes null for what is absent.
func (m Model) MarshalJSON() ([]byte, error) {
	type plain Model // without this method
	return numeric.MarshalJSON(plain(m))
}

var _ json.Marshaler = Model{}

// Best returns the best models of a population that were trained again, the
// least first error first: those before the first model in the ranking that was
// not. errs has the error of each model's first training, NaN without one, and
// trainings all errors of each model by the number of the training: NaN for one
// that failed. Of equal errors the first model is the better.
func Best(population string, ids []string, errs []float64, trainings func(i int) []float64) []Model {
	var list []Model
	for _, i := range numeric.Order(errs) {
		all := trainings(i)
		if math.IsNaN(errs[i]) || len(all) < 2 {
			break
		}
		m := Again(all)
		m.Population, m.ID, m.Error, m.Place = population, ids[i], errs[i], i
		list = append(list, m)
	}
	return list
}

// Again returns what trainings say of a model, the first of which may have
// chosen it: the others are fresh. NaN is a training that failed.
func Again(trainings []float64) Model {
	m := Model{Error: trainings[0]}
	m.Mean, m.SE, m.Seeds = mean(trainings[1:])
	return m
}

// Interval returns the 95 % interval (Student's t) of the error that the model
// has on average over seeds; NaN of fewer than 2 fresh ones.
func (m Model) Interval() (lo, hi float64) {
	if m.Seeds < 2 {
		return math.NaN(), math.NaN()
	}
	half := m.SE * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(m.Seeds - 1)}.Quantile(0.975)
	return m.Mean - half, m.Mean + half
}

// mean returns the mean of numbers that are not NaN, its standard error and how
// many they are.
func mean(x []float64) (mean, se float64, n int) {
	sum, squares := 0.0, 0.0
	for _, v := range x {
		if !math.IsNaN(v) {
			n++
			sum += v
		}
	}
	mean = sum / float64(n)
	for _, v := range x {
		if !math.IsNaN(v) {
			squares += (v - mean) * (v - mean)
		}
	}
	return mean, math.Sqrt(squares / float64(n-1) / float64(n)), n
}

// Ranked returns the models by their fresh means, the best first. One without is
// last.
func Ranked(list []Model) []Model {
	means := make([]float64, len(list))
	for i, m := range list {
		means[i] = m.worse(m.Mean, 0)
	}
	ranked := make([]Model, len(list))
	for k, i := range numeric.Order(means) {
		ranked[k] = list[i]
	}
	return ranked
}

// Optimism returns by how much worse the fresh means are than the errors that
// chose the models, on average over the models; NaN if there is no fresh mean.
func Optimism(list []Model) float64 {
	var over []float64
	for _, m := range list {
		over = append(over, m.worse(m.Mean, m.Error))
	}
	excess, _, _ := mean(over)
	return excess
}

// worse is by how much x is worse than y.
func (m Model) worse(x, y float64) float64 {
	if m.Higher {
		return y - x
	}
	return x - y
}
