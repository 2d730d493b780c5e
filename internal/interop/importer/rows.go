package importer

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"designspace/internal/columns"
	"designspace/internal/suggest"
	"designspace/internal/table"
	"designspace/trainer"
)

// errorNames are the names under which the error is looked for, the first that
// is there counts; and whose is to be minimised without being known as one.
var errorNames = []string{
	"error", "err", "test_error", "test_err", "val_error", "val_err", "valid_error", "valid_err", "validation_error",
	"eval_error", "eval_err", "top1_err", "top1_error", "top_1_err", "top_1_error", "min_top1_err", "error_rate",
}

// accurate is the names of accuracies on other than the training images.
var accurate = regexp.MustCompile(`^((test|val|valid|validation|eval|dev|mean|best|final|metrics)_)*(acc|accuracy|top_?1|top_?1_acc|top_?1_accuracy|acc_?1)$`)

// IsAccuracy reports whether a column looks like an accuracy, of which more is
// better.
func IsAccuracy(name string) bool { return accurate.MatchString(snake(name)) }

// open is the names of metrics of which nothing says whether little or much is
// good.
var open = regexp.MustCompile(`^(value|objective|score|metric|target|fitness|result|reward)s?(_?[0-9]+)?$`)

// A field is a column that is kept.
type field struct {
	ours, theirs string
	unit         string // in which complexities are given: k, M, G, B or T; "": one
}

// A reading is how the rows of a table are read.
type reading struct {
	*table.Table
	fields []field // but the metric and the status
	metric Metric  // with their name
	negate bool
	status string // "": none
	done   string // column of true and false
}

// addRows adds the rows of a table. Id is that of models without one.
func (p *Table) addRows(t *table.Table, d *Dialect, id string, o Options) error {
	rd, err := p.arrange(t, d, o)
	if err != nil {
		return err
	}
	metric, err := t.Strings(rd.metric.Column)
	if err != nil {
		return err
	}
	statuses, err := rd.statuses(o)
	if err != nil {
		return err
	}
	if rd.metric.Kind.keepsName() {
		p.Metric = Metric{snake(d.short(rd.metric.Column)), rd.metric.Kind}
	}
	columns := make([][]string, len(rd.fields))
	for k, f := range rd.fields {
		if columns[k], err = p.clean(t, f); err != nil {
			return err
		}
	}
	for i := range t.Len() {
		r := row{}
		p.set(r, "space", o.Space)
		value, err := rd.value(metric[i])
		if s := statuses[i]; s == trainer.Failed || s == trainer.Pending {
			err = nil // whatever stands there does not count
		}
		if err == nil {
			err = p.outcome(r, statuses[i], value, !absent(metric[i]), rd.metric.Kind, o)
		}
		if err != nil {
			return t.Errorf(i, "%s: %w", rd.metric.Column, err)
		}
		for k, f := range rd.fields {
			p.set(r, f.ours, columns[k][i])
		}
		if id != "" && r["id"] == "" {
			p.set(r, "id", id)
		}
		p.add(r, fmt.Sprintf("%s:%d", t.Name(), t.Line(i)))
	}
	return nil
}

// arrange chooses the columns.
func (p *Table) arrange(t *table.Table, d *Dialect, o Options) (*reading, error) {
	rd := &reading{Table: t}
	if err := p.chooseMetric(rd, d, o); err != nil {
		return nil, err
	}
	taken, used := map[string]bool{"error": true, "status": true, "space": true, "metric": rd.metric.Kind.keepsName()}, map[string]string{rd.metric.Column: "error"}
	for _, ours := range sortedKeys(o.Columns) {
		theirs, err := find(t, d, o.Columns[ours])
		if err != nil {
			return nil, err
		}
		used[theirs] = ours
		switch ours {
		case "error":
		case "status":
			rd.status = theirs
		default:
			taken[ours] = true
			rd.fields = append(rd.fields, field{ours: ours, theirs: theirs})
		}
	}
	all := t.Columns()
	count := map[string]int{} // of columns of one name
	for _, c := range all {
		if used[c] != "" || d.drops(c) {
			continue
		}
		ours, unit := d.columns[c], ""
		if ours == "" {
			ours = snake(d.short(c))
		}
		if m := inUnits.FindStringSubmatch(d.short(c)); m != nil {
			ours, unit = strings.ToLower(m[1]), m[2]
		}
		if ours == "random_seed" || ours == "rng_seed" {
			ours = "seed"
		}
		switch {
		case ours == "":
			continue
		case rd.status == "" && (ours == "status" || ours == "state" && rd.known(c, o)):
			rd.status = c
			continue
		case rd.done == "" && ours == "done" && rd.truths(c):
			rd.done = c
			continue
		}
		name := ours
		for taken[name] {
			count[ours]++
			name = fmt.Sprintf("%s.%d", ours, count[ours])
		}
		taken[name] = true
		rd.fields = append(rd.fields, field{name, c, unit})
	}
	place := make(map[string]int, len(all))
	for i, c := range all {
		place[c] = i
	}
	slices.SortStableFunc(rd.fields, func(a, b field) int { return place[a.theirs] - place[b.theirs] })
	return rd, nil
}

