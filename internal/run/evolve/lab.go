package evolve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"designspace/internal/atomicfile"
	"designspace/internal/format"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/sampler"
	"designspace/space"
	"designspace/trainer"
)

// A Directory is the lab of an evolution in a directory: every order is an
// ordinary run below it, which any verb takes. What is there already is not
// trained again.
type Directory struct {
	Setup
	Dir     string
	Root    string // of data sets; "": none
	Kernel  string // name of a kernel set; "": the best
	Workers int    // models in training; 0: one a processor
	Version string // of the program
	Log     io.Writer
}

// A closing is what the orders at the end have beside those of rounds.
type closing struct {
	untouched bool // images
	repeats   int
	confirm   pipeline.Confirm
}

// Train is the [Lab] of the directory.
func (d *Directory) Train(ctx context.Context, o Order) ([]Population, error) {
	return d.train(ctx, o, closing{})
}

func (d *Directory) train(ctx context.Context, o Order, c closing) ([]Population, error) {
	dir := d.dir(o.Name)
	entries, err := d.draw(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	complete, err := c.complete(dir, entries)
	if err != nil {
		return nil, err
	}
	if !complete {
		fmt.Fprintf(d.Log, "%s: %s of each of %s\n", dir, format.Count(o.N, "model"), format.Count(len(o.Spaces), "space"))
		if err := pipeline.Train(ctx, dir, d.training(o, c)); err != nil {
			return nil, err
		}
	}
	return d.read(dir, o, c)
}

func (d *Directory) dir(order string) rundir.Dir { return rundir.Dir(filepath.Join(d.Dir, order)) }

// draw draws the models of an order, or more of them.
func (d *Directory) draw(ctx context.Context, dir rundir.Dir, o Order) ([]rundir.Entry, error) {
	draw := pipeline.Draw{
		N: o.N, Seed: o.Seed, Budgets: []space.Range{d.Flops}, Data: d.Data, Root: d.Root, Input: d.Input, Version: d.Version,
		Forecast: pipeline.Forecast{Predictor: predict.Builtin, Candidates: pipeline.DefaultCandidates(max(o.N, d.Max))},
	}
	for _, s := range o.Spaces {
		file, err := d.write(s)
		if err != nil {
			return nil, err
		}
		draw.Spaces = append(draw.Spaces, file)
	}
	if !dir.Exists() {
		p, err := pipeline.Sample(ctx, draw)
		if err != nil {
			return nil, scarce(ctx, err)
		}
		return p.Entries, p.Start(dir)
	}
	if err := completeExtension(ctx, dir); err != nil {
		return nil, err
	}
	draw.N = 0 // as the run has it
	p, err := draw.Resume(ctx, dir, true)
	if err != nil {
		return nil, err
	}
	if err := p.Start(dir); err != nil {
		return nil, err
	}
	if p.Config.N < o.N {
		if _, err := pipeline.Extend(ctx, dir, o.N); err != nil {
			return nil, scarce(ctx, err)
		}
		return rundir.LoadModels(dir)
	}
	return p.Entries, nil
}

// completeExtension completes what a killed process left half done.
func completeExtension(ctx context.Context, dir rundir.Dir) error {
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		return err
	}
	entries, err := rundir.LoadAnyModels(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // before it had models, which Resume draws again
	}
	if n := len(entries) / len(c.Sample.Spaces); err == nil && n > c.Sample.N {
		_, err = pipeline.Extend(ctx, dir, n)
	}
	return err
}

// scarce is an error of drawing, unless it was interrupted.
func scarce(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return &Scarce{err}
}

// write writes the file of a space, if it has one, and returns how a draw names
// it.
func (d *Directory) write(s Space) (string, error) {
	if s.File == "" {
		return s.Name, nil
	}
	file := filepath.Join(d.Dir, spacesDir, s.File)
	switch has, err := rundir.ReadFile(file); {
	case errors.Is(err, fs.ErrNotExist):
		return file, atomicfile.Write(file, func(w io.Writer) error { _, err := io.WriteString(w, s.Text); return err })
	case err != nil:
		return "", err
	case string(has) != s.Text:
		return "", fmt.Errorf("%s: it is not what this evolution proposes, whose file belongs there: restore it, or go on with the version that wrote it", file)
	}
	return file, nil
}

