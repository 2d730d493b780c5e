package experiments

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/run/rundir"
	"designspace/plots"
)

func quick(t *testing.T) *Runner {
	t.Helper()
	r, err := FindRegime("quick")
	if err != nil {
		t.Fatal(err)
	}
	r.TrainImages, r.TestImages, r.Max = 50, 20, 8
	return &Runner{Regime: r, Dir: t.TempDir(), Version: "test", Log: io.Discard}
}

// Every definition runs from beginning to end, figure included, in a regime of a
// few models.
func TestQuick(t *testing.T) {
	runner := quick(t)
	for _, d := range all(t) {
		t.Run(d.Name, func(t *testing.T) {
			if testing.Short() && d.Until != nil && d.Vary == "" && d.Name != "sharing" {
				t.Skip("others have looks, too")
			}
			if d.Until != nil { // of as few models as can be
				u := *d.Until
				u.Max, d.Until = 0, &u
			}
			samples, err := runner.Run(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			o, err := d.Judge(samples)
			if err != nil {
				t.Fatal(err)
			}
			if len(o.Findings) == 0 || o.N < 1 {
				t.Errorf("%+v", o)
			}
			f, err := d.Draw(samples, plots.Page{})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Inline(io.Discard, d.Claim); err != nil {
				t.Error(err)
			}
			for _, f := range o.Findings {
				if f.Quantity == "" || f.Verdict == "" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// Another directory takes what the first has trained, and an idle runner nothing
// else.
func TestLabReuses(t *testing.T) {
	d, err := Find("random-search")
	if err != nil {
		t.Fatal(err)
	}
	first := quick(t)
	if _, err := first.Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	second := quick(t)
	second.Idle = true
	samples, err := second.Run(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Judge(samples); err == nil || !strings.Contains(err.Error(), "15 models of population RegNetX are not trained") {
		t.Errorf("error %v", err)
	}
	third := quick(t)
	var log bytes.Buffer
	third.Idle, third.Reuse, third.Log = true, []string{first.Dir}, &log
	if samples, err = third.Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if samples[0].Pending > 0 || !strings.Contains(log.String(), "15 of 15 outcomes are taken") {
		t.Errorf("%d pending: %s", samples[0].Pending, log.String())
	}
	if _, err := os.Stat(filepath.Join(third.Dir, "regnetx-750K-1.2M-n15", "run.yaml")); err != nil {
		t.Error(err)
	}
}

func TestLabRefusesOtherData(t *testing.T) {
	runner := quick(t)
	runner.Data = "cifar10:somewhere"
	if _, err := runner.Run(t.Context(), all(t)[0]); err == nil || !strings.Contains(err.Error(), "regime quick is on synthetic") {
		t.Errorf("error %v", err)
	}
	if rundir.Dir(runner.Dir).Exists() {
		t.Error("a run was made")
	}
}

// A place to reuse outcomes of that has none is an error, not a training of all.
func TestReuseRefuses(t *testing.T) {
	empty := t.TempDir()
	for _, place := range []string{empty, filepath.Join(empty, "none")} {
		runner := quick(t)
		runner.Reuse = []string{place}
		if _, err := runner.Run(t.Context(), all(t)[0]); err == nil || !strings.Contains(err.Error(), "reuse: ") || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: error %v", place, err)
		}
		if made, err := os.ReadDir(runner.Dir); len(made) > 0 || err != nil {
			t.Errorf("made %v, %v", made, err)
		}
	}
}
