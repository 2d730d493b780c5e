// Simulate measures how often package evolve accepts a child that is worse, and
// how often and at what cost it finds one that is better, on surfaces that give
// the errors in the place of training:
//
//	go run ./internal/run/evolve/simulate
//
// from the root of the repository writes experiments/evolve/SIMULATION.md. The
// same seed gives the same file, on any number of processors.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"designspace/internal/atomicfile"
	"designspace/internal/run/evolve"
	"designspace/internal/seed"
	"designspace/internal/table"
	"designspace/space"
)

func main() {
	replays := flag.Int("replays", 500, "evolutions on each surface")
	rootSeed := flag.Int("seed", 1, "of all replays")
	results := flag.String("results", "experiments/results/cifar/2026-11-24/anynetxa-500K-600K-n400.csv", "recorded population to permute")
	out := flag.String("out", "experiments/evolve/SIMULATION.md", "file to write")
	flag.Parse()
	err := load(*results)
	if err == nil {
		var rows []row
		if rows, err = measure(surfaces(), evolve.Defaults(), *replays, *rootSeed); err == nil {
			err = atomicfile.Write(*out, func(w io.Writer) error { return write(w, rows, *replays, *rootSeed) })
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// recordedErrors are those of the recorded population.
var recordedErrors []float64

func load(file string) error {
	t, err := table.ReadFile(file)
	if err == nil {
		recordedErrors, err = t.Floats("error")
	}
	return err
}

// A row is what came of the replays on a surface.
type row struct {
	surface
	replays  int
	accepted float64 // refinements, a replay
	any      float64 // share of replays with a refinement
	wrong    float64 // share of replays with a false one
	judged   float64 // children, a replay
	models   float64 // a replay
	root     truth
	last     truth // of the last space, on average
}

// measure runs the replays of all surfaces, in parallel.
func measure(list []surface, o evolve.Options, replays, rootSeed int) ([]row, error) {
	rows := make([]row, len(list))
	outcomes := make([][]outcome, len(list))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range list {
		root, err := rootOf(s.root)
		if err != nil {
			return nil, err
		}
		first, err := s.truth(root.Space, o.Best, truthModels)
		if err != nil {
			return nil, err
		}
		outcomes[i] = make([]outcome, replays)
		for k := range replays {
			g.Go(func() (err error) {
				outcomes[i][k], err = s.replay(root, first, o, rootSeed, k)
				return err
			})
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, s := range list {
		rows[i] = summarize(s, outcomes[i])
	}
	return rows, nil
}

// An outcome is what came of one replay.
type outcome struct {
	accepted, judged, models int
	wrong                    bool
	root, last               truth
}

func (s surface) replay(root evolve.Space, first truth, o evolve.Options, rootSeed, k int) (outcome, error) {
	o.Seed = seed.Uint64("simulate", rootSeed, s.name, k)
	l := &lab{surface: s, seed: k, trained: map[string]evolve.Population{}}
	lineage, err := evolve.Evolve(context.Background(), root, o, l.train)
	if err != nil {
		return outcome{}, err
	}
	return l.judge(lineage, root.Space, first, o)
}

// narrow is a space that lacks the best widths.
const narrow = "name: narrow\nextends: " + anynet + "\nparams: {w: {min: 8, max: 48}}\n"

func rootOf(name string) (evolve.Space, error) {
	if name == "narrow" {
		s, err := space.Read("narrow.yaml", []byte(narrow))
		return evolve.Space{Space: s, File: "narrow.yaml", Text: narrow}, err
	}
	s, err := space.Load(name)
	return evolve.Space{Space: s}, err
}

// judge tells whether refinements were false: whether the surface says that the
// mean is worse by more than the margin, or that the expected best is worse. What
// a large sample leaves open within 3 of its standard errors counts as false:
// among it are children that are like their parents.
func (l *lab) judge(lineage *evolve.Lineage, parent *space.Space, first truth, o evolve.Options) (outcome, error) {
	r := outcome{models: lineage.Cost().Models, root: first, last: first}
	for _, n := range lineage.Spaces[1:] {
		r.judged++
		if !n.Judgement.Accepted {
			continue
		}
		child, err := parent.Extend(n.File, []byte(n.Text))
		if err != nil {
			return r, err
		}
		wrong := true
		for _, models := range []int{fewTruthModels, truthModels} {
			if !wrong {
				break
			}
			a, err := l.truth(parent, o.Best, models)
			if err != nil {
				return r, err
			}
			if r.last, err = l.truth(child, o.Best, models); err != nil {
				return r, err
			}
			mean, best := r.last.mean-a.mean, r.last.best-a.best
			wrong = mean+3*math.Hypot(r.last.meanSE, a.meanSE) > o.Margin || best+3*math.Hypot(r.last.bestSE, a.bestSE) > 0
		}
		r.wrong = r.wrong || wrong
		r.accepted++
		parent = child
	}
	return r, nil
}

func summarize(s surface, list []outcome) row {
	w := row{surface: s, replays: len(list)}
	n := float64(len(list))
	for _, r := range list {
		w.accepted += float64(r.accepted) / n
		w.judged += float64(r.judged) / n
		w.models += float64(r.models) / n
		if r.accepted > 0 {
			w.any += 1 / n
		}
		if r.wrong {
			w.wrong += 1 / n
		}
		w.root.mean, w.root.best = w.root.mean+r.root.mean/n, w.root.best+r.root.best/n
		w.last.mean, w.last.best = w.last.mean+r.last.mean/n, w.last.best+r.last.best/n
	}
	return w
}

// mcError is the standard error of the share of false refinements, were it the
// level.
func (w row) mcError() float64 {
	return math.Sqrt(evolve.Level * (1 - evolve.Level) / float64(w.replays))
}
