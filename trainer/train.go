// Package trainer trains models of a design space on proxy data and tells how
// well they did.
//
// The outcome of a model depends on the model, the recipe, the data and the
// seed, to the bit, and on nothing else: not on the processor, the number of
// workers, their order or the clock.
package trainer

import (
	"context"
	"fmt"

	"designspace/space"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// Progress is how far the training of a model has come.
type Progress struct {
	Epoch  int     // completed
	Images int     // trained on, of Epochs × the training images
	Curve  []Epoch // the epochs completed, as far as they are known; not to be changed
}

// A Config says how a model is trained. Its zero value trains on the built-in
// data by the preset proxy.
type Config struct {
	Data    *dataset.Data // nil: the synthetic images in the model's size
	Recipe  Recipe        // zero: the preset proxy
	Seed    uint64        // of the parameters, the order of the images and their augmentation
	Kernels *kernel.Set   // nil: the fastest of this machine

	// The callbacks may be nil.

	OnEpoch  func(Epoch)    // after every epoch
	Progress func(Progress) // before the first step and after every one
	// Net is called after every epoch with what came of the model so far and with
	// the net as it was evaluated. Its error ends the training.
	Net func(*Outcome, *engine.Net) error
}

// Train trains a model. It returns the error of the context once that is done,
// between two steps. A model that diverges is an outcome and not an error.
func Train(ctx context.Context, m *space.Model, c Config) (Outcome, error) {
	if err := c.complete(m); err != nil {
		return Outcome{}, err
	}
	t, err := newTraining(m, c)
	if err != nil {
		return Outcome{}, err
	}
	o, err := t.run(ctx)
	if err != nil {
		return Outcome{}, err
	}
	o.describe(Job{ID: m.Name, Seed: c.Seed}, c.Recipe)
	o.Kernel, o.Data, o.Recipe = kernel.Arithmetic, c.Data.Label(), c.Recipe.Label()
	return o, nil
}

// complete puts the defaults in the place of zero values.
func (c *Config) complete(m *space.Model) (err error) {
	if c.Recipe == (Recipe{}) {
		if c.Recipe, err = Preset("proxy"); err != nil {
			return err
		}
	}
	if c.Kernels == nil {
		if c.Kernels, err = kernel.Choose(""); err != nil {
			return err
		}
	}
	if c.Data == nil {
		c.Data, err = dataset.Open("synthetic", dataset.Options{Input: m.Input})
	}
	return err
}

// matches reports whether the model takes the images of the data.
func matches(m *space.Model, d *dataset.Data) error {
	if m.Input != d.Size || m.Classes != d.Classes {
		return fmt.Errorf("input %d and classes %d are not those of %s, %d and %d: sample for these data or train on others",
			m.Input, m.Classes, d.Name, d.Size, d.Classes)
	}
	return nil
}
