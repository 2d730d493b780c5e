// Package importance tells how much of the variance of errors each parameter of
// models accounts for, alone and with others: the functional ANOVA of Hutter,
// Hoos and Leyton-Brown (An efficient approach for assessing hyperparameter
// importance, ICML 2014), whose shares are Sobol's indices where parameters are
// independent, with intervals.
//
// The models are divided into five parts. A forest of boosted trees is fitted to
// three and decomposed exactly into components. Of the models of the other two, the
// errors less all components but that of a parameter have its share in
// expectation, if a model of one part is multiplied with one of the other: a
// parameter that does nothing has 0, and what the forest misses of its component
// is not lost. This is averaged over all choices of parts, and some divisions.
//
// Parameters that vary together, as depth and width do at equal flops, cannot
// quite be told apart: what the forest misses of one is then found in the other.
package importance

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"designspace/bootstrap"
	"designspace/internal/seed"
)

// MinModels is the least number of models that have something to say.
const MinModels = 20

// Options of [Of]. The zero value is ready for use.
type Options struct {
	// Adjust are columns, such as flops, of which it is known what they tell. The
	// shares of parameters are of the errors less a forest's prediction from these.
	Adjust []Column

	Groups []Group // of columns whose joint share is asked for

	Repeats   int // divisions of the models into five parts; 0: 3
	Resamples int // of models, for the intervals; 0: 1000
	Seed      uint64
}

// A Group is several parameters with a name, such as the widths of all stages.
type Group struct {
	Name    string
	Columns []string
}

// An Effect is the share of the variance of errors that some parameters account
// for.
type Effect struct {
	Parameters []string // one, the two of an interaction, or those of a group
	Group      string   // "" for no group

	// Share is from 0 to 1, as are its 95 % limits. 0 is the lower limit for all
	// that may have no effect.
	Share bootstrap.Interval

	raw float64 // estimate, which may be below 0
}

// A Result tells what parameters account for.
type Result struct {
	Models    int
	Explained Effect        // of all parameters and those of Options.Adjust together, by prediction
	Adjusted  []Effect      // of each of Options.Adjust
	Effects   []Effect      // of each parameter alone, the greatest first
	Pairs     []Effect      // of each two beyond what each tells alone, likewise: of the 12 parameters with the greatest total
	Groups    []Effect      // in the order of Options.Groups
	Marginals []Marginal    // in the order of Effects
	Together  []Interaction // the first of Pairs
	Warnings  []string
}

const (
	folds    = 5
	maxPairs = 12 // parameters of which pairs are looked at
)

// Of tells how the errors of models depend on the columns, one value a model. A
// column in which all models agree has no effect and is left out. It returns an
// error if there are fewer than [MinModels] models, if their errors are all equal or
// not finite, or if a column cannot be used.
func Of(columns []Column, errs []float64, o Options) (*Result, error) {
	n := len(errs)
	if n < MinModels {
		return nil, fmt.Errorf("importance: %d models are too few to tell what matters: train at least %d", n, MinModels)
	}
	if i := slices.IndexFunc(errs, func(e float64) bool { return math.IsNaN(e) || math.IsInf(e, 0) }); i >= 0 {
		return nil, fmt.Errorf("importance: the error of model %d is %v", i, errs[i])
	}
	if slices.Min(errs) == slices.Max(errs) {
		return nil, errors.New("importance: all errors are equal: there is nothing to explain")
	}
	x, err := newStudy(columns, errs, o)
	if err != nil {
		return nil, err
	}
	if len(x.columns) == 0 {
		return nil, errors.New("importance: no parameter varies: sample from a wider space")
	}
	x.fit()
	r := &Result{Models: n}
	r.Explained = x.explained()
	x.addEffects(r)
	r.Warnings = x.related()
	return r, nil
}

// A study is the models with what was fitted to them.
type study struct {
	columns, adjust []*levels
	known           []*levels // both
	errs            []float64
	o               Options
	splits          []split
	resamples       [][]uint8 // how often each model is drawn
}

// A split is a division into models that forests are fitted to and two parts
// that are multiplied with each other.
type split struct {
	fitted []int
	parts  [2]held
}

// held are models with what forests that were not fitted to them say. The
// components are centred on these models themselves. On all models they would
// depend on those of the other part, and on those that the forest was fitted to,
// of which these are the complement: where a range of a parameter is frequent
// there it is rare here.
type held struct {
	models     []int
	covariates forest
	parameters forest
	adjusted   []float64 // errors less what the covariates predict
	rest       []float64 // less what the parameters predict of these
}

func newStudy(columns []Column, errs []float64, o Options) (*study, error) {
	if o.Repeats == 0 {
		o.Repeats = 3
	}
	if o.Resamples == 0 {
		o.Resamples = 1000
	}
	x := &study{errs: errs, o: o}
	for _, list := range []struct {
		from []Column
		to   *[]*levels
	}{{columns, &x.columns}, {o.Adjust, &x.adjust}} {
		for _, c := range list.from {
			l, err := newLevels(c, len(errs))
			if err != nil {
				return nil, err
			}
			if !l.constant() {
				*list.to = append(*list.to, l)
			}
		}
	}
	x.known = slices.Concat(x.columns, x.adjust)
	for i := range o.Repeats {
		x.divide(seed.New("importance split", o.Seed, i).Perm(len(errs)))
	}
	r := seed.New("importance resample", o.Seed)
	for range o.Resamples {
		counts := make([]uint8, len(errs))
		for range errs {
			counts[r.IntN(len(errs))]++
		}
		x.resamples = append(x.resamples, counts)
	}
	return x, nil
}

// divide adds the splits of a division of the models in an order.
func (x *study) divide(order []int) {
	var parts [folds][]int
	for k := range parts {
		parts[k] = order[k*len(order)/folds : (k+1)*len(order)/folds]
	}
	for a := range parts {
		for b := range a {
			s := split{parts: [2]held{{models: parts[a]}, {models: parts[b]}}}
			for k, p := range parts {
				if k != a && k != b {
					s.fitted = append(s.fitted, p...)
				}
			}
			x.splits = append(x.splits, s)
		}
	}
}

// fit fits the forests of all splits. That of the parameters knows the covariates,
// too, of which the first forest may have missed something.
func (x *study) fit() {
	each(len(x.splits), func(i int) {
		s := &x.splits[i]
		r := seed.New("importance forest", x.o.Seed, i)
		target := slices.Clone(x.errs)
		covariates := forest{}
		if len(x.adjust) > 0 {
			covariates = boosting{Trees: 200, Patience: 30, Depth: 2, Rate: 0.1}.fit(x.adjust, target, s.fitted, r)
			for k := range target {
				target[k] -= covariates.predict(x.adjust, k)
			}
		}
		parameters := boosting{Trees: 400, Patience: 50, Depth: 3, Rate: 0.1}.fit(x.known, target, s.fitted, r)
		for k := range s.parts {
			h := &s.parts[k]
			h.covariates, h.parameters = covariates.about(x.adjust, h.models), parameters.about(x.known, h.models)
			for _, m := range h.models {
				h.adjusted = append(h.adjusted, target[m])
				h.rest = append(h.rest, target[m]-parameters.predict(x.known, m))
			}
		}
	})
}

func center(xs []float64) {
	mean := 0.0
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for i := range xs {
		xs[i] -= mean
	}
}

// each calls do for 0 to n-1, several at a time.
func each(n int, do func(int)) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error {
			do(i)
			return nil
		})
	}
	g.Wait() // no function fails
}
