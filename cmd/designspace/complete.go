package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/experiments"
	"designspace/internal/run/rundir"
	"designspace/internal/study/figures"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/dataset"
)

// completeVerb is what the scripts of shells call, with the words of a command
// line up to the one that is to be completed, which may be empty.
const completeVerb = "__complete"

// complete prints what the last word may become, one a line.
func complete(app *cli.App, words []string, w io.Writer) {
	words = slices.DeleteFunc(words, func(word string) bool { return word == "=" }) // bash splits there
	if len(words) == 0 {
		words = []string{""}
	}
	last := len(words) - 1
	for _, candidate := range newCompletion(app, words[:last], words[last]).candidates() {
		if strings.HasPrefix(candidate, words[last]) {
			fmt.Fprintln(w, candidate)
		}
	}
}

// A completion is what the words before the current one mean.
type completion struct {
	verb     string         // as in "space show"; "": none yet
	commands []*cli.Command // that may follow
	flags    flagNames
	open     string   // flag whose value the current word is; "": none
	args     []string // positional
	current  string
}

func newCompletion(app *cli.App, words []string, current string) completion {
	c := completion{commands: app.Commands, flags: flagsOf(cli.VersionFlag), current: current}
	for len(words) > 0 {
		command := find(c.commands, words[0])
		if command == nil && words[0] != "help" {
			break
		}
		if words = words[1:]; command != nil {
			c.verb = strings.TrimSpace(c.verb + " " + command.Name)
			c.commands, c.flags = command.Subcommands, flagsOf(command.Flags...)
		}
	}
	for i := 0; i < len(words); i++ {
		name, _, joined := strings.Cut(strings.TrimLeft(words[i], "-"), "=")
		f := c.flags[name]
		switch {
		case !strings.HasPrefix(words[i], "-"):
			c.args = append(c.args, words[i])
		case f == nil || joined || !takesValue(f):
		case i+1 == len(words):
			c.open = f.Names()[0]
		default:
			i++
		}
	}
	return c
}

func (c completion) candidates() []string {
	switch {
	case c.open != "":
		return c.values(c.open)
	case strings.HasPrefix(c.current, "-"):
		if name, _, joined := strings.Cut(c.current, "="); joined {
			c.current = c.current[len(name)+1:]
			return prefixed(name+"=", c.values(strings.TrimLeft(name, "-")))
		}
		var list []string
		for name := range c.flags {
			list = append(list, dashed(name))
		}
		slices.Sort(list)
		return list
	case len(c.commands) > 0:
		var list []string
		for _, command := range c.commands {
			list = append(list, command.Name)
		}
		return list
	}
	return c.positional()
}

func prefixed(prefix string, words []string) []string {
	for i := range words {
		words[i] = prefix + words[i]
	}
	return words
}

// listInHelp is what a flag takes where its help ends in all of it.
var listInHelp = regexp.MustCompile(`: ((?:[\w.-]+, )*[\w.-]+ or [\w.-]+)$`)

// values are those of a flag.
func (c completion) values(flag string) []string {
	switch flag {
	case "space":
		if c.verb == "sample" || c.verb == "run" {
			return space.Names()
		}
		return c.cells("space")
	case "recipe":
		return trainer.PresetNames()
	case "data":
		return dataset.Names()
	case "by", "parameters", "where", "x", "y", "normalize":
		done := c.current[:strings.LastIndexAny(c.current, ", ")+1] // of a list
		return prefixed(done, c.columns())
	case "only", "id":
		return c.cells("id")
	case "model":
		return space.ModelNames()
	case "reuse":
		return runs(c.current)
	}
	if f, ok := c.flags[flag].(cli.DocGenerationFlag); ok {
		if m := listInHelp.FindStringSubmatch(f.GetUsage()); m != nil {
			return strings.FieldsFunc(strings.ReplaceAll(m[1], " or ", ","), func(r rune) bool { return r == ',' || r == ' ' })
		}
	}
	return nil
}

// positional are the arguments that may follow.
func (c completion) positional() []string {
	switch c.verb {
	case "plot":
		if len(c.args) > 0 {
			return runs(c.current)
		}
		var kinds []string
		for _, k := range figures.List() {
			kinds = append(kinds, k.Name)
		}
		return kinds
	case "train", "status", "serve", "cancel", "analyze", "report", "predict fit":
		return runs(c.current)
	case "refine":
		return append(runs(c.current), space.Names()...)
	case "export":
		return append(runs(c.current), space.ModelNames()...)
	case "space show", "space size":
		return space.Names()
	case "model describe", "model bench", "model scale":
		return space.ModelNames()
	case "recipe show":
		return trainer.PresetNames()
	case "experiment show", "experiment run":
		var names []string
		all, _ := experiments.All()
		for _, d := range all {
			names = append(names, d.Name)
		}
		return names
	case "schema":
		var files []string
		for _, s := range rundir.Schemas() {
			files = append(files, s.File)
		}
		return files
	case "completion":
		return shells
	}
	return nil
}

// deepest is how far below the directory of a word runs are looked for, and most
// how many directories are looked at.
const deepest, most = 3, 2000

// runs are the run directories, and directories with results, whose paths begin
// with a word.
func runs(word string) (list []string) {
	top := filepath.Dir(word + "x")
	looked := 0
	filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		if looked++; looked > most {
			return fs.SkipAll
		}
		below, _ := filepath.Rel(top, path)
		if _, err := os.Stat(rundir.Dir(path).Results()); err == nil || rundir.Dir(path).Exists() {
			list = append(list, path)
			return fs.SkipDir
		}
		if path != top && strings.HasPrefix(d.Name(), ".") || strings.Count(below, string(filepath.Separator)) >= deepest {
			return fs.SkipDir
		}
		return nil
	})
	return list
}

// table opens the table of the first run or CSV file among the arguments and
// reads its header.
func (c completion) table() (rows *csv.Reader, header []string, done func() error) {
	for _, arg := range c.args {
		d := rundir.Dir(arg)
		for _, path := range []string{d.Results(), d.Models(), arg} {
			f, err := os.Open(path)
			if err != nil {
				continue
			}
			r := csv.NewReader(f)
			r.ReuseRecord = true
			if header, err = r.Read(); err == nil {
				return r, slices.Clone(header), f.Close
			}
			f.Close()
		}
	}
	return nil, nil, func() error { return nil }
}

func (c completion) columns() []string {
	_, header, done := c.table()
	defer done()
	return header
}

// cells are the different cells of a column, in their order.
func (c completion) cells(column string) (list []string) {
	rows, header, done := c.table()
	defer done()
	i := slices.Index(header, column)
	seen := map[string]bool{}
	for i >= 0 && len(list) < most {
		row, err := rows.Read()
		if err != nil {
			break
		}
		if cell := row[i]; !seen[cell] {
			seen[cell] = true
			list = append(list, strings.Clone(cell))
		}
	}
	return list
}
