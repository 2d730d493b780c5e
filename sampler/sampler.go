// Package sampler draws populations of networks from design spaces.
//
// Candidate i of a space comes from a random stream of its own, named by the
// run's seed, the space's name and i. The population is the first n candidates
// that pass every test, in the order of i, so it is the same for any number of
// workers, and a larger population begins with the smaller one.
package sampler

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"designspace/internal/seed"
	"designspace/space"
)

// Options says what to draw.
type Options struct {
	N             int           // models in the population
	Enough        int           // models that do where it is hard to find N, see [Sample]; 0: N
	Seed          uint64        // of the run
	Windows       []space.Limit // what the models must be within
	Workers       int           // goroutines; 0 for one a processor. The result does not depend on it.
	MaxCandidates int           // candidates after which to give up; 0 for 1 000 000 + 20 000·N
}

// A Population is the models that were drawn, in the order of their candidate
// numbers.
type Population struct {
	Candidates []Drawn
	Funnel     Funnel
}

// A Drawn is a model of a population.
type Drawn struct {
	space.Candidate
	Index      int // candidate number, from 0
	Complexity space.Complexity
}

// Sample draws a population. Where fewer than N are enough, it gives up on N after
// 100 000 candidates and 20 times those that held enough, and its funnel then
// counts whole chunks of candidates. Sample fails if the context ends, if an option
// makes no sense, or if there are too few models within the windows to find N of
// them among MaxCandidates, as soon as that is clear; the error then says what
// stood in the way.
func Sample(ctx context.Context, s *space.Space, o Options) (*Population, error) {
	r, err := newRun(s, o)
	if err != nil {
		return nil, err
	}
	p := &Population{Funnel: r.funnel()}
	seen := census{times: map[string]uint8{}}
	for first := 0; first < r.max; {
		chunks := r.split(first)
		if err := r.draw(ctx, chunks); err != nil {
			return nil, err
		}
		for _, c := range chunks {
			if c.first >= r.max {
				return r.fewer(p, &seen)
			}
			for i, d := range c.accepted {
				if !seen.add(c.keys[i]) {
					c.funnel.duplicate()
					continue
				}
				p.Candidates = append(p.Candidates, d)
				switch len(p.Candidates) {
				case r.N:
					return p, r.finish(ctx, p, &seen, c, d.Index)
				case r.Enough:
					r.max = min(r.max, 100_000+20*(d.Index+1))
				}
			}
			p.Funnel.add(c.funnel)
			p.Funnel.Accepted = len(p.Candidates)
			needed := r.N
			if r.Enough > 0 {
				needed = r.Enough
			}
			if p.Funnel.Accepted < needed && seen.reach(c.end, r.max-c.end) < float64(needed) {
				return nil, r.shortfall(&p.Funnel, &seen)
			}
		}
		first = chunks[len(chunks)-1].end
	}
	return r.fewer(p, &seen)
}

// fewer ends with what there is, if that is enough.
func (r *run) fewer(p *Population, seen *census) (*Population, error) {
	if r.Enough == 0 || len(p.Candidates) < r.Enough {
		return nil, r.shortfall(&p.Funnel, seen)
	}
	return p, nil
}

// A run is one call of Sample.
type run struct {
	Options
	space   *space.Space
	tests   []test
	max     int
	workers int
}

// A test holds a candidate against a limit of the space or a window.
type test struct {
	space.Limit
	window bool
}

