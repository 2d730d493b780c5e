// Package pipeline does what the verbs of the command promise: it draws a
// population into a run directory and trains it there.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/sampler"
	"designspace/space"
	"designspace/trainer/dataset"
)

// A Draw says which populations are drawn.
type Draw struct {
	Spaces  []string // of the catalog, or files
	N       int      // models of each space and budget
	Seed    uint64
	Budgets []space.Range // of flops; none: one population a space, of any flops
	Windows []space.Limit // what every model must be within
	Data    string        // data set whose shape the models take; "": none
	Root    string        // directory of data sets; "": none
	Input   int           // pixels; 0: of Data, or as the spaces say
	Classes int           // 0: of Data, or as the spaces say
	Tilt    bool          // draw more models of low predicted errors, with weights, see [edf.Tilt]
	Vary    string        // a setting and its values, with each of which every architecture is trained, as in activation=relu,silu; "": none
	Scale   string        // how the models that were drawn are scaled, see [space.ParseGrowth]; "": not
	Version string        // of the program

	Forecast Forecast // of errors, before anything is trained
}

// A Population is the models that were drawn for a run.
type Population struct {
	Config  rundir.Sample
	Entries []rundir.Entry
	Steps   []rundir.Step // what became of the candidates
	Notes   []string      // what to mind

	Predictions []rundir.Prediction // nil: none were asked for
}

// Sample draws the populations, space by space and budget by budget.
func Sample(ctx context.Context, d Draw) (*Population, error) {
	config, err := d.config()
	if err != nil {
		return nil, err
	}
	if d.Tilt {
		return tilted(ctx, config, d.Forecast)
	}
	p, err := populate(ctx, config, d.Scale)
	if err != nil {
		return nil, err
	}
	if d.Forecast.Candidates > 0 {
		p.Config.Predictor, p.Predictions, err = Predict(ctx, config, p.Entries, d.Forecast)
	}
	return p, err
}

// populate draws the models of a run and scales them, unless scale is "".
func populate(ctx context.Context, c rundir.Sample, scale string) (*Population, error) {
	p := &Population{Config: c}
	if err := p.draw(ctx, nil); err != nil {
		return nil, err
	}
	if scale != "" {
		if err := p.scale(scale); err != nil {
			return nil, err
		}
	}
	number(p.Entries)
	pair(p.Entries)
	return p, p.fit(ctx)
}

// number gives models their ids.
func number(entries []rundir.Entry) {
	for i := range entries {
		id := rundir.ID(i, len(entries))
		entries[i].ID, entries[i].Model.Name = id, id
	}
}

// scale scales every model. Budgets remain what the models were drawn for.
func (p *Population) scale(text string) error {
	g, err := space.ParseGrowth(text)
	if err != nil {
		return err
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		if e.Model, err = e.Model.Grown(g); err != nil {
			return fmt.Errorf("scaling %q: model %d of %s: %w", text, e.Index, e.Space, err)
		}
		e.Complexity = e.Model.Complexity()
		if first := p.Entries[0].Model; e.Model.Input != first.Input {
			return fmt.Errorf("scaling %q: images of %d and %d pixels: choose a rule or a factor that scales the resolution alike", text, first.Input, e.Model.Input)
		}
		if p.Config.Input != 0 {
			p.Config.Input = e.Model.Input
		}
	}
	return nil
}

// fit finds how far the widths of every model are from a quantised line, which
// takes longer than to draw it.
func (p *Population) fit(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range p.Entries {
		e := &p.Entries[i]
		g.Go(func() error {
			e.EFit = e.Model.Fit().Error
			return ctx.Err()
		})
	}
	return g.Wait()
}

// load reads the spaces; two of the same name would draw the same models.
func (d Draw) load() ([]*space.Space, error) {
	var spaces []*space.Space
	from := map[string]string{}
	for _, source := range d.Spaces {
		s, err := space.Load(source)
		if err != nil {
			return nil, err
		}
		if first, ok := from[s.Name]; ok {
			return nil, fmt.Errorf("space %s: %s and %s have the same name: rename one or leave it out", s.Name, first, source)
		}
		from[s.Name] = source
		spaces = append(spaces, s)
	}
	if len(spaces) == 0 {
		return nil, errors.New("space: none given: name one of the catalog or a file")
	}
	return spaces, nil
}

