// Package importer reads populations of models that other programs trained and
// gives them the columns of results.csv, so that they can be analysed like our
// own. [Dialects] lists the programs that it knows; of any other it reads tables
// in CSV, Markdown and JSON.
//
// What a file does not say is not guessed: whether a column is an error or an
// accuracy, and what a status means that is not known, are asked for.
package importer

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/columns"
	"designspace/internal/repeats"
	"designspace/internal/table"
	"designspace/trainer"
)

// Options say what a file does not say of itself.
type Options struct {
	Format Format // "": as the file looks
	Space  string // name of the population; "": the name of the file

	// Columns gives columns of results.csv, such as flops, the name that the
	// file has for them: that of a column, or a path of keys such as
	// "test_epoch.min_top1_err" in JSON, where the last value of a list counts.
	Columns map[string]string
	// Metric is the column or path of what the models are compared by; the zero
	// value takes a column whose name says that it is the error.
	Metric Metric
	// Fraction says that errors and accuracies are fractions of one, not percent.
	Fraction bool
	// Status says what words of a file for the status mean.
	Status map[string]trainer.Status
}

// A Metric names the column of a metric and says what is good.
type Metric struct {
	Column string
	Kind   Kind
}

// A Kind says what a metric is.
type Kind int

// The kinds of metrics. An error or an accuracy becomes the column error in
// percent; what is only known to be good when little or much keeps its name and
// unit.
const (
	Error Kind = iota
	Accuracy
	Minimize
	Maximize
)

func (k Kind) keepsName() bool { return k == Minimize || k == Maximize }

// A Table is models with their outcomes.
type Table struct {
	Format Format
	Models int
	Metric Metric   // that keeps its name, under that name; or the zero value
	Notes  []string // what was left out or could not be known

	// Repeats says that models were trained more than once: rows of one id are
	// the trainings of a model, numbered in the column repeat.
	Repeats bool

	columns []string
	known   map[string]bool // columns
	rows    []row
	places  []string       // of the rows
	curves  []curve        // of the rows that have one
	odd     int            // cells that are no numbers in columns of numbers
	files   int            // that were read
	args    map[string]row // arguments of runs by id
}

// A row is the cells of a model by column; what is missing is absent.
type row map[string]string

// Read reads a population. Name stands for the file in errors.
func Read(name string, data []byte, o Options) (*Table, error) {
	o.Space = spaceOf(name, o)
	p := &Table{known: map[string]bool{}}
	if err := p.read(name, "", data, o); err != nil {
		return nil, err
	}
	return p, p.finish(name, o)
}

func spaceOf(name string, o Options) string {
	if o.Space != "" {
		return o.Space
	}
	return strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
}

// read adds the models of a file. Id is that of a model that has none.
func (p *Table) read(name, id string, data []byte, o Options) error {
	p.files++
	if isJSON(data) {
		return p.readJSON(name, id, data, o)
	}
	t, err := table.Read(name, strings.NewReader(string(data)))
	if err != nil {
		return err
	}
	return p.addTable(t, id, o)
}

// addTable adds the models of a table as the dialect that wrote it has them.
func (p *Table) addTable(t *table.Table, id string, o Options) error {
	if t.Len() == 0 {
		return fmt.Errorf("%s: no models", t.Name())
	}
	t, err := expand(t)
	if err != nil {
		return err
	}
	d, err := recognise(o.Format, t.Columns())
	if err != nil {
		return fmt.Errorf("%s: %w", t.Name(), err)
	}
	if d.job != nil {
		return fmt.Errorf("%s: the format %s is JSON, and this is a table: leave --from out", t.Name(), d.Format)
	}
	p.Format = d.Format
	if d.turn != nil {
		if t, err = d.turn(t); err != nil {
			return err
		}
		if d.caveat != "" {
			p.note("%s", d.caveat)
		}
	}
	return p.addRows(t, d, id, o)
}

// set puts a value into a cell; an empty one stays absent.
func (p *Table) set(r row, column, value string) {
	if value == "" {
		return
	}
	if !p.known[column] {
		p.known[column] = true
		p.columns = append(p.columns, column)
	}
	r[column] = value
}

func (p *Table) setFloat(r row, column string, v float64) { p.set(r, column, table.Float(v)) }

// add adds a model that stands at a place.
func (p *Table) add(r row, place string) {
	p.rows, p.places = append(p.rows, r), append(p.places, place)
}

// note adds a note, once.
func (p *Table) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(p.Notes, n) {
		p.Notes = append(p.Notes, n)
	}
}

// finish checks that there is something to analyse, and says what to mind.
func (p *Table) finish(name string, o Options) error {
	if err := p.collapse(o); err != nil {
		return err
	}
	p.choose()
	if len(p.rows) == 0 {
		return fmt.Errorf("%s: no models", name)
	}
	if err := p.summarise(name, o); err != nil {
		return err
	}
	return p.identify()
}

// identify gives every model an id. Rows that are trainings of one model get
// its id and are numbered.
func (p *Table) identify() error {
	for i, r := range p.rows {
		if err := columns.CheckID(r["id"]); err != nil {
			return fmt.Errorf("%s: %w", p.places[i], err)
		}
	}
	m := repeats.Find(repeats.Table{Rows: len(p.rows), Columns: p.columns, Cells: p.cells})
	if c := m.Clash; c != nil {
		id := p.rows[c.Row]["id"]
		if c.Column == "" {
			return fmt.Errorf("%s: id: %s is that of %s, too, and no seed tells them apart: leave one out, or name the seed with --column seed=NAME", p.places[c.Row], id, p.places[c.Other])
		}
		return fmt.Errorf("%s: id: %s is that of %s, too, which differs in %s: give them different ids", p.places[c.Row], id, p.places[c.Other], c.Column)
	}
	if m.Agree != nil {
		p.note("%d rows are trainings of %d models, which agree in %s and are told apart by %s", len(p.rows), len(m.Trainings), some(m.Agree), strings.Join(m.By, ", "))
	}
	p.Models, p.Repeats = len(m.Trainings), m.By != nil
	digits := max(4, len(fmt.Sprint(p.Models)))
	for i, rows := range m.Trainings {
		id := p.rows[rows[0]]["id"]
		if id == "" {
			id = fmt.Sprintf("m%0*d", digits, i+1)
		}
		for k, row := range rows {
			p.set(p.rows[row], "id", id)
			if p.Repeats {
				p.set(p.rows[row], "repeat", fmt.Sprint(k))
			}
		}
	}
	return nil
}

// cells returns the cells of a column.
func (p *Table) cells(column string) []string {
	cells := make([]string, len(p.rows))
	for i, r := range p.rows {
		cells[i] = r[column]
	}
	return cells
}