func newRun(s *space.Space, o Options) (*run, error) {
	if o.N < 1 || o.N > 10_000_000 {
		return nil, fmt.Errorf("%d models asked for; choose 1 to 10000000", o.N)
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	if settings, _, _ := s.Size(); settings.Cmp(big.NewInt(int64(o.N))) < 0 {
		if o.Enough > 0 && settings.Cmp(big.NewInt(int64(o.Enough))) >= 0 {
			o.N = int(settings.Int64())
			return newRun(s, o)
		}
		return nil, fmt.Errorf("space %s: %v settings cannot give %d different models; ask for fewer", s.Name, settings, o.N)
	}
	r := &run{Options: o, space: s, max: o.MaxCandidates, workers: o.Workers}
	if r.max <= 0 {
		r.max = 1_000_000 + 20_000*o.N
	}
	if r.workers <= 0 {
		r.workers = runtime.GOMAXPROCS(0)
	}
	for _, l := range s.Limits() {
		r.tests = append(r.tests, test{l, false})
	}
	for _, w := range o.Windows {
		if !s.Has(w.Property) {
			return nil, fmt.Errorf("space %s: no model has %v, so none can be within %v; drop the window", s.Name, w.Property, w.Range)
		}
		if w.Range.Empty() {
			return nil, fmt.Errorf("%v: the low end is above the high end", w)
		}
		r.tests = append(r.tests, test{w, true})
	}
	// What needs no complexity comes first: it is cheap.
	slices.SortStableFunc(r.tests, func(a, b test) int {
		switch {
		case a.NeedsComplexity() == b.NeedsComplexity():
			return 0
		case b.NeedsComplexity():
			return -1
		}
		return 1
	})
	return r, nil
}

// A chunk is a range of candidate numbers and what was drawn for them.
type chunk struct {
	first, end int
	accepted   []Drawn
	keys       []string // of the accepted: equal for duplicates
	funnel     Funnel
}

// split returns the next chunks from candidate first on, some for each worker.
func (r *run) split(first int) []*chunk {
	size := min(max(r.N, 64), 4096)
	var chunks []*chunk
	for range 2 * r.workers {
		if first < r.max {
			chunks = append(chunks, &chunk{first: first, end: min(first+size, r.max)})
			first += size
		}
	}
	return chunks
}

// draw fills chunks, several at a time.
func (r *run) draw(ctx context.Context, chunks []*chunk) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.workers)
	for _, c := range chunks {
		g.Go(func() error { return r.fill(ctx, c) })
	}
	return g.Wait()
}

// fill draws the candidates of a chunk.
func (r *run) fill(ctx context.Context, c *chunk) error {
	c.funnel = r.funnel()
	d := r.space.NewDrawer()
	for i := c.first; i < c.end; i++ {
		if i%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		candidate, reason := d.Draw(Stream(r.Seed, r.space, i))
		cx, ok := r.pass(candidate, reason, &c.funnel)
		if !ok {
			continue
		}
		c.accepted = append(c.accepted, Drawn{candidate.Clone(), i, cx})
		c.keys = append(c.keys, identity(candidate))
	}
	return nil
}

// Stream returns the random stream that candidate i of a space comes from, for
// drawing it once more.
func Stream(run uint64, s *space.Space, i int) *rand.Rand {
	return seed.New("candidate", run, s.Name, i)
}

// identity is equal for candidates that are duplicates.
func identity(c *space.Candidate) string {
	key := c.Model.AppendKey(nil)
	for _, x := range []float64{c.LR, c.WeightDecay} {
		key = append(key, ' ')
		key = strconv.AppendFloat(key, x, 'g', -1, 64)
	}
	return string(key)
}

// pass counts a candidate in the funnel, and reports its complexity and
// whether it passes every test.
func (r *run) pass(c *space.Candidate, reason space.RejectReason, f *Funnel) (cx space.Complexity, ok bool) {
	f.Candidates++
	if reason != space.Accepted {
		f.Rejected[reason-1].Count++
		return cx, false
	}
	counted := false
	for i := range r.tests {
		t := &r.tests[i]
		if !counted && t.NeedsComplexity() {
			cx, counted = c.Model.Complexity(), true
		}
		row := &f.Rejected[reasons+i]
		v, has := t.Property.Of(c, cx)
		if has {
			row.see(v)
		}
		if !has || !t.Range.Holds(v, cx.Flops) {
			row.Count++
			return cx, false
		}
	}
	if !counted {
		cx = c.Model.Complexity()
	}
	return cx, true
}

// finish makes the funnel of p exact: it ends with the candidate last, within
// chunk c.
func (r *run) finish(ctx context.Context, p *Population, seen *census, c *chunk, last int) error {
	part := &chunk{first: c.first, end: last + 1}
	if err := r.fill(ctx, part); err != nil {
		return err
	}
	part.funnel.Rejected[len(part.funnel.Rejected)-1] = c.funnel.Rejected[len(c.funnel.Rejected)-1]
	p.Funnel.add(part.funnel)
	p.Funnel.Accepted = len(p.Candidates)
	if seen.exhausted() {
		p.Funnel.Models = seen.models()
	}
	return nil
}
