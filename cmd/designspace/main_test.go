package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/urfave/cli/v2"
)

func TestMain(m *testing.M) {
	testscript.Main(homeless{m}, map[string]func(){
		"designspace": main,
		"exitcode":    expectExit,
	})
}

// homeless are tests that leave nothing in the user's state directory.
type homeless struct{ *testing.M }

func (h homeless) Run() int {
	dir, err := os.MkdirTemp("", "designspace-state")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv("XDG_STATE_HOME", dir)
	return h.M.Run()
}

// TestScripts runs the command as a person or a script does.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update, // the files that outputs are compared with
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, ".state"))
			images, err := filepath.Abs("../../trainer/dataset/testdata/own")
			e.Setenv("IMAGES", images)
			return err
		},
	})
}

// expectExit runs the program with the arguments after the first, which is the
// exit code that it must have: exitcode 2 smaple --out x.
func expectExit() {
	got := run(context.Background(), append([]string{"designspace"}, os.Args[2:]...), os.Stdout, os.Stderr)
	if os.Args[1] != string(rune('0'+got)) {
		os.Stderr.WriteString("exit code " + string(rune('0'+got)) + "\n")
		os.Exit(1)
	}
}

// Every verb says how it is used and gives an example that begins with itself.
func TestHelp(t *testing.T) {
	app := newApp(nil, nil)
	var walk func(path []string, commands []*cli.Command)
	walk = func(path []string, commands []*cli.Command) {
		for _, c := range commands {
			verb := append(slices.Clone(path), c.Name)
			var out, errs strings.Builder
			if code := run(t.Context(), append(verb, "--help"), &out, &errs); code != 0 || errs.Len() > 0 {
				t.Errorf("%q: exit code %d, %s", verb, code, errs.String())
			}
			text := out.String()
			line := strings.Join(verb, " ")
			if !strings.HasPrefix(text, line+" - ") || !strings.Contains(text, "Usage: "+line) {
				t.Errorf("%q: help begins with %.80q", verb, text)
			}
			_, example, _ := strings.Cut(text, "Example:\n")
			example, _, _ = strings.Cut(example, "\n\n")
			if !strings.Contains(example, line) {
				t.Errorf("%q: example %q", verb, example)
			}
			for l := range strings.Lines(text) {
				if strings.TrimRight(l, "\n") != strings.TrimRight(l, " \n") {
					t.Errorf("%q: trailing space in %q", verb, l)
				}
			}
			walk(verb, c.Subcommands)
		}
	}
	walk([]string{"designspace"}, app.Commands)
}

// A wish for help is granted whatever stands beside it, on the standard output.
func TestHelpAnywhere(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ line, want string }{
		{"--help", "designspace - "},
		{"-h", "designspace - "},
		{"help", "designspace - "},
		{"help train", "designspace train - "},
		{"train --help", "designspace train - "},
		{"train -h", "designspace train - "},
		{"train -help", "designspace train - "},
		{"train help", ""}, // a run may have this name
		{"train runs/a --help", "designspace train - "},
		{"train runs/a --h", "designspace train - "},
		{"train --help runs/a", "designspace train - "},
		{"--help train", "designspace train - "},
		{"train runs/a --epochs 5 -h", "designspace train - "},
		{"train runs/a --epochs -h", "designspace train - "},
		{"train runs/a --ephocs many --help", "designspace train - "},
		{"train a b c -n --help", "designspace train - "},
		{"help train runs/a --epochs 5", "designspace train - "},
		{"space --help", "designspace space - "},
		{"space help", "designspace space - "},
		{"help space", "designspace space - "},
		{"help space show", "designspace space show - "},
		{"space help show", "designspace space show - "},
		{"space show proxy/regnetx --help", "designspace space show - "},
		{"experiment run --all --help", "designspace experiment run - "},
		{"trian --help", ""},
		{"space shw --help", ""},
		{"train -- --help", ""},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), append([]string{"designspace"}, words(c.line)...), &out, &errs)
		if c.want == "" {
			if code == 0 || out.Len() > 0 {
				t.Errorf("%s: exit code %d, %.80q", c.line, code, out.String())
			}
			continue
		}
		if code != 0 || !strings.HasPrefix(out.String(), c.want) || errs.Len() > 0 {
			t.Errorf("%s: exit code %d, %.80q, %s", c.line, code, out.String(), errs.String())
		}
	}
}

func TestQuoted(t *testing.T) {
	got := quoted([]string{"/bin/x", "run", "--out", "my runs/it's", "--where", "flops<3e6", ""})
	const want = `designspace run --out 'my runs/it'\''s' --where 'flops<3e6' ''`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Ctrl-C ends a verb that computes, whatever it is doing.
func TestInterruptedAnalysis(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs strings.Builder
	action := interruptible(&cli.Command{Action: func(*cli.Context) error { select {} }})
	c := cli.NewContext(newApp(&out, &errs), nil, nil)
	c.Context = ctx
	if err := action(c); err == nil || err.Error() != "interrupted" {
		t.Error(err)
	}
}

// Ctrl-C before anything is trained is exit code 1 and says how to go on.
func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, errs strings.Builder
	sample := []string{"designspace", "sample", "--space", "proxy/regnetx", "-n", "2", "--input", "8", "--out", "runs/a"}
	if code := run(t.Context(), sample, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	errs.Reset()
	code := run(ctx, []string{"designspace", "train", "runs/a", "--train-images", "20", "--test-images", "20"}, &out, &errs)
	const want = "designspace: runs/a: stopped; 0 of 2 models are trained and kept; resume with: designspace train runs/a --train-images 20 --test-images 20\n"
	if code != 1 || errs.String() != want {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}
