package importer

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"designspace/internal/table"
	"designspace/trainer"
)

// A dialect is how a program names the columns of its CSV.
type dialect struct {
	columns map[string]string // ours by theirs
	dropped []string          // bookkeeping, no property of a model
	prefix  []string          // dropped from the names of columns
	errors  []string          // names under which the error is looked for
}

var commonErrors = []string{"error", "test_error", "val_error", "test/error", "val/error", "top1_err", "min_top1_err"}

var dialects = map[Format]dialect{
	Optuna: {
		columns: map[string]string{"number": "id", "state": "status", "duration": "train_seconds"},
		dropped: []string{"datetime_start", "datetime_complete"},
		prefix:  []string{"params_", "user_attrs_", "system_attrs_"},
		errors:  append([]string{"value"}, commonErrors...),
	},
	WandB: {
		columns: map[string]string{"Name": "name", "ID": "id", "State": "status", "Runtime": "train_seconds"},
		dropped: []string{"Notes", "User", "Tags", "Created", "Updated", "Hostname", "End Time", "Commit", "GitHub", "Job Type", "Group"},
		errors:  commonErrors,
	},
	CSV: {errors: commonErrors},
}

// statuses are the words that programs have for what came of a model, in lower
// case. Of one that is complete the error says whether it diverged.
var statuses = map[string]trainer.Status{
	"": "", "complete": "", "completed": "", "finished": "", "done": trainer.Done, "diverged": trainer.Diverged,
	"fail": trainer.Failed, "failed": trainer.Failed, "crashed": trainer.Failed, "killed": trainer.Failed, "pruned": trainer.Failed,
	"running": trainer.Pending, "waiting": trainer.Pending, "pending": trainer.Pending,
}

// readTable reads CSV.
func (p *Table) readTable(name string, data []byte, o Options) error {
	t, err := table.Read(name, bytes.NewReader(data))
	if err != nil {
		return err
	}
	d := dialects[o.Format]
	names, err := d.rename(t, o)
	if err != nil {
		return err
	}
	cells := map[string][]string{}
	for ours, theirs := range names {
		if cells[ours], err = t.Strings(theirs); err != nil {
			return err
		}
	}
	for i := range t.Len() {
		r := row{}
		p.set(r, "space", o.Space)
		if err := p.addRow(r, cells, names, t.Columns(), i, o); err != nil {
			return t.Errorf(i, "%w", err)
		}
		p.rows = append(p.rows, r)
	}
	return nil
}

// rename returns the columns that are kept: their names by ours.
func (d dialect) rename(t *table.Table, o Options) (map[string]string, error) {
	names := map[string]string{}
	for ours, theirs := range o.Columns {
		if !t.Has(theirs) {
			return nil, t.Missing(theirs)
		}
		names[ours] = theirs
	}
	if o.Accuracy != "" {
		if !t.Has(o.Accuracy) {
			return nil, t.Missing(o.Accuracy)
		}
		names["error"] = o.Accuracy
	}
	for _, e := range d.errors {
		if _, ok := names["error"]; !ok && t.Has(e) {
			names["error"] = e
		}
	}
	if _, ok := names["error"]; !ok {
		return nil, fmt.Errorf("%s:1: no column is known to be the error: say which with --column error=NAME, or --accuracy NAME; there are %s", t.Name(), strings.Join(t.Columns(), ", "))
	}
	taken := slices.Collect(maps.Values(names))
	for _, c := range t.Columns() {
		if slices.Contains(taken, c) || slices.Contains(d.dropped, c) {
			continue
		}
		ours := d.columns[c]
		if ours == "" {
			ours = snake(d.trim(c))
		}
		for _, ok := names[ours]; ok; _, ok = names[ours] {
			ours += "_"
		}
		names[ours] = c
	}
	return names, nil
}

func (d dialect) trim(column string) string {
	for _, prefix := range d.prefix {
		column = strings.TrimPrefix(column, prefix)
	}
	return column
}

// addRow reads row i, the columns in the order of the file.
func (p *Table) addRow(r row, cells map[string][]string, names map[string]string, columns []string, i int, o Options) error {
	ours := slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return slices.Index(columns, names[a]) - slices.Index(columns, names[b])
	})
	var status trainer.Status
	if s := cells["status"]; s != nil {
		var ok bool
		if status, ok = statuses[strings.ToLower(s[i])]; !ok {
			return fmt.Errorf("%s: status %q: want done, diverged, failed or pending", names["status"], s[i])
		}
	}
	value, err := parseError(cells["error"][i])
	if err != nil {
		return fmt.Errorf("%s: %w", names["error"], err)
	}
	if err := p.outcome(r, status, o.percent(value), cells["error"][i] != ""); err != nil {
		return fmt.Errorf("%s: %w", names["error"], err)
	}
	for _, c := range ours {
		switch v := cells[c][i]; c {
		case "status", "error":
		case "train_seconds":
			seconds, err := duration(v)
			if err != nil {
				return fmt.Errorf("%s: %w", names[c], err)
			}
			p.setFloat(r, c, seconds)
		default:
			p.set(r, c, v)
		}
	}
	return nil
}

// parseError reads an error. NaN and infinities, which pandas writes in words,
// are NaN.
func parseError(s string) (float64, error) {
	switch strings.ToLower(strings.TrimLeft(s, "+-")) {
	case "", "nan", "inf", "infinity":
		return math.NaN(), nil
	}
	return table.ParseFloat(s)
}

// duration reads seconds, or a duration of pandas such as "0 days 00:01:02.5".
func duration(s string) (float64, error) {
	if s == "" {
		return math.NaN(), nil
	}
	if v, err := table.ParseFloat(s); err == nil {
		return v, nil
	}
	days, clock, ok := strings.Cut(s, " days ")
	if !ok {
		days, clock = "0", s
	}
	parts := strings.Split(clock, ":")
	if len(parts) != 3 {
		return 0, fmt.Errorf("%q is no duration: want seconds, or 0 days 00:01:02.5", s)
	}
	seconds := 0.0
	for i, part := range append([]string{days}, parts...) {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no duration: want seconds, or 0 days 00:01:02.5", s)
		}
		seconds = seconds*[]float64{1, 24, 60, 60}[i] + v
	}
	return seconds, nil
}

// snake writes a name in lower case with words joined by underscores.
func snake(name string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '_'
	}, name)
	return strings.Trim(s, "_")
}