func (d *Directory) training(o Order, c closing) pipeline.Training {
	t := pipeline.Training{
		Version: d.Version, Log: d.Log, Data: d.Data, Root: d.Root, Kernel: d.Kernel, Workers: d.Workers,
		Images: pipeline.Images{Train: d.Setup.Train, Val: d.Val, NoTest: !c.untouched},
		Recipe: func(trainer.Recipe) (trainer.Recipe, error) { return d.Recipe, nil },
		Last:   true, NoForecast: true, Repeats: pipeline.Repeats{N: c.repeats}, Confirm: c.confirm,
	}
	if c.untouched {
		t.Images.Test = d.Test
	}
	if o.Like != "" {
		t.Reuse = []rundir.Dir{d.dir(o.Like)}
	}
	return t
}

// complete reports whether all models were trained as often as they are to be.
func (c closing) complete(dir rundir.Dir, entries []rundir.Entry) (bool, error) {
	if _, err := os.Stat(dir.Journal()); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		return false, err
	}
	again := 0
	for _, e := range entries {
		n := len(j.Trainings(e.ID))
		if n < max(1, c.repeats) {
			return false, nil
		}
		again += n - 1
	}
	return again >= c.confirm.Models*c.confirm.Seeds, nil
}

// read returns the populations of an order from its run: the errors on validation
// images, or on test images where those were touched.
func (d *Directory) read(dir rundir.Dir, o Order, c closing) ([]Population, error) {
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		return nil, err
	}
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		return nil, err
	}
	config, err := rundir.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	of := func(o trainer.Outcome) float64 { return o.Error }
	if c.untouched {
		of = func(o trainer.Outcome) float64 { return o.ErrorTest }
	}
	var candidates []rundir.Prediction
	if config.Sample.Predictor != nil {
		if candidates, err = rundir.LoadCandidates(dir, entries); err != nil {
			return nil, err
		}
	}
	var list []Population
	for _, s := range o.Spaces {
		p, err := population(s, first(entries, s.Name, o.N), candidates, j, o.Seed, of)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// first returns the first n models of a space.
func first(entries []rundir.Entry, name string, n int) (list []rundir.Entry) {
	for _, e := range entries {
		if e.Space == name && len(list) < n {
			list = append(list, e)
		}
	}
	return list
}

// population is the models of a space, with their draws repeated.
func population(s Space, entries []rundir.Entry, candidates []rundir.Prediction, j *rundir.Journal, seed uint64, of func(trainer.Outcome) float64) (p Population, err error) {
	p.Name = s.Name
	drawer := s.NewDrawer()
	failed := map[string]bool{}
	var ids []string
	for _, e := range entries {
		for _, o := range j.Trainings(e.ID) {
			p.Flops += float64(e.Flops)
			p.Seconds += o.TrainSeconds
		}
		o := j.First(e.ID)
		if failed[e.ID] = !o.Status.Counts(); failed[e.ID] {
			p.Failed++
			continue
		}
		m, reason := drawer.Draw(sampler.Stream(seed, s.Space, e.Index))
		if reason != space.Accepted || m.Model.Key() != e.Model.Key() {
			return p, fmt.Errorf("model %s is not candidate %d of %s: restore models.csv, or evolve into another directory", e.ID, e.Index, s.Name)
		}
		ids = append(ids, e.ID)
		p.Errors, p.Settings = append(p.Errors, of(o)), append(p.Settings, drawer.Setting())
	}
	return p, p.predict(s, ids, failed, candidates, seed)
}

// predict gives a population the predictions of its models and of all candidates
// of its space but failed ones, with their draws.
func (p *Population) predict(s Space, ids []string, failed map[string]bool, candidates []rundir.Prediction, seed uint64) error {
	of := map[string]float64{}
	drawer := s.NewDrawer()
	for _, c := range candidates {
		if c.Space != p.Name || failed[c.ID] {
			continue
		}
		if _, reason := drawer.Draw(sampler.Stream(seed, s.Space, c.Index)); reason != space.Accepted {
			return fmt.Errorf("candidates.csv: candidate %d is none of %s: restore the file, or evolve into another directory", c.Index, s.Name)
		}
		p.Candidates, p.CandidateSettings = append(p.Candidates, c.Error), append(p.CandidateSettings, drawer.Setting())
		of[c.ID] = c.Error
	}
	for _, id := range ids {
		if t, ok := of[id]; ok {
			p.Predicted = append(p.Predicted, t)
		}
	}
	return nil
}
