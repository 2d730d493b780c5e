//go:build unix

package exttrainer

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// inGroup makes the program and its children end together: told to by SIGTERM,
// so that they can clean up, and by force when they take too long.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endGroup ends what is left of the group.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}

// watcher runs a command in the presence of a process of its group that ends the
// group, and removes the directory $1, when its descriptor 3 is closed at the
// other end. It is no child of the command, which may wait for all of its own.
const watcher = `dir=$1
shift
( (
	trap '' TERM HUP INT
	read -r _ <&3
	kill -TERM 0
	sleep 5
	rm -rf -- "$dir"
	kill -KILL 0
) </dev/null >/dev/null 2>&1 & )
exec 3<&-
exec "$@"`

// shell returns the command line for a shell, watched: however this process ends,
// the command and its children end, and dir is removed. The command is to be
// started before watched is closed, which is to be done after endGroup.
func shell(ctx context.Context, line, dir string) (cmd *exec.Cmd, watched func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd = exec.CommandContext(ctx, "/bin/sh", "-c", watcher, "sh", dir, "/bin/sh", "-c", line)
	cmd.ExtraFiles = []*os.File{r}
	return cmd, func() { r.Close(); w.Close() }, nil
}

// mine reports whether the user of this process made a file.
func mine(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
