package rundir

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/atomicfile"
	"designspace/trainer"
)

// running is a status that only a journal has: a writer's claim on a model, no
// outcome.
const running = trainer.Status("running")

// keyOf names the training that an outcome is of.
func keyOf(o *trainer.Outcome) Key { return Key{o.ID, o.Repeat, o.Attempt} }

// MaxRepeats bounds how often a model is trained.
const MaxRepeats = 10_000

// MaxAttempt is the number of the last attempt at a training, of which there is no
// other.
const MaxAttempt = 999_999

// parseRecord reads a line of a journal. Keys it does not know are of a later
// version and are skipped.
func parseRecord(line []byte) (trainer.Outcome, error) {
	var o trainer.Outcome
	if err := o.UnmarshalJSON(line); err != nil { // json.Unmarshal would scan the line once more
		return o, err
	}
	switch {
	case o.Status.Counts():
		if !(o.Error >= 0 && o.Error <= 100) {
			return o, fmt.Errorf("error of model %s is not between 0 and 100", o.ID)
		}
	case o.Status != trainer.Failed && o.Status != running:
		return o, fmt.Errorf("status %q: want done, diverged, failed or running", o.Status)
	}
	if err := checkID(o.ID); err != nil {
		return o, err
	}
	if o.Repeat < 0 || o.Repeat >= MaxRepeats {
		return o, fmt.Errorf("repeat %d of model %s is not between 0 and %d", o.Repeat, o.ID, MaxRepeats-1)
	}
	if o.Attempt < 0 || o.Attempt > MaxAttempt {
		return o, fmt.Errorf("attempt %d of model %s is not between 0 and %d", o.Attempt, o.ID, MaxAttempt)
	}
	return o, nil
}

// A Journal is what the journal files of a run say.
type Journal struct {
	Records  []trainer.Outcome // outcomes: of each model and repeat the first record of its last attempt, in the order of the files
	Warnings []string          // lines that were dropped
	Unneeded map[string]bool   // models that are not to be trained any more; nil: none, or not known
	places   []place           // of the records
	index    map[recordKey]int
	repeats  int // the largest number of a repeat
}

// A place is a line of a journal file.
type place struct {
	file string
	line int
}

func (p place) String() string { return fmt.Sprintf("%s:%d", p.file, p.line) }

type recordKey struct {
	id     string
	repeat int
}

// Outcome returns the record of a model's repeat, if there is one.
func (j *Journal) Outcome(id string, repeat int) (trainer.Outcome, bool) {
	i, ok := j.index[recordKey{id, repeat}]
	if !ok {
		return trainer.Outcome{}, false
	}
	return j.Records[i], true
}

// First returns the outcome of a model's first training, or one that says that
// there is none yet, or need not be.
func (j *Journal) First(id string) trainer.Outcome {
	r, ok := j.Outcome(id, 0)
	switch {
	case ok:
		return r
	case j.Unneeded[id]:
		return trainer.NewOutcome(id, trainer.Unneeded)
	}
	return trainer.NewOutcome(id, trainer.Pending)
}

// Trainings returns the records of a model in the order of its repeats, those
// that are there.
func (j *Journal) Trainings(id string) []trainer.Outcome {
	var rs []trainer.Outcome
	for repeat := range j.repeats + 1 {
		if r, ok := j.Outcome(id, repeat); ok {
			rs = append(rs, r)
		}
	}
	return rs
}

// Errors returns the errors of a model's trainings, each at the place of its
// repeat; NaN for those that failed or are not there.
func (j *Journal) Errors(id string) []float64 {
	var errs []float64
	for _, r := range j.Trainings(id) {
		for len(errs) < r.Repeat {
			errs = append(errs, math.NaN())
		}
		errs = append(errs, r.Error)
	}
	return errs
}

// Check returns an error if a record is of a model that is not among the
// entries: it would be in no result.
func (j *Journal) Check(entries []Entry) error {
	ids := make(map[string]bool, len(entries))
	for _, e := range entries {
		ids[e.ID] = true
	}
	for i, r := range j.Records {
		if !ids[r.ID] {
			return fmt.Errorf("%s: %s is not in models.csv: restore models.csv or remove the line", j.places[i], r.ID)
		}
	}
	return nil
}

// CheckTrain returns an error if a record was not trained as run.yaml says; t
// is nil if it says nothing. What a record does not tell is taken to agree.
func (j *Journal) CheckTrain(t *Train) error {
	if len(j.Records) == 0 {
		return nil
	}
	if t == nil {
		return fmt.Errorf("%s: %s is trained, but run.yaml has no train section: restore run.yaml's train section", j.places[0], j.Records[0].ID)
	}
	recipe := t.Recipe.Label()
	for i, r := range j.Records {
		if t.Recipe.Named(r.Recipe) {
			r.Recipe = recipe
		}
		for _, s := range []struct{ key, has, want string }{
			{"kernel", r.Kernel, t.Kernel}, {"data", r.Data, t.Data.Label()}, {"recipe", r.Recipe, recipe},
		} {
			if s.has != "" && s.has != s.want {
				return fmt.Errorf("%s: %s of %s is %s, but %s in run.yaml's train section: restore run.yaml or start another run", j.places[i], s.key, r.ID, s.has, s.want)
			}
		}
	}
	return nil
}

// Repeated reports whether the journal has an outcome of a repeat.
func (j *Journal) Repeated() bool { return j.repeats > 0 }

