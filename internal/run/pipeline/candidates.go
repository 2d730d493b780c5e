package pipeline

import (
	"context"
	"fmt"
	"slices"

	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/sampler"
)

// DefaultCandidates is how many candidates have predictions where n models are
// trained of a space and budget: ten times as many, from 1000 to 20 000. It is 0,
// for no predictions, where they would not be more than n.
func DefaultCandidates(n int) int {
	if c := min(max(1000, 10*n), 20_000); c > n {
		return c
	}
	return 0
}

// A Forecast says who predicts errors and of how many candidates of each space
// and budget. The zero value predicts none.
type Forecast struct {
	Predictor  string // file, or [predict.Builtin]
	Candidates int
	Without    []string // spaces that are left out of the fit, besides the run's
}

// Predict draws the candidates of the populations that run.yaml describes and
// predicts their errors, by a fit without the run's spaces. The entries, which
// are the run's models, come first among them. There may be fewer candidates than
// were asked for, where a space holds no more. Of an architecture in several
// conditions there is one prediction, of what was drawn, with the id of the pair.
func Predict(ctx context.Context, c rundir.Sample, entries []rundir.Entry, f Forecast) (*rundir.Predictor, []rundir.Prediction, error) {
	used, _, predictions, err := f.predict(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	return used, predictions, name(predictions, entries)
}

// predict draws the candidates and predicts their errors.
func (f Forecast) predict(ctx context.Context, c rundir.Sample) (*rundir.Predictor, *Population, []rundir.Prediction, error) {
	p, err := predict.Load(f.Predictor)
	if err != nil {
		return nil, nil, nil, err
	}
	used := &rundir.Predictor{Source: f.Predictor, Hash: p.Hash(), Candidates: f.Candidates}
	for _, s := range c.Spaces {
		used.Without = append(used.Without, s.Name)
	}
	for _, name := range f.Without {
		if !slices.Contains(used.Without, name) {
			used.Without = append(used.Without, name)
		}
	}
	c.Vary = ""
	weights, err := p.Without(used.Without...)
	if err != nil {
		return nil, nil, nil, err
	}
	drawn, err := candidates(ctx, c, f.Candidates)
	if err != nil {
		return nil, nil, nil, err
	}
	predictions, err := predictAll(weights, drawn.Entries)
	return used, drawn, predictions, err
}

// candidates draws at least the models of every population.
func candidates(ctx context.Context, c rundir.Sample, n int) (*Population, error) {
	p := &Population{Config: c}
	if err := p.draw(ctx, func(o *sampler.Options) {
		o.Enough, o.N = o.N, max(o.N, n)
	}); err != nil {
		return nil, err
	}
	if c.Scale != "" {
		if err := p.scale(c.Scale); err != nil {
			return nil, err
		}
	}
	return p, p.fit(ctx)
}

func predictAll(w predict.Weights, drawn []rundir.Entry) ([]rundir.Prediction, error) {
	t, err := rundir.ModelsTable(drawn)
	if err != nil {
		return nil, err
	}
	features, err := predict.Of(t)
	if err != nil {
		return nil, err
	}
	predictions := make([]rundir.Prediction, len(drawn))
	for i, e := range drawn {
		predictions[i] = rundir.Prediction{
			Space: e.Space, Budget: e.Budget, Index: e.Index,
			Features: predict.Digest(features[i]), Error: w.Predict(features[i]),
		}
	}
	return predictions, nil
}

// name gives the predictions of the run's models their ids, and the others ones
// that no model has.
func name(predictions []rundir.Prediction, entries []rundir.Entry) error {
	type candidate struct {
		space, budget string
		index         int
	}
	ids := map[candidate]string{}
	for _, e := range entries {
		ids[candidate{e.Space, e.Budget, e.Index}] = e.Architecture()
	}
	found := 0
	for i := range predictions {
		p := &predictions[i]
		id, ok := ids[candidate{p.Space, p.Budget, p.Index}]
		if ok {
			found++
		} else {
			id = fmt.Sprintf("c%06d", i+1)
		}
		p.ID = id
	}
	if found != len(ids) {
		return fmt.Errorf("%d of %d models are not what this version draws: predict with the version that drew them", len(ids)-found, len(ids))
	}
	return nil
}
