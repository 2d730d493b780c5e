// Package importer reads populations of models that other programs trained and
// gives them the columns of results.csv, so that they can be analysed like our
// own: sweeps of pycls, the job lists of "On Network Design Spaces for Visual
// Recognition" (arXiv 1905.13214, "NDS"), and CSV exports of Optuna and W&B.
package importer

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/columns"
	"designspace/internal/table"
	"designspace/trainer"
)

// A Format is the program that wrote a file.
type Format string

// The formats that [Read] knows.
const (
	Pycls  Format = "pycls"  // sweep.json of pycls
	NDS    Format = "nds"    // list of jobs in JSON
	Optuna Format = "optuna" // CSV of Study.trials_dataframe
	WandB  Format = "wandb"  // CSV export of a table of runs
	CSV    Format = "csv"    // any other CSV
)

// Formats are those that [Read] knows.
var Formats = []Format{Pycls, NDS, Optuna, WandB, CSV}

// Options say what a file does not say of itself. The zero value guesses.
type Options struct {
	Format Format // "": as the file looks
	Space  string // name of the population; "": the name of the file

	// Columns gives columns of results.csv, such as error, the name that the
	// file has for them: that of a column, or a path of keys such as
	// "test_epoch.min_top1_err" in JSON, where the last value of a list counts.
	Columns map[string]string
	// Accuracy names the column that holds the accuracy in place of the error.
	Accuracy string
	// Fraction says that errors and accuracies are fractions of one, not percent.
	Fraction bool
}

// A Table is models with their outcomes.
type Table struct {
	Format  Format
	Models  int
	Notes   []string // what was left out or could not be known
	columns []string
	rows    []row
}

// A row is the cells of a model by column; what is missing is absent.
type row map[string]string

// Read reads a population. Name stands for the file in errors.
func Read(name string, data []byte, o Options) (*Table, error) {
	if o.Accuracy != "" && o.Columns["error"] != "" {
		return nil, fmt.Errorf("both the error and the accuracy have a column: name one")
	}
	if o.Format == "" {
		o.Format = guess(data)
	}
	if o.Space == "" {
		o.Space = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	p := &Table{Format: o.Format}
	var err error
	switch o.Format {
	case Pycls, NDS:
		err = p.readJobs(name, data, o)
	case Optuna, WandB, CSV:
		err = p.readTable(name, data, o)
	default:
		err = fmt.Errorf("format %q: want one of %s", o.Format, join(Formats))
	}
	if err != nil {
		return nil, err
	}
	return p, p.finish(name, o)
}

// guess tells the format of a file by what its beginning holds.
func guess(data []byte) Format {
	head := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
	if len(head) > 0 && (head[0] == '[' || head[0] == '{') {
		if bytes.Contains(head, []byte(`"min_test_top1"`)) {
			return NDS
		}
		return Pycls
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	names := strings.Split(strings.ReplaceAll(strings.TrimSpace(string(line)), `"`, ""), ",")
	has := func(s string) bool { return slices.Contains(names, s) }
	switch {
	case has("number") && has("state"):
		return Optuna
	case has("Name") && has("State"):
		return WandB
	}
	return CSV
}

// set puts a value into a cell; an empty one stays absent.
func (p *Table) set(r row, column, value string) {
	if value == "" {
		return
	}
	if _, ok := r[column]; !ok && !slices.Contains(p.columns, column) {
		p.columns = append(p.columns, column)
	}
	r[column] = value
}

func (p *Table) setFloat(r row, column string, v float64) { p.set(r, column, table.Float(v)) }

func (p *Table) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// outcome stores an error in percent, NaN if it is not known, with its status,
// which is that of the error if there is none. An error that is known to be no
// number is that of a diverged model.
func (p *Table) outcome(r row, status trainer.Status, err float64, known bool) error {
	if known && math.IsNaN(err) && status == "" {
		status = trainer.Diverged
	}
	if !known {
		err = math.NaN()
	}
	s, err, fault := trainer.Counted(string(status), err)
	switch {
	case fault != nil:
		return fault
	case s.Counts() && !(err >= 0 && err <= 100):
		return fmt.Errorf("the error %v is not within 0 to 100 percent; name the column of the error, or of the accuracy", err)
	}
	p.set(r, "status", string(s))
	p.setFloat(r, "error", err)
	return nil
}

// finish checks that there is something to analyse, and says what to mind.
func (p *Table) finish(name string, o Options) error {
	p.Models = len(p.rows)
	if p.Models == 0 {
		return fmt.Errorf("%s: no models", name)
	}
	least, greatest := 100.0, 0.0
	count, failed, diverged := 0, 0, 0
	for _, r := range p.rows {
		switch trainer.Status(r["status"]) {
		case trainer.Failed:
			failed++
		case trainer.Diverged:
			diverged++
		}
		if e, err := table.ParseFloat(r["error"]); err == nil {
			count++
			greatest = max(greatest, e)
			least = min(least, e)
		}
	}
	if count == 0 {
		return fmt.Errorf("%s: no model has an error", name)
	}
	switch {
	case o.Fraction || count == diverged:
	case o.Accuracy == "" && greatest <= 1:
		p.note("all errors are at most 1 percent: if they are fractions of one, give --fraction")
	case o.Accuracy != "" && least >= 99:
		p.note("all accuracies are at most 1 percent: if they are fractions of one, give --fraction")
	}
	if failed > 0 {
		p.note("%d of %d models have no error and count as failed", failed, p.Models)
	}
	if diverged > 0 {
		p.note("%d of %d models have an error that is not a number and count as diverged, with 100 %%", diverged, p.Models)
	}
	return p.identify(name)
}

// identify gives every model an id, or checks those that it has.
func (p *Table) identify(name string) error {
	seen := map[string]int{}
	for i, r := range p.rows {
		id := r["id"]
		if first, ok := seen[id]; ok && id != "" {
			return fmt.Errorf("%s: models %d and %d have the id %s: leave one out", name, first+1, i+1, id)
		}
		seen[id] = i
		if id == "" {
			p.set(r, "id", fmt.Sprintf("m%0*d", max(4, len(fmt.Sprint(len(p.rows)))), i+1))
		}
	}
	return nil
}

// Write writes the population as CSV. What every model has stands in the order
// of results.csv, other columns follow as they came.
func (p *Table) Write(w io.Writer) error {
	place := map[string]int{}
	for i, c := range columns.All() {
		if place[c.Name] = i - len(columns.All()); c.Name == "width" {
			break
		}
	}
	header := slices.Clone(p.columns)
	slices.SortStableFunc(header, func(a, b string) int { return place[a] - place[b] })
	t := table.NewWriter(w, header)
	cells := make([]string, len(header))
	for _, r := range p.rows {
		for i, c := range header {
			cells[i] = r[c]
		}
		if err := t.Write(cells); err != nil {
			return err
		}
	}
	return t.Flush()
}

func join[T ~string](names []T) string {
	var s []string
	for _, n := range names {
		s = append(s, string(n))
	}
	return strings.Join(s, ", ")
}
