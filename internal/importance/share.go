package importance

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"designspace/bootstrap"
)

// A variance is that of a component in the population: its estimate, and how much
// each model changes it (the influence function of the estimate).
type variance struct {
	estimate  float64
	influence []float64
}

// add adds what the two parts of a split say, in a share of all splits. rest are the
// errors of their models less what the forest says of all other components, less
// the mean. With the functions φ of the terms,
//
//	mean over models i, k of both parts of rest_i rest_k Σ φ(i) φ(k)
//
// is the sum of the squared coefficients of the component; it may be negative.
func (v *variance) add(share float64, parts [2]held, rest [2][]float64, terms []term) {
	n := float64(len(v.influence))
	for _, t := range terms {
		var values [2][][]float64
		var means [2][]float64
		for p, h := range parts {
			means[p] = make([]float64, t.functions())
			for i, k := range h.models {
				values[p] = append(values[p], t.values(k))
				floats.AddScaled(means[p], rest[p][i]/float64(len(h.models)), values[p][i])
			}
		}
		scale := share * t.inflation(n, len(rest[0]), len(rest[1]))
		v.estimate += scale * floats.Dot(means[0], means[1])
		for p, h := range parts {
			for i, k := range h.models {
				v.influence[k] += scale * n / float64(len(h.models)) * rest[p][i] * floats.Dot(values[p][i], means[1-p])
			}
		}
	}
}

// inflation returns what an estimate by a term from parts of a and b of n models
// is multiplied by. The means that are taken off are of the models themselves and
// take a share of 1/a and 1/b with them. Functions of one column are orthogonal
// over all n models exactly, not in expectation, so that of each 1/n goes with the
// products of a model with itself, which are left out.
func (t term) inflation(n float64, a, b int) float64 {
	f := (1 - 1/float64(a)) * (1 - 1/float64(b))
	if len(t) == 1 {
		f *= 1 - float64(t.functions())/n
	}
	return 1 / f
}

// noise returns the variance of the estimate by a term that tells nothing, over
// some divisions: of a mean over all pairs of models it is
// 2 E[(rest_i rest_k Σ φ(i) φ(k))²]/n², and a division leaves out those within a
// part.
func (t term) noise(rest []float64, divisions int) float64 {
	size := t.functions()
	products := make([]float64, size*size)
	n := float64(len(rest))
	for i, r := range rest {
		values := t.values(i)
		for a, x := range values {
			floats.AddScaled(products[a*size:(a+1)*size], r*r*x/n, values)
		}
	}
	part := len(rest) / folds
	f := t.inflation(n, part, part)
	const within, between = 1. / folds, 1 - 1./folds
	return 2 * floats.Dot(products, products) / (n * n) * f * f * (1 + within/between/float64(divisions))
}

// A question is about parts of forests and the terms that describe them.
type question struct {
	parts int
	terms func(part int) []term
	of    func(h *held, model int) []float64 // the parts of a model
	rest  func(h *held) []float64            // errors less all parts
}

// An answer is the share of a part, and the errors of all models less what
// forests that were not fitted to them say of the other parts.
type answer struct {
	Effect
	rest []float64
}

// answer estimates the shares of the parts.
func (x *study) answer(q question) []answer {
	components := make([][2][][]float64, len(x.splits)) // by split, side, model and part
	each(len(x.splits), func(i int) {
		for p := range 2 {
			h := &x.splits[i].parts[p]
			for _, m := range h.models {
				components[i][p] = append(components[i][p], q.of(h, m))
			}
		}
	})
	answers := make([]answer, q.parts)
	each(q.parts, func(k int) {
		v := variance{influence: make([]float64, len(x.errs))}
		mean := make([]float64, len(x.errs))
		terms := q.terms(k)
		for i := range x.splits {
			s := &x.splits[i]
			var rest [2][]float64
			for p := range rest {
				h := &s.parts[p]
				rest[p] = slices.Clone(q.rest(h))
				for j := range rest[p] {
					rest[p][j] += components[i][p][j][k]
				}
				center(rest[p])
				for j, m := range h.models {
					mean[m] += rest[p][j] / float64(x.o.Repeats*(folds-1))
				}
			}
			v.add(1/float64(len(x.splits)), s.parts, rest, terms)
		}
		answers[k] = answer{x.effect(v, mean, terms), mean}
	})
	return answers
}

// effect turns a variance, which was estimated by terms from rest, into a share
// of the variance of errors.
//
// The interval holds all shares V that are within 1.96 standard errors of the
// estimate where V is true. Their squares are a V + b: b is the variance of a
// U-statistic of functions that tell nothing, and a V what the bootstrap of the
// influence function gives at the estimate, or, of an estimate near 0, what
// errors of equal spread would. An interval of the estimate ± its own standard
// error would hold 0 nearly always.
func (x *study) effect(v variance, rest []float64, terms []term) Effect {
	n := float64(len(x.errs))
	total := meanSquare(x.errs)
	noise := meanSquare(rest) / total
	share := v.estimate / total
	b := 0.0
	for _, t := range terms {
		b += t.noise(rest, x.o.Repeats) / (total * total)
	}
	spread := stat.Variance(x.bootstrap(v), nil)
	spread = max(spread-b, spread/2) // what a jackknife counts twice
	const z = 1.959964
	near := z * math.Sqrt(b)
	a := (max(spread-b, 0) + near*4*noise/n) / (max(share, 0) + near)
	middle := share + z*z*a/2
	half := z * math.Sqrt(max(a*share+b+z*z*a*a/4, 0))
	return Effect{raw: share, Share: bootstrap.Interval{Estimate: clamp(share), Lo: min(clamp(middle-half), clamp(share)), Hi: max(clamp(middle+half), clamp(share))}}
}

// explained returns the share of the variance of errors that forests tell of
// models that they were not fitted to.
func (x *study) explained() Effect {
	y := slices.Clone(x.errs)
	center(y)
	v := variance{influence: make([]float64, len(y))}
	for _, s := range x.splits {
		for _, h := range s.parts {
			for j, k := range h.models {
				v.influence[k] += (y[k]*y[k] - h.rest[j]*h.rest[j]) / float64(x.o.Repeats*(folds-1))
			}
		}
	}
	v.estimate = stat.Mean(v.influence, nil)
	shares := x.bootstrap(v)
	slices.Sort(shares)
	limit := func(p float64) float64 { return clamp(stat.Quantile(p, stat.Empirical, shares, nil)) }
	share := v.estimate / meanSquare(y)
	return Effect{raw: share, Share: bootstrap.Interval{Estimate: clamp(share), Lo: min(limit(0.025), clamp(share)), Hi: max(limit(0.975), clamp(share))}}
}

// bootstrap returns the shares of resampled models, in the linear approximation
// of the variance.
func (x *study) bootstrap(v variance) []float64 {
	n := float64(len(x.errs))
	influence, y := slices.Clone(v.influence), slices.Clone(x.errs)
	center(influence)
	center(y)
	total := meanSquare(y)
	shares := make([]float64, len(x.resamples))
	for b, counts := range x.resamples {
		var sum, mean, squares float64
		for i, c := range counts {
			w := float64(c)
			sum += w * influence[i]
			mean += w * y[i]
			squares += w * y[i] * y[i]
		}
		shares[b] = (v.estimate + sum/n) / max(squares/n-mean/n*mean/n, total/n)
	}
	return shares
}

// meanSquare returns that of the deviations from the mean.
func meanSquare(xs []float64) float64 {
	return stat.MomentAbout(2, xs, stat.Mean(xs, nil), nil)
}

func clamp(x float64) float64 { return math.Max(0, math.Min(x, 1)) }
