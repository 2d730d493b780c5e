// Package exttrainer trains models by other programs than the engine: by PyTorch,
// see [Torch], or by a command line of the user, see [Program].
package exttrainer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"designspace/internal/bounded"
	"designspace/internal/interop/export"
	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
	"designspace/space"
	"designspace/trainer"
)

// A Program trains one model at a call. The shell runs its command line with the
// path of a JSON file in the place of {model} and with the path of a file to be
// written in that of {out}.
//
// The first is a [Task]. To the second the program appends a line of JSON after
// every epoch, [Epoch]; the error of the last one is that of the model. A line
// {"diverged": true} ends the training of a model whose loss left the finite
// numbers. The exit code is 0 if the model was trained or diverged.
type Program struct {
	Line    string
	Logs    string // directory of what the program prints, a file a training
	Data    string // path of the data, handed on
	Recipe  trainer.Recipe
	Timeout time.Duration // of one training; 0: none
}

// A Task is what a program is to train.
type Task struct {
	ID     string             `json:"id"`
	Repeat int                `json:"repeat"`
	Seed   uint64             `json:"seed"`
	Model  export.Description `json:"model"`
	Recipe map[string]any     `json:"recipe"` // the keys of a recipe file
	Data   string             `json:"data"`   // path of the data, or what --data says
	Module string             `json:"module"` // Python source of the model as the class Net
}

// An Epoch is a line that a program writes. Errors are in percent.
type Epoch struct {
	Epoch      int      `json:"epoch"` // from 1
	LR         *float64 `json:"lr"`
	TrainLoss  *float64 `json:"train_loss"`
	TrainError *float64 `json:"train_error"`
	Error      *float64 `json:"error"` // on held-out images; may be missing in all but the last
	Images     int      `json:"images"`
	Diverged   bool     `json:"diverged"`
}

// IsCommand reports whether a trainer is a command line: neither built in nor
// the engine, which is "".
func IsCommand(trainer string) bool { return trainer != "" && ParseTorch(trainer) == nil }

// Check reports a trainer that is neither built in nor a command line that names
// the files.
func Check(line string) error {
	if ParseTorch(line) != nil {
		return nil
	}
	if near := suggest.Nearest(line, []string{torchFloat, torchBF16}); near != nil && !strings.Contains(line, "{") {
		return fmt.Errorf("trainer %s: did you mean %s? A command needs {model} and {out}", line, suggest.Or(near))
	}
	for _, word := range []string{"{model}", "{out}"} {
		if !strings.Contains(line, word) {
			return fmt.Errorf("trainer %q: %s is missing: it stands for the path of a file; %s and %s are built in", line, word, torchFloat, torchBF16)
		}
	}
	return nil
}

// Train trains a job. Whatever goes wrong is the outcome of the model; the error
// is that of the context.
func (p Program) Train(ctx context.Context, j trainer.Job, progress func(trainer.Progress)) (trainer.Outcome, error) {
	start := time.Now()
	progress(trainer.Progress{})
	o, err := p.train(ctx, j, progress)
	if ctx.Err() != nil {
		return trainer.Outcome{}, ctx.Err()
	}
	if err != nil {
		o = trainer.Failure(err.Error())
	}
	o.TrainSeconds = time.Since(start).Seconds()
	return o, nil
}

func (p Program) train(ctx context.Context, j trainer.Job, progress func(trainer.Progress)) (o trainer.Outcome, err error) {
	dir, err := tempDir()
	if dir != "" {
		defer os.RemoveAll(dir)
	}
	if err != nil {
		return o, err
	}
	model, out := filepath.Join(dir, "model.json"), filepath.Join(dir, "out.jsonl")
	if err := p.write(model, j); err != nil {
		return o, err
	}
	follow, stop := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		watch(follow, out, progress)
	}()
	err = p.run(ctx, j, dir, model, out)
	stop()
	<-followed
	if err != nil {
		return o, err
	}
	text, err := bounded.ReadFile(out, 1<<28)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	return parse(text)
}

// write writes the task.
func (p Program) write(path string, j trainer.Job) error {
	t := Task{ID: j.ID, Repeat: j.Repeat, Seed: j.Seed, Model: export.Describe(j.Model), Data: p.Data}
	t.Model.Blocks = export.Blocks(j.Model)
	var err error
	if t.Recipe, err = keys(p.Recipe.For(j.Candidate)); err != nil {
		return err
	}
	if t.Module, err = module(j.Model); err != nil {
		return err
	}
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o666)
}

