package trainer

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"designspace/internal/strictyaml"
)

func TestRateAtKnownPoints(t *testing.T) {
	r := Recipe{Epochs: 10, LR: 0.4, WarmupEpochs: 2, WarmupFactor: 0.1}
	for _, c := range []struct{ epoch, want float64 }{
		{0, 0.4 * 0.1},
		{1, 0.4 * (1 + math.Cos(math.Pi/10)) / 2 * 0.55}, // half of the way from 0.1 to 1
		{2, 0.4 * (1 + (1+math.Sqrt(5))/4) / 2},          // cos 36° is half the golden ratio
		{5, 0.2},
		{10.0 / 3 * 2, 0.1}, // cos 120° is -1/2
		{10, 0},
	} {
		if got := r.Rate(c.epoch); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("after %v epochs %v, want %v", c.epoch, got, c.want)
		}
	}
	if got := (Recipe{Epochs: 1, LR: 0.3}).Rate(0); got != 0.3 {
		t.Errorf("without warm-up it begins at %v, want 0.3", got)
	}
}

func TestRateRisesThenFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Recipe{
			Epochs:       rapid.IntRange(1, 50).Draw(t, "epochs"),
			LR:           rapid.Float64Range(1e-4, 10).Draw(t, "lr"),
			WarmupFactor: rapid.Float64Range(0, 1).Draw(t, "factor"),
		}
		r.WarmupEpochs = float64(r.Epochs) * rapid.Float64Range(0, 0.1).Draw(t, "warmup")
		a := float64(r.Epochs) * rapid.Float64Range(0, 1).Draw(t, "a")
		b := float64(r.Epochs) * rapid.Float64Range(0, 1).Draw(t, "b")
		a, b = min(a, b), max(a, b)
		if ra, rb := r.Rate(a), r.Rate(b); ra > r.LR || rb < 0 || a >= r.WarmupEpochs && ra < rb {
			t.Fatalf("%v after %v epochs, %v after %v, largest %v", ra, a, rb, b, r.LR)
		}
	})
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		field string
		spoil func(*Recipe)
	}{
		{"epochs", func(r *Recipe) { r.Epochs = 0 }},
		{"batch", func(r *Recipe) { r.Batch = -1 }},
		{"lr", func(r *Recipe) { r.LR = 0 }},
		{"lr", func(r *Recipe) { r.LR = math.NaN() }},
		{"lr", func(r *Recipe) { r.LR = math.Inf(1) }},
		{"warmup_epochs", func(r *Recipe) { r.WarmupEpochs = 4 }},
		{"warmup_factor", func(r *Recipe) { r.WarmupFactor = math.NaN() }},
		{"momentum", func(r *Recipe) { r.Momentum = 1 }},
		{"nesterov", func(r *Recipe) { r.Momentum = 0 }},
		{"weight_decay", func(r *Recipe) { r.WeightDecay = -1e-4 }},
		{"crop", func(r *Recipe) { r.Crop = -4 }},
		{"label_smoothing", func(r *Recipe) { r.LabelSmoothing = 1 }},
		{"mixup", func(r *Recipe) { r.Mixup = math.NaN() }},
		{"ema", func(r *Recipe) { r.EMA = 1 }},
		{"eval_every", func(r *Recipe) { r.EvalEvery = -1 }},
	} {
		r, err := Preset("quick")
		if err != nil {
			t.Fatal(err)
		}
		c.spoil(&r)
		if err := r.Validate(); err == nil || !strings.HasPrefix(err.Error(), "recipe: "+c.field+" ") {
			t.Errorf("%+v: error %v, want one about %s", r, err, c.field)
		}
	}
}

func TestPresets(t *testing.T) {
	for _, name := range PresetNames() {
		r, err := Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r.Label() != name {
			t.Errorf("%s calls itself %s", name, r.Label())
		}
		r.Epochs++
		if l := r.Label(); !strings.HasPrefix(l, "custom-") {
			t.Errorf("%s with another epoch calls itself %s", name, l)
		}
	}
	if _, err := Preset("slow"); err == nil || !strings.Contains(err.Error(), "known are cifar, proxy, quick") {
		t.Errorf("unknown preset: error %v", err)
	}
}

// What only leaves evaluations out is no other recipe, and labels that earlier
// versions gave it are still its own.
func TestLabelOfLastOnly(t *testing.T) {
	quick, err := Preset("quick")
	if err != nil {
		t.Fatal(err)
	}
	last := quick
	last.EvalEvery = last.Epochs
	custom, customLast := quick, last
	custom.LR, customLast.LR = 0.3, 0.3
	some := quick
	some.EvalEvery = 2
	for _, c := range []struct {
		a, b  Recipe
		alike bool
	}{{quick, last, true}, {custom, customLast, true}, {quick, custom, false}, {quick, some, false}} {
		if alike := c.a.Label() == c.b.Label(); alike != c.alike {
			t.Errorf("%s and %s", c.a.Label(), c.b.Label())
		}
	}
	if !last.LastOnly() || quick.LastOnly() || some.LastOnly() {
		t.Error("evaluated after the last epoch alone")
	}
	if !last.Named("quick") || !last.Named(last.exactLabel()) || last.exactLabel() == "quick" || last.Named("proxy") {
		t.Errorf("names of %s and %s", last.Label(), last.exactLabel())
	}
}

// The names in files are a contract.
func TestRecipeInYAML(t *testing.T) {
	const text = `epochs: 10
batch: 128
lr: 0.05
warmup_epochs: 1.5
warmup_factor: 0.1
momentum: 0.9
nesterov: true
weight_decay: 0.0005
norm_decay: true
zero_init: true
flip: true
crop: 4
label_smoothing: 0.1
mixup: 0.2
ema: 0.999
eval_every: 2
`
	want := Recipe{
		Epochs: 10, Batch: 128, LR: 0.05, WarmupEpochs: 1.5, WarmupFactor: 0.1,
		Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4, NormDecay: true, ZeroInit: true,
		Flip: true, Crop: 4, LabelSmoothing: 0.1, Mixup: 0.2, EMA: 0.999, EvalEvery: 2,
	}
	var got Recipe
	if err := strictyaml.Unmarshal("recipe.yaml", []byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	written, err := strictyaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(written)); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}
