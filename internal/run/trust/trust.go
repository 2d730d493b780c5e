// Package trust remembers which commands in run directories are the user's own. A
// run directory that comes from elsewhere can name a command; it is run only if
// the user gave it on this machine, or said that it may.
package trust

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"designspace/internal/atomicfile"
)

// A Store is the directory that remembers, a file for each thing that may be run,
// named by the hash of the file that asks for it, the key there and the value. So
// a value that is changed, or a directory that is copied to another place, is not
// trusted. The empty Store remembers nothing.
type Store string

// User returns the store of the user: below $XDG_STATE_HOME or else
// ~/.local/state; empty if the user has no home.
func User() Store {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) { // to be ignored, by the specification
		home, err := os.UserHomeDir()
		if err != nil || !filepath.IsAbs(home) {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return Store(filepath.Join(dir, "designspace", "trusted"))
}

// A grant is what a file of a store says, for a person who looks at it.
type grant struct {
	File  string `json:"file"`
	Key   string `json:"key"`
	Value string `json:"value"`
}

// path is where the store keeps a grant.
func (s Store) path(file, key, value string) (string, []byte, error) {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return "", nil, err
	}
	text, err := json.Marshal(grant{filepath.Join(dir, filepath.Base(file)), key, value})
	return filepath.Join(string(s), fmt.Sprintf("%x.json", sha256.Sum256(text))), text, err
}

// Has reports whether the value of a key in a file was added.
func (s Store) Has(file, key, value string) bool {
	if s == "" {
		return false
	}
	path, _, err := s.path(file, key, value)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return err == nil
}

// Add remembers the value of a key in a file.
func (s Store) Add(file, key, value string) error {
	if s == "" || s.Has(file, key, value) {
		return nil
	}
	path, text, err := s.path(file, key, value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(s), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// An Error is a command of a file that the user has not given on this machine.
type Error struct {
	File  string
	Key   string
	Value string
	Flags string // which say the same
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s: %q was not given by you on this machine, and can run any command: if you trust it, call designspace train with --trusted, or with %s again", e.File, e.Key, e.Value, e.Flags)
}
