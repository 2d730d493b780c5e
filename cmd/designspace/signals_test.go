//go:build linux

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"designspace/internal/run/rundir"
)

// A started is the program in the background.
type started struct {
	*exec.Cmd
	output bytes.Buffer
}

func begin(t *testing.T, args ...string) *started {
	t.Helper()
	s := &started{Cmd: exec.Command("designspace", args...)}
	s.Stdout, s.Stderr = &s.output, &s.output
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Process.Kill() })
	return s
}

// signal sends a signal and returns the exit code, which must come soon.
func (s *started) signal(t *testing.T, sig os.Signal) int {
	t.Helper()
	if err := s.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	return s.await(t)
}

func (s *started) await(t *testing.T) int {
	t.Helper()
	ended := make(chan struct{})
	go func() { s.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(time.Minute): // it saves, and other tests may keep the disk busy
		t.Fatalf("%q does not end", s.Args)
	}
	return s.ProcessState.ExitCode()
}

// A verb that waits for its input, a pipe into which nobody writes, ends with
// the first signal.
func TestFirstSignalEnds(t *testing.T) {
	t.Chdir(t.TempDir())
	const pipe = "pipe"
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{
		"analyze pipe", "plot edf pipe --out x.svg", "report pipe --out x.html",
	} {
		s := begin(t, strings.Fields(verb)...)
		in := writing(t, pipe)
		if in == nil {
			t.Errorf("%s does not read it: %s", verb, &s.output)
			continue
		}
		code := s.signal(t, os.Interrupt)
		in.Close()
		if code != 1 || s.output.String() != "designspace: interrupted\n" {
			t.Errorf("%s: exit code %d: %s", verb, code, &s.output)
		}
		if left, _ := filepath.Glob("x*"); len(left) > 0 {
			t.Errorf("%s left %q", verb, left)
		}
	}
}

// writing opens a pipe when a program has it open for reading, nil if none comes
// to.
func writing(t *testing.T, pipe string) *os.File {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			return f
		}
	}
	return nil
}

// train saves its models with each of the signals and says how to go on; what it
// was told to ignore it ignores.
func TestSignalsSave(t *testing.T) {
	t.Chdir(t.TempDir())
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // else what starts under nohup would ignore it, too
	defer signal.Stop(hangup)
	command(t, "sample", "--space", "proxy/regnetx", "-n", "1", "--input", "8", "--flops", "30K:60K", "--out", "run")
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		s := &started{Cmd: exec.Command("designspace", "train", "run", "--train-images", "500", "--test-images", "20", "--epochs", "1000", "--checkpoint-every", "10ms")}
		stderr := s.pipe(t)
		checkpoint := rundir.Dir("run").Checkpoint("m0001", 0)
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if _, err := os.Stat(checkpoint); err == nil {
				break
			}
		}
		code := s.signal(t, sig)
		rest, _ := io.ReadAll(stderr)
		if code != 1 || !strings.Contains(string(rest), "are trained and kept; resume with: designspace train run") {
			t.Errorf("%v: exit code %d: %s", sig, code, rest)
		}
		if err := os.Remove(checkpoint); err != nil {
			t.Errorf("%v: %v", sig, err)
		}
	}
	s := &started{Cmd: exec.Command("nohup", "designspace", "train", "run", "--train-images", "500", "--test-images", "20", "--epochs", "1000", "--checkpoint-every", "10ms")}
	s.pipe(t)
	if err := s.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if err := s.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("under nohup it ended with SIGHUP: %v", err)
	}
	s.signal(t, syscall.SIGTERM)
}

// pipe starts the program and returns what follows its first line, which it
// prints when the training begins.
func (s *started) pipe(t *testing.T) io.Reader {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	s.Stderr = w
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if strings.Contains(line, "Ctrl-C stops") {
			return lines
		}
	}
}

// Where a verb that saves waits for a trainer, the second signal ends it at once; serve and
// status --watch end with the first.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	command(t, "sample", "--space", "proxy/regnetx", "-n", "1", "--out", "run")
	const stubborn = "trap '' TERM\ntouch begun\nsleep 5\n"
	if err := os.WriteFile("trainer.sh", []byte(stubborn), 0o666); err != nil {
		t.Fatal(err)
	}
	s := begin(t, "train", "run", "--trainer", "exec sh trainer.sh {model} {out}")
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if _, err := os.Stat("begun"); err == nil {
			break
		}
	}
	if err := s.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	if code := s.signal(t, os.Interrupt); code != 130 {
		t.Errorf("exit code %d: %s", code, &s.output)
	}

	for _, verb := range []string{"serve run --listen localhost:0", "status run --watch"} {
		s := begin(t, strings.Fields(verb)...)
		time.Sleep(500 * time.Millisecond)
		if code := s.signal(t, os.Interrupt); code != 0 {
			t.Errorf("%s: exit code %d: %s", verb, code, &s.output)
		}
	}
}

// A pipe or device where a run has a file is refused, not waited for.
func TestPipesInARun(t *testing.T) {
	t.Chdir(t.TempDir())
	command(t, "sample", "--space", "proxy/regnetx", "-n", "2", "--input", "8", "--flops", "30K:60K", "--out", "run")
	command(t, "train", "run", "--train-images", "32", "--test-images", "20", "--epochs", "1")
	for _, file := range []string{"run.yaml", "models.csv", "journal/000001.jsonl", "journal/m0001-0-0.1.lease", "results.csv", "funnel.csv", "checkpoints/m0001-0.safetensors", "weights/m0001.safetensors"} {
		for _, device := range []bool{false, true} {
			path := filepath.Join("run", file)
			os.Mkdir(filepath.Dir(path), 0o777)
			had := os.Rename(path, "kept") == nil
			err := syscall.Mkfifo(path, 0o666)
			if device {
				os.Remove(path)
				err = syscall.Mknod(path, syscall.S_IFCHR|0o666, 1<<8|5) // zero
			}
			if err != nil {
				t.Skipf("no device can be made: %v", err)
			}
			for _, verb := range []string{"status run", "status run --verify", "train run", "analyze run --no-plot", "sample --extend -n 3 --out run"} {
				s := begin(t, strings.Fields(verb)...)
				if code := s.await(t); code != 1 || !strings.Contains(s.output.String(), path+": it is a ") {
					t.Errorf("%s with %s: exit code %d: %s", verb, path, code, &s.output)
				}
			}
			os.Remove(path)
			if had {
				if err := os.Rename("kept", path); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	command(t, "status", "run", "--verify")
}
