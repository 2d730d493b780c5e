package edf

import "iter"

// shares are the weights of two EDFs at or below an error, and the numbers of
// models.
type shares struct {
	a, b   float64
	na, nb int
}

// pooled goes over the distinct errors of two EDFs in ascending order and yields
// what each has at or below the error.
func pooled(a, b *EDF) iter.Seq2[float64, shares] {
	return func(yield func(float64, shares) bool) {
		for i, j := 0, 0; i < len(a.x) || j < len(b.x); {
			var e float64
			switch {
			case j == len(b.x):
				e = a.x[i]
			case i == len(a.x):
				e = b.x[j]
			default:
				e = min(a.x[i], b.x[j])
			}
			for i < len(a.x) && a.x[i] == e {
				i++
			}
			for j < len(b.x) && b.x[j] == e {
				j++
			}
			if !yield(e, shares{a.share(i), b.share(j), i, j}) {
				return
			}
		}
	}
}
