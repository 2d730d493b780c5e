package evolve

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"designspace/edf"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/internal/seed"
	"designspace/sampler"
	"designspace/space"
)

// Run evolves the setup's space in the directory and judges what came of it. What
// was done before an error is returned with it.
func (d *Directory) Run(ctx context.Context) (*Lineage, error) {
	root, err := d.spaceOf(d.Space)
	if err != nil {
		return nil, err
	}
	l, err := Evolve(ctx, root, d.Options, d.Train)
	if err != nil {
		return l, err
	}
	for i := range l.Rounds {
		r := &l.Rounds[i]
		if r.Importance, err = importances(r.space, r.explorers); err != nil {
			return l, err
		}
	}
	if d.Final == 0 {
		return l, nil
	}
	l.End, err = d.end(ctx, root, l)
	return l, err
}

// end judges the last space and its best model once, on images that nothing was
// chosen by, beside random search in the first space at the same cost.
func (d *Directory) end(ctx context.Context, root Space, l *Lineage) (*End, error) {
	end := &End{}
	last, err := d.last(root, l)
	if err != nil {
		return nil, err
	}
	order := Order{Name: "final", Spaces: []Space{root}, N: d.Final, Seed: seed.Uint64("evolve", d.Seed, "final")}
	if last.Name != root.Name {
		order.Spaces = append(order.Spaces, last)
	}
	for _, def := range d.Against {
		s, err := d.spaceOf(def)
		if err != nil {
			return nil, err
		}
		order.Spaces = append(order.Spaces, s)
	}
	if end.populations, err = d.train(ctx, order, closing{untouched: true}); err != nil {
		return nil, err
	}
	end.Cost = costOf(end.populations)
	var ps []edf.Population
	for _, p := range end.populations {
		ps = append(ps, p.Population)
	}
	if end.Spaces, end.Comparisons, err = edf.Describe(ps, edf.Options{Seed: d.Seed}); err != nil {
		return nil, err
	}
	if err := d.search(ctx, end, root, last, l.Cost()); err != nil {
		end.Winners = nil // not judged
		return end, err
	}
	return end, nil
}

// last is the space that the evolution has come to.
func (d *Directory) last(root Space, l *Lineage) (Space, error) {
	last := root
	for _, n := range l.Spaces[1:] {
		if !n.Judgement.Accepted {
			continue
		}
		s, err := last.Extend(n.File, []byte(n.Text))
		if err != nil {
			return last, err
		}
		last = Space{s, n.File, n.Text}
	}
	return last, nil
}

// search searches the last space and, with as many flops as the evolution and
// that search took together, the first one. The best models of each are trained
// again with fresh seeds, and the best of them are judged.
func (d *Directory) search(ctx context.Context, end *End, root, last Space, spent Cost) error {
	again := pipeline.Confirm{Models: d.Confirm, Seeds: d.Seeds}
	one := seed.Uint64("evolve", d.Seed, "search")
	var points []Space
	if last.Name != root.Name {
		p, err := d.train(ctx, Order{Name: "search", Spaces: []Space{last}, N: d.Search, Seed: one}, closing{confirm: again})
		if err != nil {
			return err
		}
		spent = spent.plus(costOf(p))
		w, point, err := d.best("search", "evolution, then search in "+last.Name, last, one, bestOfEvolution)
		if err != nil {
			return err
		}
		w.Cost = spent
		end.Winners, points = append(end.Winners, w), append(points, point)
	}
	each := end.populations[0].Flops / float64(d.Final)
	n := max(d.Search, int(math.Round(spent.Flops/each))-d.Confirm*d.Seeds)
	p, err := d.train(ctx, Order{Name: "random-search", Spaces: []Space{root}, N: n, Seed: one}, closing{confirm: again})
	if err != nil {
		return err
	}
	w, point, err := d.best("random-search", "random search in "+root.Name, root, one, bestOfRandomSearch)
	if err != nil {
		return err
	}
	w.Cost = costOf(p)
	end.Winners, points = append(end.Winners, w), append(points, point)
	return d.judgeWinners(ctx, end, points, one)
}

// Names of the spaces of one model.
const (
	bestOfEvolution    = "best-of-evolution"
	bestOfRandomSearch = "best-of-random-search"
)

// best returns the best model of a search, and the space that has it alone.
func (d *Directory) best(order, search string, s Space, one uint64, name string) (w Winner, point Space, err error) {
	dir := d.dir(order)
	chosen, _, err := pipeline.Choose(dir, pipeline.Choice{Best: 1})
	if err != nil {
		return w, point, err
	}
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		return w, point, err
	}
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		return w, point, err
	}
	e := entries[slices.IndexFunc(entries, func(e rundir.Entry) bool { return e.ID == chosen[0].ID })]
	errs := j.Errors(e.ID)
	w = Winner{Search: search, Run: order, ID: e.ID, Found: errs[0], Fresh: mean(errs[1:])}
	drawer := s.NewDrawer()
	drawer.Draw(sampler.Stream(one, s.Space, e.Index))
	point, err = pointOf(s, drawer.Setting(), name, fmt.Sprintf("%s of %s", e.ID, search))
	return w, point, err
}

// mean of the values that there are; NaN of none.
func mean(x []float64) float64 {
	return stat.Mean(slices.DeleteFunc(slices.Clone(x), math.IsNaN), nil)
}

// pointOf is the space that has one setting of another alone.
func pointOf(s Space, x space.Setting, name, about string) (Space, error) {
	c := space.Child{Name: name, About: about, Extends: s.File}
	if s.File == "" {
		c.Extends = s.Name
	}
	for _, p := range s.Params() {
		names := []string{p.Name}
		if p.Family != "" && !p.Shared {
			names = p.Stages
		}
		for _, n := range names {
			if v, ok := s.Value(x, n); ok && p.Equals == "" {
				c.Params = append(c.Params, space.Restriction{Name: n, Range: space.Among(v)})
			}
		}
	}
	text := string(c.Marshal())
	point, err := s.Extend(name, []byte(text))
	return Space{point, name + ".yaml", text}, err
}

// judgeWinners trains the winners once more as they were found, with the same
// seed, and with fresh seeds, and tests them on untouched images.
func (d *Directory) judgeWinners(ctx context.Context, end *End, points []Space, one uint64) error {
	o := Order{Name: "winners", Spaces: points, N: 1, Seed: one}
	ps, err := d.train(ctx, o, closing{untouched: true, repeats: 1 + d.Seeds})
	if err != nil {
		return err
	}
	end.Cost = end.Cost.plus(costOf(ps))
	entries, err := rundir.LoadModels(d.dir(o.Name))
	if err != nil {
		return err
	}
	j, err := rundir.ReadJournal(d.dir(o.Name))
	if err != nil {
		return err
	}
	for i := range end.Winners {
		w := &end.Winners[i]
		var errs []float64
		for _, o := range j.Trainings(first(entries, points[i].Name, 1)[0].ID) {
			if o.Status.Counts() {
				errs = append(errs, o.ErrorTest)
			}
		}
		if len(errs) == 0 {
			return fmt.Errorf("%s: %s of %s could not be trained again: see %s", d.dir(o.Name), w.ID, w.Run, d.dir(o.Name).Results())
		}
		w.Untouched, w.Least, w.Most, w.Trainings = mean(errs), slices.Min(errs), slices.Max(errs), len(errs)
	}
	return nil
}