// keys returns a recipe under the keys of a recipe file.
func keys(r trainer.Recipe) (map[string]any, error) {
	text, err := strictyaml.Marshal(r)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	return m, yaml.Unmarshal(text, &m)
}

// module returns the Python source of a model.
func module(m *space.Model) (string, error) {
	var b strings.Builder
	err := export.PyTorch(&b, m, nil, false)
	return b.String(), err
}

// grace is how long a program that is told to stop may take.
const grace = 10 * time.Second

// run runs the program and keeps what it prints.
func (p Program) run(ctx context.Context, j trainer.Job, dir, model, out string) error {
	if err := os.MkdirAll(p.Logs, 0o777); err != nil {
		return err
	}
	path := filepath.Join(p.Logs, fmt.Sprintf("%s-%d.log", j.ID, j.Repeat))
	os.Remove(path) // of an earlier attempt; or else what it may lead to would be written
	log, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer log.Close()
	if p.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.Timeout)
		defer cancel()
	}
	line := strings.NewReplacer("{model}", quote(model), "{out}", quote(out)).Replace(p.Line)
	cmd, watched, err := shell(ctx, line, dir)
	if err != nil {
		return err
	}
	defer watched() // after the group has ended
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = log, log, grace
	inGroup(cmd)
	err = cmd.Run()
	endGroup(cmd)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("the trainer took more than %v: see %s", p.Timeout, path)
	case err != nil:
		return fmt.Errorf("the trainer ended with %w%s: see %s", err, lastLine(path), path)
	}
	return nil
}

// quote makes one word of s for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// lastLine returns the last line of a log, to be put after something.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 500
	if info, err := f.Stat(); err == nil && info.Size() > most {
		f.Seek(-most, io.SeekEnd)
	}
	text, _ := io.ReadAll(f)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return ": " + last
	}
	return ""
}

// watchEvery is how often a program's progress is looked at.
const watchEvery = 500 * time.Millisecond

// watch reports the epochs that a program completes, and between them that it
// is alive.
func watch(ctx context.Context, path string, progress func(trainer.Progress)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchEvery):
		}
		text, _ := bounded.ReadFile(path, 1<<28)
		if end := bytes.LastIndexByte(text, '\n'); end >= 0 {
			text = text[:end]
		}
		now := trainer.Progress{}
		for line := range bytes.Lines(text) {
			var e Epoch
			if json.Unmarshal(line, &e) != nil {
				continue
			}
			now.Epoch, now.Images = e.Epoch, max(now.Images, e.Images)
			if point, err := e.point(len(now.Curve) + 1); err == nil {
				now.Curve = append(now.Curve, point)
			}
		}
		progress(now)
	}
}

// parse makes an outcome of what a program wrote.
func parse(text []byte) (trainer.Outcome, error) {
	o := trainer.NewOutcome("", trainer.Done)
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var e Epoch
		if err := json.Unmarshal(line, &e); err != nil {
			return o, fmt.Errorf("line %d of the trainer's output: %w", n, err)
		}
		if e.Diverged {
			o.Diverge()
			return o, nil
		}
		point, err := e.point(len(o.Curve) + 1)
		if err != nil {
			return o, fmt.Errorf("line %d of the trainer's output: %w", n, err)
		}
		o.Add(point)
	}
	switch {
	case len(o.Curve) == 0:
		return o, errors.New("the trainer wrote no epoch to {out}")
	case math.IsNaN(o.Error):
		return o, fmt.Errorf("the trainer wrote no error after the last epoch, %d", len(o.Curve))
	}
	return o, nil
}

// point checks an epoch.
func (e Epoch) point(number int) (trainer.Epoch, error) {
	if e.Epoch != number {
		return trainer.Epoch{}, fmt.Errorf("epoch %d where %d is next", e.Epoch, number)
	}
	for _, x := range []*float64{e.Error, e.TrainError} {
		if x != nil && !(*x >= 0 && *x <= 100) {
			return trainer.Epoch{}, fmt.Errorf("an error of %v: want percent, from 0 to 100", *x)
		}
	}
	return trainer.Epoch{Epoch: number, LR: orNaN(e.LR), TrainLoss: orNaN(e.TrainLoss), TrainError: orNaN(e.TrainError), Error: orNaN(e.Error)}, nil
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
