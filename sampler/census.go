package sampler

import "math"

// A census counts the models that were drawn, each as often as it came, to tell
// how many there are.
type census struct {
	times       map[string]uint8 // by identity; 3 for more often than twice
	total       int              // draws
	once, twice int              // models that were drawn so often
}

// add counts a draw and reports whether it is the first of its model.
func (c *census) add(identity string) bool {
	c.total++
	switch c.times[identity]++; c.times[identity] {
	case 1:
		c.once++
		return true
	case 2:
		c.once, c.twice = c.once-1, c.twice+1
	case 3:
		c.twice--
	default:
		c.times[identity] = 3
	}
	return false
}

// models estimates how many different models there are, with those that never
// came: the lower bound of Chao, "Nonparametric estimation of the number of
// classes in a population" (1984), in the form that is free of bias where all
// are drawn alike. It is near the truth once most draws are duplicates, and far
// below it while few are.
func (c *census) models() int {
	once, twice := float64(c.once), float64(c.twice)
	return len(c.times) + int(math.Round(once*(once-1)/(2*(twice+1))))
}

// exhausted reports whether most draws are of models that came before.
func (c *census) exhausted() bool { return c.total >= 20 && 2*len(c.times) < c.total }

// reach bounds how many different models will have been found after more
// candidates. The chance that the next draw is of a new model is about the share
// of draws whose model came once (Good 1953, "The population frequencies of
// species") and falls from draw to draw; the bound takes that number five
// standard deviations higher, and at least 16 higher.
func (c *census) reach(candidates, more int) float64 {
	once := float64(c.once)
	return float64(len(c.times)) + float64(more)*(once+float64(5*math.Sqrt(once))+16)/float64(candidates)
}
