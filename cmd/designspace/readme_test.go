package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"designspace/internal/interop/export"
	"designspace/internal/study/analysis"
	"designspace/space"
	"designspace/trainer/dataset"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

// readmeDir holds the run whose output and figure the documentation shows,
// without what is made anew. It comes from
//
//	designspace run --out cmd/designspace/testdata/first
const readmeDir = "testdata/first"

// update writes what commands print into README.md, docs and the scripts, after
// testdata/first was made anew:
//
//	go test ./cmd/designspace -run 'Docs|Readme|Scripts' -update
var update = flag.Bool("update", false, "write what commands print into README.md, docs and scripts")

// A page is a file of the documentation.
type page struct{ path, text string }

// readPages returns README.md and the guides.
func readPages(t *testing.T) []page {
	t.Helper()
	paths, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	var pages []page
	for _, p := range append(paths, "../../README.md", "../../CONTRIBUTING.md") {
		pages = append(pages, readPage(t, p))
	}
	return pages
}

func readPage(t *testing.T, path string) page {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return page{path, string(data)}
}

// replace writes the page with another text in place of old.
func (p page) replace(t *testing.T, old, text string) {
	t.Helper()
	if err := os.WriteFile(p.path, []byte(strings.Replace(p.text, old, text, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// beside moves the test to a directory with the run of the documentation in
// runs/first.
func beside(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "runs/first"), os.DirFS(readmeDir)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
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

// Each command of the documentation works, one after the other on a page, and
// prints what stands there. Models are few and small.
func TestDocsCommands(t *testing.T) {
	for _, p := range readPages(t) {
		t.Run(filepath.Base(p.path), func(t *testing.T) {
			beside(t)
			writeFiles(t, p.text)
			writePhotos(t)
			commands := slices.Concat(sessions(p.text)...)
			for _, c := range commands {
				p = checkCommand(t, p, c.command, c.output)
			}
			for _, c := range commands { // what they wrote is in nobody's way
				if strings.Contains(c.command, " --out ") {
					checkCommand(t, p, c.command, "")
				}
			}
		})
	}
}

// checkCommand returns the page as it is then.
func checkCommand(t *testing.T, p page, command, output string) page {
	t.Helper()
	if !strings.HasPrefix(command, "designspace ") {
		if !slices.Contains([]string{"go install ./cmd/designspace", "go run ./cmd/designspace run", "go test ./...", ".ci/run"}, command) {
			t.Errorf("%s: not known to work", command)
		}
		return p // or else this test would run itself
	}
	var out, errs strings.Builder
	if code := run(context.Background(), lessen(words(command)), &out, &errs); code != 0 {
		t.Errorf("%s: exit code %d: %s", command, code, errs.String())
	}
	if output == "" {
		return p
	}
	shown := shorten(out.String(), output)
	if *update {
		p.replace(t, "$ "+command+"\n"+output, "$ "+command+"\n"+shown)
		return readPage(t, p.path)
	}
	if diff := cmp.Diff(output, shown); diff != "" {
		t.Errorf("%s: %s", command, diff)
	}
	return p
}

// writeFiles writes the files that a page shows: a block of YAML or CSV whose
// first line is a comment with the name.
func writeFiles(t *testing.T, text string) {
	t.Helper()
	for _, m := range regexp.MustCompile("(?s)```(?:yaml|csv)\n# (\\S+)\n(.*?)```").FindAllStringSubmatch(text, -1) {
		if err := os.WriteFile(m[1], []byte(m[2]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// writePhotos writes the images that commands of the guides train on.
func writePhotos(t *testing.T) {
	t.Helper()
	for i := range 100 {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 10, 10+i%3))); err != nil {
			t.Fatal(err)
		}
		dir := fmt.Sprintf("photos/%d", i%2)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(fmt.Sprintf("%s/%d.png", dir, i), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// words splits a command as a shell does, as far as the documentation needs it.
func words(command string) []string {
	var ws []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(command, -1) {
		ws = append(ws, m[1]+m[2])
	}
	return ws
}

// lessen makes the models of a command fewer and smaller, and their training
// short.
func lessen(words []string) []string {
	less := map[string]string{}
	switch {
	case len(words) < 2:
	case words[1] == "sample" && slices.Contains(words, "--extend"):
		less = map[string]string{"-n": "20"}
	case words[1] == "sample":
		less = map[string]string{"-n": "16", "--flops": "30K:90K", "--input": "8"}
	case words[1] == "run" && slices.Contains(words, "--until"):
		less = map[string]string{"--max": "10", "--flops": "30K:90K", "--input": "8", "--train-images": "40", "--test-images": "20", "--epochs": "1"}
	case words[1] == "run" && slices.Contains(words, "--space"):
		less = map[string]string{"-n": "2", "--flops": "30K:90K", "--input": "8", "--train-images": "40", "--test-images": "20", "--epochs": "1"}
	case words[1] == "evolve" && slices.Contains(words, "--space"):
		less = map[string]string{
			"--rounds": "1", "--explore": "20", "--max": "10", "--best": "1", "--final": "2", "--search": "2", "--confirm": "1", "--seeds": "1",
			"--flops": "30K:90K", "--input": "8", "--train-images": "40", "--val-images": "20", "--test-images": "20", "--epochs": "1",
		}
	case words[1] == "train" && slices.Contains(words, "--until"):
		less = map[string]string{"--max": "16", "--train-images": "40", "--test-images": "20", "--epochs": "1"}
	case words[1] == "train":
		less = map[string]string{"--train-images": "40", "--test-images": "20", "--epochs": "1"}
	}
	for i := range words[:len(words)-1] {
		if value, ok := less[words[i]]; ok {
			words[i+1] = value
			delete(less, words[i])
		}
	}
	for name, value := range less {
		words = append(words, name, value)
	}
	return words
}

// omission stands for lines that the documentation leaves out of an output, all
// that follow where it has no number.
var omission = regexp.MustCompile(`^\.\.\.(?: (\d+) lines)?\n$`)

// shorten leaves lines out of an output where shown does.
func shorten(output, shown string) string {
	lines := slices.Collect(strings.Lines(output))
	var b strings.Builder
	for line := range strings.Lines(shown) {
		m := omission.FindStringSubmatch(line)
		n := 1
		if m != nil {
			if n = len(lines); m[1] != "" {
				n, _ = strconv.Atoi(m[1])
			}
			b.WriteString(line)
		}
		n = min(n, len(lines))
		if m == nil && n == 1 {
			b.WriteString(lines[0])
		}
		lines = lines[n:]
	}
	return b.String() + strings.Join(lines, "")
}

// Verbs, flags, tests and links that a page mentions exist.
func TestDocsMentions(t *testing.T) {
	verbs, flags := map[string]bool{}, map[string]bool{"help": true, "version": true}
	var walk func(path string, commands []*cli.Command)
	walk = func(path string, commands []*cli.Command) {
		for _, c := range commands {
			verbs[path+c.Name] = true
			for _, f := range c.Flags {
				for _, name := range f.Names() {
					flags[name] = true
				}
			}
			walk(path+c.Name+" ", c.Subcommands)
		}
	}
	walk("", newApp(nil, nil).Commands)
	tests := testNames(t)
	for _, p := range append(readPages(t), readPage(t, "../../CLUSTER.md"), readPage(t, "../../FAULTS.md")) {
		name := filepath.Base(p.path)
		for _, m := range regexp.MustCompile("[`$] ?designspace ([a-z]+)").FindAllStringSubmatch(p.text, -1) {
			if !verbs[m[1]] {
				t.Errorf("%s: there is no verb %s", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile("`(?:designspace [a-z ]*)?--([a-z-]+)").FindAllStringSubmatch(p.text, -1) {
			if !flags[m[1]] {
				t.Errorf("%s: there is no flag --%s", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile("`(Test[A-Z]\\w+)`").FindAllStringSubmatch(p.text, -1) {
			if !tests[m[1]] {
				t.Errorf("%s: there is no test %s", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(p.text, -1) {
			checkLink(t, p, m[1])
		}
	}
}

// testNames returns the names of all tests.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// outside are the places that links may lead to.
var outside = []string{"https://arxiv.org/abs/", "https://go.dev/dl/", "https://keepachangelog.com/"}

// checkLink checks that a link leads to a file, and to a heading of it.
func checkLink(t *testing.T, p page, link string) {
	t.Helper()
	if slices.ContainsFunc(outside, func(o string) bool { return strings.HasPrefix(link, o) }) {
		return
	}
	path, heading, _ := strings.Cut(link, "#")
	if path == "" {
		path = filepath.Base(p.path)
	}
	path = filepath.Join(filepath.Dir(p.path), path)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%s: %v", filepath.Base(p.path), err)
		return
	}
	if heading == "" {
		return
	}
	for line := range strings.Lines(readPage(t, path).text) {
		title := strings.TrimSpace(strings.TrimLeft(line, "#"))
		if strings.HasPrefix(line, "#") && strings.ReplaceAll(strings.ToLower(title), " ", "-") == heading {
			return
		}
	}
	t.Errorf("%s: %s has no heading %s", filepath.Base(p.path), path, heading)
}

// A page of more lines is a guide.
func TestReadmeIsShort(t *testing.T) {
	if n := strings.Count(readPage(t, "../../README.md").text, "\n"); n > 170 {
		t.Errorf("%d lines, want at most 170", n)
	}
}

// The table of verbs is that of the program.
func TestReadmeVerbs(t *testing.T) {
	var want []string
	for _, c := range newApp(nil, nil).Commands {
		want = append(want, fmt.Sprintf("| `%s` | %s |", c.Name, c.Usage))
	}
	checkTable(t, readPage(t, "../../README.md"), "| verb | what it does |\n|---|---|\n", want)
}

// The table of blocks is that of package space.
func TestDocsBlocks(t *testing.T) {
	var want []string
	for _, b := range space.Blocks() {
		want = append(want, fmt.Sprintf("| `%s` | %s |", b, b.About()))
	}
	checkTable(t, readPage(t, "../../docs/your-own.md"), "| block | layers |\n|---|---|\n", want)
}

// checkTable compares the rows below a head.
func checkTable(t *testing.T, p page, head string, want []string) {
	t.Helper()
	table := tableOf(p.text, head)
	if *update {
		p.replace(t, head+table, head+strings.Join(want, "\n"))
	} else if diff := cmp.Diff(want, strings.Split(table, "\n")); diff != "" {
		t.Error(diff)
	}
}

// The guide to the report explains each statistic as the program does.
func TestDocsExplanations(t *testing.T) {
	p := readPage(t, "../../docs/report.md")
	const head = "| statistic | what it says |\n|---|---|\n"
	var want string
	for _, e := range analysis.Explanations() {
		want += fmt.Sprintf("| %s | %s |\n", e.Name, e.Text)
	}
	if table := tableOf(p.text, head); *update {
		p.replace(t, head+table, head+strings.TrimSuffix(want, "\n"))
	} else if diff := cmp.Diff(strings.TrimSuffix(want, "\n"), table); diff != "" {
		t.Error(diff)
	}
}

// tableOf returns the rows below a head.
func tableOf(text, head string) string {
	_, rest, _ := strings.Cut(text, head)
	rows, _, _ := strings.Cut(rest, "\n\n")
	return rows
}

// The page of columns is what designspace schema prints.
func TestDocsColumns(t *testing.T) {
	p := readPage(t, "../../docs/columns.md")
	var files []struct{ File, Row string }
	if err := json.Unmarshal([]byte(printed(t, "schema", "--format", "json")), &files); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(p.text, "\n## ")
	want := head
	for _, f := range files {
		want += fmt.Sprintf("\n## %s\n\nOne row is %s.\n\n%s", f.File, f.Row, printed(t, "schema", f.File, "--format", "markdown"))
	}
	if *update {
		p.replace(t, p.text, want)
	} else if diff := cmp.Diff(want, p.text); diff != "" {
		t.Error(diff)
	}
}

// Every format of export and every data set stands in the help and in the README
// or the guides.
func TestDocsNameEntries(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	text := readPage(t, "../../README.md").text
	for _, page := range pages {
		text += readPage(t, page).text
	}
	for verb, names := range map[string][]string{"export": export.Names(), "train": dataset.Names()} {
		help := printed(t, verb, "--help")
		for _, n := range names {
			if !strings.Contains(strings.ToLower(text), n) {
				t.Errorf("neither the README nor the guides name %s", n)
			}
			if !strings.Contains(help, "\n  "+n+" ") {
				t.Errorf("%s --help has no line on %s", verb, n)
			}
		}
	}
}

// printed returns what the program prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	if code := run(t.Context(), append([]string{"designspace"}, args...), &out, &errs); code != 0 {
		t.Fatalf("%q: exit code %d: %s", args, code, errs.String())
	}
	return out.String()
}

// The table of files is that of a run directory.
func TestReadmeFiles(t *testing.T) {
	p := readPage(t, "../../README.md")
	beside(t)
	printed(t, "run")
	var named []string
	for line := range strings.Lines(tableOf(p.text, "| file | what it holds |\n|---|---|\n")) {
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
		if !slices.ContainsFunc(named, func(n string) bool { return holds(n, path) }) {
			t.Errorf("%s of a run is not in the table of files", path)
		}
	}
	for _, n := range named {
		if !slices.ContainsFunc(have, func(path string) bool { return holds(n, path) }) {
			t.Errorf("a run has no %s", n)
		}
	}
}

// holds reports whether a file or directory of the table has a path.
func holds(name, path string) bool {
	ok, _ := filepath.Match(name, path)
	return ok || strings.HasPrefix(path, name+"/")
}

// The picture is the one that plot makes of the run.
func TestReadmePicture(t *testing.T) {
	beside(t)
	want, err := os.ReadFile("runs/first/figures/edf.svg")
	if err != nil {
		t.Fatal(err)
	}
	printed(t, "plot", "edf", "runs/first", "--band", "--out", "edf.svg")
	got, err := os.ReadFile("edf.svg")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("the figure differs: run designspace run again on the directory of README.md")
	}
}
