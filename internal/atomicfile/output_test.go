package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"designspace/internal/host"
)

func content(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); string(got) != want || err != nil {
		t.Errorf("%s: %q, %v; want %q", path, got, err, want)
	}
}

// What exists stays unless it may be replaced, but the same again is no error.
func TestOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	for _, c := range []struct {
		text    string
		replace bool
		want    string
		err     error
	}{
		{"first", false, "first", nil},
		{"first", false, "first", nil},
		{"second", false, "first", fs.ErrExist},
		{"third", true, "third", nil},
	} {
		if err := Output(path, c.replace, text(c.text)); !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.text, err, c.err)
		}
		content(t, path, c.want)
	}
	if got := names(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("files left: %q", got)
	}
	if err := Output(filepath.Dir(path), true, text("x")); err == nil || !strings.HasSuffix(err.Error(), ": it is a directory: name a file") {
		t.Errorf("a directory: %v", err)
	}
	broken := errors.New("broken")
	half := func(w io.Writer) error { io.WriteString(w, "half"); return broken }
	if err := Output(path, true, half); err != broken {
		t.Errorf("error %v, want %v", err, broken)
	}
	content(t, path, "third")
}

func TestModeIsKept(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes")
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	for _, mode := range []fs.FileMode{0o600, 0o664, 0o444} {
		if err := Write(path, text("new")); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := Output(path, true, text("newer")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("mode %v, %v; want %v", info.Mode(), err, mode)
		}
	}
}

// Output follows a link, also to nothing and out of a directory that is itself
// reached by a link; Write replaces it.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.MkdirAll(at("x/y"), 0o777); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"short": "x/y", "x/y/link": "../made", "round": "round"} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []string{"one", "two"} {
		if err := Output(at("short/link"), true, text(s)); err != nil {
			t.Fatal(err)
		}
		content(t, at("x/made"), s)
	}
	if err := Output(at("short/link"), false, text("three")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want %v", err, fs.ErrExist)
	}
	if err := Output(at("round"), true, text("x")); err == nil || !strings.Contains(err.Error(), "in circles") {
		t.Errorf("a circle: %v", err)
	}
	if err := Write(at("x/y/link"), text("own")); err != nil {
		t.Fatal(err)
	}
	content(t, at("x/y/link"), "own")
	content(t, at("x/made"), "two")
}

// An error tells the path and the reason, nothing of how files are written.
func TestErrorsArePlain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "a.csv")
	for _, write := range []func(string, func(io.Writer) error) error{
		Write, Create, func(p string, w func(io.Writer) error) error { return Output(p, true, w) },
	} {
		err := write(path, text("x"))
		if !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), path) != 1 || strings.Contains(err.Error(), ".tmp") || strings.Contains(err.Error(), "open ") {
			t.Errorf("error %v", err)
		}
	}
}

func TestLongNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 251)+".csv")
	if err := Write(path, text("x")); err != nil {
		t.Error(err)
	}
}

// A temporary file is swept when its process has ended, or when it is old.
func TestSweep(t *testing.T) {
	self := host.Tag(os.Getpid())
	if self == "" {
		t.Skip("no /proc")
	}
	c := exec.Command("sleep", "60")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	other := host.Tag(c.Process.Pid)
	c.Process.Kill()
	c.Wait()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	stays := []string{".a.csv." + self + ".0.tmp", ".a.csv.0.tmp", ".a.csv.00000000-1-1.0.tmp", ".b.csv." + other + ".0.tmp", "a.csv.0.tmp"}
	goes := []string{".a.csv." + other + ".0.tmp", ".a.csv." + other + ".17.tmp", ".a.csv.1.tmp"}
	for _, name := range append(goes, stays...) {
		if err := os.WriteFile(at(name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(at(".a.csv.1.tmp"), time.Time{}, time.Now().Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := Output(at("a.csv"), false, text("x")); err != nil {
		t.Fatal(err)
	}
	for _, name := range goes {
		if _, err := os.Stat(at(name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	for _, name := range stays {
		if _, err := os.Stat(at(name)); err != nil {
			t.Error(err)
		}
	}
}
