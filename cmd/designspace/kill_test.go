package main

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/internal/table"
)

// killsVariable is the environment variable with the number of kills of
// TestKilled, which a check of a fresh clone sets.
const killsVariable = "DESIGNSPACE_KILLS"

// A run of 12 models whose training is killed again and again, at random times
// up to twice the time of a model, has the results of one that was left alone,
// and records no model twice. If it is complete before enough kills were made,
// another is begun.
func TestKilled(t *testing.T) {
	kills := 3
	if s := os.Getenv(killsVariable); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(kernelVariable, "generic")
	t.Chdir(t.TempDir())
	const space = "name: tiny\nextends: proxy/anynetxa\nparams:\n  d: {max: 2}\n  w: {max: 16}\n"
	if err := os.WriteFile("tiny.yaml", []byte(space), 0o666); err != nil {
		t.Fatal(err)
	}
	sample := func(dir string) {
		command(t, "sample", "--space", "tiny.yaml", "-n", "12", "--input", "8", "--out", dir)
	}
	train := func(dir string) []string {
		return []string{"train", dir, "--train-images", "120", "--test-images", "40", "--epochs", "3", "--workers", "1"}
	}
	sample("whole")
	begin := time.Now()
	command(t, train("whole")...)
	model := time.Since(begin) / 12
	want := outcomes(t, "whole")

	random := rand.New(rand.NewPCG(1, 2))
	for run := 0; kills > 0; run++ {
		dir := "run" + strconv.Itoa(run)
		sample(dir)
		made := 0
		for ; kills > 0; kills-- {
			again := train(dir)
			if kills%2 == 0 { // among others while a checkpoint is being written
				again = append(again, "--checkpoint-every", "5ms")
			}
			if complete := kill(t, time.Duration(random.Float64()*2*float64(model)), again); complete {
				break
			}
			made++
		}
		command(t, train(dir)...)
		if diff := cmp.Diff(want, outcomes(t, dir)); diff != "" {
			t.Errorf("after %d kills:\n%s", made, diff)
		}
		checkRecordedOnce(t, rundir.Dir(dir), 12)
		if left, _ := filepath.Glob(filepath.Join(dir, "journal", "*.lease")); len(left) > 0 {
			t.Errorf("leases are left: %q", left)
		}
		if left, _ := os.ReadDir(rundir.Dir(dir).Checkpoints()); len(left) > 0 {
			t.Errorf("checkpoints are left: %q", left)
		}
	}
}

func command(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("designspace", args...).CombinedOutput(); err != nil {
		t.Fatalf("designspace %q: %v\n%s", args, err, out)
	}
}

// kill starts the program, waits for its first line, which it prints when the
// training begins, kills it after the delay, and reports whether it had ended
// before.
func kill(t *testing.T, delay time.Duration, args []string) bool {
	t.Helper()
	c := exec.Command("designspace", args...)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(stderr).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	time.Sleep(delay)
	c.Process.Kill()
	return c.Wait() == nil
}

// outcomes reads results.csv without the columns that the clock writes.
func outcomes(t *testing.T, dir string) map[string][]string {
	t.Helper()
	return columnsOf(t, rundir.Dir(dir).Results())
}

// columnsOf reads a table without the columns that the clock writes.
func columnsOf(t *testing.T, path string) map[string][]string {
	t.Helper()
	tab, err := table.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, name := range tab.Columns() {
		if name == "train_seconds" || strings.HasSuffix(name, "images_per_second") {
			continue
		}
		if columns[name], err = tab.Strings(name); err != nil {
			t.Fatal(err)
		}
	}
	return columns
}

// checkRecordedOnce counts the whole lines of the journal.
func checkRecordedOnce(t *testing.T, d rundir.Dir, models int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(d.Journal(), "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			if id, _, ok := strings.Cut(string(line), ","); ok && bytes.HasSuffix(line, []byte("\n")) {
				times[id]++
			}
		}
	}
	if len(times) != models {
		t.Errorf("%d models are recorded, want %d", len(times), models)
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s is recorded %d times", id, n)
		}
	}
}

// Two processes on one run directory record every model once.
func TestTwoProcesses(t *testing.T) {
	t.Setenv(kernelVariable, "generic")
	t.Chdir(t.TempDir())
	command(t, "sample", "--space", "proxy/regnetx", "-n", "12", "--input", "8", "--flops", "30K:60K", "--out", "run")
	train := []string{"train", "run", "--train-images", "40", "--test-images", "20", "--epochs", "1", "--workers", "1"}
	var both [2]*exec.Cmd
	var output [2]bytes.Buffer
	for i := range both {
		both[i] = exec.Command("designspace", train...)
		both[i].Stderr = &output[i]
		if err := both[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range both {
		if err := c.Wait(); err != nil {
			t.Errorf("%v\n%s", err, &output[i])
		}
	}
	checkRecordedOnce(t, "run", 12)
	for _, status := range outcomes(t, "run")["status"] {
		if status != "done" {
			t.Errorf("status %s", status)
		}
	}
}

// Two kills, of which the second comes while the best models are trained again,
// leave the same repeats.csv.
func TestKilledConfirmation(t *testing.T) {
	t.Setenv(kernelVariable, "generic")
	t.Chdir(t.TempDir())
	train := func(dir string) []string {
		return []string{"train", dir, "--train-images", "120", "--test-images", "40", "--epochs", "2", "--workers", "1", "--confirm", "2", "--seeds", "2"}
	}
	for _, dir := range []string{"whole", "killed"} {
		command(t, "sample", "--space", "proxy/regnetx", "-n", "4", "--input", "8", "--flops", "30K:60K", "--out", dir)
	}
	begin := time.Now()
	command(t, train("whole")...)
	model := time.Since(begin) / 8
	if complete := kill(t, model/2, train("killed")); complete {
		t.Fatal("complete before the first kill")
	}
	killAt(t, rundir.Dir("killed"), 5, train("killed"))
	command(t, train("killed")...)
	want, got := columnsOf(t, rundir.Dir("whole").Repeats()), columnsOf(t, rundir.Dir("killed").Repeats())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(got["id"]); n != 8 || slices.Index(got["confirm"], "true") < 0 {
		t.Errorf("%d trainings: %q", n, got)
	}
}

// killAt starts the program and kills it as soon as the journal has so many
// records.
func killAt(t *testing.T, d rundir.Dir, records int, args []string) {
	t.Helper()
	c := exec.Command("designspace", args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	awaitRecords(t, d, records)
}

// awaitRecords waits until the journal has so many records.
func awaitRecords(t *testing.T, d rundir.Dir, records int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if j, err := rundir.ReadJournal(d); err == nil && len(j.Records) >= records {
			return
		}
	}
	t.Fatalf("no %d records within a minute", records)
}
