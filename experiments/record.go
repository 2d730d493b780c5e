package experiments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"designspace/edf"
	"designspace/internal/atomicfile"
	"designspace/internal/host"
	"designspace/internal/run/rundir"
	"designspace/internal/strictyaml"
	"designspace/internal/table"
)

// Record keeps the results of every population that is trained completely in a
// folder, together with the regime, facts about the machine and the verdicts
// that follow from all that the folder holds. It may be called again as more
// populations are trained.
func (l *Runner) Record(folder string) error {
	if !l.Regime.Verdicts {
		return fmt.Errorf("regime %s claims no verdict: there is nothing to record", l.Regime.Name)
	}
	runs, err := l.complete()
	if err != nil {
		return err
	}
	if runs == nil {
		return fmt.Errorf("%s: no population in %s is trained completely: there is nothing to record", folder, l.Dir)
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	if err := l.recordRegime(folder); err != nil {
		return err
	}
	facts := filepath.Join(folder, "machine.yaml")
	if _, err := os.Stat(facts); errors.Is(err, fs.ErrNotExist) {
		text, err := strictyaml.Marshal(host.Describe())
		if err != nil {
			return err
		}
		if err := save(facts, text); err != nil {
			return err
		}
	}
	for _, r := range runs {
		if err := l.recordRun(folder, r); err != nil {
			return err
		}
	}
	s, err := Summarize(os.DirFS(folder), filepath.Base(folder))
	if err != nil {
		return err
	}
	text, err := s.Marshal()
	if err != nil {
		return err
	}
	return save(filepath.Join(folder, "summary.json"), text)
}

// complete returns the runs of the edition of which there is something to record.
func (l *Runner) complete() ([]Run, error) {
	all, err := l.Regime.Definitions()
	if err != nil {
		return nil, err
	}
	var complete []Run
	for _, d := range all {
		runs, err := l.Regime.Runs(d)
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			t, err := rundir.ReadTable(l.dir(r).Results())
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			switch n, err := r.recorded(t); {
			case err != nil:
				return nil, err
			case n > 0:
				complete = append(complete, r)
			}
		}
	}
	return complete, nil
}

// recordRegime keeps the regime. One that is there already may differ in its
// words only.
func (l *Runner) recordRegime(folder string) error {
	file := filepath.Join(folder, "regime.yaml")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return save(file, []byte(l.Regime.text))
	}
	if err != nil {
		return err
	}
	there, err := ParseRegime(file, text)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(there.withoutWords(), l.Regime.withoutWords()) {
		return fmt.Errorf("%s: differs from regime %s as it is now: record into another folder", file, l.Regime.Name)
	}
	return save(file, []byte(l.Regime.text))
}

func (r Regime) withoutWords() Regime {
	r.About, r.text = "", ""
	return r
}

// recordRun copies a population of which there is something to record; of one with
// looks the models up to the last look that all have one, and the predictions.
func (l *Runner) recordRun(folder string, r Run) error {
	dir := l.dir(r)
	t, err := rundir.ReadTable(dir.Results())
	if err != nil {
		return err
	}
	n, err := r.recorded(t)
	if err != nil {
		return err
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	if err := atomicfile.Write(filepath.Join(folder, r.Name+".csv"), t.Select(rows).Write); err != nil {
		return err
	}
	if err := r.recordCandidates(folder, dir); err != nil {
		return err
	}
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		return err
	}
	c.Train.Data.Source = l.Regime.Data // where the files were is of no use to others
	config, err := strictyaml.Marshal(c)
	if err != nil {
		return err
	}
	return save(filepath.Join(folder, r.Name+".yaml"), config)
}

// recorded returns how many rows of a table are kept.
func (r Run) recorded(t *table.Table) (int, error) {
	s, err := sampleOf(r.Name, t, nil, nil)
	if err != nil || r.Looks == nil {
		if err == nil && s.Pending > 0 {
			return 0, nil
		}
		return t.Len(), err
	}
	most := 0
	for _, n := range r.Looks {
		if n *= r.conditions; !s.first(n).open(n) {
			most = n
		}
	}
	return most, nil
}

// recordCandidates keeps the predictions alone, rounded as they are read.
func (r Run) recordCandidates(folder string, dir rundir.Dir) error {
	if r.Looks == nil || r.draw.Forecast.Candidates == 0 {
		return nil
	}
	errs, err := readCandidates(os.DirFS(string(dir)), candidatesFile("results.csv"))
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(folder, candidatesFile(r.Name+".csv")), func(w io.Writer) error {
		out := table.NewWriter(w, []string{"predicted_error"})
		for _, e := range errs {
			if err := out.Write([]string{table.Float(e)}); err != nil {
				return err
			}
		}
		return out.Flush()
	})
}

func save(path string, text []byte) error {
	return atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// Summarize judges the experiments whose populations are all in a folder of
// results, and nothing but what is there. The name is that of the folder.
func Summarize(folder fs.FS, name string) (Summary, error) {
	s := Summary{Date: name, Experiments: []Judged{}}
	r, err := s.judge(folder, "")
	if err != nil {
		return s, err
	}
	s.Regime = r.Name
	s.adjust()
	populations, err := readAll(folder)
	if err != nil {
		return s, err
	}
	s.Populations = len(populations)
	s.Models, s.CoreHours, err = cost(populations)
	return s, err
}

// judge adds the experiments whose populations are all in a folder, in the place of
// what another folder said of them. It returns the regime of the folder.
func (s *Summary) judge(folder fs.FS, tables string) (Regime, error) {
	r, err := readRegime(folder, ".")
	if err != nil {
		return r, err
	}
	all, err := r.Definitions()
	if err != nil {
		return r, err
	}
	for _, d := range all {
		samples, err := r.read(folder, d)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return r, err
		}
		j, err := d.Conclude(samples)
		if err != nil {
			return r, err
		}
		j.Tables = tables
		s.Experiments = slices.DeleteFunc(s.Experiments, func(o Judged) bool { return o.Name == j.Name })
		s.Experiments = append(s.Experiments, j)
	}
	return r, nil
}