// find returns the column that a person names: in full, or without what the
// program puts around it.
func find(t *table.Table, d *Dialect, name string) (string, error) {
	if t.Has(name) {
		return name, nil
	}
	for _, c := range t.Columns() {
		if d.short(c) == name || snake(d.short(c)) == name {
			return c, nil
		}
	}
	return "", t.Missing(name)
}

// chooseMetric chooses the column by which models are compared: the one that
// was named, or else one whose name says that it is the error.
func (p *Table) chooseMetric(rd *reading, d *Dialect, o Options) (err error) {
	t := rd.Table
	rd.metric = o.metric()
	if name := rd.metric.Column; name != "" {
		if negated, ok := strings.CutPrefix(name, "-"); ok && !t.Has(name) {
			name, rd.negate = negated, true
		}
		rd.metric.Column, err = find(t, d, name)
		return err
	}
	var errors, unsaid []string
	accuracy := ""
	for _, c := range t.Columns() {
		switch name := snake(d.short(c)); {
		case d.drops(c):
		case slices.Contains(errorNames, strings.TrimSuffix(name, ".1")):
			errors = append(errors, c)
		case open.MatchString(name):
			unsaid = append(unsaid, c)
		case accuracy == "" && accurate.MatchString(name):
			accuracy = c
		}
	}
	rank := func(c string) int { return slices.Index(errorNames, strings.TrimSuffix(snake(d.short(c)), ".1")) }
	slices.SortStableFunc(errors, func(a, b string) int { return cmp.Or(rank(a)-rank(b), len(a)-len(b)) })
	switch {
	case len(errors) == 0 && len(unsaid) > 0:
		return fmt.Errorf("%s:1: nothing says whether little or much of %s is good: say one of --error %[3]s, --accuracy %[3]s, --minimize %[3]s, --maximize %[3]s", t.Name(), unsaid[0], quote(unsaid[0]))
	case len(errors) == 0 && accuracy != "":
		return fmt.Errorf("%s:1: no column is known to be the error, and %s looks like an accuracy: give --accuracy %[3]s, or the error with --error NAME", t.Name(), accuracy, quote(accuracy))
	case len(errors) == 0 && len(t.Columns()) == 1 && strings.ContainsAny(t.Columns()[0], " &"):
		return t.Missing("error")
	case len(errors) == 0:
		return fmt.Errorf("%s:1: no column is known to be the error: say which with --error NAME, --accuracy NAME, --minimize NAME or --maximize NAME; there are %s", t.Name(), some(t.Columns()))
	case slices.Contains(errors, errors[0]+".1"):
		return fmt.Errorf("%s:1: two columns are named %s: say --error %[2]s for the first, or --error %[2]s.1", t.Name(), errors[0])
	case len(errors) > 1:
		p.note("the error is %s; for another, such as %s, give --error", errors[0], errors[1])
	}
	rd.metric = Metric{errors[0], Error}
	return nil
}

// some lists columns, not more than fit into a message.
func some(columns []string) string {
	if len(columns) > suggest.Most {
		return fmt.Sprintf("%s and %d more", strings.Join(columns[:suggest.Most], ", "), len(columns)-suggest.Most)
	}
	return strings.Join(columns, ", ")
}

// quote returns a name as a shell wants it.
func quote(name string) string {
	if strings.ContainsAny(name, " ;&|()<>$*?#") {
		return "'" + name + "'"
	}
	return name
}

// metric is the metric that was named.
func (o Options) metric() Metric {
	if c := o.Columns["error"]; c != "" && o.Metric.Column == "" {
		return Metric{c, Error}
	}
	return o.Metric
}

// value reads the cell of the metric. NaN and infinities, which pandas writes in
// words, are NaN.
func (rd *reading) value(cell string) (float64, error) {
	if table.Absent(cell) || infinite(cell) {
		return math.NaN(), nil
	}
	x, err := table.ParseFloat(cell)
	if rd.negate {
		x = -x
	}
	return x, err
}

func infinite(cell string) bool {
	switch strings.ToLower(strings.TrimLeft(cell, "+-")) {
	case "inf", "infinity":
		return true
	}
	return false
}

// absent reports whether a model has no value of the metric; one that is NaN
// has a value, which is no number.
func absent(cell string) bool {
	return table.Absent(cell) && !strings.EqualFold(strings.TrimSpace(cell), "nan")
}

