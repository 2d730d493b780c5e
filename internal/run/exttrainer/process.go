package exttrainer

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"designspace/trainer/dataset"
)

// PythonVariable is the environment variable that names the Python with PyTorch.
const PythonVariable = "DESIGNSPACE_PYTHON"

//go:embed worker.py
var workerSource string

// notFromHere keeps a Python before 3.11, which does not know PYTHONSAFEPATH,
// from importing what lies in the working directory.
const notFromHere = "import sys; sys.path[:] = [p for p in sys.path if p]\n"

// A process is a Python that trains with PyTorch, at one model at a time.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	pipe    *os.File // what it answers
	out     *bufio.Reader
	log     string // path of what it prints
	devices Devices
	has     []string // hashes of the data sets that it has

	ended chan struct{} // closed when it has
	err   error         // how, then
}

// An answer is a line that a process writes.
type answer struct {
	Is string `json:"is"`
	Epoch
	ErrorTest           *float64 `json:"error_test"`
	ImagesPerSecond     float64  `json:"images_per_second"`
	EvalImagesPerSecond float64  `json:"eval_images_per_second"`
	Reason              string   `json:"reason"`
	Torch               string   `json:"torch"`
	Device              string   `json:"device"`
	Cards               int      `json:"cards"`
}

// start starts the worker of a number and waits until it is ready.
func start(ctx context.Context, python string, number int, bf16 bool, logs string) (*process, error) {
	p, err := launch(context.WithoutCancel(ctx), cmp.Or(python, "python3"), number, bf16, logs) // other models follow
	if err == nil {
		defer context.AfterFunc(ctx, p.kill)()
		if p.devices, err = p.ready(); err == nil {
			return p, nil
		}
		p.kill()
	}
	return nil, fmt.Errorf("%w; %s names a Python that has PyTorch", err, PythonVariable)
}

func launch(ctx context.Context, python string, number int, bf16 bool, logs string) (*process, error) {
	if err := os.MkdirAll(logs, 0o777); err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(logs, "torch-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	_ = log.Chmod(0o644) // for all who share the run
	out, stdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdout.Close()
	args := []string{"-c", notFromHere + workerSource, strconv.Itoa(number)}
	if bf16 {
		args = append(args, "bf16")
	}
	p := &process{cmd: exec.CommandContext(ctx, python, args...), pipe: out, out: bufio.NewReader(out), log: log.Name(), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "PYTHONSAFEPATH=1") // nothing is imported from the working directory
	p.cmd.Stdout, p.cmd.Stderr = stdout, log
	inGroup(p.cmd)
	if p.in, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		out.Close()
		os.Remove(p.log)
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		if info, err := os.Stat(p.log); err == nil && info.Size() == 0 {
			os.Remove(p.log)
		}
		close(p.ended)
	}()
	return p, nil
}

// ready waits for the first answer.
func (p *process) ready() (Devices, error) {
	a, err := p.answer()
	if err == nil && a.Is != "ready" {
		err = fmt.Errorf("the trainer says %q first", a.Is)
	}
	return Devices{Torch: a.Torch, Name: a.Device, Cards: a.Cards}, err
}

// kill ends the process with all that it started. It holds nothing that it would
// have to give back.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	endGroup(p.cmd)
	p.in.Close()
	p.pipe.Close()
}

// send sends a line of JSON, and bytes after it.
func (p *process) send(line any, blobs ...[]byte) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	for _, b := range slices.Concat([][]byte{append(text, '\n')}, blobs) {
		if _, err := p.in.Write(b); err != nil {
			return p.failure(err)
		}
	}
	return nil
}

// sendData sends the images of a data set, once.
func (p *process) sendData(d *dataset.Data) error {
	if slices.Contains(p.has, d.Hash) {
		return nil
	}
	line := struct {
		Do    string     `json:"do"`
		Data  string     `json:"data"`
		Size  int        `json:"size"`
		Mean  [3]float32 `json:"mean"`
		Std   [3]float32 `json:"std"`
		Parts [][2]any   `json:"parts"` // name and number of images
	}{Do: "data", Data: d.Hash, Size: d.Size, Mean: d.Train.Mean, Std: d.Train.Std}
	var blobs [][]byte
	for _, part := range []struct {
		name   string
		images *dataset.Images
	}{{"train", d.Train}, {"val", d.Val}, {"test", d.Test}} {
		if part.images != nil {
			line.Parts = append(line.Parts, [2]any{part.name, part.images.Len()})
			blobs = append(blobs, part.images.Pixels, part.images.Labels)
		}
	}
	p.has = append(p.has, d.Hash)
	return p.send(line, blobs...)
}

// answer reads the next line.
func (p *process) answer() (a answer, err error) {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return a, p.failure(err)
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, fmt.Errorf("the trainer said %q: %w", line, err)
	}
	return a, nil
}

// floats reads n numbers that follow a line.
func (p *process) floats(n int) ([]float32, error) {
	data := make([]byte, 4*n)
	if _, err := io.ReadFull(p.out, data); err != nil {
		return nil, p.failure(err)
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values, nil
}

// failure says how the process ended, which err showed.
func (p *process) failure(err error) error {
	p.in.Close()
	select {
	case <-p.ended:
	case <-time.After(grace):
		p.kill()
		<-p.ended
	}
	if p.err != nil {
		err = p.err
	}
	return fmt.Errorf("the trainer ended with %w%s: see %s", err, lastLine(p.log), p.log)
}
