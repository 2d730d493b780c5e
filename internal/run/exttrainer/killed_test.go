//go:build linux

package exttrainer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"designspace/internal/host"
	"designspace/internal/testpython"
)

// victim, if set, makes the test a process that trains until it is killed.
const victim = "EXTTRAINER_TEST_VICTIM"

// A program and its children end with the process that runs them, even if it is
// killed, and so does the directory between the two.
func TestKilled(t *testing.T) {
	pids := os.Getenv(victim)
	if pids != "" {
		// the last ignores what it is told, and has given up its parent
		p := program(t, "true {model} {out}; (sleep 100 & echo $! >>"+pids+"; (trap '' TERM; sleep 101 & echo $! >>"+pids+"; wait) & wait)")
		p.Train(t.Context(), job(t), none)
		return
	}
	temp := t.TempDir()
	pids = filepath.Join(t.TempDir(), "pids")
	c := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	c.Env = append(os.Environ(), victim+"="+pids, "TMPDIR="+temp)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var children []string
	soon(t, "the program runs", func() bool {
		text, _ := os.ReadFile(pids)
		children = strings.Fields(string(text))
		return len(children) == 2
	})
	names := make([]string, len(children))
	for i, pid := range children {
		var n int
		fmt.Sscan(pid, &n)
		if names[i] = host.Process(n); names[i] == "" {
			t.Fatalf("no process %s", pid)
		}
	}
	if got := exchanges(temp); len(got) != 1 {
		t.Fatalf("directories %q", got)
	}
	c.Process.Kill()
	c.Wait()
	soon(t, "its children have ended", func() bool { return host.Ended(names[0]) && host.Ended(names[1]) })
	soon(t, "its directory is gone", func() bool { return len(exchanges(temp)) == 0 })
}

func exchanges(temp string) []string {
	dirs, _ := filepath.Glob(filepath.Join(temp, tempPrefix+"*"))
	return dirs
}

func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

// What a killed process left is removed by the next training; what another
// process uses, or others put beside it, stays.
func TestDirectoriesOfTheDead(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	c := exec.Command("sleep", "100")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	dead := host.Process(c.Process.Pid)
	c.Process.Kill()
	c.Wait()
	make := func(name, owner string) string {
		t.Helper()
		dir := filepath.Join(temp, tempPrefix+name)
		if err := os.MkdirAll(filepath.Join(dir, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, ownerFile), []byte(owner), 0o666); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	left, used, unknown := make("a", dead), make("b", host.Process(os.Getpid())), make("c", "")
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(make("d", dead), elsewhere); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(temp, tempPrefix+"e")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	fifo := make("f", "")
	os.Remove(filepath.Join(fifo, ownerFile))
	if err := exec.Command("mkfifo", filepath.Join(fifo, ownerFile)).Run(); err != nil {
		t.Fatal(err)
	}
	p := program(t, `true {model}; echo '{"epoch": 1, "error": 3}' >{out}`)
	if o, err := p.Train(t.Context(), job(t), none); err != nil || o.Error != 3 {
		t.Fatalf("%+v, %v", o, err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Errorf("%s is there", left)
	}
	for _, dir := range []string{used, unknown, elsewhere, link, fifo} {
		if _, err := os.Stat(dir); err != nil {
			t.Error(err)
		}
	}
	if got := exchanges(temp); len(got) != 4 {
		t.Errorf("%q", got)
	}
}

// A program may wait for all of its children: the watcher is none.
func TestProgramWaits(t *testing.T) {
	p := program(t, `true {model}; sleep 0 & wait; pgrep -P $$; echo '{"epoch": 1, "error": 3}' >{out}`)
	if o, err := p.Train(t.Context(), job(t), none); err != nil || o.Error != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	log, err := os.ReadFile(filepath.Join(p.Logs, "a-0.log"))
	if err != nil || len(strings.Fields(string(log))) > 1 { // pgrep itself
		t.Errorf("children %q, %v", log, err)
	}
}

// No Python imports what lies in the working directory, which may have come from
// elsewhere.
func TestNothingIsImportedFromHere(t *testing.T) {
	python := testpython.Find(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("torch.py", []byte("open('hit', 'w')"), 0o666); err != nil {
		t.Fatal(err)
	}
	exec.Command(python, "-c", notFromHere+"import torch").Run() // without PYTHONSAFEPATH
	if _, err := os.Stat("hit"); err == nil {
		t.Error("torch.py was run")
	}
}
