// Package testpython runs Python scripts in tests that compare with other
// people's programs.
package testpython

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Variable is the environment variable that names the Python with the modules
// that tests need.
const Variable = "DESIGNSPACE_PYTHON"

// Find returns the Python that has the modules, or skips the test.
func Find(t *testing.T, modules ...string) string {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv(Variable), "python3"))
	if err != nil {
		t.Skipf("no Python: %v; %s names one", err, Variable)
	}
	for _, m := range modules {
		if exec.Command(path, "-c", "import importlib.util, sys; sys.exit(not importlib.util.find_spec('"+m+"'))").Run() != nil {
			t.Skipf("%s has no %s; %s names another Python", path, m, Variable)
		}
	}
	return path
}

// Run returns what a script prints.
func Run(t *testing.T, python string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out
}
