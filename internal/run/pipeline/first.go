package pipeline

import (
	"cmp"

	"designspace/space"
	"designspace/trainer"
)

// First fills in what makes a first run: the two spaces that the paper begins
// and ends with, on small synthetic images, so little work that a laptop
// without vector instructions does it in some minutes.
func First(d Draw, t Training) (Draw, Training) {
	d.Spaces = []string{"proxy/anynetxa", "proxy/regnetx"}
	d.N = cmp.Or(d.N, 8)
	if len(d.Budgets) == 0 {
		d.Budgets = []space.Range{space.Between(600e3, 1.2e6)}
	}
	d.Input = cmp.Or(d.Input, 16)
	t.Images.Train = cmp.Or(t.Images.Train, 2000)
	t.Images.Test = cmp.Or(t.Images.Test, 1000)
	change := t.Recipe
	t.Recipe = func(trainer.Recipe) (trainer.Recipe, error) {
		r, err := trainer.Preset("quick")
		if err != nil || change == nil {
			return r, err
		}
		return change(r)
	}
	return d, t
}