// config is what run.yaml says of the draw.
func (d Draw) config() (rundir.Sample, error) {
	c := rundir.Sample{
		Version: d.Version, N: d.N, Seed: d.Seed, Flops: d.Budgets, Windows: d.Windows,
		Data: d.Data, Input: d.Input, Classes: d.Classes, Scale: d.Scale, Vary: d.Vary, Tilt: d.Tilt,
	}
	switch {
	case !d.Tilt:
	case d.Vary != "":
		return c, errors.New("--tilt: where a setting varies pairs say more: leave out --tilt or --vary")
	case d.Scale != "":
		return c, errors.New("--tilt: scaled models have no predictions: leave it out")
	case d.N > 0 && d.N < edf.LeastTilted:
		return c, fmt.Errorf("--tilt: %d models are too few for five strata: draw -n %d or more, or leave it out", d.N, edf.LeastTilted)
	case d.Forecast.Candidates < 2*d.N:
		return c, fmt.Errorf("--tilt: %d models of %d candidates: predict twice as many at least, with --candidates %d", d.N, d.Forecast.Candidates, 10*d.N)
	}
	if d.N < 1 {
		return c, fmt.Errorf("n: %d models: at least 1 needed", d.N)
	}
	if d.Data != "" {
		size, classes, err := dataset.Shape(d.Data, dataset.Options{Root: d.Root, Input: d.Input})
		if err != nil {
			return c, err
		}
		if d.Classes != 0 && d.Classes != classes {
			return c, fmt.Errorf("--classes %d: data %s has %d classes: leave out --classes", d.Classes, d.Data, classes)
		}
		c.Input, c.Classes = size, classes
	}
	var err error
	c.Spaces, err = d.definitions()
	return c, err
}

// definitions are the spaces as run.yaml holds them.
func (d Draw) definitions() (list []rundir.Space, err error) {
	spaces, err := d.load()
	for _, s := range spaces {
		list = append(list, rundir.Space{Name: s.Name, Definition: string(s.Marshal())})
	}
	return list, err
}

// draw draws the populations that run.yaml describes, before they are scaled.
// Options may be changed.
func (p *Population) draw(ctx context.Context, change func(*sampler.Options)) error {
	c := p.Config
	budgets := c.Flops
	if len(budgets) == 0 {
		budgets = []space.Range{{}}
	}
	for _, def := range c.Spaces {
		s, err := space.Read(def.Name, []byte(def.Definition))
		if err != nil {
			return err
		}
		for _, b := range budgets {
			if err := p.add(ctx, s.WithData(c.Input, c.Classes), b, change); err != nil {
				return err
			}
		}
	}
	return p.vary()
}

// add adds the population of one space and budget.
func (p *Population) add(ctx context.Context, s *space.Space, budget space.Range, change func(*sampler.Options)) error {
	o := sampler.Options{N: p.Config.N, Seed: p.Config.Seed, Windows: p.Config.Windows}
	name := ""
	if budget.Bounded() {
		name = budget.String()
		o.Windows = append([]space.Limit{{Range: budget}}, o.Windows...)
	}
	if change != nil {
		change(&o)
	}
	drawn, err := sampler.Sample(ctx, s, o)
	if err != nil {
		return err
	}
	if n := drawn.Candidates[0].Model.Classes; n < 2 {
		return fmt.Errorf("space %s: classes: %d: no data have fewer than 2: change the line, or give --classes", s.Name, n)
	}
	for _, c := range drawn.Candidates {
		p.Entries = append(p.Entries, rundir.Entry{
			Space: s.Name, Budget: name, Index: c.Index, Candidate: c.Candidate, Complexity: c.Complexity,
		})
	}
	p.Steps = append(p.Steps, steps(s.Name, name, drawn.Funnel)...)
	if n := drawn.Funnel.Models; n > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%s: nearly exhausted: there seem to be about %d different models, of which %d were drawn",
			strings.TrimSpace(s.Name+" "+name), n, p.Config.N))
	}
	return nil
}

// steps are the filters that candidates met, with the number left after each.
func steps(space, budget string, f sampler.Funnel) []rundir.Step {
	left := f.Candidates
	list := []rundir.Step{{Space: space, Budget: budget, Name: "candidates drawn", Count: left}}
	for _, r := range f.Rejected {
		if r.Count == 0 {
			continue
		}
		left -= r.Count
		name := "without " + r.Name
		if r.Bounds != "" {
			name = r.Name + " " + r.Bounds
		}
		list = append(list, rundir.Step{Space: space, Budget: budget, Name: name, Count: left})
	}
	return append(list, rundir.Step{Space: space, Budget: budget, Name: "accepted", Count: f.Accepted})
}

// Start makes the population the run in dir. If there is a run already, it must
// have been drawn in the same way, and stays as it is.
func (p *Population) Start(dir rundir.Dir) error {
	if err := rundir.Create(dir, p.Config); err != nil {
		return err
	}
	if _, err := os.Stat(dir.Models()); !errors.Is(err, fs.ErrNotExist) {
		_, err = rundir.LoadModels(dir)
		return err
	}
	if err := rundir.SaveFunnel(dir, p.Steps); err != nil {
		return err
	}
	if p.Predictions != nil {
		if err := rundir.SaveCandidates(dir, p.Predictions); err != nil {
			return err
		}
	}
	return rundir.SaveModels(dir, p.Entries)
}
