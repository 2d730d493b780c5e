package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"designspace/internal/run/rundir"
)

// A run whose run.yaml says another training than its records had is not
// trained on.
func TestTrainSectionAgreesWithJournal(t *testing.T) {
	dir := start(t, tiny(t))
	o := short()
	o.Only, o.Kernel = []string{"m0001"}, "generic"
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(dir.Config())
	if err != nil {
		t.Fatal(err)
	}
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := string(text)
	section := strings.Index(s, "\ntrain:")
	for _, c := range []struct{ text, want string }{
		{strings.Replace(s, "kernel: fused16", "kernel: avx2", 1), "000001.jsonl:1: kernel of m0001 is fused16, but avx2 in run.yaml's train section: restore run.yaml"},
		{strings.Replace(s, "hash: "+c.Train.Data.Hash[:8], "hash: 00000000", 1), "000001.jsonl:1: data of m0001 is " + c.Train.Data.Label() + ", but "},
		{strings.Replace(s, "epochs: 2", "epochs: 3", 1), "000001.jsonl:1: recipe of m0001 is " + c.Train.Recipe.Label() + ", but "},
		{s[:section+1], "000001.jsonl:1: m0001 is trained, but run.yaml has no train section: restore run.yaml's train section"},
	} {
		if err := os.WriteFile(dir.Config(), []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := Train(t.Context(), dir, short()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
		status, err := Inspect(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(status.Warnings, func(w string) bool { return strings.Contains(w, c.want) }) {
			t.Errorf("warnings %q, want %s", status.Warnings, c.want)
		}
		if now, err := os.ReadFile(dir.Config()); err != nil || string(now) != c.text {
			t.Errorf("run.yaml was changed: %v", err)
		}
	}
}

// A run that cannot be written to, or a full disk, has its status as well. A
// directory in the place of results.csv stops even root from writing it.
func TestStatusOfReadOnlyRun(t *testing.T) {
	dir := start(t, tiny(t))
	if err := os.MkdirAll(filepath.Join(dir.Results(), "full"), 0o777); err != nil {
		t.Fatal(err)
	}
	s, err := Inspect(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Models: 4, Pending: 4}); s.Counts != want {
		t.Errorf("counts %+v, want %+v", s.Counts, want)
	}
	if len(s.Warnings) != 1 || !strings.HasPrefix(s.Warnings[0], "results.csv could not be brought up to date: ") {
		t.Errorf("warnings %q", s.Warnings)
	}
}
