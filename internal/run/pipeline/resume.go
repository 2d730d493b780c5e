package pipeline

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"designspace/internal/run/rundir"
	"designspace/space"
)

// Resume returns the population of the run in dir. What d says must be what the
// run has; a difference is a [rundir.Conflict]. The zero value of a field says
// nothing, and Seed counts only with seed.
func (d Draw) Resume(ctx context.Context, dir rundir.Dir, seed bool) (*Population, error) {
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if !seed {
		d.Seed = c.Sample.Seed
	}
	want, err := d.over(c.Sample)
	if err != nil {
		return nil, err
	}
	if err := rundir.Create(dir, want); err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir.Models()); errors.Is(err, fs.ErrNotExist) && c.Sample.Scale == "" { // it was interrupted before
		if c.Sample.Tilt {
			p, err := tilted(ctx, c.Sample, forecastOf(c.Sample))
			if err != nil {
				return nil, err
			}
			return p, samePredictor(dir, c.Sample, p.Config.Predictor)
		}
		p, err := populate(ctx, c.Sample, "")
		if err == nil && c.Sample.Predictor != nil {
			p.Predictions, err = predictAgain(ctx, dir, c.Sample, p.Entries)
		}
		return p, err
	}
	entries, err := rundir.LoadModels(dir)
	return &Population{Config: c.Sample, Entries: entries}, err
}

// over is the part of run.yaml with what d says in place of what the run has.
func (d Draw) over(s rundir.Sample) (_ rundir.Sample, err error) {
	if len(d.Spaces) > 0 {
		if s.Spaces, err = d.definitions(); err != nil {
			return s, err
		}
	}
	if len(d.Budgets) > 0 {
		s.Flops = d.Budgets
	}
	s.Windows = slices.Clone(s.Windows)
	for _, w := range d.Windows {
		i := slices.IndexFunc(s.Windows, func(o space.Limit) bool { return o.Property == w.Property })
		if i < 0 {
			s.Windows = append(s.Windows, w)
		} else {
			s.Windows[i] = w
		}
	}
	if s.Data != "" { // or else the models may be for any data of their shape
		s.Data = cmp.Or(d.Data, s.Data)
	}
	s.Vary, s.Tilt = cmp.Or(d.Vary, s.Vary), d.Tilt || s.Tilt
	s.N, s.Seed = cmp.Or(d.N, s.N), d.Seed
	s.Input, s.Classes = cmp.Or(d.Input, s.Input), cmp.Or(d.Classes, s.Classes)
	return s, nil
}

// IsFirst reports whether the run in dir is the one that [First] makes of d and
// was not trained yet, so that First says how.
func IsFirst(dir rundir.Dir, d Draw) (bool, error) {
	c, err := rundir.ReadConfig(dir)
	if err != nil || c.Train != nil {
		return false, err
	}
	first, _ := First(d, Training{})
	want, err := first.config()
	if err == nil {
		err = rundir.Create(dir, want)
	}
	var conflict *rundir.Conflict
	if errors.As(err, &conflict) {
		return false, nil
	}
	return err == nil, err
}
