// Package trainer trains models of a design space on proxy data and tells how
// well they did.
//
// The outcome of a model depends on the model, the recipe, the data, the seed
// and the kernel set, to the bit, and on nothing else: not on the number of
// workers, their order or the clock.
package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"designspace/internal/seed"
	"designspace/space"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// Epoch is one point of a learning curve. Errors are in percent.
type Epoch struct {
	Epoch      int     // from 1
	LR         float64 // of the epoch's last step
	TrainLoss  float64 // mean over the epoch's images, augmented, while training
	TrainError float64 // likewise
	Error      float64 // on held-out images after the epoch; NaN if not evaluated
}

// Outcome is what came of the training of one model. Errors are in percent. A
// diverged model has 100 in every one of them, a failed model NaN.
type Outcome struct {
	Status Status
	Reason string // why it failed

	Error          float64 // on the validation images, without them on the test images, after the last epoch
	ErrorBestEpoch float64 // the least over the evaluated epochs: optimistic, but what pycls reports
	ErrorTrain     float64 // of the last epoch
	ErrorTest      float64 // after the last epoch; NaN without validation images
	Loss           float64 // of the last epoch, in training; NaN unless done

	Epochs              int     // completed
	TrainSeconds        float64 // all in all
	ImagesPerSecond     float64 // in training alone, without evaluation; 0 if not known
	EvalImagesPerSecond float64 // in evaluation alone; 0 if not known
	Curve               []Epoch // of the completed epochs
}

// Progress is how far the training of a model has come.
type Progress struct {
	Epoch  int // completed
	Images int // trained on, of Epochs × the training images
}

// For returns the recipe with the learning rate and weight decay that were
// drawn with the candidate, if they were.
func (r Recipe) For(c space.Candidate) Recipe {
	if c.LR != 0 {
		r.LR = c.LR
	}
	if c.WeightDecay != 0 {
		r.WeightDecay = c.WeightDecay
	}
	return r
}

// Seed returns the seed with which a candidate is trained in a run, for the
// repeat-th time from 0. Equal architectures have equal seeds in it, whatever
// their names.
func Seed(run uint64, c space.Candidate, repeat int) uint64 {
	drawn := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return seed.Uint64("train", run, c.Model.Key(), drawn(c.LR), drawn(c.WeightDecay), repeat)
}

// Train trains a model and calls onEpoch, unless nil, after every epoch. It
// returns the error of the context once that is done, between two steps. A model
// that diverges is an outcome and not an error.
func Train(ctx context.Context, m *space.Model, r Recipe, d *dataset.Data, modelSeed uint64, k *kernel.Set, onEpoch func(Epoch)) (Outcome, error) {
	t, err := newTraining(m, r, d, modelSeed, k)
	if err != nil {
		return Outcome{}, err
	}
	if onEpoch != nil {
		t.onEpoch = onEpoch
	}
	return t.run(ctx)
}

// matches reports whether the model takes the images of the data.
func matches(m *space.Model, d *dataset.Data) error {
	if m.Input != d.Size || m.Classes != d.Classes {
		return fmt.Errorf("input %d and classes %d are not those of %s, %d and %d: sample for these data or train on others",
			m.Input, m.Classes, d.Name, d.Size, d.Classes)
	}
	return nil
}

// training is a model in training.
type training struct {
	recipe Recipe
	data   *dataset.Data
	seed   uint64
	net    *engine.Net
	train  *feed
	held   *feed // validation images, or else test images

	onEpoch    func(Epoch)
	onProgress func(Progress)
	onNet      func(o *Outcome, n *engine.Net) error // after an epoch, with the parameters that were evaluated

	at    Checkpoint // where it stands, without the net and the time since start
	start time.Time

	save      func(*Checkpoint) error // nil: keep no checkpoints
	saveEvery time.Duration           // 0: only when interrupted
	kept      time.Time               // when the latest was saved
}

func newTraining(m *space.Model, r Recipe, d *dataset.Data, modelSeed uint64, k *kernel.Set) (*training, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if err := matches(m, d); err != nil {
		return nil, err
	}
	r.Batch = min(r.Batch, d.Train.Len())
	net, err := engine.Compile(m, r.Batch, k)
	if err != nil {
		return nil, err
	}
	net.Init(seed.New("init", modelSeed), r.ZeroInit)
	t := &training{
		recipe: r, data: d, seed: modelSeed, net: net,
		train:      newFeed(d.Train, r.Batch),
		onEpoch:    func(Epoch) {},
		onProgress: func(Progress) {},
	}
	if d.Val != nil {
		t.held = newFeed(d.Val, r.Batch)
	} else {
		t.held = newFeed(d.Test, r.Batch)
	}
	return t, nil
}

