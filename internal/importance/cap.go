package importance

import "slices"

// Cap returns errors of which those above the best quarter count as its limit,
// so that [Of] tells what makes a model one of the best quarter and a good one
// in it, and not what makes bad ones bad. Hutter, Hoos and Leyton-Brown (2014, §6)
// cap what their forest predicts in this way.
func Cap(errs []float64) []float64 {
	if len(errs) == 0 {
		return nil
	}
	limit := slices.Sorted(slices.Values(errs))[(len(errs)-1)/4]
	capped := slices.Clone(errs)
	for i, e := range capped {
		capped[i] = min(e, limit)
	}
	return capped
}
