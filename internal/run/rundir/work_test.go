package rundir

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/host"
	"designspace/trainer"
)

// What processes left that were killed is told from what is being trained, and a
// lease for what is recorded is no training, whoever holds it.
func TestLeftovers(t *testing.T) {
	self := host.Process(os.Getpid())
	if self == "" {
		t.Skip("no /proc")
	}
	d := Dir(filepath.Join(t.TempDir(), "run[1]*")) // no pattern
	if err := os.MkdirAll(string(d), 0o777); err != nil {
		t.Fatal(err)
	}
	w := NewWriter(d)
	for _, o := range []trainer.Outcome{done("recorded", 10), done("quiet", 10), {ID: "again", Status: trainer.Failed}} {
		if err := w.Append(o); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	for key, process := range map[Key]string{
		{ID: "recorded"}:            "another boot, where it may run",
		{ID: "again", Attempt: 1}:   self,
		{ID: "begun", Repeat: 2}:    self,
		{ID: "foreign"}:             "another boot, where it may run",
		{ID: "killed-1", Repeat: 1}: self + "1", // started at another time
	} {
		text, err := json.Marshal(holder{Host: "here", Process: process})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.Journal(), key.file(1)), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	gone := killedTag(t)
	for _, name := range []string{
		"journal/torn-0-0.1.lease", ".results.csv.0.tmp", "checkpoints/.m-0.safetensors.1.tmp", "notes.tmp", "checkpoints/quiet-0.safetensors", "checkpoints/again-0.safetensors",
		".train.yaml", ".report.html." + gone + ".0.tmp", "figures/.edf.svg." + gone + ".0.tmp", ".repeats.csv." + gone + ".0.tmp", "weights/.m.safetensors." + gone + ".2.tmp",
	} {
		path := filepath.Join(string(d), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	j, err := ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	work, err := Working(d, j)
	var got []string
	for _, w := range work {
		got = append(got, fmt.Sprint(w.ID, w.Repeat, w.Attempt, w.Host))
	}
	if want := "again0 1here begun2 0here foreign0 0here"; strings.Join(got, " ") != want || err != nil {
		t.Errorf("working on %v, %v; want %s", got, err, want)
	}
	left, err := Leftovers(d, j)
	if err != nil {
		t.Fatal(err)
	}
	next := "designspace train '" + string(d) + "'"
	want := []string{
		"killed-1-1-0.1.lease: the lease of a process that has ended: " + next + " takes it over",
		"recorded-0-0.1.lease: a lease for what is trained already: " + next + " removes it",
		"quiet-0.safetensors: a checkpoint of what is trained already: " + next + " removes it",
		".train.yaml: it was to go into run.yaml: " + next + " completes that",
		".repeats.csv." + gone + ".0.tmp: half written by a process that has ended: " + next + " removes it",
		".report.html." + gone + ".0.tmp: half written by a process that has ended: " + next + " removes it",
		".results.csv.0.tmp: a file that was being written: remove it",
		".m-0.safetensors.1.tmp: a file that was being written: remove it",
		".edf.svg." + gone + ".0.tmp: half written by a process that has ended: " + next + " removes it",
		".m.safetensors." + gone + ".2.tmp: half written by a process that has ended: " + next + " removes it",
	}
	if len(left) != len(want) {
		t.Errorf("left: %q", left)
	}
	for i, l := range left {
		if !strings.HasPrefix(l, string(d)) || !strings.Contains(l, string(filepath.Separator)+want[min(i, len(want)-1)]) {
			t.Errorf("%s, want %s", l, want[min(i, len(want)-1)])
		}
	}

	// The next training clears what is recorded or known to be nobody's.
	for _, path := range []string{d.Checkpoint("recorded", 0), d.Checkpoint("again", 0)} {
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := Clear(d, j); err != nil {
		t.Fatal(err)
	}
	if left, err := Leftovers(d, j); err != nil || len(left) != 3 || !strings.Contains(left[0], ".train.yaml") {
		t.Errorf("left: %q, %v", left, err)
	}
	for _, id := range []string{"recorded", "quiet"} {
		if _, err := os.Stat(d.Checkpoint(id, 0)); err == nil {
			t.Errorf("the checkpoint of %s, which is recorded, is left", id)
		}
	}
	if _, err := os.Stat(d.Checkpoint("again", 0)); err != nil {
		t.Error(err)
	}
	if work, err := Working(d, j); err != nil || len(work) != 3 {
		t.Errorf("working on %v, %v", work, err)
	}
}

// killedTag is the tag of a process that was killed.
func killedTag(t *testing.T) string {
	t.Helper()
	c := exec.Command("sleep", "60")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tag := host.Tag(c.Process.Pid)
	c.Process.Kill()
	c.Wait()
	return tag
}
