// Command designspace explores design spaces of convolutional networks: it
// samples populations of models, trains each on a small proxy, and compares
// their error distributions (Radosavovic et al. 2020, arXiv 2003.13678).
//
// Each verb is a file of its own: it parses flags, calls a package and prints.
// Data go to the standard output, logs and progress to the standard error. The
// exit code is 0 for success, 1 for failure and 2 for bad use.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"designspace/internal/screen"
	"designspace/internal/suggest"

	"github.com/urfave/cli/v2"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		// A later signal ends the program at once. One that follows closely does not:
		// a batch system and the script that it runs may both pass on the same.
		time.Sleep(time.Second)
		stop()
	})
	os.Exit(run(ctx, os.Args, os.Stdout, os.Stderr))
}

// run is the whole program; args[0] is its name.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	stdout, stderr = screen.New(stdout), screen.New(stderr)
	app := newApp(stdout, stderr)
	app.Metadata = map[string]any{commandLine: quoted(args)}
	ordered, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, ordered)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "designspace:", oneLine(err))
	var usage usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

// commandLine is the key under which the app knows how it was called.
const commandLine = "command line"

// quoted is a command line as a shell takes it.
func quoted(args []string) string {
	return shellWords(append([]string{"designspace"}, args[min(1, len(args)):]...))
}

// shellWords joins words as a shell takes them.
func shellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, a := range words {
		if a == "" || strings.ContainsAny(a, " \t\n\"'`$&|;<>()*?[]#~\\!{}") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}

// A usageError is bad use: exit code 2.
type usageError struct{ error }

// promptly lets a verb that only computes and writes files whole end at once
// when it is interrupted.
func promptly(action cli.ActionFunc) cli.ActionFunc {
	return func(c *cli.Context) error {
		done := make(chan error, 1)
		go func() { done <- action(c) }()
		select {
		case err := <-done:
			return err
		case <-c.Context.Done():
			return errors.New("interrupted")
		}
	}
}

// badUse makes an error of a value that was given into bad use.
func badUse(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// oneLine is the text of an error, which may be joined from several.
func oneLine(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
}

// version is what the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:    "designspace",
		Usage:   "compare design spaces of convolutional networks",
		Version: version(),
		Description: `Samples populations of models from design spaces, trains each model briefly on
small images, compares the distributions of their errors, and finds the
parameter values that the best models share. For a first study:

  designspace run`,
		Commands: []*cli.Command{
			runCommand(), sampleCommand(), trainCommand(), statusCommand(), serveCommand(), cancelCommand(),
			analyzeCommand(), plotCommand(), reportCommand(), refineCommand(),
			spaceCommand(), modelCommand(), experimentCommand(), exportCommand(), importCommand(),
			predictCommand(), schemaCommand(), completionCommand(),
		},
		Writer: stdout, ErrWriter: stderr,
		HideHelpCommand:           true,
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true,
		CustomAppHelpTemplate:     appHelp,
		ExitErrHandler:            func(*cli.Context, error) {}, // run prints errors and chooses the exit code
		OnUsageError:              onUsageError,
	}
	prepare(app.Commands)
	return app
}

// prepare sets what all commands have in common.
func prepare(commands []*cli.Command) {
	for _, c := range commands {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
		c.CustomHelpTemplate = commandHelp
		for _, f := range c.Flags {
			if b, ok := f.(*cli.BoolFlag); ok && b.DefaultText == "" {
				b.DisableDefaultText = true // it is off
			}
		}
		prepare(c.Subcommands)
	}
}

func onUsageError(_ *cli.Context, err error, _ bool) error { return usageError{err} }

// arrange puts the flags before the positional arguments, which is where cli
// finds them; what it would not find it would skip in silence.
func arrange(app *cli.App, args []string) ([]string, error) {
	if len(args) > 0 && args[len(args)-1] == "--generate-bash-completion" {
		return args, nil
	}
	path, flags, commands := args[:min(1, len(args))], flagsOf(nil, "version", "v"), app.Commands
	rest := args[len(path):]
	for len(rest) > 0 && len(commands) > 0 && !strings.HasPrefix(rest[0], "-") {
		c := find(commands, rest[0])
		if c == nil {
			return nil, unknownVerb(path, rest[0], commands)
		}
		path, rest = append(slices.Clone(path), rest[0]), rest[1:]
		flags, commands = flagsOf(c.Flags), c.Subcommands
	}
	ordered, err := reorder(flags, rest)
	if err != nil {
		return nil, usageError{err}
	}
	return append(path, ordered...), nil
}

func find(commands []*cli.Command, name string) *cli.Command {
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return commands[i]
}

func unknownVerb(path []string, word string, commands []*cli.Command) error {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	place := strings.Join(append(slices.Clone(path[1:]), word), " ")
	if near, ok := suggest.Nearest(word, names); ok {
		return usagef("%s: no such verb: did you mean %s?", place, near)
	}
	return usagef("%s: no such verb: choose %s", place, strings.Join(names, ", "))
}

// flagsOf describes the flags of a command, and those of help and more that
// take no value.
func flagsOf(flags []cli.Flag, more ...string) flagNames {
	known := flagNames{"help": false, "h": false}
	for _, name := range more {
		known[name] = false
	}
	for _, f := range flags {
		_, isBool := f.(*cli.BoolFlag)
		for _, name := range f.Names() {
			known[name] = !isBool
		}
	}
	return known
}

const appHelp = `{{.Name}} - {{.Usage}}

Usage: {{.Name}} VERB [arguments and flags, in any order]

{{.Description}}

Verbs:
{{range .VisibleCommands}}  {{printf "%-11s" .Name}} {{.Usage}}
{{end}}
"{{.Name}} VERB --help" describes a verb. --version prints {{.Version}}.
`

const commandHelp = `{{.HelpName}} - {{.Usage}}

Usage: {{if .UsageText}}{{.UsageText}}{{else}}{{.HelpName}} VERB{{end}}

{{.Description}}
{{if .VisibleCommands}}
Verbs:
{{range .VisibleCommands}}  {{printf "%-9s" .Name}} {{.Usage}}
{{end}}{{end}}{{if .VisibleFlags}}
Flags:
{{range .VisibleFlags}}  {{.}}
{{end}}{{end}}`
