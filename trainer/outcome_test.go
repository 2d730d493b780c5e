package trainer

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// What is absent is null in JSON, and null or a missing key is absent.
func TestAbsentNumbers(t *testing.T) {
	o := NewOutcome("m", Done)
	o.Curve = []Epoch{{Epoch: 1, LR: 0.5, TrainLoss: math.Inf(1), Error: math.NaN()}}
	text, err := json.Marshal(&o)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"m","status":"done","error":null,"error_best_epoch":null,"error_train":null,"error_test":null,"loss":null,` +
		`"epochs":0,"seed":0,"lr":null,"weight_decay":null,"train_seconds":null,"images_per_second":null,"eval_images_per_second":null,` +
		`"curve":[{"epoch":1,"lr":0.5,"train_loss":null,"train_error":0,"error":null}]}`
	if string(text) != want {
		t.Errorf("\n got %s\nwant %s", text, want)
	}
	var got Outcome
	if err := json.Unmarshal([]byte(`{"id":"m","status":"done","loss":null,"later":1,"curve":[{"lr":null,"error":3}]}`), &got); err != nil {
		t.Fatal(err)
	}
	o.Curve = []Epoch{{LR: math.NaN(), TrainLoss: math.NaN(), TrainError: math.NaN(), Error: 3}}
	if diff := equal(o, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Finite numbers keep their bits.
func TestOutcomeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64().Draw(t, "x")
		if math.IsInf(x, 0) {
			return
		}
		text, err := json.Marshal(Epoch{Epoch: 1, LR: x})
		if err != nil {
			t.Fatal(err)
		}
		var e Epoch
		if err := json.Unmarshal(text, &e); err != nil || math.Float64bits(e.LR) != math.Float64bits(x) {
			t.Errorf("%v as %s is %v, %v", x, text, e.LR, err)
		}
	})
}
