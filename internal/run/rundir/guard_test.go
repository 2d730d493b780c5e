package rundir

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/trainer"
)

// Ids that lead elsewhere, or that a terminal would obey, are in no run.
func TestIDsRefused(t *testing.T) {
	for _, id := range []string{"", "..", ".", ".hidden", "../../x", "/etc/passwd", `..\x`, "a/b", "a\x00b", "a\nb", "a\x1b[31m", "a\u009b31m", "a\u202eb", "a\xffb", strings.Repeat("x", 200)} {
		es := entries()[:1]
		es[0].ID = id
		var b bytes.Buffer
		if err := WriteModels(&b, es); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadModels("models.csv", &b); err == nil || !strings.HasPrefix(err.Error(), "models.csv:2: ") {
			t.Errorf("%q in models.csv: %v", id, err)
		}
		d := Dir(t.TempDir())
		w := NewWriter(d)
		if err := w.Append(trainer.NewOutcome(id, trainer.Failed)); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if _, err := ReadJournal(d); err == nil || !strings.Contains(err.Error(), "000001.jsonl:1: ") {
			t.Errorf("%q in the journal: %v", id, err)
		}
		if _, ok := leaseKey(Key{ID: id}.file(1)); ok {
			t.Errorf("%q has a lease", id)
		}
	}
	for _, id := range []string{"m0001", "a b", "résumé", "a..b", "-x", "100%", "$(x)", "=1"} {
		if err := checkID(id); err != nil {
			t.Error(err)
		}
		if k, ok := leaseKey(Key{ID: id}.file(1)); !ok || k.ID != id {
			t.Errorf("%q: %+v", id, k)
		}
	}
}

// No file of a run is a link to somewhere else, where it would be written.
func TestLinksRefused(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"results.csv": victim, "journal": outside, "weights": outside, "figures": outside, "trainer": outside, "slurm": outside,
		"checkpoints": filepath.Join(outside, "none"), "report.html": "../../nothing",
		"weights/m0001.safetensors": victim, "trainer/m0001-0.log": victim, "slurm/jobs.json": victim, "journal/x": "..",
	} {
		d := Dir(filepath.Join(t.TempDir(), "run"))
		if err := os.MkdirAll(filepath.Dir(filepath.Join(string(d), link)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := SaveModels(d, entries()); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadModels(d); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(string(d), link)); err != nil {
			t.Fatal(err)
		}
		_, err := LoadModels(d)
		if leads := link != "journal/x"; leads != (err != nil) {
			t.Errorf("%s -> %s: %v", link, to, err)
		}
	}
	// The run itself may be a link.
	d := Dir(filepath.Join(outside, "link"))
	run := t.TempDir()
	if err := SaveModels(Dir(run), entries()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(run, string(d)); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadModels(d); err != nil {
		t.Error(err)
	}
}
