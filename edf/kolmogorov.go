package edf

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// kolmogorovSurvival returns P(D_n >= d) for the one-sample two-sided
// Kolmogorov-Smirnov statistic of n values, after Simard and L'Ecuyer 2011
// (Journal of Statistical Software 39(11)), with the boundaries between the
// methods that scipy's kstwo.sf uses. The relative error is below 1e-5 where n >
// 140 and n·d² < 2.2, and far below elsewhere.
func kolmogorovSurvival(n int, d float64) float64 {
	nd := float64(n) * d
	nd2 := nd * d
	p := 0.0
	switch {
	case nd <= 0.5:
		return 1
	case d >= 1 || n > 140 && nd2 >= 370:
		return 0
	case nd >= float64(n-1):
		p = 2 * math.Pow(1-d, float64(n))
	case d >= 0.5, n <= 140 && nd2 > 4, n > 140 && nd2 >= 2.2:
		p = 2 * smirnovSurvival(n, d)
	case n <= 140, n <= 100_000 && nd*math.Sqrt(d) <= 1.4:
		p = 1 - durbin(n, d)
	default:
		p = 1 - pelzGood(n, d)
	}
	return min(max(p, 0), 1)
}

// smirnovSurvival returns P(D+_n >= d) for the one-sided statistic:
// d Σ_j C(n,j) (d+j/n)^(j-1) (1-d-j/n)^(n-j) over 0 <= j <= n(1-d), due to
// Birnbaum and Tingey 1951. But for the factor d/(d+j/n) a term is a binomial
// probability, and all are positive.
func smirnovSurvival(n int, d float64) float64 {
	var sum float64
	for j := 0; float64(j) < float64(n)*(1-d); j++ {
		q := d + float64(j)/float64(n)
		sum += binomial(j, n, q) * d / q
	}
	return sum
}

// binomial returns the probability of k successes in n trials of probability p,
// 0 < p < 1, to nearly full relative precision for any n (Loader 2000, "Fast and
// accurate computation of binomial probabilities").
func binomial(k, n int, p float64) float64 {
	x, y, nn := float64(k), float64(n-k), float64(n)
	if k == 0 {
		return math.Exp(nn * math.Log1p(-p))
	}
	if k == n {
		return math.Exp(nn * math.Log(p))
	}
	e := stirlingError(nn) - stirlingError(x) - stirlingError(y) - deviance(x, nn*p) - deviance(y, nn*(1-p))
	return math.Exp(e) * math.Sqrt(nn/(2*math.Pi*x*y))
}

// stirlingError returns ln(n!) less Stirling's √(2πn) (n/e)^n.
func stirlingError(n float64) float64 {
	if n < 16 {
		lg, _ := math.Lgamma(n + 1)
		return lg - (n+0.5)*math.Log(n) + n - math.Log(2*math.Pi)/2
	}
	s := 1 / (n * n)
	return (1./12 - (1./360-(1./1260-(1./1680-s/1188)*s)*s)*s) / n
}

// deviance returns x ln(x/m) + m - x, without cancellation where x is near m.
func deviance(x, m float64) float64 {
	if math.Abs(x-m) >= 0.1*(x+m) {
		return x*math.Log(x/m) + m - x
	}
	v := (x - m) / (x + m)
	sum, term := (x-m)*v, 2*x*v
	for k := 3.0; ; k += 2 {
		term *= v * v
		next := sum + term/k
		if next == sum {
			return sum
		}
		sum = next
	}
}

// durbin returns P(D_n < d) by the matrix of Durbin 1968 in the form of
// Marsaglia, Tsang and Wang 2003: an entry of the n-th power of a matrix of side
// 2⌈nd⌉-1, times n!/n^n.
func durbin(n int, d float64) float64 {
	nd := float64(n) * d
	k := int(math.Ceil(nd))
	h := float64(k) - nd
	m := 2*k - 1
	factorial := make([]float64, m+1) // 1/i!
	factorial[0] = 1
	for i := 1; i <= m; i++ {
		factorial[i] = factorial[i-1] / float64(i)
	}
	H := mat.NewDense(m, m, nil)
	for i := range m {
		for j := range min(i+2, m) {
			H.Set(i, j, factorial[i-j+1])
		}
	}
	for i := range m {
		edge := (1 - math.Pow(h, float64(i+1))) * factorial[i+1]
		H.Set(i, 0, edge)
		H.Set(m-1, m-1-i, edge)
	}
	corner := 1 - 2*math.Pow(h, float64(m)) + math.Pow(max(2*h-1, 0), float64(m))
	H.Set(m-1, 0, corner*factorial[m])

	p, exponent := power(H, n, k-1)
	for i := 1; i <= n; i++ {
		p *= float64(i) / float64(n)
		if p < 0x1p-500 {
			p *= 0x1p500
			exponent -= 500
		}
	}
	return math.Ldexp(p, exponent)
}

// power returns entry (k, k) of H^n as p·2^exponent; it overwrites H.
func power(H *mat.Dense, n, k int) (p float64, exponent int) {
	m, _ := H.Dims()
	result := mat.NewDense(m, m, nil)
	for i := range m {
		result.Set(i, i, 1)
	}
	var product mat.Dense
	scale := 0 // of H, as exponent is of result
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			product.Mul(result, H)
			result.Copy(&product)
			exponent += scale
			exponent += rescale(result, k)
		}
		product.Mul(H, H)
		H.Copy(&product)
		scale *= 2
		scale += rescale(H, k)
	}
	return result.At(k, k), exponent
}

// rescale divides a matrix by 2^e where its middle entry has grown, and returns
// e.
func rescale(a *mat.Dense, k int) int {
	const e = 400
	if a.At(k, k) < 0x1p400 {
		return 0
	}
	a.Scale(0x1p-400, a)
	return e
}

// pelzGood returns the approximation of P(D_n < d) by Pelz and Good 1976: the
// limit distribution of Kolmogorov and three terms in powers of 1/√n, in theta functions
// that converge fast for small d.
func pelzGood(n int, d float64) float64 {
	const pi2, pi4, pi6 = math.Pi * math.Pi, math.Pi * math.Pi * math.Pi * math.Pi, math.Pi * math.Pi * math.Pi * math.Pi * math.Pi * math.Pi
	root := math.Sqrt(float64(n))
	z := root * d
	z2 := z * z
	z4, z6 := z2*z2, z2*z2*z2
	var k0, k1, k2, k3 float64
	for i := int(math.Ceil(16 * z / math.Pi)); i > 0; i-- {
		odd := float64(2*i - 1)
		m2 := odd * odd
		m4, m6 := m2*m2, m2*m2*m2
		q := math.Exp(-pi2 * m2 / (8 * z2))
		k0 += q
		k1 += q * (pi2/4*m2 - z2)
		k2 += q * (6*z6 + 2*z4 + pi2/4*(2*z4-5*z2)*m2 + pi4/16*(1-2*z2)*m4)
		k3 += q * (-30*z6 - 90*z6*z2 + pi2/4*(135*z4-96*z6)*m2 +
			pi4/16*(212*z4-60*z2)*m4 + pi6/64*(5-30*z2)*m6)
		j2 := float64(i) * float64(i)
		q = j2 * math.Exp(-pi2*j2/(2*z2))
		k2 -= 2 * z4 * pi2 * q
		k3 += 30 * z4 * pi2 * (3*z2 - pi2*j2) * q
	}
	sum := k0/z + k1/(6*z4)/root + k2/(72*z6*z)/float64(n) + k3/(6480*z6*z4)/(float64(n)*root)
	return math.Sqrt(2*math.Pi) * sum
}
