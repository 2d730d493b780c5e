package main

import (
	"errors"
	"fmt"
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