func (t *training) run(ctx context.Context) (Outcome, error) {
	t.start = time.Now()
	t.kept = t.start
	o := Outcome{Status: Done, ErrorBestEpoch: math.Inf(1), ErrorTest: math.NaN()}
	for _, point := range t.at.Curve {
		o.Add(point)
	}
	for e := len(o.Curve) + 1; e <= t.recipe.Epochs; e++ {
		if t.at.Epoch != e {
			t.at.Epoch, t.at.Step, t.at.Loss, t.at.Wrong, t.at.Curve = e, 0, 0, 0, o.Curve
		}
		point, finite, err := t.epoch(ctx)
		if err != nil {
			return Outcome{}, t.interrupted(ctx, err)
		}
		if !finite {
			o.diverge(t.data.Val != nil)
			break
		}
		o.Add(point)
		t.onEpoch(point)
		if err := t.showNet(&o); err != nil {
			return Outcome{}, err
		}
	}
	if o.Status == Done && t.data.Val != nil {
		e, finite, err := t.evaluate(ctx, newFeed(t.data.Test, t.recipe.Batch))
		if err != nil {
			return Outcome{}, t.interrupted(ctx, err)
		}
		if o.ErrorTest = e; !finite {
			o.diverge(true)
		}
	}
	o.TrainSeconds = (t.at.Elapsed + time.Since(t.start)).Seconds()
	o.ImagesPerSecond = rate(t.at.Images, t.at.Trained)
	o.EvalImagesPerSecond = rate(t.at.Evaluations, t.at.Evaluated)
	return o, nil
}

func rate(images int, time time.Duration) float64 {
	if time == 0 {
		return 0
	}
	return float64(images) / time.Seconds()
}

// showNet calls onNet.
func (t *training) showNet(o *Outcome) error {
	if t.onNet == nil {
		return nil
	}
	t.average(true)
	defer t.average(false)
	return t.onNet(o, t.net)
}

// average puts the moving averages in the place of the parameters, if there are
// some, or back.
func (t *training) average(on bool) {
	if t.recipe.EMA > 0 {
		t.net.UseAverage(on)
	}
}

// Add records a completed epoch, the next one.
func (o *Outcome) Add(e Epoch) {
	o.Curve = append(o.Curve, e)
	o.Epochs = e.Epoch
	o.Error, o.ErrorTrain, o.Loss = e.Error, e.TrainError, e.TrainLoss
	if e.Error < o.ErrorBestEpoch { // not if NaN
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

// epoch trains for what is left of the epoch under way and evaluates if it is
// time to. It reports whether all numbers met were finite; if not, the epoch has
// no meaning.
func (t *training) epoch(ctx context.Context) (point Epoch, finite bool, err error) {
	at := &t.at
	e := newEpoch(t.train, t.recipe, t.seed, at.Epoch)
	point = Epoch{Epoch: at.Epoch, Error: math.NaN()}
	for step := range e.steps {
		if err := ctx.Err(); err != nil {
			return point, false, err
		}
		point.LR = t.recipe.Rate(float64(at.Epoch-1) + float64(step)/float64(e.steps))
		if step < at.Step { // done before a checkpoint: only the random numbers go by
			e.step(step)
			continue
		}
		t.keepNowAndThen()
		if !t.step(e, step, point.LR) {
			return point, false, nil
		}
		t.onProgress(Progress{Epoch: at.Epoch - 1, Images: at.Images})
	}
	point.TrainLoss = at.Loss / float64(len(e.order))
	point.TrainError = percent(at.Wrong, len(e.order))
	if !t.weightsFinite() {
		return point, false, nil
	}
	if t.recipe.evaluates(at.Epoch) {
		point.Error, finite, err = t.evaluate(ctx, t.held)
		return point, finite, err
	}
	return point, true, nil
}

// step trains on a batch and reports whether loss and logits were finite.
func (t *training) step(e *epoch, step int, lr float64) bool {
	at := &t.at
	start := time.Now()
	b, indices := e.step(step)
	res := t.net.Step(b, t.recipe.update(lr))
	at.Trained += time.Since(start)
	at.Images += b.N
	if !isFinite(res.Loss) || !allFinite(res.Logits) {
		return false
	}
	at.Loss += res.Loss * float64(b.N)
	classes := t.data.Classes
	for i, index := range indices {
		if argmax(res.Logits[i*classes:(i+1)*classes]) != int(t.data.Train.Labels[index]) {
			at.Wrong++
		}
	}
	at.Step = step + 1
	return true
}

func (r Recipe) update(lr float64) engine.Update {
	return engine.Update{
		LR: float32(lr), Momentum: float32(r.Momentum), WeightDecay: float32(r.WeightDecay),
		Nesterov: r.Nesterov, NormDecay: r.NormDecay, Average: float32(r.EMA),
	}
}

// evaluate returns the error on the images of f in percent, and whether all
// logits were finite.
func (t *training) evaluate(ctx context.Context, f *feed) (errorPercent float64, finite bool, err error) {
	t.average(true)
	defer t.average(false)
	start := time.Now()
	errorPercent, finite, err = evaluate(ctx, t.net, f, t.recipe.Batch)
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

// weightsFinite looks at the parameters themselves: an activation that maps NaN
// to zero would hide them from the loss.
func (t *training) weightsFinite() bool {
	for _, p := range t.net.Params() {
		if v, err := t.net.Get(p.Name); err != nil || !allFinite(v) {
			return false
		}
	}
	return true
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
