package analysis

import (
	"cmp"
	"context"
	"fmt"

	"designspace/edf"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// A forecast is the errors that were predicted of the candidates of a run.
type forecast struct {
	candidates []rundir.Prediction
	errors     map[string]float64 // by id of the model or its pair
	models     map[string]int     // of the run, by drawn and condition
}

// drawn names what is drawn together.
func drawn(space, budget string) string { return space + " " + budget }

// forecastOf reads the predictions of a run, or makes them if that is asked for;
// nil if there are none.
func (s *Study) forecastOf(d rundir.Dir, entries []rundir.Entry) (*forecast, error) {
	c, err := rundir.ReadConfig(d)
	if err != nil && !s.options.Adjust { // for those to report who need it
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f := &forecast{errors: map[string]float64{}, models: map[string]int{}}
	switch {
	case c.Sample.Tilt, c.Sample.Best > 0: // which use predictions by themselves
		return nil, nil
	case c.Sample.Predictor != nil:
		if f.candidates, err = rundir.LoadCandidates(d, entries); err != nil { // results do not need it
			s.Warnings = append(s.Warnings, fmt.Sprintf("nothing is adjusted: %v", err))
			return nil, nil
		}
	case s.options.Adjust && c.Sample.Scale != "":
		err = fmt.Errorf("%s: its models are scaled, so that no more can be drawn like them: leave --adjust out", d.Config())
	case s.options.Adjust:
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s: errors are predicted after training (--adjust): what is adjusted counts less than with a predictor that was chosen by sample, before any error was known", d))
		o := pipeline.Forecast{Predictor: predict.Builtin, Candidates: pipeline.DefaultCandidates(c.Sample.N)}
		_, f.candidates, err = pipeline.Predict(context.Background(), c.Sample, entries, o)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, p := range f.candidates {
		f.errors[p.ID] = p.Error
	}
	for _, e := range entries {
		f.models[drawn(e.Space, e.Budget)+e.Condition]++
	}
	return f, nil
}

// predict gives predictions to the populations that are all models of one space
// and budget of a run; names are those of the populations, one a row.
func (s *Study) predict(names []string) error {
	rows := map[string][]int{}
	for row, n := range names {
		rows[n] = append(rows[n], row)
	}
	first := 0
	for _, src := range s.sources {
		if src.forecast == nil {
			first += src.table.Len()
			continue
		}
		cells := map[string][]string{}
		for _, c := range []string{"id", "space", "budget", "status", "condition", "pair"} {
			if (c == "condition" || c == "pair") && !src.table.Has(c) {
				cells[c] = make([]string, src.table.Len())
				continue
			}
			var err error
			if cells[c], err = src.table.Strings(c); err != nil {
				return err
			}
		}
		for i := range s.Populations {
			p := &s.Populations[i]
			src.forecast.give(p, rows[p.Name], func(column string, row int) string {
				if row -= first; row >= 0 && row < src.table.Len() {
					return cells[column][row]
				}
				return ""
			})
		}
		first += src.table.Len()
	}
	return nil
}

// give gives a population of such rows its predictions, if it is whole: all models
// of a space, budget and condition. The models that are trained must be those that
// were drawn first: which are trained early in a run that is not finished depends
// on what predicts their errors.
func (f *forecast) give(p *edf.Population, rows []int, cell func(column string, row int) string) {
	key, condition := drawn(cell("space", rows[0]), cell("budget", rows[0])), cell("condition", rows[0])
	if len(rows) != f.models[key+condition] {
		return
	}
	architecture := func(row int) string { return cmp.Or(cell("pair", row), cell("id", row)) }
	failed, pending := map[string]bool{}, false
	for _, row := range rows {
		status := trainer.Status(cell("status", row))
		switch {
		case drawn(cell("space", row), cell("budget", row)) != key, cell("condition", row) != condition, pending && status != trainer.Pending:
			return
		case status == trainer.Pending:
			pending = true
		case status == trainer.Failed:
			failed[architecture(row)] = true
		}
	}
	for _, row := range p.Rows {
		p.Predicted = append(p.Predicted, f.errors[architecture(row)])
	}
	for _, c := range f.candidates {
		if drawn(c.Space, c.Budget) == key && !failed[c.ID] {
			p.Candidates = append(p.Candidates, c.Error)
		}
	}
}
