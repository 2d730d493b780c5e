package exttrainer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"designspace/internal/interop/export"
	"designspace/internal/safetensors"
	"designspace/trainer"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// Torch trains models with PyTorch as the engine does: on the same images, from
// the same weights, by the whole recipe. A process, worker.py, trains many models
// and keeps the images on its device; there are as many processes as calls of
// Train at a time.
//
// An outcome depends on model, recipe, data and seed, as the engine's does, and on
// the device and the version of PyTorch, which draws the order of the images and
// their augmentation.
type Torch struct {
	Python  string          // the interpreter
	BF16    bool            // compute in bfloat16 what PyTorch's autocast deems safe
	Sets    []*dataset.Data // one an image size and number of training images
	Recipe  trainer.Recipe
	Logs    string        // directory of what the processes print
	Timeout time.Duration // of one training; 0: none

	// Net is that of a [trainer.Pool].
	Net func(trainer.Job, *trainer.Outcome, *engine.Net) error

	mu      sync.Mutex
	idle    []*process
	running map[*process]bool
	started int
}

// The trainers that are built in, in the place of a command line.
const (
	torchFloat = "torch"
	torchBF16  = "torch bf16"
)

// ParseTorch reads "torch" or "torch bf16"; any other text is the command line of
// a [Program] and gives nil.
func ParseTorch(trainer string) *Torch {
	switch trainer {
	case torchFloat:
		return &Torch{}
	case torchBF16:
		return &Torch{BF16: true}
	}
	return nil
}

// Kernel names, as the name of a kernel set does, how the numbers are computed.
func (t *Torch) Kernel() string {
	if t.BF16 {
		return "torch-bf16"
	}
	return "torch"
}

// Devices is what a Torch trains on.
type Devices struct {
	Torch string // version of PyTorch
	Name  string // of the first device
	Cards int    // graphics cards; 0: it is the processor
}

// Start starts the first process, so that a Python that does not work is an error
// before any model fails by it.
func (t *Torch) Start(ctx context.Context) (Devices, error) {
	p, err := t.take(ctx)
	if err != nil {
		return Devices{}, err
	}
	t.give(p)
	return p.devices, nil
}

// Close ends the processes and waits until they have ended.
func (t *Torch) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p := range t.running {
		p.kill()
		<-p.ended
	}
	t.running, t.idle = nil, nil
}

// take returns a process that has nothing to do.
func (t *Torch) take(ctx context.Context) (*process, error) {
	t.mu.Lock()
	if n := len(t.idle); n > 0 {
		p := t.idle[n-1]
		t.idle = t.idle[:n-1]
		t.mu.Unlock()
		return p, nil
	}
	number := t.started
	t.started++
	t.mu.Unlock()
	p, err := start(ctx, t.Python, number, t.BF16, t.Logs)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == nil {
		t.running = map[*process]bool{}
	}
	t.running[p] = true
	return p, nil
}

// give lets others have the process.
func (t *Torch) give(p *process) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, p)
}

// drop ends a process.
func (t *Torch) drop(p *process) {
	p.kill()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.running, p)
}

// A callbackError ends the training of all models.
type callbackError struct{ error }

// Train trains a job. Whatever goes wrong is the outcome of the model; the error
// is that of the context or of Net.
func (t *Torch) Train(ctx context.Context, j trainer.Job, progress func(trainer.Progress)) (trainer.Outcome, error) {
	begin := time.Now()
	progress(trainer.Progress{})
	o, err := t.train(ctx, j, progress)
	var callback callbackError
	switch {
	case ctx.Err() != nil:
		return trainer.Outcome{}, ctx.Err()
	case errors.As(err, &callback):
		return trainer.Outcome{}, callback.error
	case err != nil:
		o = trainer.Failure(err.Error())
	}
	o.TrainSeconds = time.Since(begin).Seconds()
	return o, nil
}

func (t *Torch) train(ctx context.Context, j trainer.Job, progress func(trainer.Progress)) (o trainer.Outcome, err error) {
	data, err := t.set(j)
	if err != nil {
		return o, err
	}
	p, err := t.take(ctx)
	if err != nil {
		return o, err
	}
	if t.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.Timeout)
		defer cancel()
	}
	stop := context.AfterFunc(ctx, p.kill)
	o, err = t.converse(p, j, data, progress)
	if alive := stop(); alive && err == nil {
		t.give(p)
		return o, nil
	}
	t.drop(p)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return o, fmt.Errorf("the trainer took more than %v: see %s", t.Timeout, p.log)
	}
	return o, err
}

