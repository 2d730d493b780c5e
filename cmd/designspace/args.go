package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"designspace/internal/run/rundir"
	"designspace/internal/suggest"
)

// flagNames are the flags of a verb by their names, without dashes.
type flagNames map[string]cli.Flag

func flagsOf(flags ...cli.Flag) flagNames {
	known := flagNames{}
	for _, f := range append(slices.Clone(flags), cli.HelpFlag) {
		for _, name := range f.Names() {
			known[name] = f
		}
	}
	return known
}

// reorder moves the flags among args before the positional arguments and
// separates the two by "--", so that flags may stand anywhere. The value of a
// flag follows it or is joined to it by "=". An argument "--" ends the flags;
// "-" is positional. It is an error if a flag is unknown, or its value is missing
// or not of its type.
func reorder(flags flagNames, args []string) ([]string, error) {
	var first, rest []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			rest = append(rest, arg)
			continue
		}
		typed, value, joined := strings.Cut(arg, "=")
		flag := flags[strings.TrimPrefix(typed[1:], "-")]
		if flag == nil {
			return nil, unknown(flags, typed)
		}
		first = append(first, arg)
		switch {
		case !takesValue(flag) && joined:
			return nil, fmt.Errorf("%s: this flag takes no value: leave out =%s", typed, value)
		case !takesValue(flag):
			continue
		case !joined && i+1 == len(args):
			return nil, fmt.Errorf("%s: its value is missing: write %s %s", typed, typed, example(flag))
		case !joined:
			i++
			value = args[i]
			first = append(first, value)
		}
		if value == "" { // as of a variable of the shell that is not set
			return nil, fmt.Errorf("%s: its value is empty: write %s %s", typed, typed, example(flag))
		}
		if want := wanted(flag, value); want != "" {
			return nil, fmt.Errorf("%s %s: want %s, as in %s %s", typed, value, want, typed, example(flag))
		}
	}
	if slices.Contains(rest, "") {
		return nil, errors.New("an argument is empty: is a variable of the shell not set?")
	}
	return append(append(first, "--"), rest...), nil
}

// verb is what the user called, as in "space show".
func verb(c *cli.Context) string {
	return strings.TrimPrefix(c.Command.HelpName, c.App.Name+" ")
}

// only returns the one positional argument that a verb takes.
func only(c *cli.Context, what string) (string, error) {
	switch c.NArg() {
	case 1:
		return c.Args().First(), nil
	case 0:
		return "", usagef("%s: no %s given: see --help", verb(c), what)
	}
	return "", usagef("%s: give only one %s: %s is too many", verb(c), what, c.Args().Get(1))
}

// runArgument returns the run directory that a verb takes. Of one that is none it
// says which was meant.
func runArgument(c *cli.Context) (rundir.Dir, error) {
	path, err := only(c, "run directory")
	dir := rundir.Dir(filepath.Clean(path))
	if err != nil || dir.Exists() {
		return dir, err
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return "", fmt.Errorf("%s: this is a file: name a run directory", path)
	}
	below := runs(path + "/")
	near := suggest.Nearest(path, append(below, runs(filepath.Dir(path)+"/")...))
	if near == nil {
		return dir, nil // whoever reads it says what to do
	}
	return "", fmt.Errorf("%s: no run here: did you mean %s?", path, suggest.Or(near))
}

// none reports positional arguments to a verb that takes none.
func none(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("%s: takes only flags: remove %s", verb(c), c.Args().First())
	}
	return nil
}

// needs reports the first of these flags that is not given.
func needs(c *cli.Context, names ...string) error {
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if !slices.Contains(names, name) || c.IsSet(name) {
			continue
		}
		return usagef("%s: %s is missing: write %s %s", verb(c), dashed(name), dashed(name), example(f))
	}
	return nil
}

// positive is the check of a flag that must be at least 1.
func positive(name string) func(*cli.Context, int) error { return atLeast(1, name) }

func atLeast(least int, name string) func(*cli.Context, int) error {
	return func(_ *cli.Context, n int) error {
		if n < least {
			return usagef("%s %d: want %d or more", dashed(name), n, least)
		}
		return nil
	}
}

// within is the check of a flag that takes only some numbers.
func within(name, want string, ok func(float64) bool) func(*cli.Context, float64) error {
	return func(_ *cli.Context, x float64) error {
		if !ok(x) {
			return usagef("%s %v: want %s", dashed(name), x, want)
		}
		return nil
	}
}

// above0 is the check of a flag that takes positive numbers.
func above0(name string) func(*cli.Context, float64) error {
	return within(name, "a number above 0", func(x float64) bool { return x > 0 })
}

func takesValue(f cli.Flag) bool {
	_, isBool := f.(*cli.BoolFlag)
	return !isBool
}

// wanted says what a flag wants for its value if this is nothing of the kind, and
// otherwise "".
func wanted(f cli.Flag, value string) string {
	var err error
	want := ""
	switch f.(type) {
	case *cli.IntFlag:
		want = "a whole number"
		_, err = strconv.Atoi(value)
	case *cli.Uint64Flag:
		want = "a whole number from 0"
		_, err = strconv.ParseUint(value, 10, 64)
	case *cli.Float64Flag:
		want = "a number"
		var x float64
		if x, err = strconv.ParseFloat(value, 64); math.IsNaN(x) || math.IsInf(x, 0) {
			return want
		}
	case *cli.DurationFlag:
		want = "a time"
		_, err = time.ParseDuration(value)
	}
	if err != nil {
		return want
	}
	return ""
}

// In the help of a flag, the name of its value and an example.
var (
	nameInHelp    = regexp.MustCompile("`([^`]*)`")
	exampleInHelp = regexp.MustCompile(`such as ('[^']*'|[^ ,;)]+)`)
)

// example is a value that a flag takes, or the name of its value.
func example(f cli.Flag) string {
	help := f.(cli.DocGenerationFlag).GetUsage()
	if m := exampleInHelp.FindStringSubmatch(help); m != nil {
		return m[1]
	}
	switch f := f.(type) {
	case *cli.IntFlag:
		return strconv.Itoa(cmp.Or(f.Value, 10))
	case *cli.Float64Flag:
		return strconv.FormatFloat(cmp.Or(f.Value, 0.5), 'g', -1, 64)
	case *cli.Uint64Flag:
		return "1"
	case *cli.DurationFlag:
		return "10m"
	}
	if m := nameInHelp.FindStringSubmatch(help); m != nil {
		return m[1]
	}
	return "VALUE"
}

func unknown(flags flagNames, typed string) error {
	var names []string
	for n := range flags {
		names = append(names, dashed(n))
	}
	if near := suggest.Nearest(typed, names); near != nil {
		return fmt.Errorf("%s: no such flag: did you mean %s?", typed, suggest.Or(near))
	}
	return fmt.Errorf("%s: no such flag: see --help", typed)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
