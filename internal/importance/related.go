package importance

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// related warns of parameters that others tell in large part.
func (x *study) related() []string {
	n, p := len(x.errs), len(x.known)
	var names []string
	for k, l := range x.columns {
		if p > 1 && n >= 2*p && x.told(k) >= 0.5 {
			names = append(names, l.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: other parameters tell at least half of the spread, so that it is not sure whose the shares are", strings.Join(names, ", "))}
}

// told returns the share of the variance of a column's ranks that is linear in
// those of all others.
func (x *study) told(column int) float64 {
	n, p := len(x.errs), len(x.known)
	ranks := func(k int) []float64 {
		l := x.known[k]
		f := l.basis(1)[0]
		of := make([]float64, n)
		for i := range of {
			of[i] = f[l.of[i]]
		}
		return of
	}
	others := mat.NewDense(n, p, nil)
	for k := range p {
		if k != column {
			others.SetCol(k, ranks(k))
		}
	}
	others.SetCol(column, ones(n)) // in its place the constant
	y := mat.NewVecDense(n, ranks(column))
	var b, fitted mat.VecDense
	var qr mat.QR
	qr.Factorize(others)
	if err := qr.SolveVecTo(&b, false, y); err != nil {
		return 1 // some column is a sum of others
	}
	fitted.MulVec(others, &b)
	fitted.SubVec(y, &fitted)
	return 1 - stat.Variance(fitted.RawVector().Data, nil)/stat.Variance(y.RawVector().Data, nil)
}

func ones(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = 1
	}
	return list
}
