package main

import (
	"context"
	"fmt"
	"math"

	"designspace/edf"
	"designspace/internal/run/evolve"
	"designspace/internal/seed"
	"designspace/sampler"
	"designspace/space"
)

// candidates is how many models of a space are predicted.
const candidates = 400

// A lab draws errors from a surface, by the names of orders and spaces, so that a
// model has one error however often it is asked for.
type lab struct {
	surface
	seed int // of the replay

	trained map[string]evolve.Population // by space and seed, as many as were asked for
}

func (l *lab) train(_ context.Context, o evolve.Order) ([]evolve.Population, error) {
	var list []evolve.Population
	for _, s := range o.Spaces {
		list = append(list, l.population(s.Space, o))
	}
	return list, nil
}

func (l *lab) population(s *space.Space, o evolve.Order) evolve.Population {
	key := fmt.Sprint(s.Name, o.Seed)
	p, ok := l.trained[key]
	p.Name = s.Name
	d := s.NewDrawer()
	for i := len(p.Errors); i < o.N; i++ {
		m, x := draw(d, s, o.Seed, i)
		p.Errors, p.Settings = append(p.Errors, l.error(m, seed.New("error", l.name, l.seed, key, i))), append(p.Settings, x)
	}
	if !ok && l.predictable != 0 {
		r := seed.New("predicted", l.name, l.seed, key)
		for i := range candidates {
			m, x := draw(d, s, o.Seed, i)
			p.Candidates, p.CandidateSettings = append(p.Candidates, l.predicted(m, r)), append(p.CandidateSettings, x)
		}
	}
	l.trained[key] = p
	p.Errors, p.Settings = p.Errors[:o.N], p.Settings[:o.N]
	if l.predictable != 0 {
		p.Predicted = p.Candidates[:o.N]
	}
	return p
}

func draw(d *space.Drawer, s *space.Space, of uint64, i int) (model, space.Setting) {
	d.Draw(sampler.Stream(of, s, i))
	x := d.Setting()
	return modelOf(s, x), x
}

// A truth is what a space has, by a large sample.
type truth struct {
	mean, best     float64
	meanSE, bestSE float64
}

// truthModels are so many that a truth has a standard error of about 0.02. Fewer
// do where they tell.
const truthModels, fewTruthModels = 20_000, 2000

func (f surface) truth(s *space.Space, best, models int) (t truth, err error) {
	d := s.NewDrawer()
	r := seed.New("truth", f.name, string(s.Marshal()), models)
	errs := make([]float64, models)
	for i := range errs {
		for {
			if _, reason := d.Draw(r); reason == space.Accepted {
				break
			}
		}
		errs[i] = f.error(modelOf(s, d.Setting()), r)
	}
	sample, err := edf.New(errs)
	if err != nil {
		return t, err
	}
	e, err := sample.ExpectedBest(best)
	t.mean, t.best = sample.Mean(), e.Estimate
	var squares float64
	for _, x := range errs {
		squares += (x - t.mean) * (x - t.mean)
	}
	t.meanSE = math.Sqrt(squares) / float64(models)
	t.bestSE = (e.Hi - e.Lo) / 2 / 1.96
	return t, err
}
