package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readmeDir holds the run whose output and figure README.md shows, without what
// is made anew. It comes from
//
//	DESIGNSPACE_KERNEL=generic designspace run --out cmd/designspace/testdata/first
const readmeDir = "testdata/first"

var update = flag.Bool("update", false, "write what commands print into README.md")

// inReadme returns the path and the text of README.md, and moves the test to a
// directory with the run of README.md in runs/first.
func inReadme(t *testing.T) (path, text string) {
	t.Helper()
	path, err := filepath.Abs("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "runs/first"), os.DirFS(readmeDir)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv(kernelVariable, "generic")
	return path, string(data)
}

// A session is the commands of a block with what each prints.
type session []struct{ command, output string }

func sessions(text string) []session {
	var all []session
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(text, -1) {
		var s session
		for line := range strings.Lines(block[1]) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				s = append(s, struct{ command, output string }{command: strings.TrimSpace(command)})
				continue
			}
			s[len(s)-1].output += line
		}
		all = append(all, s)
	}
	return all
}

// Each command of README.md works and prints what stands there.
func TestReadmeCommands(t *testing.T) {
	path, text := inReadme(t)
	for _, s := range sessions(text) {
		for _, c := range s {
			switch c.command {
			case "go install ./cmd/designspace", "go run ./cmd/designspace run", "go test ./...":
				continue // or else this test would not run
			}
			var out, errs strings.Builder
			code := run(deadline(t, c.command), words(t, c.command), &out, &errs)
			if strings.HasPrefix(c.command, "designspace train") {
				if code != 1 || !strings.Contains(errs.String(), "models are trained") || !strings.Contains(errs.String(), "stopped; 0 of ") {
					t.Errorf("%s: exit code %d: %s", c.command, code, errs.String())
				}
				continue
			}
			if code != 0 {
				t.Errorf("%s: exit code %d: %s", c.command, code, errs.String())
			}
			if c.output == "" {
				continue
			}
			if *update {
				text = strings.ReplaceAll(text, "$ "+c.command+"\n"+c.output, "$ "+c.command+"\n"+out.String())
			} else if diff := cmp.Diff(c.output, out.String()); diff != "" {
				t.Errorf("%s: %s", c.command, diff)
			}
		}
	}
	if *update {
		writeReadme(t, path, text)
	}
}

func writeReadme(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// deadline is the context of a command: training, which takes long, is stopped
// before it begins.
func deadline(t *testing.T, command string) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	if strings.HasPrefix(command, "designspace train") {
		cancel()
	}
	t.Cleanup(cancel)
	return ctx
}

// words splits a command as a shell does, as far as README.md needs it.
func words(t *testing.T, command string) []string {
	t.Helper()
	var ws []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(command, -1) {
		ws = append(ws, m[1]+m[2])
	}
	return ws
}

// The table of verbs is that of the program.
func TestReadmeVerbs(t *testing.T) {
	path, text := inReadme(t)
	var want []string
	for _, c := range newApp(nil, nil).Commands {
		want = append(want, fmt.Sprintf("| `%s` | %s |", c.Name, c.Usage))
	}
	_, rest, _ := strings.Cut(text, "| verb | what it does |\n|---|---|\n")
	table, _, _ := strings.Cut(rest, "\n\n")
	if *update {
		writeReadme(t, path, strings.Replace(text, table, strings.Join(want, "\n"), 1))
	} else if diff := cmp.Diff(want, strings.Split(table, "\n")); diff != "" {
		t.Error(diff)
	}
}

// The table of columns is that of designspace schema.
func TestReadmeColumns(t *testing.T) {
	path, text := inReadme(t)
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"designspace", "schema", "--format", "markdown"}, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	head, rows, _ := strings.Cut(strings.TrimSpace(out.String()), "---|\n")
	_, rest, _ := strings.Cut(text, head+"---|\n")
	table, _, _ := strings.Cut(rest, "\n\n")
	if *update {
		writeReadme(t, path, strings.Replace(text, table, rows, 1))
	} else if diff := cmp.Diff(strings.Split(rows, "\n"), strings.Split(table, "\n")); diff != "" {
		t.Error(diff)
	}
}

// The table of files is that of a run directory, and pictures are there.
func TestReadmeFiles(t *testing.T) {
	path, text := inReadme(t)
	for _, m := range regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(m[1], "https://arxiv.org/abs/") {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
			t.Error(err)
		}
	}
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"designspace", "run"}, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	_, rest, _ := strings.Cut(text, "| file | what it holds |\n|---|---|\n")
	table, _, _ := strings.Cut(rest, "\n\n")
	var named []string
	for line := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		for name := range strings.SplitSeq(first, ", ") {
			named = append(named, strings.Trim(name, "`/"))
		}
	}
	var have []string
	err := fs.WalkDir(os.DirFS("runs/first"), ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			have = append(have, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range have {
		if !slices.ContainsFunc(named, func(n string) bool {
			ok, _ := filepath.Match(n, path)
			return ok || strings.HasPrefix(path, n+"/")
		}) {
			t.Errorf("%s of a run is not in the table of files", path)
		}
	}
	for _, n := range named {
		if !slices.ContainsFunc(have, func(path string) bool {
			ok, _ := filepath.Match(n, path)
			return ok || strings.HasPrefix(path, n+"/")
		}) {
			t.Errorf("a run has no %s", n)
		}
	}
}

// The picture is the one that plot makes of the run.
func TestReadmePicture(t *testing.T) {
	inReadme(t)
	want, err := os.ReadFile("runs/first/figures/edf.svg")
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"designspace", "plot", "edf", "runs/first", "--band", "--out", "edf.svg"}, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	got, err := os.ReadFile("edf.svg")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("the figure differs: run designspace run again on the directory of README.md")
	}
}
