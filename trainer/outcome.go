package trainer

import (
	"encoding/json"
	"math"

	"designspace/internal/numeric"
)

// An Outcome is what came of one training of a model. It is a line of a run's
// journal, where NaN is null. Errors are in percent; NaN is a value that there
// is none of, as all are of a model that failed. A diverged model has errors of 100.
//
// [Train] leaves Attempt and Version to whoever keeps the outcome, and a [Pool]
// Kernel, Data and Recipe, too, for which a run has names of its own.
type Outcome struct {
	ID      string `json:"id"`
	Status  Status `json:"status"`
	Repeat  int    `json:"repeat,omitempty"`  // 0 is the first training
	Attempt int    `json:"attempt,omitempty"` // 0 is the first; a later one supersedes it
	Confirm bool   `json:"confirm,omitempty"` // it was trained again for being one of the best
	Reason  string `json:"reason,omitempty"`  // why it failed

	Error          float64 `json:"error"`            // on the validation images, without them on the test images, after the last epoch
	ErrorBestEpoch float64 `json:"error_best_epoch"` // the least over the evaluated epochs: optimistic, but what pycls reports
	ErrorTrain     float64 `json:"error_train"`      // of the last epoch
	ErrorTest      float64 `json:"error_test"`       // after the last epoch; NaN without validation images
	Loss           float64 `json:"loss"`             // of the last epoch, in training; NaN unless done

	Epochs      int     `json:"epochs"` // completed
	Seed        uint64  `json:"seed"`
	LR          float64 `json:"lr"`           // of the recipe or as drawn with the model
	WeightDecay float64 `json:"weight_decay"` // likewise

	TrainSeconds        float64 `json:"train_seconds"`          // all in all
	ImagesPerSecond     float64 `json:"images_per_second"`      // in training alone, without evaluation
	EvalImagesPerSecond float64 `json:"eval_images_per_second"` // in evaluation alone

	Kernel  string `json:"kernel,omitempty"`
	Data    string `json:"data,omitempty"`
	Recipe  string `json:"recipe,omitempty"`
	Version string `json:"version,omitempty"` // of the program

	Curve []Epoch `json:"curve,omitempty"` // of the completed epochs
}

// An Epoch is one point of a learning curve. Errors are in percent.
type Epoch struct {
	Epoch      int     `json:"epoch"`       // from 1
	LR         float64 `json:"lr"`          // of the epoch's last step
	TrainLoss  float64 `json:"train_loss"`  // mean over the epoch's images, augmented, while training
	TrainError float64 `json:"train_error"` // likewise
	Error      float64 `json:"error"`       // on held-out images after the epoch; NaN if not evaluated
}

// NewOutcome returns an outcome of a model in which every number is absent.
func NewOutcome(id string, s Status) Outcome {
	nan := math.NaN()
	return Outcome{
		ID: id, Status: s,
		Error: nan, ErrorBestEpoch: nan, ErrorTrain: nan, ErrorTest: nan, Loss: nan,
		LR: nan, WeightDecay: nan, TrainSeconds: nan, ImagesPerSecond: nan, EvalImagesPerSecond: nan,
	}
}

// Failure is the outcome of a model that was not trained.
func Failure(reason string) Outcome {
	o := NewOutcome("", Failed)
	o.Reason, o.TrainSeconds = reason, 0
	return o
}

// Add records a completed epoch, the next one.
func (o *Outcome) Add(e Epoch) {
	o.Curve = append(o.Curve, e)
	o.Epochs = e.Epoch
	o.Error, o.ErrorTrain, o.Loss = e.Error, e.TrainError, e.TrainLoss
	if math.IsNaN(o.ErrorBestEpoch) || e.Error < o.ErrorBestEpoch {
		o.ErrorBestEpoch = e.Error
	}
}

// Diverge makes the outcome that of a diverged model without validation images.
func (o *Outcome) Diverge() { o.diverge(false) }

// diverge makes the outcome that of a diverged model.
func (o *Outcome) diverge(validated bool) {
	o.Status = Diverged
	o.Error, o.ErrorBestEpoch, o.ErrorTrain, o.Loss = 100, 100, 100, math.NaN()
	if validated {
		o.ErrorTest = 100
	}
}

// MarshalJSON writes null for what is absent.
func (o Outcome) MarshalJSON() ([]byte, error) { return numeric.MarshalJSON(o) }

// UnmarshalJSON reads null and a key that is missing as absent. It skips keys
// that it does not know.
func (o *Outcome) UnmarshalJSON(data []byte) error {
	type plain Outcome // without this method
	p := plain(NewOutcome("", ""))
	err := json.Unmarshal(data, &p)
	*o = Outcome(p)
	return err
}

// MarshalJSON writes null for what is absent.
func (e Epoch) MarshalJSON() ([]byte, error) { return numeric.MarshalJSON(e) }

// UnmarshalJSON reads null and a key that is missing as absent.
func (e *Epoch) UnmarshalJSON(data []byte) error {
	type plain Epoch // without this method
	nan := math.NaN()
	p := plain{LR: nan, TrainLoss: nan, TrainError: nan, Error: nan}
	err := json.Unmarshal(data, &p)
	*e = Epoch(p)
	return err
}
