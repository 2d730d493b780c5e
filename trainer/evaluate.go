package trainer

import (
	"context"
	"errors"
	"time"

	"designspace/trainer/dataset"
	"designspace/trainer/engine"
)

// evaluate returns the error on the images of f in percent, and whether all
// logits were finite.
func (t *training) evaluate(ctx context.Context, f *feed) (errorPercent float64, finite bool, err error) {
	t.average(true)
	defer t.average(false)
	start := time.Now()
	errorPercent, finite, err = evaluate(ctx, t.net, f, t.Recipe.Batch)
	if finite && err == nil {
		t.at.Evaluated += time.Since(start)
		t.at.Evaluations += f.set.Len()
	}
	return errorPercent, finite, err
}

// Evaluate returns the error of a net on images in percent. The net was compiled
// for at least the batch. It is an error if a logit is not finite.
func Evaluate(ctx context.Context, n *engine.Net, s *dataset.Images, batch int) (errorPercent float64, err error) {
	errorPercent, finite, err := evaluate(ctx, n, newFeed(s, batch), batch)
	if err == nil && !finite {
		err = errors.New("the net gives numbers that are not finite")
	}
	return errorPercent, err
}

func evaluate(ctx context.Context, net *engine.Net, f *feed, batch int) (errorPercent float64, finite bool, err error) {
	wrong, classes := 0, f.set.Classes
	for first := 0; first < f.set.Len(); first += batch {
		if err := ctx.Err(); err != nil {
			return 0, false, err
		}
		n := min(batch, f.set.Len()-first)
		logits := net.Evaluate(f.plain(first, n)).Logits
		if !allFinite(logits) {
			return 0, false, nil
		}
		for i := range n {
			if argmax(logits[i*classes:(i+1)*classes]) != int(f.set.Labels[first+i]) {
				wrong++
			}
		}
	}
	return percent(wrong, f.set.Len()), true, nil
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(whole) }

func isFinite(x float64) bool { return x-x == 0 }

func allFinite(v []float32) bool {
	for _, x := range v {
		if x-x != 0 {
			return false
		}
	}
	return true
}

// argmax returns the first index of the largest value.
func argmax(v []float32) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}
