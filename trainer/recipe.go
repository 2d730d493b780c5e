package trainer

import (
	"crypto/sha256"
	"designspace/internal/numeric"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"designspace/internal/suggest"
)

// Recipe says how a model is trained: by stochastic gradient descent with
// momentum on softmax cross-entropy, with the learning rate of [Recipe.Rate],
// after Radosavovic et al. (arXiv 2003.13678 and 1905.13214).
type Recipe struct {
	// Epochs is the number of passes over the training images.
	Epochs int `yaml:"epochs"`
	// Batch is the largest number of images of a step. An epoch has as few
	// steps as it allows; their sizes differ by one image at most.
	Batch int `yaml:"batch"`

	// LR is the learning rate, scaled down from WarmupFactor of it in the first
	// WarmupEpochs, which may be a fraction.
	LR           float64 `yaml:"lr"`
	WarmupEpochs float64 `yaml:"warmup_epochs"`
	WarmupFactor float64 `yaml:"warmup_factor"`

	Momentum float64 `yaml:"momentum"`
	Nesterov bool    `yaml:"nesterov"`
	// WeightDecay is the factor of the weights that is added to the gradient, of
	// batch normalisation and biases only with NormDecay.
	WeightDecay float64 `yaml:"weight_decay"`
	NormDecay   bool    `yaml:"norm_decay"`
	// ZeroInit lets every residual branch start as zero.
	ZeroInit bool `yaml:"zero_init"`

	// Flip mirrors half of the training images. Crop surrounds them with so many
	// pixels of zeros (the mean colour) and cuts the size of the image out at
	// random.
	Flip bool `yaml:"flip"`
	Crop int  `yaml:"crop"`
	// LabelSmoothing is the part of the target that all classes share.
	LabelSmoothing float64 `yaml:"label_smoothing"`
	// Mixup is the parameter α of the Beta(α, α) distribution of the weight with which
	// two images and their targets are mixed (arXiv 1710.09412); 0: none.
	Mixup float64 `yaml:"mixup"`
	// EMA is the decay, a step, of a moving average of the weights, which is
	// then what is evaluated; 0: none.
	EMA float64 `yaml:"ema"`

	// EvalEvery is the number of epochs from one evaluation to the next; 0 is 1.
	// The last epoch is always evaluated, and from Epochs on no other is.
	EvalEvery int `yaml:"eval_every"`
}

// Validate reports the first setting that is out of its range.
func (r Recipe) Validate() error {
	for _, c := range []struct {
		ok   bool
		name string
		got  any
		want string
	}{
		{r.Epochs >= 1, "epochs", r.Epochs, "1 or more"},
		{r.Batch >= 1 && r.Batch <= 65536, "batch", r.Batch, "1 to 65536"},
		{r.LR > 0 && !math.IsInf(r.LR, 0), "lr", r.LR, "a positive number"},
		{r.WarmupEpochs >= 0 && r.WarmupEpochs <= float64(r.Epochs), "warmup_epochs", r.WarmupEpochs, fmt.Sprintf("0 to epochs, %d", r.Epochs)},
		{r.WarmupFactor >= 0 && r.WarmupFactor <= 1, "warmup_factor", r.WarmupFactor, "0 to 1"},
		{r.Momentum >= 0 && r.Momentum < 1, "momentum", r.Momentum, "0 or more and less than 1"},
		{!r.Nesterov || r.Momentum > 0, "nesterov", r.Nesterov, "momentum with it, or false"},
		{r.WeightDecay >= 0 && r.WeightDecay < 1, "weight_decay", r.WeightDecay, "0 or more and less than 1"},
		{r.Crop >= 0 && r.Crop <= 16, "crop", r.Crop, "0 to 16 pixels"},
		{r.LabelSmoothing >= 0 && r.LabelSmoothing < 1, "label_smoothing", r.LabelSmoothing, "0 or more and less than 1"},
		{r.Mixup >= 0 && r.Mixup <= 100, "mixup", r.Mixup, "0 to 100"},
		{r.EMA >= 0 && r.EMA < 1, "ema", r.EMA, "0 or more and less than 1"},
		{r.EvalEvery >= 0, "eval_every", r.EvalEvery, "1 or more epochs, or 0 for every one"},
	} {
		if !c.ok {
			return fmt.Errorf("recipe: %s %v: want %s", c.name, c.got, c.want)
		}
	}
	return nil
}

// Rate returns the learning rate after so many epochs, a fraction within one: a
// half cosine from LR to 0, in the warm-up times a factor that rises linearly to
// one. Every step has its own.
func (r Recipe) Rate(epoch float64) float64 {
	lr := r.LR / 2 * (1 + numeric.CosPi(epoch/float64(r.Epochs)))
	if epoch < r.WarmupEpochs {
		done := epoch / r.WarmupEpochs
		lr *= float64(r.WarmupFactor*(1-done)) + done
	}
	return lr
}

// LastOnly reports whether no epoch but the last is evaluated.
func (r Recipe) LastOnly() bool { return max(r.EvalEvery, 1) >= r.Epochs }

// Label returns a short name that tells recipes apart: that of the preset the
// recipe equals, or "custom-" and a hash. Evaluating only the last epoch, which
// changes no training, makes it no other recipe.
func (r Recipe) Label() string {
	if r.LastOnly() || r.EvalEvery == 1 {
		r.EvalEvery = 0
	}
	return r.exactLabel()
}

// Named reports whether a label is that of the recipe, or the one that earlier
// versions gave it, in which LastOnly made another recipe.
func (r Recipe) Named(label string) bool { return label == r.Label() || label == r.exactLabel() }

func (r Recipe) exactLabel() string {
	for _, p := range presets {
		if p.Recipe == r {
			return p.Name
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", r))
	return "custom-" + hex.EncodeToString(sum[:4])
}

// evaluates reports whether the epoch, counted from 1, ends in an evaluation.
func (r Recipe) evaluates(epoch int) bool {
	return epoch == r.Epochs || epoch%max(r.EvalEvery, 1) == 0
}

// A NamedRecipe is a recipe that has a name.
type NamedRecipe struct {
	Name, About string
	Recipe      Recipe
}

var presets = []NamedRecipe{
	{"quick", "a few minutes for a population of very small models", Recipe{
		Epochs: 3, Batch: 32, LR: 0.2, WarmupEpochs: 0.3, WarmupFactor: 0.1,
		Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4, ZeroInit: true,
		Flip: true,
	}},
	{"proxy", "the default: ranks models of a few million multiply-adds on 10000 images of 16 pixels", Recipe{
		Epochs: 5, Batch: 64, LR: 0.1, WarmupEpochs: 0.5, WarmupFactor: 0.1,
		Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4, ZeroInit: true,
		Flip: true, LabelSmoothing: 0.1,
	}},
	{"cifar", "all of CIFAR, after arXiv 1905.13214", Recipe{
		Epochs: 100, Batch: 128, LR: 0.1, WarmupEpochs: 5, WarmupFactor: 0.1,
		Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4,
		Flip: true, Crop: 4,
	}},
}

// Presets returns the recipes that have a name, the shortest first.
func Presets() []NamedRecipe { return slices.Clone(presets) }

// Preset returns the recipe of a name of [PresetNames].
func Preset(name string) (Recipe, error) {
	for _, p := range presets {
		if p.Name == name {
			return p.Recipe, nil
		}
	}
	return Recipe{}, fmt.Errorf("recipe %s: no such recipe; %s", name, suggest.Known(name, PresetNames()))
}

// PresetNames returns the names of [Presets].
func PresetNames() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.Name)
	}
	return names
}
