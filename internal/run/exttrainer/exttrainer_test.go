//go:build unix

package exttrainer

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"designspace/internal/testpython"
	"designspace/sampler"
	"designspace/space"
	"designspace/trainer"
)

// job returns a model of 8 pixels.
func job(t *testing.T) trainer.Job { return jobs(t, 1)[0] }

func jobs(t *testing.T, n int) []trainer.Job {
	t.Helper()
	s, err := space.Load("proxy/regnetx")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sampler.Sample(t.Context(), s.WithData(8, 10), sampler.Options{N: n, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var list []trainer.Job
	for i, c := range p.Candidates {
		list = append(list, trainer.Job{ID: string(rune('a' + i)), Candidate: c.Candidate, Seed: 7})
	}
	return list
}

func program(t *testing.T, line string) Program {
	t.Helper()
	r, err := trainer.Preset("proxy")
	if err != nil {
		t.Fatal(err)
	}
	r.Epochs = 2
	return Program{Line: line, Logs: t.TempDir(), Data: "data dir", Recipe: r}
}

func none(trainer.Progress) {}

func TestTrained(t *testing.T) {
	p := program(t, `grep -q '"seed": 7' {model} && grep -q '"data": "data dir"' {model} && grep -q '"epochs": 2' {model} && grep -q 'class Net' {model} &&
		echo hello && printf '{"epoch": 1, "error": 30, "train_error": 50.5}\n{"epoch": 2, "lr": 0.1, "train_loss": 1.5, "error": 32.25}\n' >{out}`)
	o, err := p.Train(t.Context(), job(t), none)
	if err != nil || o.Status != trainer.Done || o.Error != 32.25 || o.ErrorBestEpoch != 30 || o.Epochs != 2 || o.Loss != 1.5 {
		t.Errorf("%+v, %v", o, err)
	}
	if len(o.Curve) != 2 || o.Curve[0].TrainError != 50.5 || !math.IsNaN(o.Curve[1].TrainError) || o.TrainSeconds <= 0 {
		t.Errorf("%+v", o.Curve)
	}
	if log, err := os.ReadFile(filepath.Join(p.Logs, "a-0.log")); err != nil || string(log) != "hello\n" {
		t.Errorf("%q, %v", log, err)
	}
}

// What goes wrong is the outcome of the model and says why.
func TestFailures(t *testing.T) {
	for line, want := range map[string]string{
		"echo {model} {out} >/dev/null; echo out of memory >&2; exit 3": "ended with exit status 3: out of memory: see ",
		"true {model} {out}":                                               "the trainer wrote no epoch to {out}",
		`true {model}; echo '{"epoch": 1}' >{out}`:                         "wrote no error after the last epoch, 1",
		`true {model}; echo '{"epoch": 2, "error": 3}' >{out}`:             "line 1 of the trainer's output: epoch 2 where 1 is next",
		`true {model}; echo '{"epoch": 1, "error": 130}' >{out}`:           "line 1 of the trainer's output: an error of 130",
		`true {model}; printf '{"epoch": 1, "error": 3}\nnonsense' >{out}`: "line 2 of the trainer's output: invalid character",
		"no-such-program {model} {out}":                                    "ended with exit status 127",
	} {
		p := program(t, line)
		o, err := p.Train(t.Context(), job(t), none)
		if err != nil || o.Status != trainer.Failed || !strings.Contains(o.Reason, want) || !math.IsNaN(o.Error) {
			t.Errorf("%s: %+v, %v; want %s", line, o, err, want)
		}
	}
	p := program(t, `true {model}; printf '{"epoch": 1, "error": 90}\n{"diverged": true}\n' >{out}`)
	if o, err := p.Train(t.Context(), job(t), none); err != nil || o.Status != trainer.Diverged || o.Error != 100 {
		t.Errorf("%+v, %v", o, err)
	}
	for _, line := range []string{"train {model}", "train {out}", ""} {
		if err := Check(line); err == nil {
			t.Errorf("%q is a trainer", line)
		}
	}
}

// A program that hangs is ended, with what it started.
func TestTimeout(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	p := program(t, "true {model} {out}; (sleep 2; touch "+mark+") & wait")
	p.Timeout = 100 * time.Millisecond
	begin := time.Now()
	o, err := p.Train(t.Context(), job(t), none)
	if err != nil || o.Status != trainer.Failed || !strings.Contains(o.Reason, "took more than 100ms") {
		t.Errorf("%+v, %v", o, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	p.Timeout = 0
	if _, err := p.Train(ctx, job(t), none); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	time.Sleep(time.Until(begin.Add(3 * time.Second)))
	if _, err := os.Stat(mark); err == nil {
		t.Error("a child lived on")
	}
}

// Progress tells the epochs, for the display and the lease.
func TestProgress(t *testing.T) {
	p := program(t, `true {model}; printf '{"epoch": 1, "error": 3, "images": 100}\n' >{out}; sleep 2`)
	most := trainer.Progress{}
	if _, err := p.Train(t.Context(), job(t), func(now trainer.Progress) { most = now }); err != nil {
		t.Fatal(err)
	}
	if most.Epoch != 1 || most.Images != 100 {
		t.Errorf("%+v", most)
	}
}

// The example trains three models with PyTorch.
func TestExample(t *testing.T) {
	python := testpython.Find(t, "torch", "numpy")
	data := t.TempDir()
	r := rand.New(rand.NewPCG(1, 1))
	for name, n := range map[string]int{"data_batch_1.bin": 96, "test_batch.bin": 64} {
		images := make([]byte, n*3073)
		for i := range images {
			if images[i] = byte(r.IntN(256)); i%3073 == 0 {
				images[i] %= 10
			}
		}
		if err := os.WriteFile(filepath.Join(data, name), images, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	p := program(t, python+" example.py {model} {out}")
	p.Data = data
	trained := 0
	pool := trainer.Pool{Recipe: p.Recipe, Workers: 1, External: p.Train, Done: func(j trainer.Job, o trainer.Outcome) error {
		if o.Status != trainer.Done || len(o.Curve) != 2 || o.Error < 50 { // of noise nothing can be learned
			t.Errorf("%s: %+v", j.ID, o)
		}
		trained++
		return nil
	}}
	if err := pool.Train(t.Context(), jobs(t, 3)); err != nil {
		t.Fatal(err)
	}
	if trained != 3 {
		t.Errorf("%d models are trained", trained)
	}
}

// Nothing that a program writes makes the reader panic or an error leave 0 to 100.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"epoch": 1, "error": 3}`))
	f.Add([]byte(`{"diverged": true}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if o, err := parse(text); err == nil && !(o.Error >= 0 && o.Error <= 100) {
			t.Errorf("%+v", o)
		}
	})
}
