package experiments

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"designspace/internal/suggest"
)

// Rejudge judges the committed tables of a regime anew, with the definitions and
// statistics as they are now, into the summary of a new folder, REGIME/DATE,
// beside theirs, which stay as they are.
func Rejudge(folder string) error { return rejudge(committed, folder) }

func rejudge(fsys fs.FS, folder string) error {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	regime := filepath.Base(filepath.Dir(abs))
	files, err := fs.Glob(fsys, "results/*/*/regime.yaml")
	if err != nil {
		return err
	}
	var tables, regimes []string
	for _, f := range files {
		t := path.Dir(f)
		of := path.Base(path.Dir(t))
		if regimes = append(regimes, of); of == regime {
			tables = append(tables, path.Base(t))
		}
	}
	if tables == nil {
		return fmt.Errorf("%s: regime %s has no results; %s", folder, regime, suggest.Known(regime, slices.Compact(regimes)))
	}
	s, err := summarizeTables(fsys, regime, filepath.Base(abs), tables)
	if err != nil {
		return err
	}
	if err := s.keeps(fsys); err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	text, err := s.Marshal()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	return save(filepath.Join(folder, "summary.json"), text)
}

// summarizeTables judges the tables of folders of a regime; those of the latest
// that has all of an experiment count.
func summarizeTables(fsys fs.FS, regime, name string, tables []string) (Summary, error) {
	s := Summary{Regime: regime, Date: name, Experiments: []Judged{}}
	for _, t := range tables {
		folder, err := fs.Sub(fsys, path.Join("results", regime, t))
		if err != nil {
			return s, err
		}
		sum, err := digest(folder)
		if err != nil {
			return s, err
		}
		s.Tables = append(s.Tables, Tables{Folder: t, SHA256: sum})
		if _, err := s.judge(folder, t); err != nil {
			return s, fmt.Errorf("%s: %w", t, err)
		}
		populations, err := readAll(folder)
		if err != nil {
			return s, err
		}
		s.Populations += len(populations)
		models, hours, err := cost(populations)
		if err != nil {
			return s, err
		}
		s.Models, s.CoreHours = s.Models+models, *sixDigits(s.CoreHours + hours)
	}
	s.adjust()
	return s, nil
}

// keeps reports an experiment that is judged in another summary of the regime, and
// not in this one, since tables are gone.
func (s Summary) keeps(fsys fs.FS) error {
	all, err := summaries(fsys)
	if err != nil {
		return err
	}
	for _, o := range all {
		for _, j := range o.Experiments {
			if o.Regime == s.Regime && s.find(j.Name) == nil {
				return fmt.Errorf("%s is judged in %s, whose tables are gone: restore them", j.Name, o.tables(&j))
			}
		}
	}
	return nil
}

// digest is the SHA-256 of the names and contents of the files of a folder: of a
// line "hash  name" for each, in the order of names, as sha256sum * prints them.
func digest(folder fs.FS) (string, error) {
	files, err := fs.ReadDir(folder, ".")
	if err != nil {
		return "", err
	}
	all := sha256.New()
	for _, f := range files {
		text, err := fs.ReadFile(folder, f.Name())
		if err != nil {
			return "", err
		}
		fmt.Fprintf(all, "%x  %s\n", sha256.Sum256(text), f.Name())
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// Check judges the committed tables anew and reports the first summary that says
// something else. A folder whose tables a later summary judges keeps the verdicts
// of its time; it must be as it was when that was written. Check returns how many
// experiments were judged.
func Check() (int, error) { return check(committed) }

func check(fsys fs.FS) (int, error) {
	all, err := summaries(fsys)
	if err != nil {
		return 0, err
	}
	old := map[string]bool{} // folders that have been judged anew
	anew := map[string]string{}
	for _, s := range all {
		if s.Tables == nil {
			continue
		}
		old[anew[s.Regime]], anew[s.Regime] = true, s.folder()
		for _, t := range s.Tables {
			old[path.Join("results", s.Regime, t.Folder)] = true
		}
	}
	n := 0
	for _, s := range all {
		if old[s.folder()] {
			continue
		}
		if err := s.check(fsys); err != nil {
			return n, err
		}
		n += len(s.Experiments)
	}
	return n, nil
}

func (s Summary) check(fsys fs.FS) error {
	name := s.folder()
	folder, err := fs.Sub(fsys, name)
	if err != nil {
		return err
	}
	var again Summary
	if s.Tables == nil {
		again, err = Summarize(folder, s.Date)
	} else {
		var tables []string
		for _, t := range s.Tables {
			tables = append(tables, t.Folder)
		}
		again, err = summarizeTables(fsys, s.Regime, s.Date, tables)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !s.tellsNeeded() { // it is older than what tells
		again.dropNeeded()
	}
	for i, t := range again.Tables {
		if t != s.Tables[i] {
			return fmt.Errorf("experiments/results/%s/%s is not as it was when %s judged it: restore it", s.Regime, t.Folder, s.Date)
		}
	}
	want, err := again.Marshal()
	if err != nil {
		return err
	}
	got, err := fs.ReadFile(folder, "summary.json")
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("experiments/%s/summary.json is not what the tables say%s: judge them anew into another folder", name, s.differs(again))
	}
	return nil
}

// differs names the experiments that two summaries say other things of; "" if
// only sums differ.
func (s Summary) differs(o Summary) string {
	var names []string
	for _, pair := range [][2]Summary{{s, o}, {o, s}} {
		for _, j := range pair[0].Experiments {
			if k := pair[1].find(j.Name); !slices.Contains(names, j.Name) && (k == nil || !reflect.DeepEqual(j, *k)) {
				names = append(names, j.Name)
			}
		}
	}
	if names == nil {
		return ""
	}
	return " of " + strings.Join(names, ", ")
}

// tellsNeeded reports whether a summary says how many models would decide what is
// open; older ones do not.
func (s Summary) tellsNeeded() bool {
	return slices.ContainsFunc(s.Experiments, func(j Judged) bool {
		return slices.ContainsFunc(j.Findings, func(f findingJSON) bool { return f.Needed > 0 })
	})
}

func (s *Summary) dropNeeded() {
	for i := range s.Experiments {
		s.Experiments[i].Needed = 0
		for k := range s.Experiments[i].Findings {
			s.Experiments[i].Findings[k].Needed = 0
		}
	}
}
