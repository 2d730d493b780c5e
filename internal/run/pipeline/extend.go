package pipeline

import (
	"context"
	"errors"
	"fmt"

	"designspace/internal/run/rundir"
)

// Extend draws more models into a run, so that each of its populations has n. The
// models that are there keep their places and ids, so that no outcome is touched;
// the new ones follow them. It returns how many there are. What an interrupted
// call left half done the next one completes.
func Extend(ctx context.Context, dir rundir.Dir, n int) (added int, err error) {
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		return 0, err
	}
	entries, err := rundir.LoadAnyModels(dir) // run.yaml may say another number after an interruption
	if err != nil {
		return 0, err
	}
	if c.Sample.Scale != "" {
		return 0, fmt.Errorf("%s: its models are scaled: extend the run that they were scaled from", dir.Config())
	}
	if c.Sample.Best > 0 {
		return 0, fmt.Errorf("%s: its models were chosen by prediction (train --best %d) and are no sample: sample another run", dir.Config(), c.Sample.Best)
	}
	if c.Sample.Tilt {
		return 0, fmt.Errorf("%s: its models have the weights of a draw of so many (--tilt): sample another run with a larger -n", dir.Config())
	}
	if n < c.Sample.N {
		return 0, fmt.Errorf("-n %d: the run has %d models of each space and budget: choose more", n, c.Sample.N)
	}
	if n*len(c.Sample.Spaces) < len(entries)/max(1, len(c.Sample.Flops)) { // less than an interrupted call was to draw
		if _, err := rundir.LoadModels(dir); err != nil {
			return 0, err
		}
	}
	c.Sample.N = n
	p := &Population{Config: c.Sample}
	if err := p.draw(ctx, nil); err != nil {
		return 0, err
	}
	if entries, added, err = merge(entries, p.Entries); err != nil {
		return 0, fmt.Errorf("%s: %w", dir.Models(), err)
	}
	if err := (&Population{Entries: entries[len(entries)-added:]}).fit(ctx); err != nil {
		return 0, err
	}
	if c.Sample.Predictor != nil {
		predictions, err := predictAgain(ctx, dir, c.Sample, entries)
		if err != nil {
			return 0, err
		}
		if err := rundir.SaveCandidates(dir, predictions); err != nil {
			return 0, err
		}
	}
	if err := rundir.SaveModels(dir, entries); err != nil {
		return 0, err
	}
	if err := rundir.SaveFunnel(dir, p.Steps); err != nil {
		return 0, err
	}
	return added, rundir.SetModels(dir, n)
}

// predictAgain predicts by the predictor that run.yaml names, with the ids that the
// models have now. Where they are more than the candidates, all are models.
func predictAgain(ctx context.Context, dir rundir.Dir, c rundir.Sample, entries []rundir.Entry) ([]rundir.Prediction, error) {
	again, predictions, err := Predict(ctx, c, entries, forecastOf(c))
	if err != nil {
		return nil, err
	}
	return predictions, samePredictor(dir, c, again)
}

// forecastOf is that of a run that has one.
func forecastOf(c rundir.Sample) Forecast {
	return Forecast{c.Predictor.Source, c.Predictor.Candidates, c.Predictor.Without}
}

// samePredictor reports that the predictor of the run is another now.
func samePredictor(dir rundir.Dir, c rundir.Sample, now *rundir.Predictor) error {
	if now.Hash != c.Predictor.Hash {
		return fmt.Errorf("%s: the predictor of the run has the hash %s, and %s now %s: go on with what it was sampled with", dir.Config(), c.Predictor.Hash, now.Source, now.Hash)
	}
	return nil
}

// merge appends the drawn models that are not among the entries, which must be
// the first ones drawn of each population.
func merge(entries, drawn []rundir.Entry) ([]rundir.Entry, int, error) {
	type candidate struct {
		space, budget, condition string
		index                    int
	}
	has := map[candidate]rundir.Entry{}
	for _, e := range entries {
		has[candidate{e.Space, e.Budget, e.Condition, e.Index}] = e
	}
	total := len(drawn)
	known := 0
	for _, e := range drawn {
		old, ok := has[candidate{e.Space, e.Budget, e.Condition, e.Index}]
		if ok && old.Model.Key() == e.Model.Key() {
			known++
			continue
		}
		if ok {
			return nil, 0, fmt.Errorf("%s is not what this version draws: extend the run with the version that drew it", old.ID)
		}
		e.ID = rundir.ID(len(entries), total)
		e.Model.Name = e.ID
		entries = append(entries, e)
	}
	if len(entries) != total {
		return nil, 0, errors.New("some models are not what this version draws: extend the run with the version that drew them")
	}
	pair(entries)
	return entries, total - known, nil
}
