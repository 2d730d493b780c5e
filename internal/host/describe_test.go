package host

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCPUModel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cpuinfo")
	const text = "processor\t: 0\nmodel\t\t: 143\nmodel name\t: A CPU: fast @ 2 GHz\n\nprocessor\t: 1\nmodel name\t: other\n"
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, want := cpuModel(file), "A CPU: fast @ 2 GHz"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := cpuModel(file + ".absent"); got != "" {
		t.Errorf("%q", got)
	}
}
