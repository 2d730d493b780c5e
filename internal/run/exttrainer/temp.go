package exttrainer

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"designspace/internal/host"
)

// The names of the directories in which models and outcomes are exchanged with a
// program, and of the file there that says which process made it.
const (
	tempPrefix = "designspace-trainer-"
	ownerFile  = "process"
)

// tempDir makes a directory of this process, and removes those of processes that
// have ended without it, as a kill and a power cut make them.
func tempDir() (string, error) {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*"))
	for _, dir := range old {
		if left(dir) {
			os.RemoveAll(dir)
		}
	}
	dir, err := os.MkdirTemp("", tempPrefix)
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, ownerFile), []byte(host.Process(os.Getpid())), 0o666)
}

// left reports whether a directory is of a process of this user and machine that
// has ended. Others may put anything beside it.
func left(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || !mine(info) {
		return false
	}
	path := filepath.Join(dir, ownerFile)
	if info, err = os.Lstat(path); err != nil || info.Mode().Type() != fs.FileMode(0) {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	process, err := io.ReadAll(io.LimitReader(f, 1000))
	return err == nil && host.Ended(string(process))
}
