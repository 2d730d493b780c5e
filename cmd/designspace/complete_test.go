package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Completion offers what may stand at a place, and nothing that does not begin
// with the word that is there.
func TestComplete(t *testing.T) {
	beside(t)
	if err := os.MkdirAll("runs/imported", 0o777); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{"runs/imported/results.csv": "id,error,wide\na,1,2\n", "table.csv": "id,error,lr\nx,1,2\ny,2,3\n"} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		line string // to the current word
		want string // some of what is offered
		not  string // what is not
	}{
		{"", "run sample train completion", "--help __complete"},
		{"sa", "sample", "run"},
		{"space ", "list show size", "sample"},
		{"help space s", "show size", "list"},
		{"sample -", "--space --flops --out -n --help", "--recipe"},
		{"sample --fl", "--flops", "--space"},
		{"sample --space ", "proxy/regnetx imagenet/anynetxa", ""},
		{"sample --space proxy/reg", "proxy/regnetx", "proxy/anynetxa imagenet/regnetx"},
		{"sample --space=proxy/reg", "--space=proxy/regnetx", "proxy/regnetx"},
		{"sample --space = proxy/reg", "proxy/regnetx", "proxy/anynetxa"},
		{"refine runs/first --space ", "proxy/regnetx proxy/anynetxa", "imagenet/regnetx"},
		{"train ", "runs/first runs/imported", "table.csv"},
		{"train runs/f", "runs/first", "runs/imported"},
		{"train runs/first --recipe ", "quick proxy cifar", ""},
		{"train runs/first --data ", "synthetic cifar10", ""},
		{"train runs/first --only ", "m0001 m0016", "m0017"},
		{"train runs/first --only m0001 --only m001", "m0010 m0016", "m0002"},
		{"export runs/first --id m000", "m0001", "m0010"},
		{"export runs/first --format ", "pytorch onnx pycls", "text"},
		{"export ", "runs/first peers/regnetx-400mf", ""},
		{"analyze runs/first --format ", "text json csv", "markdown"},
		{"analyze runs/first --by ", "space budget flops", "lr2"},
		{"analyze runs/first --by space,bu", "space,budget", "budget"},
		{"analyze table.csv --where ", "error lr", "flops"},
		{"analyze runs/imported --parameters ", "wide", "lr"},
		{"plot ", "edf params rank", "runs/first"},
		{"plot rank runs/first --x ", "d1 w1 flops", ""},
		{"plot rank ", "runs/first", "edf"},
		{"model describe peers/regnetx-4", "peers/regnetx-400mf peers/regnetx-4.0gf", "peers/regnetx-200mf"},
		{"experiment show sh", "sharing", ""},
		{"experiment run --regime ", "quick cifar", ""},
		{"recipe show ", "quick", ""},
		{"schema ", "curves.csv", ""},
		{"import x.csv --from ", "pycls optuna table", ""},
		{"completion ", "bash zsh fish", ""},
		{"train runs/first --epochs ", "", "runs/first"},
		{"sample extra ", "", "runs/first"},
	} {
		var out, errs strings.Builder
		if code := run(t.Context(), append([]string{"designspace", completeVerb}, strings.Split(c.line, " ")...), &out, &errs); code != 0 || errs.Len() > 0 {
			t.Errorf("%s: exit code %d, %s", c.line, code, errs.String())
		}
		got := strings.Fields(out.String())
		for _, w := range strings.Fields(c.want) {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %s is not offered, but %.200q", c.line, w, got)
			}
		}
		for _, w := range strings.Fields(c.not) {
			if slices.Contains(got, w) {
				t.Errorf("%s: %s is offered", c.line, w)
			}
		}
	}
}

// Each shell that is installed reads its script, and bash completes by it, also
// a run whose name has a space.
func TestCompletionScripts(t *testing.T) {
	beside(t)
	if err := os.Rename("runs/first", "runs/my run"); err != nil {
		t.Fatal(err)
	}
	for _, shell := range shells {
		script := filepath.Join(t.TempDir(), shell)
		if err := os.WriteFile(script, []byte(printed(t, "completion", shell)), 0o666); err != nil {
			t.Fatal(err)
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("no %s", shell)
			continue
		}
		if out, err := exec.Command(path, "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", shell, err, out)
		}
		if shell != "bash" {
			continue
		}
		for line, want := range map[string]string{
			"designspace sam":                          "<sample>",
			"designspace sample --space proxy/regnetx": "<proxy/regnetx>",
			"designspace space ":                       "<list><show><size>",
			"designspace train runs/m":                 `<runs/my\ run>`,
			"designspace recipe show q":                "<quick>",
		} {
			out, err := exec.Command(path, "-c", `source "$1"; COMP_WORDS=($2); [[ $2 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _designspace; printf '<%s>' "${COMPREPLY[@]}"`, "bash", script, line).CombinedOutput()
			if got := string(out); err != nil || !strings.HasPrefix(got, want) {
				t.Errorf("%s: %v, %s, want %s", line, err, got, want)
			}
		}
	}
}

// What bash puts on the command line is a word, whatever a table calls its
// columns.
func TestCompletionRunsNothing(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	t.Chdir(t.TempDir())
	names := []string{"$(touch hit)", "`touch hit`", "a;touch hit", "a b", "*", "~", "it's", `"x`, "a\\u001bb", "plain"}
	script := printed(t, "completion", "bash") + `
_designspace_names() { cat names; }
COMP_WORDS=(_designspace_names analyze ""); COMP_CWORD=2
_designspace
for word in "${COMPREPLY[@]}"; do eval "printf '%s\n' $word"; done`
	if err := os.WriteFile("names", []byte(strings.Join(names, "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bash, "-c", script).CombinedOutput()
	if got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); err != nil || !slices.Equal(got, names) {
		t.Errorf("%v, %q, want %q", err, got, names)
	}
	if _, err := os.Stat("hit"); err == nil {
		t.Error("a name was run")
	}
}