// ReadJournal reads the journal of a run; a run that was never trained has an
// empty one. Files are read in the order of their names, and the first record of a
// training stands, unless a later attempt at it is recorded, which was asked for
// knowing the earlier one. The last line of a file may be torn, by a crash or by
// a writer that is about to finish it: it is dropped with a warning. Any other
// damage is an error, and so is a journal without records where results.csv has
// outcomes: it would take them with it.
func ReadJournal(d Dir) (*Journal, error) {
	j, err := readJournal(d)
	if err != nil || len(j.Records) > 0 || !hasOutcomes(d) {
		return j, err
	}
	if j, err = readJournal(d); err == nil && len(j.Records) == 0 { // and no other process has just begun
		err = fmt.Errorf("%s: no record, but %s has outcomes: restore the journal, or move results.csv away to train again", d.Journal(), d.Results())
	}
	return j, err
}

// hasOutcomes reports whether results.csv has a model with an outcome. One that
// cannot be read will be made again.
func hasOutcomes(d Dir) bool {
	t, err := ReadTable(d.Results())
	if err != nil {
		return false
	}
	status, err := t.Strings("status")
	return err == nil && slices.ContainsFunc(status, func(s string) bool {
		return s != "" && s != string(trainer.Pending) && s != string(trainer.Unneeded)
	})
}

func readJournal(d Dir) (*Journal, error) {
	files, err := JournalFiles(d)
	if err != nil {
		return nil, err
	}
	j := &Journal{index: map[recordKey]int{}}
	for _, f := range files {
		if err := j.readFile(f); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// CheckJournal reads the files of the journal one by one and returns them, with
// an error for each that is damaged.
func CheckJournal(d Dir) (files []string, errs []error) {
	files, err := JournalFiles(d)
	if err != nil {
		return nil, []error{err}
	}
	for _, f := range files {
		j := &Journal{index: map[recordKey]int{}}
		if err := j.readFile(f); err != nil {
			errs = append(errs, err)
		}
	}
	return files, errs
}

// JournalFiles lists the files of the run's journal.
func JournalFiles(d Dir) ([]string, error) {
	entries, err := os.ReadDir(d.Journal())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var files []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".jsonl") {
			files = append(files, filepath.Join(d.Journal(), e.Name()))
		}
	}
	slices.Sort(files)
	return files, err
}

func (j *Journal) readFile(path string) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return j.read(path, f)
}

func (j *Journal) read(path string, r io.Reader) error {
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if len(line) == 0 {
			return nil
		}
		_, end := lines.Peek(1)
		rec, err := parseRecord(bytes.TrimSuffix(line, []byte("\n")))
		switch {
		case err == nil:
			j.add(rec, place{path, n})
		case end != nil && torn(line, err):
			j.Warnings = append(j.Warnings, fmt.Sprintf("%s:%d: dropped a torn last line: its model is trained again", path, n))
		default:
			return fmt.Errorf("%s:%d: %w: remove the line and its model is trained again", path, n, err)
		}
	}
}

// torn reports whether a file's last line, which gave err, is one that a crash
// or a writer in the middle of it leaves: the beginning of a record or, without
// its newline, anything that a disk puts in its place.
func torn(line []byte, err error) bool {
	var syntax *json.SyntaxError
	unfinished := errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input"
	return unfinished || !bytes.HasSuffix(line, []byte("\n"))
}

func (j *Journal) add(r trainer.Outcome, at place) {
	key := recordKey{r.ID, r.Repeat}
	if r.Status == running {
		return
	}
	if i, ok := j.index[key]; ok {
		if r.Attempt > j.Records[i].Attempt {
			j.Records[i], j.places[i] = r, at
		}
		return
	}
	j.index[key] = len(j.Records)
	j.repeats = max(j.repeats, r.Repeat)
	j.Records = append(j.Records, r)
	j.places = append(j.places, at)
}

// A Writer appends records to a journal file of its own. The zero value is not
// useful; methods must not be called concurrently.
type Writer struct {
	dir     Dir
	run     fs.FileInfo // the directory at the start
	journal fs.FileInfo // that of the journal; nil until there is one
	file    *os.File    // nil until the first record
	err     error
	kept    []trainer.Outcome // records that came when the journal was lost
}

// NewWriter returns a writer for the run's journal. It makes its file with the
// first record.
func NewWriter(d Dir) *Writer {
	w := &Writer{dir: d}
	w.run, _ = os.Stat(string(d)) // an error recurs
	w.journal, _ = os.Stat(d.Journal())
	return w
}

// Append writes a record; when it returns nil, the record is on the disk, in the
// run. After an error the writer stays broken, for the end of its file may be
// torn or, if the error is [ErrLost], elsewhere; then see [Writer.Rescue].
func (w *Writer) Append(r trainer.Outcome) error {
	if w.err == nil {
		if w.err = w.append(r); w.err != nil {
			w.err = cmp.Or(w.Check(), w.err)
		}
	}
	if errors.Is(w.err, ErrLost) {
		w.kept = append(w.kept, r)
	}
	return w.err
}

func (w *Writer) append(r trainer.Outcome) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := w.Check(); err != nil {
		return err
	}
	if w.file == nil {
		if w.file, err = createJournalFile(w.dir); err != nil {
			return err
		}
		if w.journal, err = os.Stat(w.dir.Journal()); err != nil {
			return err
		}
	}
	if _, err := w.file.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	return w.Check()
}

// createJournalFile makes the file with the first free number. Numbers, not
// process ids or clocks, so that files sort in the order of their creation.
func createJournalFile(d Dir) (*os.File, error) {
	if err := d.makeJournal(); err != nil {
		return nil, err
	}
	for i := 1; ; i++ {
		path := filepath.Join(d.Journal(), fmt.Sprintf("%06d.jsonl", i))
		f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return f, errors.Join(atomicfile.SyncDir(d.Journal()), atomicfile.SyncDir(string(d)))
	}
}

// Close closes the writer's file.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
