package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"designspace/internal/atomicfile"
	"designspace/internal/host"
	"designspace/trainer"
)

// A Work is a training that a process has begun and not finished.
type Work struct {
	Key
	Host  string
	Curve []trainer.Epoch // epochs completed, the last among them, as far as they were told
	path  string          // of the lease
	read  bool            // or it is given back or written just now
	ended bool            // the process, which was one of this machine
}

// Working lists the trainings for which there is a lease, but those that are
// recorded and those of processes of this machine that have ended.
func Working(d Dir, j *Journal) ([]Work, error) {
	var list []Work
	all, err := begun(d)
	for _, w := range all {
		if w.read && !w.ended && !j.has(w.Key) {
			list = append(list, w)
		}
	}
	return list, err
}

// Leftovers lists the files that processes left which were killed, each with what
// to do about it. They do no harm, and the next training clears those that are
// known to be nobody's.
func Leftovers(d Dir, j *Journal) ([]string, error) {
	list := []string{}
	all, err := begun(d)
	if err != nil {
		return nil, err
	}
	next := "designspace train " + d.Word()
	note := func(path, format string, args ...any) {
		list = append(list, path+": "+fmt.Sprintf(format, args...))
	}
	for _, w := range all {
		switch {
		case j.has(w.Key):
			note(w.path, "a lease for what is trained already: %s removes it", next)
		case w.ended:
			note(w.path, "the lease of a process that has ended: %s takes it over", next)
		}
	}
	for _, c := range staleCheckpoints(d, j, all) {
		note(d.Checkpoint(c.ID, c.Repeat), "a checkpoint of what is trained already: %s removes it", next)
	}
	if first := d.join(firstFile); exists(first) {
		note(first, "it was to go into run.yaml: %s completes that", next)
	}
	err = temps(d, func(path string, abandoned bool) {
		if abandoned {
			note(path, "half written by a process that has ended: %s removes it", next)
		} else {
			note(path, "a file that was being written: remove it unless a process is writing it just now")
		}
	})
	return list, err
}

// temps calls f for each temporary file of the run.
func temps(d Dir, f func(path string, abandoned bool)) error {
	return filepath.WalkDir(string(d), func(path string, e fs.DirEntry, err error) error {
		if temp, abandoned := atomicfile.IsTemp(path); temp && err == nil {
			f(path, abandoned)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed just now
		}
		return err
	})
}

// Clear removes what killed processes left: leases and checkpoints of trainings
// that are recorded, leases of processes that have ended, and what they left
// half written.
func Clear(d Dir, j *Journal) error {
	all, err := begun(d)
	if err != nil {
		return err
	}
	for _, c := range staleCheckpoints(d, j, all) {
		d.RemoveCheckpoint(c.ID, c.Repeat)
	}
	leases := Leases{Dir: d}
	for _, w := range all {
		switch {
		case j.has(w.Key):
			os.Remove(w.path)
		case w.ended: // taken over and given back, so that no two processes take it over
			lease, err := leases.Acquire(w.Key)
			if err != nil {
				return err
			}
			if lease != nil {
				lease.Release()
			}
		}
	}
	return temps(d, func(path string, abandoned bool) {
		if abandoned {
			os.Remove(path)
		}
	})
}

// staleCheckpoints lists the trainings that are recorded and have a checkpoint,
// but those of which a later attempt goes on.
func staleCheckpoints(d Dir, j *Journal, all []Work) []Key {
	going := map[Key]bool{}
	for _, w := range all {
		if !j.has(w.Key) {
			going[Key{ID: w.ID, Repeat: w.Repeat}] = true
		}
	}
	var list []Key
	files, _ := os.ReadDir(d.Checkpoints())
	for _, f := range files {
		if k, ok := checkpointKey(f.Name()); ok && j.has(k) && !going[k] {
			list = append(list, k)
		}
	}
	return list
}

// has reports whether the training is recorded, or a later attempt at it.
func (j *Journal) has(k Key) bool {
	o, ok := j.Outcome(k.ID, k.Repeat)
	return ok && o.Attempt >= k.Attempt
}

// begun lists the trainings for which there is a lease.
func begun(d Dir) ([]Work, error) {
	files, err := os.ReadDir(d.Journal())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []Work
	for _, f := range files {
		k, ok := leaseKey(f.Name())
		if !ok {
			continue
		}
		w := Work{Key: k, path: filepath.Join(d.Journal(), f.Name())}
		var h holder
		if text, err := ReadFile(w.path); err == nil && json.Unmarshal(text, &h) == nil {
			w.Host, w.Curve, w.read, w.ended = h.Host, h.Curve, true, host.Ended(h.Process)
		}
		list = append(list, w)
	}
	return list, err
}

// leaseKey is the training that a lease's file is of.
func leaseKey(file string) (k Key, ok bool) {
	name, isLease := strings.CutSuffix(file, leaseSuffix)
	name, _, numbered := cutLast(name, ".")
	name, attempt, _ := cutLast(name, "-")
	k, ok = trainingKey(name)
	n, err := strconv.Atoi(attempt)
	k.Attempt = n
	return k, ok && isLease && numbered && err == nil
}

// checkpointKey is the training that a checkpoint is of, as its first attempt.
func checkpointKey(file string) (Key, bool) {
	name, ok := strings.CutSuffix(file, checkpointSuffix)
	k, named := trainingKey(name)
	return k, ok && named
}

// trainingKey reads an id, as files are named by it, and the number of a repeat.
func trainingKey(name string) (Key, bool) {
	escaped, repeat, ok := cutLast(name, "-")
	id, err := url.PathUnescape(escaped)
	n, e := strconv.Atoi(repeat)
	return Key{ID: id, Repeat: n}, ok && err == nil && e == nil && checkID(id) == nil
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
