package export

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"testing"
)

// pythonVariable is the environment variable that names the Python with the
// modules that tests need.
const pythonVariable = "DESIGNSPACE_PYTHON"

// python returns the Python that has the modules, or skips the test.
func python(t *testing.T, modules ...string) string {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv(pythonVariable), "python3"))
	if err != nil {
		t.Skipf("no Python: %v; %s names one", err, pythonVariable)
	}
	for _, m := range modules {
		if exec.Command(path, "-c", "import importlib.util, sys; sys.exit(not importlib.util.find_spec('"+m+"'))").Run() != nil {
			t.Skipf("%s has no %s; %s names another Python", path, m, pythonVariable)
		}
	}
	return path
}

// runPython returns what a script prints.
func runPython(t *testing.T, path string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, errs.String())
	}
	return out
}
