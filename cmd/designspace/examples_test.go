package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

// The examples of every help work when they are pasted, line by line, after
// designspace run. Here that run and the examples draw fewer and smaller models;
// see lessen.
func TestExamples(t *testing.T) {
	first := filepath.Join(t.TempDir(), "first")
	printed(t, "run", "--out", first, "-n", "16", "--flops", "30K:90K", "--input", "8", "--train-images", "40", "--test-images", "20", "--epochs", "1")
	var walk func(path string, commands []*cli.Command)
	walk = func(path string, commands []*cli.Command) {
		for _, c := range commands {
			verb := path + c.Name
			t.Run(verb, func(t *testing.T) {
				lines := examplesOf(c.Description)
				if len(lines) == 0 {
					t.Error("the help has no example")
				}
				if testing.Short() && verb == "experiment run" {
					t.Skip("it takes long")
				}
				t.Chdir(t.TempDir())
				if err := os.CopyFS("runs/first", os.DirFS(first)); err != nil {
					t.Fatal(err)
				}
				for _, line := range lines {
					if err := paste(t, line); err != nil {
						t.Errorf("%s: %v", line, err)
					}
				}
			})
			walk(verb+" ", c.Subcommands)
		}
	}
	walk("", newApp(nil, nil).Commands)
}

// examplesOf returns the lines below Example: in a description.
func examplesOf(description string) (lines []string) {
	_, text, _ := strings.Cut(description, "Example:\n")
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// forShell are the characters that a line needs a shell for, where they are not
// quoted.
var forShell = regexp.MustCompile(`^[^']*(?:'[^']*'[^']*)*[<>|]`)

// paste does what a terminal does with a line.
func paste(t *testing.T, line string) error {
	if !strings.HasPrefix(line, "designspace ") || forShell.MatchString(line) {
		bash, err := exec.LookPath("bash")
		if err != nil {
			t.Skip("no bash")
		}
		out, err := exec.Command(bash, "-c", line).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	ctx, args := t.Context(), lessen(words(line))
	if args[1] == "serve" { // until it is interrupted
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, time.Second)
		defer cancel()
		args = append(args, "--listen", "localhost:0")
	}
	var out, errs strings.Builder
	if code := run(ctx, args, &out, &errs); code != 0 {
		return fmt.Errorf("exit code %d: %s", code, errs.String())
	}
	return nil
}

// What needs a shell is told from what does not.
func TestForShell(t *testing.T) {
	for line, want := range map[string]bool{
		"analyze x --where 'flops<3e6'": false, "space show x > y": true, "a 'b' 'c>d' | e": true, "a 'b|c' d": false, "source <(x)": true,
	} {
		if got := forShell.MatchString(line); got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
	if got := filepath.Base(examplesOf("x\n\nExample:\n  a/b\n\n  c/d\n")[1]); got != "d" {
		t.Error(got)
	}
}
