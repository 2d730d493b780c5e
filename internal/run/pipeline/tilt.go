package pipeline

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"designspace/edf"
	"designspace/internal/run/rundir"
)

// tilted draws the population among candidates by their predicted errors, see
// [edf.Tilt].
func tilted(ctx context.Context, c rundir.Sample, f Forecast) (*Population, error) {
	used, drawn, predictions, err := f.predict(ctx, c)
	if err != nil {
		return nil, err
	}
	p := &Population{Config: c, Steps: drawn.Steps, Notes: drawn.Notes, Predictions: predictions}
	p.Config.Predictor = used
	for candidates, errs := range drawn.predicted(predictions) {
		if err := p.tilt(candidates, errs, c.N); err != nil {
			return nil, err
		}
	}
	number(p.Entries)
	return p, name(predictions, p.Entries)
}

// predicted ranges over the candidates of each space and budget, with their
// predicted errors.
func (p *Population) predicted(predictions []rundir.Prediction) iter.Seq2[[]rundir.Entry, []float64] {
	return func(yield func([]rundir.Entry, []float64) bool) {
		for first := 0; first < len(predictions); {
			last := first
			var errs []float64
			for ; last < len(predictions) && predictions[last].Space == predictions[first].Space && predictions[last].Budget == predictions[first].Budget; last++ {
				errs = append(errs, predictions[last].Error)
			}
			if !yield(p.Entries[first:last], errs) {
				return
			}
			first = last
		}
	}
}

// tilt adds n models of the candidates of a space and budget.
func (p *Population) tilt(drawn []rundir.Entry, predicted []float64, n int) error {
	d, err := edf.Tilt(predicted, n)
	if err != nil {
		of := strings.TrimSpace(drawn[0].Space + " " + drawn[0].Budget)
		return fmt.Errorf("--tilt: %s holds %d candidates, too few for %d models with weights: choose a smaller -n, or leave --tilt out", of, len(drawn), n)
	}
	for k, i := range d.Places {
		e := drawn[i]
		e.Stratum, e.Weight = d.Strata[k]+1, d.Weights[k]
		p.Entries = append(p.Entries, e)
	}
	p.Steps = append(p.Steps, rundir.Step{Space: drawn[0].Space, Budget: drawn[0].Budget, Name: "tilted draw", Count: n})
	return nil
}
