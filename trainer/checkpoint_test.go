package trainer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"designspace/space"
	"designspace/trainer/engine/kernel"
)

// shelf keeps checkpoints as the bytes of files.
type shelf struct {
	t     *testing.T
	files map[string][]byte
	saves int
	why   error // of the latest refusal
}

func (s *shelf) Save(j Job, c *Checkpoint) error {
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		s.t.Error(err)
	}
	s.files[j.ID] = b.Bytes()
	s.saves++
	return nil
}

func (s *shelf) Load(j Job, resume func(*Checkpoint) error) {
	data, ok := s.files[j.ID]
	if !ok {
		return
	}
	c, err := ReadCheckpoint(data)
	if err == nil {
		err = resume(c)
	}
	s.why = err
}

// trainKept trains a model with interruptions after random numbers of steps, and
// says how many there were.
func trainKept(t *testing.T, p Pool, j Job, r *rand.Rand) (o Outcome, interruptions int) {
	t.Helper()
	p.Done = func(_ Job, done Outcome) error { o = done; return nil }
	for ; ; interruptions++ {
		ctx, stop := context.WithCancel(t.Context())
		left := r.IntN(9)
		p.Progress = func(Job, Progress) {
			if left--; left <= 0 {
				stop()
			}
		}
		err := p.Train(ctx, []Job{j})
		stop()
		if err == nil {
			return o, interruptions
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

// An interrupted training that goes on from its checkpoints has the outcome of an
// undisturbed one, to the bit.
func TestCheckpointsChangeNothing(t *testing.T) {
	se := tiny(16)
	se.SERatio, se.Activation = 0.25, space.SiLU
	for _, k := range kernel.Sets() {
		for name, c := range map[string]struct {
			m      *space.Model
			change func(*Recipe)
			val    int
		}{
			"plain":      {tiny(8), func(*Recipe) {}, 0},
			"validation": {tiny(8), func(r *Recipe) { r.EvalEvery = 2 }, 30},
			"augmented":  {se, func(r *Recipe) { r.Flip, r.Crop, r.Mixup, r.EMA, r.WarmupEpochs = true, 2, 0.3, 0.9, 1 }, 0},
		} {
			t.Run(fmt.Sprintf("%s %s", k.Name, name), func(t *testing.T) {
				recipe := recipe(3)
				c.change(&recipe)
				p := Pool{Recipe: recipe, Data: blobs(150, c.val, 40), Kernels: k, Workers: 1}
				j := Job{ID: "m", Candidate: space.Candidate{Model: c.m}, Seed: 7}
				var want Outcome
				p.Done = func(_ Job, o Outcome) error { want = o; return nil }
				if err := p.Train(t.Context(), []Job{j}); err != nil {
					t.Fatal(err)
				}
				s := &shelf{t: t, files: map[string][]byte{}}
				p.Checkpointer = s
				got, interruptions := trainKept(t, p, j, rand.New(rand.NewPCG(1, 2)))
				if interruptions < 3 {
					t.Errorf("%d interruptions", interruptions)
				}
				if diff := equal(want, got); diff != "" {
					t.Error(diff)
				}
				if got.TrainSeconds <= 0 || got.ImagesPerSecond <= 0 || got.EvalImagesPerSecond <= 0 || s.why != nil {
					t.Errorf("%v s, %v images/s, %v", got.TrainSeconds, got.ImagesPerSecond, s.why)
				}
			})
		}
	}
}

// Checkpoints are saved while the training goes on.
func TestCheckpointEvery(t *testing.T) {
	s := &shelf{t: t, files: map[string][]byte{}}
	p := Pool{Recipe: recipe(2), Data: blobs(64, 0, 16), Kernels: kernels(t), Workers: 1, Checkpointer: s, CheckpointEvery: time.Nanosecond}
	if err := p.Train(t.Context(), []Job{{ID: "m", Candidate: space.Candidate{Model: tiny(8)}}}); err != nil {
		t.Fatal(err)
	}
	if s.saves != 8 {
		t.Errorf("%d checkpoints in 8 steps", s.saves)
	}
}

// A checkpoint that is damaged, or of another net, is refused, and the model
// trained from the beginning.
func TestBadCheckpoints(t *testing.T) {
	s := &shelf{t: t, files: map[string][]byte{}}
	p := Pool{Recipe: recipe(1), Data: blobs(32, 0, 16), Kernels: kernels(t), Workers: 1, Checkpointer: s, CheckpointEvery: time.Nanosecond}
	var outcomes []Outcome
	p.Done = func(_ Job, o Outcome) error { outcomes = append(outcomes, o); return nil }
	j := Job{ID: "m", Candidate: space.Candidate{Model: tiny(8)}}
	if err := p.Train(t.Context(), []Job{j}); err != nil {
		t.Fatal(err)
	}
	good := s.files["m"]
	flipped := bytes.Clone(good)
	flipped[len(flipped)-3] ^= 1
	var other bytes.Buffer
	c, err := ReadCheckpoint(good)
	if err != nil {
		t.Fatal(err)
	}
	c.Net = c.Net[1:]
	if err := c.Write(&other); err != nil {
		t.Fatal(err)
	}
	late := bytes.Replace(good, []byte(`\"Step\":1`), []byte(`\"Step\":7`), 1)
	for want, data := range map[string][]byte{
		"not a safetensors file": []byte("x"),
		"cut short":              good[:len(good)-1],
		"checksum":               flipped,
		"a state of ":            other.Bytes(),
		"epoch 1, step 7":        late,
	} {
		s.files["m"], s.why = data, nil
		p.Checkpointer = &reader{s}
		if err := p.Train(t.Context(), []Job{j}); err != nil {
			t.Fatal(err)
		}
		if s.why == nil || !strings.Contains(s.why.Error(), want) {
			t.Errorf("%v, want %s", s.why, want)
		}
		if diff := equal(outcomes[0], outcomes[len(outcomes)-1]); diff != "" {
			t.Errorf("%s: %s", want, diff)
		}
	}
}

// reader is a shelf to which nothing is added.
type reader struct{ *shelf }

func (reader) Save(Job, *Checkpoint) error { return nil }

// Nothing that is read makes the reader panic.
func FuzzReadCheckpoint(f *testing.F) {
	var b bytes.Buffer
	c := Checkpoint{Epoch: 2, Step: 3, Curve: []Epoch{{Epoch: 1}}}
	if err := c.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := ReadCheckpoint(data); err == nil && c.Epoch != len(c.Curve)+1 {
			t.Errorf("%+v", c)
		}
	})
}
