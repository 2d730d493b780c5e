package pipeline

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
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
