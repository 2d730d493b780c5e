package pipeline

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
)

// stopped trains a run until a checkpoint of m0001 is there, and returns what
// was logged.
func stopped(t *testing.T, dir rundir.Dir, o Training) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(dir.Checkpoint("m0001", 0)); err == nil {
				cancel()
			}
			time.Sleep(100 * time.Microsecond)
		}
	}()
	var log bytes.Buffer
	o.Log, o.Checkpoint = &log, time.Nanosecond
	if err := Train(ctx, dir, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v: the training ended before it was stopped", err)
	}
	return log.String()
}

// A training that is stopped goes on from its checkpoints with the same results,
// and leaves none behind.
func TestCheckpoints(t *testing.T) {
	d := tiny(t)
	d.N = 1
	o := short()
	o.Images = Images{Train: 320, Test: 20} // long enough to be stopped
	whole := start(t, d)
	if err := Train(t.Context(), whole, o); err != nil {
		t.Fatal(err)
	}
	want := results(t, whole)

	for name, damage := range map[string]func([]byte) []byte{
		"whole":       func(b []byte) []byte { return b },
		"cut short":   func(b []byte) []byte { return b[:len(b)/2] },
		"of another ": func(b []byte) []byte { return bytes.Replace(b, []byte("seed "), []byte("sead "), 1) },
	} {
		dir := start(t, d)
		stopped(t, dir, o)
		path := dir.Checkpoint("m0001", 0)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, damage(data), 0o666); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		o.Log = &log
		if err := Train(t.Context(), dir, o); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, results(t, dir)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if noted := strings.Contains(log.String(), "note: "+path); noted != (name != "whole") {
			t.Errorf("%s: %s", name, &log)
		}
		if _, err := os.Stat(dir.Checkpoints()); err == nil {
			t.Errorf("%s: checkpoints are left", name)
		}
	}
}

// Without checkpoints none are written.
func TestNoCheckpoints(t *testing.T) {
	dir := start(t, tiny(t))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	o := short()
	o.Checkpoint, o.Images.Train = -1, 2000
	if err := Train(ctx, dir, o); err == nil {
		t.Fatal("the training was not stopped")
	}
	if left, _ := filepath.Glob(filepath.Join(string(dir), "checkpoints", "*")); len(left) > 0 {
		t.Errorf("checkpoints %q", left)
	}
}
