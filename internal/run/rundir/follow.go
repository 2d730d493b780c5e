package rundir

import (
	"bytes"
	"io"
)

// A Follower knows which trainings of a run are recorded, while processes go on
// recording. It reads what was added since it last looked.
type Follower struct {
	dir      Dir
	read     map[string]int64 // bytes of each file, up to the end of a line
	recorded map[Key]bool
}

// NewFollower returns a follower of the run's journal.
func NewFollower(d Dir) *Follower {
	return &Follower{dir: d, read: map[string]int64{}, recorded: map[Key]bool{}}
}

// Recorded reports whether the training has an outcome by now.
func (f *Follower) Recorded(k Key) (bool, error) {
	if f.recorded[k] {
		return true, nil
	}
	files, err := JournalFiles(f.dir)
	if err != nil {
		return false, err
	}
	for _, name := range files {
		if err := f.follow(name); err != nil {
			return false, err
		}
	}
	return f.recorded[k], nil
}

// follow reads the lines that were added to a file. Damaged ones are for
// [ReadJournal] to report.
func (f *Follower) follow(name string) error {
	file, err := Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(f.read[name], io.SeekStart); err != nil {
		return err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	f.read[name] += int64(len(text))
	for line := range bytes.Lines(text) {
		if r, err := parseRecord(bytes.TrimSuffix(line, []byte("\n"))); err == nil && r.Status != running {
			f.recorded[keyOf(&r)] = true
		}
	}
	return nil
}
