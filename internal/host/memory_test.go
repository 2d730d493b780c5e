package host

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMemInfo(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  int64
		known bool
	}{
		{"MemTotal:       24622180 kB\nMemAvailable:   23000000 kB\n", 23000000 * 1024, true},
		{"MemTotal:       24622180 kB\n", 0, false},
		{"MemAvailable:\n", 0, false},
		{"MemAvailable: many kB\n", 0, false},
		{"", 0, false},
	} {
		file := filepath.Join(t.TempDir(), "meminfo")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, known := memInfo(file); got != c.want || known != c.known {
			t.Errorf("memInfo of %q = %d, %v, want %d, %v", c.text, got, known, c.want, c.known)
		}
	}
	if _, known := memInfo(filepath.Join(t.TempDir(), "absent")); known {
		t.Error("an absent file is known")
	}
}

func TestNumber(t *testing.T) {
	file := filepath.Join(t.TempDir(), "memory.max")
	for text, want := range map[string]bool{"max\n": false, "1024\n": true} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if n, ok := number(file); ok != want || ok && n != 1024 {
			t.Errorf("number of %q = %d, %v", text, n, ok)
		}
	}
}
