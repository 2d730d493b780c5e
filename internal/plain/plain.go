// Package plain tells errors of the operating system and of Go's library as a
// person would.
package plain

import (
	"encoding/json"
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

// temporary is the name of a file that a whole file is first written to.
var temporary = regexp.MustCompile(`^\.(.+?)(?:\.\d+)+\.tmp$`)

// packages are those whose errors begin with their names, for who calls them.
var packages = regexp.MustCompile(`(^|: )(?:bootstrap|edf|kernel|plots): `)

// Text is the text of an error on one line, without what only programmers know:
// system calls, Go's functions and packages, temporary files.
func Text(err error) string {
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
