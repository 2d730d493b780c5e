package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"designspace/internal/run/rundir"
)

// A directory of runs: one that is trained in part, one that is not, one that is
// broken, links to a run and back up, and other things.
func TestList(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"b/trained", "a"} {
		p, err := Sample(t.Context(), tiny(t))
		if err == nil {
			err = p.Start(rundir.Dir(filepath.Join(root, name)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("b/trained/journal/000001.jsonl", `{"id":"m0001","status":"done","error":40}
{"id":"m0002","status":"done","error":25.5}
{"id":"m0003","status":"failed"}
`)
	date := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(root, "b/trained/run.yaml"), date, date.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(root, "b/trained/journal/000001.jsonl"), date, date); err != nil {
		t.Fatal(err)
	}
	write("broken/run.yaml", "sample: [")
	write("other/file.txt", "x")
	write(".hidden/run.yaml", "sample: [")
	for link, to := range map[string]string{"b/loop": "..", "self": ".", "linked": "b/trained"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, root)
	list, err := List(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range list {
		names = append(names, strings.TrimPrefix(list[i].Run, root+"/"))
	}
	if !slices.Equal(names, []string{"a", "b/trained", "broken", "linked"}) {
		t.Fatalf("runs %q", names)
	}
	a, trained, broken := list[0], list[1], list[2]
	if a.Models != 4 || a.Pending != 4 || a.Best != nil || !slices.Equal(a.Spaces, trained.Spaces) || len(a.Spaces) == 0 || a.Problem != "" {
		t.Errorf("%+v", a)
	}
	if trained.Done != 2 || trained.Failed != 1 || trained.Pending != 1 || *trained.Best != 25.5 || !trained.Changed.Equal(date) {
		t.Errorf("%+v", trained)
	}
	if !strings.Contains(broken.Problem, "run.yaml") || broken.Models != 0 {
		t.Errorf("%+v", broken)
	}
	if !slices.Equal(before, tree(t, root)) {
		t.Error("listing has changed the directory")
	}
	if one, err := List(t.Context(), filepath.Join(root, "b/trained")); err != nil || len(one) != 1 {
		t.Errorf("a run itself: %d, %v", len(one), err)
	}
	if _, err := List(t.Context(), filepath.Join(root, "none")); err == nil {
		t.Error("no error for a directory that is not there")
	}
}

// tree is every file below a directory.
func tree(t *testing.T, root string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		files = append(files, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
