package plain

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"designspace/internal/atomicfile"
)

// Errors of the operating system and of Go's library are told in plain English.
func TestText(t *testing.T) {
	dir := t.TempDir()
	_, absent := os.ReadFile("none/x")
	_, number := strconv.ParseFloat("ten", 64)
	written := atomicfile.Write(filepath.Join(dir, "none/x.csv"), nil)
	_, program := exec.LookPath("no-such-program")
	for _, c := range []struct {
		err  error
		want string
	}{
		{absent, "none/x: no such file or directory"},
		{fmt.Errorf("none/x: %w", absent), "none/x: no such file or directory"},
		{fmt.Errorf("reading: %w", absent), "reading: none/x: no such file or directory"},
		{written, dir + "/none/x.csv: no such file or directory"},
		{&os.LinkError{Op: "rename", Old: "a/.x.csv.0.tmp", New: "a/x.csv", Err: syscall.EISDIR}, "a/x.csv: is a directory"},
		{&fs.PathError{Op: "fsync", Path: "d", Err: syscall.EIO}, "d: input/output error"},
		{fmt.Errorf("flops: %w", number), `flops: "ten" is no number`},
		{&net.OpError{Op: "listen", Net: "tcp", Err: &net.AddrError{Err: "invalid port", Addr: "99999"}}, "address 99999: invalid port"},
		{json.Unmarshal([]byte("{x"), new(any)), "no JSON at byte 2"},
		{program, "no-such-program: no such program is installed"},
		{errors.Join(errors.New("one"), absent), "one; none/x: no such file or directory"},
		{fmt.Errorf("x.csv: edf: no models"), "x.csv: no models"},
		{errors.New("plot edf: no models"), "plot edf: no models"},
	} {
		if got := Text(c.err); got != c.want {
			t.Errorf("%v is told as %q, want %q", c.err, got, c.want)
		}
	}
}