func (s *Summary) adjust() {
	var all []*Judged
	for i := range s.Experiments {
		all = append(all, &s.Experiments[i])
	}
	adjust(all)
}

// adjust sets the p-values that are adjusted for the number of claims.
func adjust(all []*Judged) {
	ps := make([]float64, len(all))
	for i, j := range all {
		if ps[i] = math.NaN(); j.P != nil {
			ps[i] = *j.P
		}
	}
	for i, q := range edf.BenjaminiHochberg(ps) {
		all[i].Q = sixDigits(q)
	}
}

// readAll reads every population of a folder, whether or not an experiment that
// needs it is complete.
func readAll(folder fs.FS) ([]*Sample, error) {
	files, err := fs.Glob(folder, "*.csv")
	if err != nil {
		return nil, err
	}
	var samples []*Sample
	for _, f := range files {
		if strings.HasSuffix(f, candidatesSuffix) {
			continue
		}
		s, err := readSample(folder, f, strings.TrimSuffix(f, ".csv"))
		if err != nil {
			return nil, err
		}
		samples = append(samples, s)
	}
	return samples, nil
}

func readSample(folder fs.FS, file, label string) (*Sample, error) {
	f, err := folder.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadSample(label, file, f)
}

// Marshal returns the summary as summary.json has it.
func (s Summary) Marshal() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return b.Bytes(), err
}

// read reads the populations of an experiment from a folder of results: all
// models, or those of its looks. It is fs.ErrNotExist where some are not there.
func (r Regime) read(folder fs.FS, d Definition) ([]*Sample, error) {
	runs, err := r.Runs(d)
	if err != nil {
		return nil, err
	}
	var samples []*Sample
	for i, run := range runs {
		s, err := run.read(folder, run.Name+".csv", d.Populations[i].Label)
		if err != nil {
			return nil, err
		}
		if run.Looks != nil {
			file := run.Name + ".yaml"
			text, err := fs.ReadFile(folder, file)
			if err != nil {
				return nil, err
			}
			if err := run.check(text, file, d); err != nil {
				return nil, err
			}
		}
		samples = append(samples, s)
	}
	cut, waits, err := d.needed(samples)
	if err == nil && waits && d.Until != nil {
		err = fmt.Errorf("experiment %s: the models of its next look: %w", d.Name, fs.ErrNotExist)
	}
	return cut, err
}

// cost returns the number of distinct trainings in the samples and the time
// that they took on one core. Models that two populations share were trained
// once.
func cost(samples []*Sample) (models int, hours float64, err error) {
	type training struct{ seed, data, recipe, kernel string }
	seconds := map[training]float64{}
	for _, s := range samples {
		cells := map[string][]string{}
		for _, c := range []string{"seed", "data", "recipe", "kernel"} {
			if cells[c], err = s.table.Strings(c); err != nil {
				return 0, 0, err
			}
		}
		times, err := s.table.Floats("train_seconds")
		if err != nil {
			return 0, 0, err
		}
		for _, row := range s.Rows {
			seconds[training{cells["seed"][row], cells["data"][row], cells["recipe"][row], cells["kernel"][row]}] = times[row]
		}
	}
	milliseconds := int64(0) // whole, so that the order of a map does not round
	for _, t := range seconds {
		milliseconds += int64(t*1000 + 0.5)
	}
	hours, err = strconv.ParseFloat(strconv.FormatFloat(float64(milliseconds)/3.6e6, 'f', 3, 64), 64)
	return len(seconds), hours, err
}

// Pending returns how many models of the samples are not trained yet.
func Pending(samples []*Sample) int {
	n := 0
	for _, s := range samples {
		n += s.Pending
	}
	return n
}

// Conclude judges an experiment and puts the outcome into the form for programs.
func (d Definition) Conclude(samples []*Sample) (Judged, error) {
	o, err := d.Judge(samples)
	if err != nil {
		return Judged{}, err
	}
	used, _, err := d.needed(samples)
	if err != nil {
		return Judged{}, err
	}
	_, hours, err := cost(used)
	m := o.Main()
	j := Judged{
		Name: d.Name, Kind: d.Kind, N: o.N, Needed: o.Needed, Verdict: o.Verdict, P: sixDigits(o.P), Effect: sixDigits(m.Effect), Lo: sixDigits(m.Lo), Hi: sixDigits(m.Hi),
		Unit: m.Unit, Quantity: m.Quantity, CoreHours: hours,
	}
	for _, f := range o.Findings {
		j.Findings = append(j.Findings, findingJSON{
			f.Quantity, f.Criterion, f.Unit, sixDigits(f.Effect), sixDigits(f.Lo), sixDigits(f.Hi), sixDigits(f.P), f.Verdict, f.Note, f.Needed, f.Taken.json(),
		})
	}
	return j, err
}
