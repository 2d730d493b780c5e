// Command designspace explores design spaces of convolutional networks: it
// samples populations of models, trains each on a small proxy, and compares
// their error distributions (Radosavovic et al. 2020, arXiv 2003.13678).
//
// Each verb is a file of its own: it parses flags, calls a package and prints.
// Data go to the standard output, logs and progress to the standard error. The
// exit code is 0 for success, 1 for failure and 2 for bad use.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/plain"
	"designspace/internal/screen"
	"designspace/internal/suggest"
)

func main() {
	os.Exit(run(untilSignal(), os.Args, os.Stdout, os.Stderr))
}

// run is the whole program; args[0] is its name.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	stdout, stderr = screen.New(stdout), screen.New(stderr)
	app := newApp(stdout, stderr)
	app.Metadata = map[string]any{commandLine: quoted(args)}
	if len(args) > 1 && args[1] == completeVerb {
		complete(app, args[2:], stdout)
		return 0
	}
	ordered, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, ordered)
	}
	if err != nil {
		fmt.Fprintln(stderr, "designspace:", plain.Text(err))
	}
	return exitCode(err)
}

// commandLine is the key under which the app knows how it was called.
const commandLine = "command line"

// quoted is a command line as a shell takes it.
func quoted(args []string) string {
	return format.Command(append([]string{"designspace"}, args[min(1, len(args)):]...))
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
			runCommand(), sampleCommand(), trainCommand(), statusCommand(), listCommand(), serveCommand(), cancelCommand(),
			analyzeCommand(), plotCommand(), reportCommand(), refineCommand(), evolveCommand(),
			spaceCommand(), recipeCommand(), modelCommand(), experimentCommand(), exportCommand(), importCommand(),
			predictCommand(), schemaCommand(), completionCommand(),
		},
		Writer: stdout, ErrWriter: stderr,
		HideHelpCommand:           true,
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
			switch f := f.(type) {
			case *cli.BoolFlag:
				f.DisableDefaultText = f.DefaultText == "" // it is off
			case *cli.StringFlag:
				f.DefaultText = cmp.Or(f.DefaultText, f.Value) // without quotes
			case *cli.DurationFlag:
				f.DefaultText = cmp.Or(f.DefaultText, strings.TrimSuffix(f.Value.String(), "0s"))
			}
		}
		if c.Action != nil {
			c.Action = interruptible(c)
		}
		prepare(c.Subcommands)
	}
}

func onUsageError(_ *cli.Context, err error, _ bool) error { return badUse(err) }

// arrange puts the flags before the positional arguments, which is where cli
// finds them; what it would not find it would skip in silence. A wish for help
// is granted whatever stands beside it.
func arrange(app *cli.App, args []string) ([]string, error) {
	path, flags, commands := args[:min(1, len(args))], flagsOf(cli.VersionFlag), app.Commands
	rest, help := withoutHelp(args[len(path):])
	for len(rest) > 0 && len(commands) > 0 && !strings.HasPrefix(rest[0], "-") {
		if rest[0] == "help" {
			help, rest = true, rest[1:]
			continue
		}
		c := find(commands, rest[0])
		if c == nil {
			return nil, unknownVerb(path, rest[0], commands)
		}
		path, rest = append(slices.Clone(path), rest[0]), rest[1:]
		flags, commands = flagsOf(c.Flags...), c.Subcommands
	}
	if help {
		return append(path, "--help"), nil
	}
	ordered, err := reorder(flags, rest)
	if err != nil {
		return nil, badUse(err)
	}
	return append(path, ordered...), nil
}

// withoutHelp takes the flags that ask for help out of the arguments and reports
// whether there were any.
func withoutHelp(args []string) (rest []string, help bool) {
	for i, arg := range args {
		switch arg {
		case "--":
			return append(rest, args[i:]...), help
		case "--help", "-help", "-h", "--h":
			help = true
		default:
			rest = append(rest, arg)
		}
	}
	return rest, help
}

func find(commands []*cli.Command, name string) *cli.Command {
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return commands[i]
}

// unknownVerb is the error of a word that is no verb after those of path.
func unknownVerb(path []string, word string, commands []*cli.Command) error {
	place := strings.Join(append(slices.Clone(path[1:]), word), " ")
	var names, all []string
	for _, c := range commands {
		names = append(names, c.Name)
		for _, s := range c.Subcommands {
			all = append(all, c.Name+" "+s.Name)
		}
	}
	near := suggest.Nearest(word, append(slices.Clone(names), "--version"))
	if near == nil {
		near = suggest.Nearest(word, all)
	}
	if near == nil {
		return usagef("%s: no such verb: choose %s", place, suggest.Or(names))
	}
	return usagef("%s: no such verb: did you mean %s?", place, suggest.Or(near))
}

const appHelp = `{{.Name}} - {{.Usage}}

Usage: {{.Name}} VERB [arguments and flags, in any order]

{{.Description}}

Verbs:
{{range .VisibleCommands}}  {{printf "%-11s" .Name}} {{.Usage}}
{{end}}
"{{.Name}} help VERB" describes a verb. --version prints {{.Version}}.
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
