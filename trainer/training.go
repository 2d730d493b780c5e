package trainer

import (
	"context"
	"math"
	"time"

	"designspace/internal/seed"
	"designspace/space"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// training is a model in training.
type training struct {
	Config
	net   *engine.Net
	train *feed
	held  *feed // validation images, or else test images

	at    Checkpoint // where it stands, without the net and the time since start
	start time.Time

	save      func(*Checkpoint) error // nil: keep no checkpoints
	saveEvery time.Duration           // 0: only when interrupted
	kept      time.Time               // when the latest was saved
}

// newTraining prepares the training of a model by a complete configuration.
func newTraining(m *space.Model, c Config) (*training, error) {
	if err := c.Recipe.Validate(); err != nil {
		return nil, err
	}
	if err := matches(m, c.Data); err != nil {
		return nil, err
	}
	c.Recipe.Batch = min(c.Recipe.Batch, c.Data.Train.Len())
	net, err := NewNet(m, c.Recipe, c.Seed, c.Recipe.Batch, c.Kernels)
	if err != nil {
		return nil, err
	}
	held := c.Data.Test
	if c.Data.Val != nil {
		held = c.Data.Val
	}
	return &training{
		Config: c, net: net,
		train: newFeed(c.Data.Train, c.Recipe.Batch),
		held:  newFeed(held, c.Recipe.Batch),
	}, nil
}

// NewNet compiles a model for batches of at most the given size, with the
// parameters that its training by the recipe and the seed begins with.
func NewNet(m *space.Model, r Recipe, modelSeed uint64, batch int, k *kernel.Set) (*engine.Net, error) {
	net, err := engine.Compile(m, batch, k)
	if err == nil {
		net.Init(seed.New("init", modelSeed), r.ZeroInit)
	}
	return net, err
}

// run trains to the end.
func (t *training) run(ctx context.Context) (Outcome, error) {
	t.start = time.Now()
	t.kept = t.start
	o := NewOutcome("", Done)
	for _, point := range t.at.Curve {
		o.Add(point)
	}
	t.progress(len(o.Curve))
	err := t.epochs(ctx, &o)
	if err == nil && o.Status == Done && t.tests() {
		err = t.test(ctx, &o)
	}
	if err != nil {
		return Outcome{}, t.interrupted(ctx, err)
	}
	o.TrainSeconds = (t.at.Elapsed + time.Since(t.start)).Seconds()
	o.ImagesPerSecond = rate(t.at.Images, t.at.Trained)
	o.EvalImagesPerSecond = rate(t.at.Evaluations, t.at.Evaluated)
	return o, nil
}

// epochs trains for the epochs that are left, until the model diverges.
func (t *training) epochs(ctx context.Context, o *Outcome) error {
	for e := len(o.Curve) + 1; e <= t.Recipe.Epochs; e++ {
		if t.at.Epoch != e {
			t.at.Epoch, t.at.Step, t.at.Loss, t.at.Wrong, t.at.Curve = e, 0, 0, 0, o.Curve
		}
		point, finite, err := t.epoch(ctx)
		if err != nil {
			return err
		}
		if !finite {
			o.diverge(t.tests())
			return nil
		}
		o.Add(point)
		if t.OnEpoch != nil {
			t.OnEpoch(point)
		}
		if err := t.showNet(o); err != nil {
			return err
		}
	}
	return nil
}

// tests reports whether there are test images beside those that give the error.
func (t *training) tests() bool { return t.Data.Val != nil && t.Data.Test.Len() > 0 }

// test evaluates the trained model on the test images, which decided nothing.
func (t *training) test(ctx context.Context, o *Outcome) error {
	e, finite, err := t.evaluate(ctx, newFeed(t.Data.Test, t.Recipe.Batch))
	if o.ErrorTest = e; err == nil && !finite {
		o.diverge(true)
	}
	return err
}

func rate(images int, time time.Duration) float64 {
	if time == 0 {
		return math.NaN()
	}
	return float64(images) / time.Seconds()
}

// progress calls Progress.
func (t *training) progress(epoch int) {
	if t.Progress != nil {
		t.Progress(Progress{Epoch: epoch, Images: t.at.Images, Curve: t.at.Curve})
	}
}

// showNet calls Net.
func (t *training) showNet(o *Outcome) error {
	if t.Net == nil {
		return nil
	}
	t.average(true)
	defer t.average(false)
	return t.Net(o, t.net)
}

// average puts the moving averages in the place of the parameters, if there are
// some, or back.
func (t *training) average(on bool) {
	if t.Recipe.EMA > 0 {
		t.net.UseAverage(on)
	}
}

// epoch trains for what is left of the epoch under way and evaluates if it is
// time to. It reports whether all numbers met were finite; if not, the epoch has
// no meaning.
func (t *training) epoch(ctx context.Context) (point Epoch, finite bool, err error) {
	at := &t.at
	e := newEpoch(t.train, t.Recipe, t.Seed, at.Epoch)
	point = Epoch{Epoch: at.Epoch, Error: math.NaN()}
	for step := range e.steps {
		if err := ctx.Err(); err != nil {
			return point, false, err
		}
		point.LR = t.Recipe.Rate(float64(at.Epoch-1) + float64(step)/float64(e.steps))
		if step < at.Step { // done before a checkpoint: only the random numbers go by
			e.step(step)
			continue
		}
		t.keepNowAndThen()
		if !t.step(e, step, point.LR) {
			return point, false, nil
		}
		t.progress(at.Epoch - 1)
	}
	point.TrainLoss = at.Loss / float64(len(e.order))
	point.TrainError = percent(at.Wrong, len(e.order))
	if !t.weightsFinite() {
		return point, false, nil
	}
	if t.Recipe.evaluates(at.Epoch) {
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
	res := t.net.Step(b, t.Recipe.update(lr))
	at.Trained += time.Since(start)
	at.Images += b.N
	if !isFinite(res.Loss) || !allFinite(res.Logits) {
		return false
	}
	at.Loss += float64(res.Loss * float64(b.N))
	classes := t.Data.Classes
	for i, index := range indices {
		if argmax(res.Logits[i*classes:(i+1)*classes]) != int(t.Data.Train.Labels[index]) {
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