// oddities are how many cells of a column that are no numbers are named.
const oddities = 3

// clean returns the cells of a column as they are written: numbers plainly,
// durations in seconds, and absent what is so in words. Where nearly all cells
// are numbers, the others are named and left empty.
func (p *Table) clean(t *table.Table, f field) ([]string, error) {
	cells, err := t.Strings(f.theirs)
	if err != nil {
		return nil, err
	}
	role := columns.Of(f.ours).Role
	if role == columns.ID && f.ours != "seed" {
		return cells, nil
	}
	parse := number
	switch role {
	case columns.Cost:
		parse = duration
	case columns.Complexity:
		parse = func(s string) (string, error) { return number(ofModel.ReplaceAllString(s, "") + f.unit) }
	}
	out := make([]string, len(cells))
	var odd []int
	numbers, plain := 0, true
	for i, c := range cells {
		if table.Absent(c) {
			plain = plain && c == ""
			continue
		}
		if out[i], err = parse(c); err != nil {
			odd = append(odd, i)
			continue
		}
		numbers++
		plain = plain && out[i] == c
	}
	switch known := role == columns.Complexity || role == columns.Cost; {
	case numbers == 0 && known && len(odd) > 0:
		_, err := parse(cells[odd[0]])
		p.note("the column %s stays text: %v", f.theirs, t.Errorf(odd[0], "%w", err))
		return cells, nil
	case numbers == 0, plain && len(odd) == 0:
		return cells, nil
	case len(odd) > 0 && !known && (numbers < 3 || len(odd) > max(1, numbers/10)):
		return cells, nil
	}
	if _, err := t.Floats(f.theirs); err != nil && strings.Contains(err.Error(), "in one column") {
		return nil, err
	}
	for k, i := range odd {
		if p.odd++; p.odd > 3*oddities {
			p.note("more cells are no numbers in columns of numbers, and are left empty")
			break
		}
		if k == oddities {
			p.note("%s: %d more cells of %s are no numbers and are left empty", t.Name(), len(odd)-k, f.theirs)
			break
		}
		_, err := parse(cells[i])
		p.note("%v; it is left empty", t.Errorf(i, "%s: %w", f.theirs, err))
	}
	return out, nil
}

// inUnits is the name of a column of complexities that says their unit.
var inUnits = regexp.MustCompile(`^#? ?((?i:flops|params|acts)) ?[(\[] ?([kMGBT]) ?[)\]]$`)

// ofModel is what stands behind the number in a cell of complexities, but for
// its suffix.
var ofModel = regexp.MustCompile(`(?i) *(flops?|params?|parameters)$`)

// number returns a number as it is written in a table: as it stands, if only
// strconv is needed to read it.
func number(s string) (string, error) {
	x, err := table.ParseFloat(s)
	if err != nil {
		return "", err
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s, nil
	}
	return table.Float(x), nil
}

var durationPart = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) *([a-z]+)[ ,]*`)

// seconds are those of the units of durations.
var seconds = map[string]float64{
	"ms": 1e-3, "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
	"h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
}

// duration reads seconds, or a duration such as "0 days 00:01:02.5", "1h 20m",
// "161ms" or "1:02:03", and returns its seconds.
func duration(s string) (string, error) {
	if v, err := number(s); err == nil {
		return v, nil
	}
	fault := fmt.Errorf("%q is no duration: want seconds, or 0 days 00:01:02.5, 1h 20m or 161ms", table.Short(s))
	total, rest := new(big.Rat), strings.ToLower(strings.TrimSpace(s))
	for rest != "" {
		if m := durationPart.FindStringSubmatch(rest); m != nil && seconds[m[2]] != 0 {
			v, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				return "", fault
			}
			total.Add(total, new(big.Rat).Mul(decimal(v), decimal(seconds[m[2]])))
			rest = rest[len(m[0]):]
			continue
		}
		clock := new(big.Rat)
		parts := strings.Split(rest, ":")
		if len(parts) != 3 {
			return "", fault
		}
		for i, part := range parts {
			v, err := strconv.ParseFloat(part, 64)
			if err != nil || !(v >= 0) || i > 0 && v >= 60 || math.IsInf(v, 0) {
				return "", fault
			}
			clock.Add(clock.Mul(clock, big.NewRat(60, 1)), decimal(v))
		}
		total, rest = total.Add(total, clock), ""
	}
	v, _ := total.Float64()
	return table.Float(v), nil
}

var numbered = regexp.MustCompile(`\.[0-9]+$`)

// snake writes a name in lower case with words joined by underscores; the
// number behind a name that stood twice stays.
func snake(name string) string {
	suffix := numbered.FindString(name)
	s := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '_'
	}, strings.TrimSuffix(name, suffix))
	return strings.Trim(s, "_") + suffix
}
