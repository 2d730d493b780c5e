package experiments

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
)

// A Runner runs experiments of a regime. Every population is a run directory in
// Dir, named by what it is and not by the experiment that needs it.
type Runner struct {
	Regime  Regime
	Dir     string
	Data    string   // the regime's data set with its path, as in cifar10:PATH; "": found by name
	Root    string   // directory of data sets; "": none
	Reuse   []string // run directories, or directories of them, whose outcomes count
	Idle    bool     // train nothing: take what is there and what can be reused
	Kernel  string   // name of a kernel set; "": the best
	Workers int      // 0: one a processor
	Version string   // of the program
	Log     io.Writer

	done map[string]int // models of each population of the runs that this runner has trained; there is a run for each key
}

// Run draws and trains the populations of an experiment, as far as that was not
// done before, and returns their results. It goes on where it was interrupted. Of
// an experiment with looks it trains what one look after the other needs, and
// returns that.
func (l *Runner) Run(ctx context.Context, d Definition) ([]*Sample, error) {
	if name, _, _ := strings.Cut(l.Data, ":"); l.Data != "" && name != l.Regime.Data {
		return nil, fmt.Errorf("data %s: regime %s is on %s", l.Data, l.Regime.Name, l.Regime.Data)
	}
	if err := l.CheckReuse(); err != nil {
		return nil, err
	}
	if err := l.Regime.Check(d); err != nil {
		return nil, err
	}
	runs, err := l.Regime.Runs(d)
	if err != nil {
		return nil, err
	}
	want := make([]int, len(runs))
	for i, r := range runs {
		if want[i] = r.N; r.Looks != nil {
			want[i] = r.Looks[0]
		}
	}
	for {
		samples, err := l.samples(ctx, d, runs, want)
		if err != nil {
			return nil, fmt.Errorf("experiment %s: %w", d.Name, err)
		}
		cut, _, err := d.needed(samples)
		if err != nil {
			return nil, fmt.Errorf("experiment %s: %w", d.Name, err)
		}
		more := false
		for i, s := range cut {
			more = more || s.table.Len() > want[i]
			want[i] = max(want[i], s.table.Len())
		}
		if !more {
			return cut, nil
		}
	}
}

// samples trains so many models of each population and returns what is known of
// all of them.
func (l *Runner) samples(ctx context.Context, d Definition, runs []Run, want []int) ([]*Sample, error) {
	var samples []*Sample
	for i, r := range runs {
		if err := l.train(ctx, r, want[i]); err != nil {
			return nil, err
		}
		if err := l.check(r, d); err != nil {
			return nil, err
		}
		s, err := r.read(os.DirFS(string(l.dir(r))), "results.csv", d.Populations[i].Label)
		if err != nil {
			return nil, err
		}
		samples = append(samples, s)
	}
	return samples, nil
}

func (l *Runner) dir(r Run) rundir.Dir { return rundir.Dir(filepath.Join(l.Dir, r.Name)) }

// train trains the first n models of each population of a run.
func (l *Runner) train(ctx context.Context, r Run, n int) error {
	done, started := l.done[r.Name]
	if done >= n {
		return nil
	}
	dir := l.dir(r)
	if !started {
		r.draw.Root, r.draw.Version = l.Root, l.Version
		p, err := pipeline.Sample(ctx, r.draw)
		if err != nil {
			return err
		}
		if err := p.Start(dir); err != nil {
			return err
		}
	}
	o := r.training
	var err error
	if o.Only, err = r.first(dir, n); err != nil {
		return err
	}
	if o.Reuse, err = l.others(dir); err != nil {
		return err
	}
	if l.Data != "" {
		o.Data = l.Data
	}
	o.Root, o.Kernel, o.Workers, o.Version = l.Root, l.Kernel, l.Workers, l.Version
	o.NoForecast = started || !l.Regime.Verdicts // the first look's forecast tells the speed
	o.Idle, o.Log = l.Idle, l.Log
	fmt.Fprintf(l.Log, "%s\n", dir)
	if err := pipeline.Train(ctx, dir, o); err != nil {
		return err
	}
	if l.done == nil {
		l.done = map[string]int{}
	}
	l.done[r.Name] = n
	return nil
}

// first returns the ids of the first n models of each population; nil is all.
func (r Run) first(dir rundir.Dir, n int) ([]string, error) {
	if n == r.N {
		return nil, nil
	}
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries[:n*r.conditions] {
		ids = append(ids, e.ID)
	}
	return ids, nil
}

// others returns the run directories that outcomes can be taken from.
func (l *Runner) others(dir rundir.Dir) ([]rundir.Dir, error) {
	var others []rundir.Dir
	for _, place := range append([]string{l.Dir}, l.Reuse...) {
		there, err := runsIn(place)
		if err != nil {
			return nil, err
		}
		others = append(others, there...)
	}
	return slices.DeleteFunc(others, func(d rundir.Dir) bool { return d == dir }), nil
}

// runsIn returns a run directory, or those in a directory.
func runsIn(place string) ([]rundir.Dir, error) {
	if d := rundir.Dir(place); d.Exists() {
		return []rundir.Dir{d}, nil
	}
	entries, err := os.ReadDir(place)
	var runs []rundir.Dir
	for _, e := range entries {
		if d := rundir.Dir(filepath.Join(place, e.Name())); d.Exists() {
			runs = append(runs, d)
		}
	}
	return runs, err
}

// CheckReuse reports a directory to reuse outcomes of that has no run.
func (l *Runner) CheckReuse() error {
	for _, place := range l.Reuse {
		runs, err := runsIn(place)
		if err == nil && runs == nil {
			err = fmt.Errorf("%s holds no run, nor does a directory in it", place)
		}
		if err != nil {
			return fmt.Errorf("reuse: %w", err)
		}
	}
	return nil
}

func (l *Runner) check(r Run, d Definition) error {
	file := l.dir(r).Config()
	text, err := rundir.ReadFile(file)
	if err != nil {
		return err
	}
	return r.check(text, file, d)
}
