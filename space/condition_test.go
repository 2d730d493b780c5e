package space

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParseVaried(t *testing.T) {
	v, err := ParseVaried(" activation = relu, silu")
	if err != nil || v.Key != "activation" || strings.Join(v.Values, "|") != "relu|silu" || v.Condition("silu") != "activation=silu" {
		t.Errorf("%v, error %v", v, err)
	}
	for _, text := range []string{"", "lr", "lr=", "lr=1", "lr=1,1", "lr=1,", "=a,b", "depths=1,2", "classes=2,3", "block=x,v\nname: y"} {
		if v, err := ParseVaried(text); err == nil {
			t.Errorf("%q is read as %v", text, v)
		}
	}
}

// A setting with the value that a model has leaves it as it is; another changes
// that and no other, and leaves the candidate that was drawn alone.
func TestWith(t *testing.T) {
	for _, name := range []string{"proxy/regnetx", "proxy/anynetxa"} {
		d, r := mustLoad(t, name).NewDrawer(), rand.New(rand.NewPCG(1, 2))
		c, reason := d.Draw(r)
		for reason != Accepted {
			c, reason = d.Draw(r)
		}
		key := c.Model.Key()
		for _, v := range []struct{ key, same, other string }{{"activation", "relu", "silu"}, {"se_ratio", "0", "0.25"}, {"input", "32", "16"}, {"block", "x", "vr"}, {"end_activation", "none", "model"}} {
			same, err := c.With(v.key, v.same)
			if err != nil || same.Model.Key() != key {
				t.Errorf("%s: %s=%s makes another model, error %v", name, v.key, v.same, err)
			}
			other, err := c.With(v.key, v.other)
			if v.key == "end_activation" && err != nil { // the block may end with it
				continue
			}
			if err != nil || other.Model.Key() == key {
				t.Errorf("%s: %s=%s makes the same model, error %v", name, v.key, v.other, err)
				continue
			}
			back, err := other.With(v.key, v.same)
			if err != nil || v.key != "block" && back.Model.Key() != key {
				t.Errorf("%s: %s does not go back, error %v", name, v.key, err)
			}
		}
		if c.Model.Key() != key {
			t.Errorf("%s: the candidate was changed", name)
		}
		e, err := c.With("epochs", "7")
		if err != nil || e.Epochs != 7 || e.Model.Key() != key || c.Epochs != 0 {
			t.Errorf("%+v, error %v", e, err)
		}
		n, err := c.With("train_images", "5000")
		if err != nil || n.TrainImages != 5000 || n.Model.Key() != key || c.TrainImages != 0 || n.Clone().TrainImages != 5000 {
			t.Errorf("%+v, error %v", n, err)
		}
		l, err := c.With("lr", "0.5")
		if err != nil || l.LR != 0.5 || c.LR == 0.5 {
			t.Errorf("%+v, error %v", l, err)
		}
		for _, v := range [][2]string{{"epochs", "0"}, {"epochs", "x"}, {"train_images", "0"}, {"lr", "-1"}, {"weight_decay", "NaN"}, {"activation", "gelu"}, {"input", "two"}, {"nothing", "1"}} {
			if _, err := c.With(v[0], v[1]); err == nil {
				t.Errorf("%s=%s is accepted", v[0], v[1])
			}
		}
	}
}