// converse trains a job in a process.
func (t *Torch) converse(p *process, j trainer.Job, data *dataset.Data, progress func(trainer.Progress)) (trainer.Outcome, error) {
	o := trainer.NewOutcome("", trainer.Done)
	net, err := t.send(p, j, data)
	if err != nil {
		return o, err
	}
	for {
		a, err := p.answer()
		if err != nil {
			return o, err
		}
		switch a.Is {
		case "progress":
			progress(trainer.Progress{Epoch: a.Epoch.Epoch, Images: a.Images, Curve: o.Curve})
		case "epoch":
			point, err := a.Epoch.point(len(o.Curve) + 1)
			if err != nil {
				return o, err
			}
			o.Add(point)
			progress(trainer.Progress{Epoch: a.Epoch.Epoch, Images: a.Images, Curve: o.Curve})
			if err := t.show(p, j, &o, net); err != nil {
				return o, err
			}
		case "done":
			if a.ErrorTest != nil {
				o.ErrorTest = *a.ErrorTest
			}
			o.ImagesPerSecond, o.EvalImagesPerSecond = a.ImagesPerSecond, a.EvalImagesPerSecond
			if math.IsNaN(o.Error) {
				return o, fmt.Errorf("the trainer said no error after the last epoch: see %s", p.log)
			}
			return o, nil
		case "diverged":
			if o.Diverge(); data.Val != nil {
				o.ErrorTest = 100
			}
			return o, nil
		case "failed":
			return o, fmt.Errorf("%s: see %s", a.Reason, p.log)
		}
	}
}

// set returns the images of a job.
func (t *Torch) set(j trainer.Job) (*dataset.Data, error) {
	for _, d := range t.Sets {
		if j.Fits(d) && d.Classes == j.Model.Classes {
			return d, nil
		}
	}
	return nil, fmt.Errorf("no images of %d pixels and %d classes", j.Model.Input, j.Model.Classes)
}

// A torchTask is what a process is to train, but for the weights that follow it.
type torchTask struct {
	Do      string         `json:"do"`
	Data    string         `json:"data"` // hash
	Classes int            `json:"classes"`
	Seed    uint64         `json:"seed"`
	Recipe  map[string]any `json:"recipe"`
	Module  string         `json:"module"`
	Weights [][2]any       `json:"weights"` // name and shape
	Save    bool           `json:"save"`    // tell the weights after every epoch
}

// send sends the job, and the images if the process does not have them. It
// returns a net with the weights to begin with.
func (t *Torch) send(p *process, j trainer.Job, data *dataset.Data) (*engine.Net, error) {
	if err := p.sendData(data); err != nil {
		return nil, err
	}
	recipe := t.Recipe.For(j.Candidate)
	task := torchTask{Do: "train", Data: data.Hash, Classes: data.Classes, Seed: j.Seed, Save: t.Net != nil}
	var err error
	if task.Recipe, err = keys(recipe); err != nil {
		return nil, err
	}
	if task.Module, err = module(j.Model); err != nil {
		return nil, err
	}
	k, err := kernel.Choose("generic")
	if err != nil {
		return nil, err
	}
	net, err := trainer.NewNet(j.Model, recipe, j.Seed, 1, k)
	if err != nil {
		return nil, err
	}
	var weights bytes.Buffer
	for _, param := range net.Params() {
		values, err := net.Get(param.Name)
		if err != nil {
			return nil, err
		}
		task.Weights = append(task.Weights, [2]any{export.TensorName(param), param.Shape})
		weights.Write(safetensors.LittleEndian(values))
	}
	return net, p.send(task, weights.Bytes())
}

// show reads the weights after an epoch and calls Net.
func (t *Torch) show(p *process, j trainer.Job, o *trainer.Outcome, net *engine.Net) error {
	if t.Net == nil {
		return nil
	}
	for _, param := range net.Params() {
		values, err := p.floats(param.Len())
		if err != nil {
			return err
		}
		if err := net.Set(param.Name, values); err != nil {
			return err
		}
	}
	if err := t.Net(j, o, net); err != nil {
		return callbackError{err}
	}
	return nil
}
