package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
)

// withSlurm builds the program, whose tasks run outside of the test, and moves to
// a directory of its own. It skips the test where there is no Slurm.
func withSlurm(t *testing.T) (program string) {
	t.Helper()
	if out, err := exec.Command("sinfo", "--noheader").CombinedOutput(); err != nil {
		t.Skipf("no Slurm here: %v %s: .ci/slurm start DIR runs one", err, bytes.TrimSpace(out))
	}
	dir := t.TempDir()
	program = filepath.Join(dir, "designspace")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Chdir(dir)
	return program
}

// ds runs the program and returns what it prints.
func ds(t *testing.T, program string, args ...string) string {
	t.Helper()
	c := exec.Command(program, args...)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("designspace %q: %v\n%s", args, err, &errs)
	}
	return string(out)
}

// A slurmStatus is what status says of a run.
type slurmStatus struct {
	Pending, Done int
	Slurm         struct {
		Jobs []struct {
			Job    string
			States map[string]int
		}
	}
}

func statusOf(t *testing.T, program, run string) (s slurmStatus) {
	t.Helper()
	if err := json.Unmarshal([]byte(ds(t, program, "status", run, "--format", "json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// patience is how long a test waits for what is to come: however slow a machine
// is, it is a fault only after that.
const patience = 5 * time.Minute

// until waits for a status and fails the test if it does not come.
func until(t *testing.T, program, run, what string, ok func(slurmStatus) bool) {
	t.Helper()
	var s slurmStatus
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if s = statusOf(t, program, run); ok(s) {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	logs, _ := filepath.Glob(filepath.Join(run, "slurm", "*.log"))
	for _, l := range logs {
		text, _ := os.ReadFile(l)
		t.Logf("%s:\n%s", l, text)
	}
	t.Fatalf("after %v not %s: %+v", patience, what, s)
}

func trained(s slurmStatus) bool { return s.Pending == 0 }

// An array of four tasks gives the same results as one process.
func TestSlurmArray(t *testing.T) {
	program := withSlurm(t)
	const array = `it's an "array" #1 $(touch x) & more` // the name decides nothing
	sample := []string{"sample", "--space", "proxy/regnetx", "-n", "12", "--input", "8", "--flops", "30K:60K", "--out"}
	train := []string{"--train-images", "40", "--test-images", "20", "--epochs", "1"}
	ds(t, program, append(sample, "local")...)
	ds(t, program, append([]string{"train", "local"}, train...)...)
	ds(t, program, append(sample, array)...)
	ds(t, program, append([]string{"train", array, "--on", "slurm", "--tasks", "4"}, train...)...)
	until(t, program, array, "trained", trained)
	if diff := cmp.Diff(outcomes(t, "local"), outcomes(t, array)); diff != "" {
		t.Error(diff)
	}
	checkRecordedOnce(t, array, 12)
	until(t, program, array, "completed", func(s slurmStatus) bool { return s.Slurm.Jobs[0].States["COMPLETED"] == 4 })
	if out := ds(t, program, "train", array, "--on", "slurm"); out != "" {
		t.Errorf("submitted again: %s", out)
	}
}

// A task that is queued again has saved what it was training, and whoever comes
// next goes on there: here a process without Slurm, which starts the task again
// only after two minutes.
func TestSlurmRequeue(t *testing.T) {
	program := withSlurm(t)
	job := longRun(t, program)
	if out, err := exec.Command("scontrol", "requeue", job+"_0").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	until(t, program, "run", "saved by the task that was stopped", func(slurmStatus) bool { return len(checkpoints()) > 0 })
	until(t, program, "run", "queued again", func(s slurmStatus) bool { return s.Slurm.Jobs[0].States["PENDING"] == 1 })
	ds(t, program, "train", "run")
	asLocal(t, program)
	ds(t, program, "cancel", "run")
}

// What is canceled and then submitted again is only what is missing.
func TestSlurmCancel(t *testing.T) {
	program := withSlurm(t)
	longRun(t, program)
	ds(t, program, "cancel", "run")
	until(t, program, "run", "canceled", func(s slurmStatus) bool {
		return s.Slurm.Jobs[0].States["CANCELLED"] == 2
	})
	if s := statusOf(t, program, "run"); s.Pending == 0 || len(checkpoints()) == 0 {
		t.Errorf("all was trained before it was canceled, or nothing was saved: %+v, %q", s, checkpoints())
	}
	out := ds(t, program, "train", "run", "--on", "slurm")
	if !strings.Contains(out, "/2\" &") || !strings.Contains(out, "--time=1:00:00") {
		t.Errorf("submitted again: %s", out)
	}
	until(t, program, "run", "trained", trained)
	asLocal(t, program)
}

var longTraining = []string{"--train-images", "1000", "--test-images", "20", "--epochs", "2"}

// longRun submits two tasks and returns the number of the job when both train.
func longRun(t *testing.T, program string) (job string) {
	t.Helper()
	ds(t, program, "sample", "--space", "proxy/regnetx", "-n", "4", "--input", "8", "--out", "run")
	ds(t, program, append([]string{"train", "run", "--on", "slurm", "--tasks", "2", "--time", "1:00:00"}, longTraining...)...)
	until(t, program, "run", "in training", func(slurmStatus) bool {
		leases, _ := filepath.Glob(filepath.Join("run", "journal", "*.lease"))
		return len(leases) == 2
	})
	return statusOf(t, program, "run").Slurm.Jobs[0].Job
}

func checkpoints() []string {
	kept, _ := filepath.Glob(filepath.Join(rundir.Dir("run").Checkpoints(), "*.safetensors"))
	return kept
}

// asLocal compares the results with those of one undisturbed process.
func asLocal(t *testing.T, program string) {
	t.Helper()
	ds(t, program, "sample", "--space", "proxy/regnetx", "-n", "4", "--input", "8", "--out", "local")
	ds(t, program, append([]string{"train", "local"}, longTraining...)...)
	if diff := cmp.Diff(outcomes(t, "local"), outcomes(t, "run")); diff != "" {
		t.Error(diff)
	}
	checkRecordedOnce(t, "run", 4)
}
