package pipeline

import (
	"context"
	"fmt"
	"strings"

	"designspace/internal/numeric"
	"designspace/internal/run/rundir"
)

// ChooseBest makes the models of a run the k candidates of each space and budget
// that have the lowest predicted errors, before any is trained. They are no sample
// of their spaces any more, which run.yaml and models.csv say. What an interrupted
// call left half done the next one completes.
func ChooseBest(ctx context.Context, dir rundir.Dir, k int) error {
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		return err
	}
	if err := choosable(dir, c, k); err != nil {
		return err
	}
	if c.Sample.Best == k {
		entries, err := rundir.LoadAnyModels(dir)
		if err != nil || entries[0].ChosenOf != 0 {
			return err
		}
	}
	used, drawn, predictions, err := forecastOf(c.Sample).predict(ctx, c.Sample)
	if err != nil {
		return err
	}
	if err := samePredictor(dir, c.Sample, used); err != nil {
		return err
	}
	var entries []rundir.Entry
	for candidates, errs := range drawn.predicted(predictions) {
		if len(candidates) < k {
			return fmt.Errorf("--best %d: %s has %d candidates: choose fewer", k, strings.TrimSpace(candidates[0].Space+" "+candidates[0].Budget), len(candidates))
		}
		for _, i := range numeric.Order(errs)[:k] {
			e := candidates[i]
			e.ChosenOf = len(candidates)
			entries = append(entries, e)
		}
	}
	number(entries)
	if err := name(predictions, entries); err != nil {
		return err
	}
	// First run.yaml: whoever reads the run in between is told to complete it.
	if c, err = rundir.SetBest(dir, k); err != nil {
		return err
	}
	if err := choosable(dir, c, k); err != nil { // what another process began in the meantime
		return err
	}
	if err := rundir.SaveCandidates(dir, predictions); err != nil {
		return err
	}
	return rundir.SaveModels(dir, entries)
}

// choosable returns an error unless the models of a run can be the k most promising
// ones, or are.
func choosable(dir rundir.Dir, c rundir.Config, k int) error {
	switch s := c.Sample; {
	case s.Best == k:
		return nil
	case s.Best != 0:
		return fmt.Errorf("%s: --best %d: the run has the %d most promising models: keep to them, or start another run", dir.Config(), k, s.Best)
	case c.Train != nil:
		return fmt.Errorf("%s: --best %d: its models are trained as a sample already: sample another run and train that one", dir.Config(), k)
	case s.Tilt || s.Vary != "":
		return fmt.Errorf("%s: --best %d: its models are drawn for a statement about spaces (--tilt or --vary): sample another run without", dir.Config(), k)
	case s.Predictor == nil:
		return fmt.Errorf("%s: --best %d: there are no predictions to choose by: sample again without --candidates 0", dir.Config(), k)
	}
	return nil
}
