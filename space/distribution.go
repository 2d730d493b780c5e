package space

import (
	"slices"

	"designspace/internal/numeric"
)

// A Dist names a family of distributions on the multiples of a step.
//
// With q the step and [lo, hi] the range, the distributions are those of pycls'
// sweep/random.py, which quantise a continuous draw f:
//
//	uniform        f uniform on [lo, hi+q), rounded down
//	log-uniform    f log-uniform on (lo-min(q, lo/2), hi], rounded up
//	power2         powers of two, all equally likely
//	power2-or-log  a power of two; from q on, log-uniform on [max(lo, q), hi] instead
//	normal         f normal with mean (lo+hi)/2 and σ (hi-lo)/6, drawn until in [lo, hi], rounded to nearest
//	log-normal     the same on the scale of ln
//	values         listed values, all equally likely
//
// Every distribution has finitely many values, so its probabilities are computed once
// and a draw is a search in their sums.
type Family string

// The distributions.
const (
	Uniform     Family = "uniform"
	LogUniform  Family = "log-uniform"
	Power2      Family = "power2"
	Power2OrLog Family = "power2-or-log"
	Normal      Family = "normal"
	LogNormal   Family = "log-normal"
	Values      Family = "values"
)

var families = []string{string(Uniform), string(LogUniform), string(Power2), string(Power2OrLog), string(Normal), string(LogNormal), string(Values)}

// A Distribution is a probability distribution over finitely many numbers.
type Distribution struct {
	Values []float64 // ascending
	Prob   []float64 // of each value; they sum to 1
}

// maxValues bounds the values of a distribution.
const maxValues = 100_000

// A lattice is the range of a distribution in units of 1/10^e.
type lattice struct {
	lo, hi, q int64
	e         int
}

// float returns the number n units stand for.
func (l lattice) float(n int64) float64 { return float64(n) / pow10[l.e] }

// dist returns the distribution that weigh gives the multiples of the step: the weight
// of value n, in units, need not be normalised.
func (l lattice) dist(weigh func(n int64) float64) Distribution {
	var dist Distribution
	for n := l.lo; n <= l.hi; n += l.q {
		dist.add(l.float(n), weigh(n))
	}
	return dist.normalised()
}

func (d *Distribution) add(value, prob float64) {
	d.Values, d.Prob = append(d.Values, value), append(d.Prob, prob)
}

// normalised scales the probabilities to a sum of 1.
func (d Distribution) normalised() Distribution {
	sum := 0.0
	for _, p := range d.Prob {
		sum += p
	}
	for i := range d.Prob {
		d.Prob[i] /= sum
	}
	return d
}

// within returns the distribution conditioned on [lo, hi].
func (d Distribution) within(lo, hi float64) Distribution {
	var part Distribution
	for i, v := range d.Values {
		if v >= lo && v <= hi {
			part.add(v, d.Prob[i])
		}
	}
	return part.normalised()
}

// among returns the distribution conditioned on the values of another.
func (d Distribution) among(o Distribution) Distribution {
	var part Distribution
	for i, v := range d.Values {
		if o.has(v) {
			part.add(v, d.Prob[i])
		}
	}
	return part.normalised()
}

// has reports whether v is a value of the distribution.
func (d Distribution) has(v float64) bool {
	_, ok := slices.BinarySearch(d.Values, v)
	return ok
}

func (l lattice) uniform() Distribution {
	return l.dist(func(int64) float64 { return 1 })
}

// logUniform is the distribution of f log-uniform on (lo-min(q, lo/2), hi], rounded up.
func (l lattice) logUniform() Distribution {
	lo := float64(l.lo)
	below := lo - min(float64(l.q), lo/2)
	return l.dist(func(n int64) float64 {
		p := numeric.Log(float64(n) / below)
		below = float64(n)
		return p
	})
}

// power2 has the powers of two; lo must be one.
func (l lattice) power2() Distribution {
	var dist Distribution
	for n := l.lo; n <= l.hi; n *= 2 {
		dist.add(l.float(n), 1)
	}
	return dist.normalised()
}

// power2OrLog joins powers of two below the step to a log-uniform distribution from it
// on; lo and q must be powers of two.
func (l lattice) power2OrLog() Distribution {
	var dist Distribution
	above := 0.0 // powers of two that give way to the log-uniform distribution
	for n := l.lo; n <= l.hi; n *= 2 {
		if n < l.q {
			dist.add(l.float(n), 1)
		} else {
			above++
		}
	}
	if above > 0 {
		log := lattice{max(l.lo, l.q), l.hi, min(l.hi, l.q), l.e}.logUniform()
		for i, v := range log.Values {
			dist.add(v, float64(above*log.Prob[i]))
		}
	}
	return dist.normalised()
}

// normal is the distribution of f normal on [lo, hi] after scale, rounded to nearest.
func (l lattice) normal(scale func(float64) float64) Distribution {
	lo, hi := scale(float64(l.lo)), scale(float64(l.hi))
	if l.lo == l.hi {
		return l.uniform()
	}
	mean, sigma := (lo+hi)/2, (hi-lo)/6
	cdf := func(x float64) float64 { return numeric.NormalCDF((min(max(scale(x), lo), hi) - mean) / sigma) }
	half := float64(l.q) / 2
	return l.dist(func(n int64) float64 { return cdf(float64(n)+half) - cdf(float64(n)-half) })
}

// logNormal is normal on the scale of ln.
func (l lattice) logNormal() Distribution { return l.normal(numeric.Log) }
