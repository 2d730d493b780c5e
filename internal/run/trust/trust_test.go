package trust

import (
	"os"
	"path/filepath"
	"testing"
)

// What was added is trusted, and nothing else: no other value, key or place.
func TestStore(t *testing.T) {
	dir := t.TempDir()
	s := Store(filepath.Join(dir, "state", "trusted"))
	for _, run := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, run), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	file := func(run string) string { return filepath.Join(dir, run, "run.yaml") }
	has := func(run, key, value string) bool { return s.Has(file(run), key, value) }
	if has("a", "trainer", "x") {
		t.Error("trusted at the beginning")
	}
	if err := s.Add(file("a"), "trainer", "x"); err != nil {
		t.Fatal(err)
	}
	if !has("a", "trainer", "x") || !has("link", "trainer", "x") {
		t.Error("forgotten")
	}
	if has("b", "trainer", "x") || has("a", "trainer", "x ") || has("a", "cluster", "x") || has("none", "trainer", "x") {
		t.Error("something else is trusted")
	}
	t.Chdir(dir)
	if !s.Has("a/run.yaml", "trainer", "x") {
		t.Error("forgotten by a relative path")
	}
	info, err := os.Stat(string(s))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	var none Store
	if err := none.Add(file("a"), "trainer", "x"); err != nil || none.Has(file("a"), "trainer", "x") {
		t.Errorf("the empty store: %v", err)
	}
}

func TestUser(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for set, want := range map[string]Store{
		"":         "/home/me/.local/state/designspace/trusted",
		"/state":   "/state/designspace/trusted",
		"relative": "/home/me/.local/state/designspace/trusted",
	} {
		t.Setenv("XDG_STATE_HOME", set)
		if got := User(); got != want {
			t.Errorf("%q: %s, want %s", set, got, want)
		}
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	if got := User(); got != "" {
		t.Errorf("without a home: %s", got)
	}
}
