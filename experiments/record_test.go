package experiments

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/run/rundir"
)

// small is a regime of a few models whose verdicts count.
func small(t *testing.T) Regime {
	t.Helper()
	r, err := ParseRegime("small.yaml", []byte(`name: small
about: for a test
verdicts: true
data: synthetic
input: 16
train_images: 40
test_images: 20
flops: 0.75M:1.2M
n: 6
edition: 2
max: 8
candidates: 20
seed: 1
recipe: {epochs: 1, batch: 20, warmup_epochs: 0}
`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is recorded gives the verdicts again without the runs; runs that are not
// finished are left out.
func TestRecord(t *testing.T) {
	runner := &Runner{Regime: small(t), Dir: t.TempDir(), Data: "synthetic", Version: "test", Log: io.Discard}
	d, err := Find("sharing")
	if err != nil {
		t.Fatal(err)
	}
	samples, err := runner.Run(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Judge(samples)
	if err != nil {
		t.Fatal(err)
	}
	bottleneck, err := Find("bottleneck")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runner.Run(t.Context(), bottleneck); err != nil {
		t.Fatal(err)
	}
	runner.Idle = true
	widths, err := Find("widths")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := runner.Run(t.Context(), widths); err != nil || Pending(s) != 3*12 { // of AnyNetXC sharing has as many
		t.Fatalf("%d pending, %v", Pending(s), err)
	}
	folder := filepath.Join(t.TempDir(), "2026-01-02")
	for range 2 { // the second time changes nothing
		if err := runner.Record(folder); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Summarize(os.DirFS(folder), "2026-01-02")
	if err != nil {
		t.Fatal(err)
	}
	if s.Regime != "small" || s.Date != "2026-01-02" || s.Populations != 6 || s.Models > 16+2*30 || s.Models < 12+2*30 || s.CoreHours < 0 {
		t.Errorf("%+v", s)
	}
	var names []string
	for _, j := range s.Experiments {
		names = append(names, j.Name)
		if j.Name == "sharing" && (j.Verdict != want.Verdict || j.N != want.N || *j.Effect != *sixDigits(want.Main().Effect)) {
			t.Errorf("%+v, want %+v", j, want)
		}
	}
	// All that needs no more than these populations.
	if got := strings.Join(names, " "); got != "sharing bottleneck group-width" {
		t.Errorf("judged %s", got)
	}

	runner.Regime.About, runner.Regime.text = "other words", strings.Replace(runner.Regime.text, "for a test", "other words", 1)
	if err := runner.Record(folder); err != nil {
		t.Error(err)
	}
	runner.Regime.TestImages++
	if err := runner.Record(folder); err == nil || !strings.Contains(err.Error(), "differs from regime small") {
		t.Errorf("error %v", err)
	}
	runner.Regime.Verdicts = false
	if err := runner.Record(folder); err == nil || !strings.Contains(err.Error(), "claims no verdict") {
		t.Errorf("error %v", err)
	}
}

// Where nothing is complete, nothing is written.
func TestRecordNothing(t *testing.T) {
	runner := &Runner{Regime: small(t), Dir: t.TempDir(), Idle: true, Version: "test", Log: io.Discard}
	d, err := Find("point-estimates")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runner.Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "2026-01-02")
	if err := runner.Record(folder); err == nil || !strings.Contains(err.Error(), "there is nothing to record") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}

// A damaged table is an error that names it, not a verdict on what is left.
func TestSummarizeDamaged(t *testing.T) {
	runner := &Runner{Regime: small(t), Dir: t.TempDir(), Version: "test", Log: io.Discard}
	d, err := Find("point-estimates")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runner.Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := runner.Record(folder); err != nil {
		t.Fatal(err)
	}
	const name = "anynetxa-750K-1.2M-n30.csv"
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{",done,", ",pending,", "models of population A are not trained"},
		{",error,", ",eror,", name},
		{"\n", "\n,", name},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(strings.Replace(string(text), c.old, c.new, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Summarize(os.DirFS(folder), "x"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

// The path of the data stays at home.
func TestRecordHidesPath(t *testing.T) {
	runner := &Runner{Regime: small(t), Dir: t.TempDir(), Version: "test", Log: io.Discard}
	d, err := Find("point-estimates")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runner.Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(filepath.Join(runner.Dir, "anynetxa-750K-1.2M-n30"))
	text, err := os.ReadFile(dir.Config())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir.Config(), []byte(strings.Replace(string(text), "source: synthetic", "source: synthetic:/home/me", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := runner.Record(folder); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile(filepath.Join(folder, "anynetxa-750K-1.2M-n30.yaml"))
	if err != nil || strings.Contains(string(text), "/home/me") || !strings.Contains(string(text), "source: synthetic\n") {
		t.Errorf("%v: %s", err, text)
	}
}

// The committed summaries are what the committed results say.
func TestCommitted(t *testing.T) {
	if _, err := Check(); err != nil {
		t.Error(err)
	}
}
