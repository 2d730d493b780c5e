package pipeline

import (
	"context"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"designspace/internal/plain"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// A Listing is a run in a list of runs.
type Listing struct {
	Run    string   `json:"run"`
	Spaces []string `json:"spaces"`
	N      int      `json:"n"` // models of each space and budget
	Counts
	Best    *float64  `json:"best,omitempty"` // least error of a model in percent; nil: none is done
	Changed time.Time `json:"changed"`        // when the last outcome came, or the run began
	Problem string    `json:"problem,omitempty"`
}

// List returns the runs in a directory and below it, by path, and changes none
// of them. A run that cannot be read, or a directory, is listed with the reason.
// A link is followed only if it leads to a run, and what is in a run or is
// hidden is not looked at.
func List(ctx context.Context, root string) ([]Listing, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	if rundir.Dir(root).Exists() {
		return []Listing{listed(rundir.Dir(root))}, nil
	}
	list := []Listing{}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		path := filepath.Join(root, e.Name())
		isLink := e.Type()&fs.ModeSymlink != 0
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case isLink && rundir.Dir(path).Exists():
			list = append(list, listed(rundir.Dir(path)))
		case e.IsDir():
			below, err := List(ctx, path)
			if err != nil && ctx.Err() == nil {
				below, err = []Listing{{Run: path, Spaces: []string{}, Problem: plain.Text(err)}}, nil
			}
			if err != nil {
				return nil, err
			}
			list = append(list, below...)
		}
	}
	return list, nil
}

// listed describes a run as far as it can be read.
func listed(d rundir.Dir) Listing {
	l := Listing{Run: string(d), Spaces: []string{}, Changed: changed(d)}
	if err := l.read(d); err != nil {
		l.Problem = err.Error()
	}
	return l
}

func (l *Listing) read(d rundir.Dir) error {
	c, err := rundir.ReadConfig(d)
	if err != nil {
		return err
	}
	for _, s := range c.Sample.Spaces {
		l.Spaces = append(l.Spaces, s.Name)
	}
	l.N = c.Sample.N
	entries, err := rundir.LoadModels(d)
	if err != nil {
		return err
	}
	j, err := rundir.ReadJournal(d)
	if err != nil {
		return err
	}
	if err := j.Check(entries); err != nil {
		return err
	}
	s, err := StatusOf(d, c, entries, j)
	if err != nil {
		return err
	}
	l.Counts = s.Counts
	best := math.Inf(1)
	for _, e := range entries {
		if o, ok := j.Outcome(e.ID, 0); ok && o.Status == trainer.Done {
			best = min(best, o.Error)
		}
	}
	if l.Done > 0 {
		l.Best = &best
	}
	return nil
}

// changed returns when a run's newest file of outcomes changed, or else its
// run.yaml.
func changed(d rundir.Dir) (newest time.Time) {
	if info, err := os.Stat(d.Config()); err == nil {
		newest = info.ModTime()
	}
	records, _ := filepath.Glob(filepath.Join(d.Journal(), "*.jsonl"))
	for _, path := range records {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest.UTC().Truncate(time.Second)
}
