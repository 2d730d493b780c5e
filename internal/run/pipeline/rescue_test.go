package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/progress"
	"designspace/internal/run/rundir"
)

// A mishap happens when so many models are finished.
type mishap struct {
	after  int
	happen func()
}

func (m *mishap) Write(p []byte) (int, error) {
	if strings.Contains(string(p), `"finish"`) {
		if m.after--; m.after == 0 {
			m.happen()
		}
	}
	return len(p), nil
}

var rescued = regexp.MustCompile(`([0-9]+) outcomes are kept in ([^:]*): `)

// A journal, or a run, that is moved or deleted during the training stops it at
// the next record. No outcome is lost: what came of it is another run, which goes
// on to the results of one that was left alone.
func TestJournalLost(t *testing.T) {
	d := tiny(t)
	d.N = 6
	o := short()
	whole := start(t, d)
	if err := Train(t.Context(), whole, o); err != nil {
		t.Fatal(err)
	}
	want := results(t, whole)
	for name, happen := range map[string]func(rundir.Dir) error{
		"run moved":       func(d rundir.Dir) error { return os.Rename(string(d), string(d)+"-moved") },
		"run deleted":     func(d rundir.Dir) error { return os.RemoveAll(string(d)) },
		"run replaced":    func(d rundir.Dir) error { return errors.Join(os.RemoveAll(string(d)), os.Mkdir(string(d), 0o777)) },
		"parent deleted":  func(d rundir.Dir) error { return os.RemoveAll(filepath.Dir(string(d))) },
		"journal moved":   func(d rundir.Dir) error { return os.Rename(d.Journal(), d.Journal()+"-moved") },
		"journal deleted": func(d rundir.Dir) error { return os.RemoveAll(d.Journal()) },
		"file deleted":    func(d rundir.Dir) error { return os.Remove(filepath.Join(d.Journal(), "000002.jsonl")) },
		"file replaced": func(d rundir.Dir) error {
			path := filepath.Join(d.Journal(), "000002.jsonl")
			return errors.Join(os.Rename(path, path+"~"), os.WriteFile(path, nil, 0o666))
		},
		"earlier file deleted": func(d rundir.Dir) error { return os.Remove(filepath.Join(d.Journal(), "000001.jsonl")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			dir := rundir.Dir(filepath.Join("runs", "a"))
			if err := os.MkdirAll("runs", 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(string(dir), os.DirFS(string(start(t, d)))); err != nil {
				t.Fatal(err)
			}
			first := o
			first.Only = []string{"m0001"} // from an earlier call
			if err := Train(t.Context(), dir, first); err != nil {
				t.Fatal(err)
			}
			again := o
			again.Workers = 2
			again.Log = progress.NewLog(&mishap{2, func() {
				if err := happen(dir); err != nil {
					t.Error(err)
				}
			}})
			err := Train(t.Context(), dir, again)
			if !errors.Is(err, rundir.ErrLost) {
				t.Fatalf("error %v", err)
			}
			m := rescued.FindStringSubmatch(err.Error())
			if m == nil || m[1] < "3" {
				t.Fatalf("error %v, want 3 outcomes or more", err)
			}
			if _, err := os.Stat(string(dir)); err == nil && strings.HasPrefix(name, "run ") && name != "run replaced" {
				t.Error("the run was made anew")
			}
			to := rundir.Dir(m[2])
			if err := Train(t.Context(), to, Training{Version: "test", Log: o.Log, NoForecast: true}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, results(t, to)); diff != "" {
				t.Error(diff)
			}
			if v := Verify(to); len(v.Problems)+len(v.Left) > 0 {
				t.Errorf("%q, %q", v.Problems, v.Left)
			}
		})
	}
}
