package trainer

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"time"

	"designspace/internal/safetensors"
	"designspace/trainer/engine"
)

// A Checkpoint is the training of a model between two steps. A training that
// goes on from it has the outcome, to the bit, of one that was never interrupted,
// but for the times.
type Checkpoint struct {
	Epoch  int     // under way, from 1
	Step   int     // steps of it that are done
	Loss   float64 // summed over the images of these steps
	Wrong  int     // of these images
	Images int     // trained on in all epochs
	Curve  []Epoch // of the completed epochs

	Evaluations int           // of images
	Evaluated   time.Duration // in evaluations
	Trained     time.Duration // in training steps
	Elapsed     time.Duration // all in all

	Net []engine.StatePart
}

// A Checkpointer keeps the checkpoints of models in training. Its methods are called by
// several workers at once.
type Checkpointer interface {
	// Save keeps a checkpoint of the job in place of an earlier one. The values of
	// c.Net are valid during the call only. An error is of no consequence for the
	// training.
	Save(j Job, c *Checkpoint) error
	// Load calls resume with the checkpoint of the job, if there is one. If resume
	// refuses it, the model is trained from the beginning.
	Load(j Job, resume func(*Checkpoint) error)
}

// exact is a float64 as a text that reads back to the same bits, NaN included.
type exact float64

func (x exact) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(x), 'g', -1, 64), nil
}

func (x *exact) UnmarshalText(text []byte) error {
	v, err := strconv.ParseFloat(string(text), 64)
	*x = exact(v)
	return err
}

// A checkpointHeader is what a file holds of a checkpoint besides tensors.
type checkpointHeader struct {
	Epoch, Step      int
	Loss             exact
	Wrong, Images    int
	Curve            []checkpointEpoch
	Trained, Elapsed time.Duration
	Evaluations      int
	Evaluated        time.Duration
	Parts            []engine.StatePart // without values, for their order
	CRC              uint32             // of the values
}

type checkpointEpoch struct {
	Epoch                            int
	LR, TrainLoss, TrainError, Error exact
}

// CheckpointKey is the name of the key among the metadata of a checkpoint's file.
const CheckpointKey = "key"

const headerName = "checkpoint"

// Write writes the checkpoint as a safetensors file. The key says what is being
// trained and how.
func (c *Checkpoint) Write(w io.Writer, key string) error {
	h := checkpointHeader{
		Epoch: c.Epoch, Step: c.Step, Loss: exact(c.Loss), Wrong: c.Wrong, Images: c.Images,
		Trained: c.Trained, Elapsed: c.Elapsed, Evaluations: c.Evaluations, Evaluated: c.Evaluated, CRC: checksum(c.Net),
	}
	for _, e := range c.Curve {
		h.Curve = append(h.Curve, checkpointEpoch{e.Epoch, exact(e.LR), exact(e.TrainLoss), exact(e.TrainError), exact(e.Error)})
	}
	var tensors []safetensors.Tensor
	for _, p := range c.Net {
		h.Parts = append(h.Parts, engine.StatePart{Name: p.Name})
		tensors = append(tensors, safetensors.Tensor{Name: p.Name, Shape: []int{len(p.Values)}, Values: p.Values})
	}
	header, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return safetensors.Write(w, tensors, map[string]string{CheckpointKey: key, headerName: string(header)})
}

// ReadCheckpoint reads what [Checkpoint.Write] wrote. It is an error if the file
// is damaged or has another key.
func ReadCheckpoint(data []byte, key string) (*Checkpoint, error) {
	f, err := safetensors.Read(data)
	if err != nil {
		return nil, err
	}
	if has := f.Metadata[CheckpointKey]; has != key {
		return nil, fmt.Errorf("it is of %q and not of %q", has, key)
	}
	var h checkpointHeader
	if err := json.Unmarshal([]byte(f.Metadata[headerName]), &h); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	c := &Checkpoint{
		Epoch: h.Epoch, Step: h.Step, Loss: float64(h.Loss), Wrong: h.Wrong, Images: h.Images,
		Trained: h.Trained, Elapsed: h.Elapsed, Evaluations: h.Evaluations, Evaluated: h.Evaluated,
	}
	for _, e := range h.Curve {
		c.Curve = append(c.Curve, Epoch{e.Epoch, float64(e.LR), float64(e.TrainLoss), float64(e.TrainError), float64(e.Error)})
	}
	if c.Epoch != len(c.Curve)+1 || c.Step < 0 || c.Images < 0 || c.Wrong < 0 {
		return nil, fmt.Errorf("header: epoch %d, step %d after %d epochs", c.Epoch, c.Step, len(c.Curve))
	}
	for _, p := range h.Parts {
		values, err := f.All(p.Name)
		if err != nil {
			return nil, err
		}
		c.Net = append(c.Net, engine.StatePart{Name: p.Name, Values: values})
	}
	if sum := checksum(c.Net); sum != h.CRC {
		return nil, fmt.Errorf("checksum %08x instead of %08x", sum, h.CRC)
	}
	return c, nil
}

func checksum(parts []engine.StatePart) uint32 {
	h := crc32.NewIEEE()
	for _, p := range parts {
		h.Write(safetensors.LittleEndian(p.Values))
	}
	return h.Sum32()
}

// keep saves a checkpoint.
func (t *training) keep() error {
	if t.save == nil {
		return nil
	}
	c := t.at
	c.Elapsed += time.Since(t.start)
	c.Net = t.net.State()
	t.kept = time.Now()
	return t.save(&c)
}

// keepNow and then saves a checkpoint while the training goes on.
func (t *training) keepNowAndThen() {
	if t.save != nil && t.saveEvery > 0 && time.Since(t.kept) >= t.saveEvery {
		_ = t.keep() // the next one may succeed; without it an interruption costs more
	}
}

// resume puts the training where the checkpoint has it.
func (t *training) resume(c *Checkpoint) error {
	if c.Epoch > t.recipe.Epochs || c.Step > t.steps() {
		return fmt.Errorf("epoch %d, step %d: the training has %d of %d", c.Epoch, c.Step, t.recipe.Epochs, t.steps())
	}
	if err := t.net.SetState(c.Net); err != nil {
		return err
	}
	t.at = *c
	return nil
}

// steps is the number of steps of an epoch.
func (t *training) steps() int {
	return (t.data.Train.Len() + t.recipe.Batch - 1) / t.recipe.Batch
}

// interrupted saves a checkpoint if the context is done, so that nothing is lost
// of a training that was stopped.
func (t *training) interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		_ = t.keep() // the error to tell is that of the context
	}
	return err
}
