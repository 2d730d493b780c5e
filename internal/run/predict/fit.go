package predict

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"designspace/trainer"
	"designspace/trainer/results"
)

// A Table is results to fit a predictor to.
type Table struct {
	results.Table
	Name string
}

// A population is models that differ in their architecture alone.
type population struct {
	space string
	x     [][]float64
	y     []float64
}

// Fit makes a predictor of the models that were trained in some tables. Those of
// one table, space and budget are a population. Models that diverged are left
// out: an error of 100 says little of an architecture. The penalty is, of 41
// from 0.1 to 1000 in equal ratios, the one of the least error of each model
// predicted from all others.
func Fit(tables []Table) (*Predictor, error) {
	p := &Predictor{Names: Features()}
	var ps []population
	for _, t := range tables {
		more, err := populations(t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		ps, p.Tables = append(ps, more...), append(p.Tables, t.Name)
	}
	if len(ps) == 0 {
		return nil, fmt.Errorf("predictor: no table has 2 trained models of one space")
	}
	for _, q := range ps {
		q.centreInto(p)
	}
	for i := range p.Spaces {
		p.Spaces[i].round()
	}
	slices.SortFunc(p.Spaces, func(a, b Space) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	var err error
	p.Lambda, err = penalty(ps)
	return p, err
}

// populations returns those of 2 models at least.
func populations(t Table) ([]population, error) {
	x, err := Of(t)
	if err != nil {
		return nil, err
	}
	errs, err := t.Floats("error")
	if err != nil {
		return nil, err
	}
	keys := map[string][]string{}
	for _, c := range []string{"space", "budget", "status"} {
		keys[c] = make([]string, t.Len())
		if t.Has(c) {
			if keys[c], err = t.Strings(c); err != nil {
				return nil, err
			}
		}
	}
	place := map[[2]string]int{}
	var ps []population
	for i, y := range errs {
		status, _, err := trainer.Counted(keys["status"][i], y)
		if err != nil {
			return nil, t.Errorf(i, "%w", err)
		}
		if status != trainer.Done || math.IsNaN(y) {
			continue
		}
		key := [2]string{keys["space"][i], keys["budget"][i]}
		k, ok := place[key]
		if !ok {
			k = len(ps)
			place[key] = k
			ps = append(ps, population{space: key[0]})
		}
		ps[k].x, ps[k].y = append(ps[k].x, x[i]), append(ps[k].y, y)
	}
	return slices.DeleteFunc(ps, func(p population) bool { return len(p.y) < 2 }), nil
}

// centreInto adds the sums of the population to its space, and takes the means
// from its values.
func (q population) centreInto(p *Predictor) {
	n := len(p.Names)
	s := Space{Name: q.space, Models: len(q.y), Error: stat.Mean(q.y, nil), Products: make([]float64, n), Gram: make([]float64, n*(n+1)/2)}
	for j := range n {
		var mean float64
		for i, x := range q.x {
			mean += (x[j] - mean) / float64(i+1)
		}
		for _, x := range q.x {
			x[j] -= mean
		}
		s.Means = append(s.Means, mean)
	}
	for i, x := range q.x {
		q.y[i] -= s.Error
		s.Square += q.y[i] * q.y[i]
		for j := range n {
			s.Products[j] += x[j] * q.y[i]
			for k := range j + 1 {
				s.Gram[j*(j+1)/2+k] += x[j] * x[k]
			}
		}
	}
	i := slices.IndexFunc(p.Spaces, func(o Space) bool { return o.Name == s.Name })
	if i < 0 {
		p.Spaces = append(p.Spaces, s)
		return
	}
	p.Spaces[i].add(s)
}

// round keeps 9 digits, more than the sums are worth.
func (s *Space) round() {
	s.Error, s.Square = rounded(s.Error), rounded(s.Square)
	for _, list := range [][]float64{s.Means, s.Products, s.Gram} {
		for i, x := range list {
			list[i] = rounded(x)
		}
	}
}

// penalty returns λ by the residuals of models that are left out, e/(1 - h), of
// populations that are centred.
func penalty(ps []population) (float64, error) {
	n := len(ps[0].x[0])
	var y []float64
	for _, p := range ps {
		y = append(y, p.y...)
	}
	x := mat.NewDense(len(y), n, nil)
	row := 0
	for _, p := range ps {
		for _, v := range p.x {
			x.SetRow(row, v)
			row++
		}
	}
	for j := range n {
		c := mat.Col(nil, j, x)
		if sd := math.Sqrt(stat.MomentAbout(2, c, 0, nil)); sd > 0 {
			for i := range c {
				x.Set(i, j, c[i]/sd)
			}
		}
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		return 0, fmt.Errorf("predictor: the features of the models have no singular values")
	}
	var u mat.Dense
	svd.UTo(&u)
	values := svd.Values(nil)
	best, least := 0.0, math.Inf(1)
	for step := range 41 {
		lambda := rounded(math.Pow(10, float64(step)/10-1))
		if e := leftOut(&u, values, y, lambda); e < least {
			best, least = lambda, e
		}
	}
	return best, nil
}

// leftOut returns the sum of squared errors of each value predicted from the
// others.
func leftOut(u *mat.Dense, values, y []float64, lambda float64) float64 {
	var uy mat.VecDense
	uy.MulVec(u.T(), mat.NewVecDense(len(y), y))
	var sum float64
	for i := range y {
		fit, leverage := 0.0, 0.0
		for j, v := range values {
			shrink := v * v / (v*v + lambda)
			fit += u.At(i, j) * shrink * uy.AtVec(j)
			leverage += u.At(i, j) * u.At(i, j) * shrink
		}
		e := (y[i] - fit) / (1 - leverage)
		sum += e * e
	}
	return sum
}
