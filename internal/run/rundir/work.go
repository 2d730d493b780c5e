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

	"designspace/internal/host"
)

// A Work is a training that a process has begun and not finished.
type Work struct {
	Key
	Host  string
	path  string // of the lease
	read  bool   // or it is given back or written just now
	ended bool   // the process, which was one of this machine
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
// to do about it. They do no harm.
func Leftovers(d Dir, j *Journal) ([]string, error) {
	list := []string{}
	all, err := begun(d)
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		switch {
		case j.has(w.Key):
			list = append(list, fmt.Sprintf("%s: a lease for what is trained already: remove it", w.path))
		case w.ended:
			list = append(list, fmt.Sprintf("%s: the lease of a process that has ended: designspace train %s takes it over", w.path, d))
		}
	}
	err = filepath.WalkDir(string(d), func(path string, e fs.DirEntry, err error) error {
		if ok, _ := filepath.Match(".*.tmp", filepath.Base(path)); ok && err == nil {
			list = append(list, fmt.Sprintf("%s: a file that was being written: remove it unless a process is writing it just now", path))
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed just now
		}
		return err
	})
	return list, err
}

// Clear removes leases and checkpoints of trainings that are recorded: a process
// leaves them that is killed before it has removed them itself.
func Clear(d Dir, j *Journal) error {
	all, err := begun(d)
	going := map[Key]bool{} // a later attempt has the checkpoint
	for _, w := range all {
		if !j.has(w.Key) {
			going[Key{ID: w.ID, Repeat: w.Repeat}] = true
		}
	}
	for _, w := range all {
		if j.has(w.Key) {
			os.Remove(w.path)
			if !going[Key{ID: w.ID, Repeat: w.Repeat}] {
				d.RemoveCheckpoint(w.ID, w.Repeat)
			}
		}
	}
	return err
}

// has reports whether the training is recorded, or a later attempt at it.
func (j *Journal) has(k Key) bool {
	o, ok := j.Outcome(k.ID, k.Repeat)
	return ok && o.Attempt >= k.Attempt
}

// begun lists the trainings for which there is a lease.
func begun(d Dir) ([]Work, error) {
	files, err := filepath.Glob(filepath.Join(d.Journal(), "*"+leaseSuffix))
	if err != nil {
		return nil, err
	}
	var list []Work
	for _, f := range files {
		k, ok := leaseKey(filepath.Base(f))
		if !ok {
			continue
		}
		w := Work{Key: k, path: f}
		var h holder
		if text, err := os.ReadFile(f); err == nil && json.Unmarshal(text, &h) == nil {
			w.Host, w.read, w.ended = h.Host, true, host.Ended(h.Process)
		}
		list = append(list, w)
	}
	return list, nil
}

// leaseKey is the training that a lease's file is of.
func leaseKey(file string) (k Key, ok bool) {
	name, _, ok := cutLast(strings.TrimSuffix(file, leaseSuffix), ".")
	if !ok {
		return k, false
	}
	name, attempt, ok1 := cutLast(name, "-")
	id, repeat, ok2 := cutLast(name, "-")
	var errs [3]error
	k.Attempt, errs[0] = strconv.Atoi(attempt)
	k.Repeat, errs[1] = strconv.Atoi(repeat)
	k.ID, errs[2] = url.PathUnescape(id)
	return k, ok1 && ok2 && errors.Join(errs[:]...) == nil && checkID(k.ID) == nil
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
