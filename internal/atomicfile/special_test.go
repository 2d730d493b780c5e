//go:build linux

package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A device or pipe is written to by Output and refused by Write; neither puts a
// file in its place.
func TestDevicesAndPipes(t *testing.T) {
	dir := t.TempDir()
	null, pipe := filepath.Join(dir, "null"), filepath.Join(dir, "pipe")
	if err := syscall.Mknod(null, syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Skipf("no device can be made: %v", err)
	}
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	for path, what := range map[string]string{null: "a device", pipe: "a named pipe"} {
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(path, text("x")); err == nil || !strings.Contains(err.Error(), path+": it is "+what) {
			t.Errorf("error %v", err)
		}
		read := make(chan string, 1)
		if before.Mode()&fs.ModeNamedPipe != 0 {
			go func() { got, _ := os.ReadFile(path); read <- string(got) }()
		} else {
			read <- "through"
		}
		if err := Output(path, false, text("through")); err != nil {
			t.Error(err)
		}
		if got := <-read; got != "through" {
			t.Errorf("read %q", got)
		}
		if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
			t.Errorf("%s was replaced: %v, %v", what, after, err)
		}
	}
	// The standard output may be a file that a shell has opened.
	f, err := os.OpenFile(filepath.Join(dir, "file"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Output("/proc/self/fd/"+strconv.Itoa(int(f.Fd())), false, text("seen")); err != nil {
		t.Fatal(err)
	}
	content(t, f.Name(), "seen")
}
