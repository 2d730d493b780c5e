package bounded

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	text := bytes.Repeat([]byte("0123456789"), 1000)
	if err := os.WriteFile(file, text, 0o666); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	device := filepath.Join(dir, "device")
	if err := os.Symlink("/dev/zero", device); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(file, 10_000); err != nil || !bytes.Equal(data, text) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if data, err := ReadFile(os.DevNull+"x", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%q, %v", data, err)
	}
	for path, want := range map[string]string{
		file: "is larger than 9999 bytes", pipe: "is no regular file", device: "is a device: name a file", dir: "is a directory: name a file",
	} {
		if _, err := ReadFile(path, 9999); err == nil || !strings.HasPrefix(err.Error(), path+": "+want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := os.Truncate(file, 1<<40); err != nil { // a hole
		t.Fatal(err)
	}
	if _, err := ReadFile(file, 1<<30); err == nil || !strings.HasSuffix(err.Error(), "is larger than 1024 MiB: is this the right file?") {
		t.Error(err)
	}
	// Files of /proc have no size and end all the same.
	if data, err := ReadFile("/proc/self/status", 1<<20); err != nil || !bytes.HasPrefix(data, []byte("Name:")) {
		t.Errorf("%q, %v", data, err)
	}
}
