//go:build linux

package main

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/urfave/cli/v2"
)

// What a verb makes goes into a device or pipe, in the verb's first format, and
// no file takes its place; a file that is replaced keeps its mode.
func TestOutToDevices(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.csv", []byte("id,error\na,10\nb,20\nc,15\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mknod("null", syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Skipf("no device can be made: %v", err)
	}
	if err := os.Symlink("null", "null.svg"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo("pipe", 0o666); err != nil {
		t.Fatal(err)
	}
	printed(t, "report", "a.csv", "--out", "null", "--force")
	printed(t, "plot", "edf", "a.csv", "--out", "null.svg")
	printed(t, "model", "scale", "peers/regnetx-200mf", "--flops", "400M", "--out", "null")
	printed(t, "refine", "proxy/anynetxa", "--share", "b", "--out", "null")
	if info, err := os.Lstat("null"); err != nil || info.Mode()&fs.ModeCharDevice == 0 {
		t.Errorf("the device is %v, %v", info.Mode(), err)
	}
	read := make(chan string, 1)
	go func() { text, _ := os.ReadFile("pipe"); read <- string(text) }()
	printed(t, "plot", "edf", "a.csv", "--out", "pipe")
	if text := <-read; !strings.HasPrefix(text, "<?xml") || !strings.HasSuffix(text, "</svg>\n") {
		t.Errorf("%.40q came through the pipe", text)
	}
	if info, err := os.Lstat("pipe"); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("the pipe is %v, %v", info.Mode(), err)
	}

	printed(t, "plot", "edf", "a.csv", "--out", "a.svg")
	if err := os.Chmod("a.svg", 0o640); err != nil {
		t.Fatal(err)
	}
	printed(t, "plot", "edf", "a.csv", "--band", "--out", "a.svg", "--force")
	if info, err := os.Stat("a.svg"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Each verb that writes what --out names has --force.
func TestForce(t *testing.T) {
	var walk func([]*cli.Command)
	walk = func(commands []*cli.Command) {
		for _, c := range commands {
			help := map[string]string{}
			for _, f := range c.Flags {
				help[f.Names()[0]] = f.(cli.DocGenerationFlag).GetUsage()
			}
			if _, ok := help["force"]; !ok && strings.HasPrefix(help["out"], "write") {
				t.Errorf("%s has --out and no --force", c.HelpName)
			}
			walk(c.Subcommands)
		}
	}
	walk(newApp(nil, nil).Commands)
}
