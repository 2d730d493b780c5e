package trainer

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"designspace/internal/safetensors"
	"designspace/trainer/engine"
)

// A Checkpoint is the training of a model between two steps. A training that
// goes on from it has the outcome, to the bit, of one that was never interrupted,
// but for the times.
type Checkpoint struct {
	Key string `json:"-"` // says what is trained and how, to whom keeps it

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

	Net []engine.StatePart `json:"-"`
}

// A Checkpointer keeps the checkpoints of models in training. Its methods are
// called by several workers at once.
type Checkpointer interface {
	// Save keeps a checkpoint of the job in place of an earlier one. The values of
	// c.Net are valid during the call only. An error is of no consequence for the
	// training.
	Save(j Job, c *Checkpoint) error
	// Load calls resume with the checkpoint of the job, if there is one. If resume
	// refuses it, the model is trained from the beginning.
	Load(j Job, resume func(*Checkpoint) error)
}

// A checkpointHeader is what a file holds of a checkpoint besides tensors.
type checkpointHeader struct {
	*Checkpoint
	Parts []string // names of the tensors in their order
	CRC   uint32   // of their values
}

// Keys of a file's metadata.
const (
	keyName    = "key"
	headerName = "checkpoint"
)

// Write writes the checkpoint as a safetensors file.
func (c *Checkpoint) Write(w io.Writer) error {
	h := checkpointHeader{Checkpoint: c, CRC: checksum(c.Net)}
	var tensors []safetensors.Tensor
	for _, p := range c.Net {
		h.Parts = append(h.Parts, p.Name)
		tensors = append(tensors, safetensors.Tensor{Name: p.Name, Shape: []int{len(p.Values)}, Values: p.Values})
	}
	header, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return safetensors.Write(w, tensors, map[string]string{keyName: c.Key, headerName: string(header)})
}

// ReadCheckpoint reads what [Checkpoint.Write] wrote. It is an error if the file
// is damaged.
func ReadCheckpoint(data []byte) (*Checkpoint, error) {
	f, err := safetensors.Read(data)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Key: f.Metadata[keyName]}
	h := checkpointHeader{Checkpoint: c}
	if err := json.Unmarshal([]byte(f.Metadata[headerName]), &h); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if c.Epoch != len(c.Curve)+1 || c.Step < 0 || c.Images < 0 || c.Wrong < 0 {
		return nil, fmt.Errorf("header: epoch %d, step %d after %d epochs", c.Epoch, c.Step, len(c.Curve))
	}
	for _, name := range h.Parts {
		values, err := f.All(name)
		if err != nil {
			return nil, err
		}
		c.Net = append(c.Net, engine.StatePart{Name: name, Values: values})
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

// keepNowAndThen saves a checkpoint while the training goes on.
func (t *training) keepNowAndThen() {
	if t.save != nil && t.saveEvery > 0 && time.Since(t.kept) >= t.saveEvery {
		_ = t.keep() // the next one may succeed; without it an interruption costs more
	}
}

// resume puts the training where the checkpoint has it.
func (t *training) resume(c *Checkpoint) error {
	if c.Epoch > t.Recipe.Epochs || c.Step > t.steps() {
		return fmt.Errorf("epoch %d, step %d: the training has %d of %d", c.Epoch, c.Step, t.Recipe.Epochs, t.steps())
	}
	if err := t.net.SetState(c.Net); err != nil {
		return err
	}
	t.at = *c
	return nil
}

// steps is the number of steps of an epoch.
func (t *training) steps() int {
	return (t.Data.Train.Len() + t.Recipe.Batch - 1) / t.Recipe.Batch
}

// interrupted saves a checkpoint if the context is done, so that nothing is lost
// of a training that was stopped.
func (t *training) interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		_ = t.keep() // the error to tell is that of the context
	}
	return err
}
