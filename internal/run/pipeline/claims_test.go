package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// Processes on one run directory divide its models and record each once.
func TestProcessesShareARun(t *testing.T) {
	d := tiny(t)
	d.N = 12
	whole := start(t, d)
	if err := Train(t.Context(), whole, short()); err != nil {
		t.Fatal(err)
	}
	shared := start(t, d)
	var g sync.WaitGroup
	for range 3 {
		g.Go(func() {
			o := short()
			o.Workers, o.NoForecast = 1, true
			if err := Train(t.Context(), shared, o); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if diff := cmp.Diff(results(t, whole), results(t, shared)); diff != "" {
		t.Error(diff)
	}
	if n := journalLines(t, shared); n != 12 {
		t.Errorf("%d records of 12 models", n)
	}
}

// What a process that hangs has begun is trained by another once it was silent
// for long enough, and not before.
func TestHangingProcess(t *testing.T) {
	dir := start(t, tiny(t))
	hanging := rundir.Leases{Dir: dir}
	lease, err := hanging.Acquire(rundir.Key{ID: "m0002"})
	if err != nil || lease == nil {
		t.Fatal(lease, err)
	}
	var log strings.Builder
	o := short()
	o.Lease, o.Log = 300*time.Millisecond, &log
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if got := results(t, dir)["status"]; !cmp.Equal(got, []string{"done", "done", "done", "done"}) {
		t.Errorf("status %q", got)
	}
	if !strings.Contains(log.String(), "waiting for models that other processes train: 1\n") {
		t.Errorf("log %q does not say what it waits for", log.String())
	}
}

// No number of attempts overflows: the last one has no other after it.
func TestLastAttempt(t *testing.T) {
	dir := start(t, tiny(t))
	journal := func(attempt string) {
		t.Helper()
		if err := os.MkdirAll(dir.Journal(), 0o777); err != nil {
			t.Fatal(err)
		}
		line := `{"id":"m0001","status":"failed","reason":"x","attempt":` + attempt + "}\n"
		if err := os.WriteFile(filepath.Join(dir.Journal(), "000001.jsonl"), []byte(line), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := Train(t.Context(), dir, short()); err != nil { // gives run.yaml its train section
		t.Fatal(err)
	}
	o := short()
	o.Retry = trainer.Failed
	for _, attempt := range []string{"1000000", "9223372036854775807", "9223372036854775808", "1e300"} {
		journal(attempt)
		if err := Train(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "000001.jsonl:1: ") || !strings.HasSuffix(err.Error(), ": remove the line and its model is trained again") {
			t.Errorf("attempt %s: %v", attempt, err)
		}
	}
	journal(strconv.Itoa(rundir.MaxAttempt - 1))
	if err := os.WriteFile(filepath.Join(dir.Journal(), "m0001-0-"+strconv.Itoa(rundir.MaxAttempt)+".9223372036854775807.lease"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if got := results(t, dir)["status"][0]; got != "done" {
		t.Errorf("status %s after the last attempt", got)
	}
	if err := os.Remove(filepath.Join(dir.Journal(), "000002.jsonl")); err != nil { // as if the last attempt had failed
		t.Fatal(err)
	}
	journal(strconv.Itoa(rundir.MaxAttempt))
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if got := results(t, dir)["status"][0]; got != "failed" {
		t.Errorf("status %s where no attempt is left", got)
	}
}

// Who watches a training sees its epochs while it goes on.
func TestEpochsAreTold(t *testing.T) {
	dir := start(t, tiny(t))
	o := short()
	o.Only, o.Recipe = []string{"m0001"}, func(r trainer.Recipe) (trainer.Recipe, error) {
		r.Epochs, r.Batch, r.WarmupEpochs = 1_000_000, 16, 0
		return r, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- Train(ctx, dir, o) }()
	var curve []trainer.Epoch
	for end := time.Now().Add(5 * time.Minute); len(curve) < 2 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		j, err := rundir.ReadJournal(dir)
		if err != nil {
			t.Fatal(err)
		}
		work, err := rundir.Working(dir, j)
		if err != nil {
			t.Fatal(err)
		}
		if len(work) > 0 {
			curve = work[0].Curve
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for i, e := range curve {
		if e.Epoch < i+1 || i > 0 && e.Epoch <= curve[i-1].Epoch || !(e.TrainError >= 0 && e.TrainError <= 100) {
			t.Fatalf("epoch %d is %+v", i+1, e)
		}
	}
	if len(curve) < 2 {
		t.Errorf("%d epochs", len(curve))
	}
}
