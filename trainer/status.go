package trainer

import (
	"errors"
	"fmt"
	"math"
)

// A Status is what came of a model. It is the same word in a journal, in
// results.csv and in every other table of models.
type Status string

const (
	Done     Status = "done"     // trained
	Diverged Status = "diverged" // loss, logits or weights left the finite numbers: counts with an error of 100
	Failed   Status = "failed"   // was not trained: a fault of the program or the machine
	Pending  Status = "pending"  // has no outcome yet
	Unneeded Status = "unneeded" // has none and is not to have one: the run was decided without it
)

// ParseStatus reads a status. Words of other programs, such as FAILED or running,
// are errors: what they mean for a distribution is not known.
func ParseStatus(s string) (Status, error) {
	switch status := Status(s); status {
	case Done, Diverged, Failed, Pending, Unneeded:
		return status, nil
	}
	return "", fmt.Errorf("status %q: want done, diverged, failed, pending or unneeded", s)
}

// Counts reports whether a model of this status has an error and is one of the n
// models of a distribution. The others are left out of it, and counted apart.
func (s Status) Counts() bool { return s == Done || s == Diverged }

// Counted is the rule by which a row of a table counts. From the cell of the
// status and the error in percent, NaN if there is none, it returns the status
// and the error with which the model counts, NaN if it does not count. An empty
// status, as of a table without one, means done where there is an error and
// failed where there is none. A diverged model counts with 100, and one that
// failed or is pending not at all, whatever error the table has for it.
func Counted(status string, errorPercent float64) (Status, float64, error) {
	absent := math.IsNaN(errorPercent)
	if status == "" {
		status = string(Done)
		if absent {
			status = string(Failed)
		}
	}
	s, err := ParseStatus(status)
	switch {
	case err != nil:
		return "", math.NaN(), err
	case s == Diverged:
		return s, 100, nil
	case !s.Counts():
		return s, math.NaN(), nil
	case absent:
		return "", math.NaN(), errors.New("status done without an error: fill it in, or write failed or pending")
	}
	return s, errorPercent, nil
}
