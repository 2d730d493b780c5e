package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// exitCode is 0 for success, 2 for bad use and 1 for every other failure. Bad use
// is a command line that no file could make good: a verb, a flag or an argument
// that there is not, or a value outside what its flag takes. A name that is in no
// file, a file that is absent or damaged, and values that do not go with what a
// run holds are failures.
func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return 2
	}
	return 1
}

// A usageError is bad use.
type usageError struct{ error }

// badUse makes the error of a value that was given, which may be nil, into bad
// use.
func badUse(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// badFlag does the same for an error that begins with the name of the flag.
func badFlag(err error) error {
	if err == nil {
		return nil
	}
	return usageError{fmt.Errorf("--%w", err)}
}

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// temporary is the name of a file that a whole file is first written to.
var temporary = regexp.MustCompile(`^\.(.+?)(?:\.\d+)+\.tmp$`)

// packages are those whose errors begin with their names, for who calls them.
var packages = regexp.MustCompile(`(^|: )(?:bootstrap|edf|kernel|plots): `)

// plain is the text of an error on one line, without what only programmers know:
// system calls, Go's functions and packages, temporary files.
func plain(err error) string {
	text := err.Error()
	put := func(e error, path, says string) {
		if m := temporary.FindStringSubmatch(filepath.Base(path)); m != nil {
			path = filepath.Join(filepath.Dir(path), m[1])
		}
		if path != "" {
			path += ": "
		}
		text = strings.ReplaceAll(text, path+e.Error(), path+says) // whoever wrapped it named the file, too
		text = strings.ReplaceAll(text, e.Error(), path+says)
	}
	for _, e := range causes(err) {
		switch e := e.(type) {
		case *fs.PathError:
			put(e, e.Path, e.Err.Error())
		case *os.LinkError:
			put(e, e.New, e.Err.Error())
		case *os.SyscallError:
			put(e, "", e.Err.Error())
		case *net.OpError:
			put(e, "", e.Err.Error())
		case *net.DNSError:
			put(e, "", e.Err)
		case *json.SyntaxError:
			put(e, "", fmt.Sprintf("no JSON at byte %d", e.Offset))
		case *exec.Error:
			put(e, e.Name, "no such program is installed")
		case *strconv.NumError:
			put(e, "", fmt.Sprintf("%q is no number", e.Num))
		}
	}
	text = packages.ReplaceAllString(text, "$1")
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
}

// causes are an error and all that it wraps, the outermost first.
func causes(err error) []error {
	all := []error{err}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if in := e.Unwrap(); in != nil {
			all = append(all, causes(in)...)
		}
	case interface{ Unwrap() []error }:
		for _, in := range e.Unwrap() {
			all = append(all, causes(in)...)
		}
	}
	return all
}
