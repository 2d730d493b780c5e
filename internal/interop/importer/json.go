package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"designspace/internal/columns"
	"designspace/internal/table"
)

// An object is a JSON object with its keys in their order.
type object struct {
	keys   []string
	values map[string]any // *object, []any, json.Number, string, bool or nil
}

// MarshalJSON implements json.Marshaler.
func (o *object) MarshalJSON() ([]byte, error) { return json.Marshal(o.values) }

// isJSON reports whether a file begins as JSON does.
func isJSON(data []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 4096)], []byte("\ufeff")), " \t\r\n")
	return len(head) > 0 && (head[0] == '[' || head[0] == '{')
}

// deepest is how many levels JSON may have.
const deepest = 200

// A jsonReader reads JSON and knows the lines where values begin.
type jsonReader struct {
	*json.Decoder
	name string
	data []byte
	at   int64 // to where lines are counted
	line int
}

// here is the line on which the reader stands.
func (r *jsonReader) here() int {
	to := min(r.InputOffset(), int64(len(r.data)))
	r.line += bytes.Count(r.data[r.at:to], []byte("\n"))
	r.at = to
	return r.line
}

// errorf returns an error at the place of the reader.
func (r *jsonReader) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.name, r.here(), fmt.Sprintf(format, args...))
}

// token reads a token; an error has its place.
func (r *jsonReader) token() (json.Token, error) {
	t, err := r.Token()
	var syntax *json.SyntaxError
	switch {
	case err == nil:
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(r.data[:min(syntax.Offset, int64(len(r.data)))], []byte("\n"))
		err = fmt.Errorf("%s:%d: broken JSON: %v", r.name, line, err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		err = r.errorf("broken JSON: the file ends early")
	default:
		err = r.errorf("broken JSON: %v", err)
	}
	return t, err
}

// value reads the value that begins with a token.
func (r *jsonReader) value(t json.Token, depth int) (any, error) {
	if depth > deepest {
		return nil, r.errorf("values are nested more than %d deep", deepest)
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for r.More() {
			v, err := r.next(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := r.token()
		return list, err
	case json.Delim('{'):
		o := &object{values: map[string]any{}}
		for r.More() {
			key, err := r.token()
			if err != nil {
				return nil, err
			}
			name := fmt.Sprint(key)
			if _, twice := o.values[name]; twice {
				return nil, r.errorf("the key %q appears twice in one object", name)
			}
			if o.values[name], err = r.next(depth + 1); err != nil {
				return nil, err
			}
			o.keys = append(o.keys, name)
		}
		_, err := r.token()
		return o, err
	}
	return t, nil
}

func (r *jsonReader) next(depth int) (any, error) {
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	return r.value(t, depth)
}

// A record is a JSON object that stands for a model, or for one at an epoch.
type record struct {
	*object
	id   string // its key, "" for none
	line int
	list string // the key of the list that holds it, "" for none
}

// first is how many records tell what wrote a file.
const first = 100

// A sink takes the records of a file: those of a program that has jobs one by
// one, so that no more than their rows are kept, and holds others.
type sink struct {
	held  []record
	count int
	job   func(i int, r record) error // nil: they are held
	know  func([]record) (job func(i int, r record) error)
}

func (s *sink) add(r record) error {
	s.count++
	if s.job != nil {
		return s.job(s.count, r)
	}
	if s.held = append(s.held, r); s.count == first {
		if s.job = s.know(s.held); s.job != nil {
			return s.flush()
		}
	}
	return nil
}

// flush gives what is held to job.
func (s *sink) flush() error {
	for i, r := range s.held {
		if err := s.job(i+1, r); err != nil {
			return err
		}
	}
	s.held = nil
	return nil
}

// records reads the records of a file: a list of them, lists in an object, an
// object of them by name, or one or more objects.
func (r *jsonReader) records(s *sink) error {
	for {
		t, err := r.Token()
		if err == io.EOF && s.count > 0 {
			return nil
		}
		if err != nil {
			return r.errorf("broken JSON: %v", err)
		}
		line := r.here()
		switch t {
		case json.Delim('['):
			if err := r.list(s); err != nil {
				return err
			}
			if _, err := r.Token(); err != io.EOF {
				return r.errorf("more follows the list of models")
			}
			return nil
		case json.Delim('{'):
			v, err := r.value(t, 0)
			if err == nil {
				err = s.add(record{object: v.(*object), line: line})
			}
			if err != nil {
				return err
			}
		default:
			return r.errorf("%v stands where a record belongs: want JSON objects, one a model", t)
		}
	}
}

// list reads records up to the end of their list, or lists of cells of which the
// first has the names of columns.
func (r *jsonReader) list(s *sink) error {
	var header []any
	for r.More() {
		t, err := r.token()
		if err != nil {
			return err
		}
		line := r.here()
		v, err := r.value(t, 1)
		if err != nil {
			return err
		}
		cells, isList := v.([]any)
		if isList && header == nil && s.count == 0 && texts(cells) {
			header = cells
			continue
		}
		o, ok := v.(*object)
		if isList && header != nil {
			o, ok = join(header, cells)
		}
		if !ok {
			return r.errorf("item %d of the list is no object: want one a model", s.count+1)
		}
		if err := s.add(record{object: o, line: line}); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// texts reports whether all of a list are different texts.
func texts(list []any) bool {
	seen := map[any]bool{}
	for _, v := range list {
		s, ok := v.(string)
		if !ok || seen[s] {
			return false
		}
		seen[s] = true
	}
	return len(list) > 0
}

// join makes an object of names and as many values.
func join(names, values []any) (*object, bool) {
	if len(names) != len(values) {
		return nil, false
	}
	o := &object{values: map[string]any{}}
	for i, n := range names {
		o.keys = append(o.keys, fmt.Sprint(n))
		o.values[fmt.Sprint(n)] = values[i]
	}
	return o, true
}

// models returns the records in one object that holds those of several models,
// or the object itself.
func (o record) models(opt Options) []record {
	for _, shape := range []func(Options) []record{o.split, o.columns, o.inner} {
		if all := shape(opt); all != nil {
			return all
		}
	}
	return o.each()
}

// split returns the rows of an object of columns and data, as pandas writes it.
func (o record) split(Options) []record {
	names, _ := o.values["columns"].([]any)
	data, ok := o.values["data"].([]any)
	if !texts(names) || !ok {
		return nil
	}
	var all []record
	for _, row := range data {
		cells, _ := row.([]any)
		r, ok := join(names, cells)
		if !ok {
			return nil
		}
		all = append(all, record{object: r, line: o.line})
	}
	return all
}

// columns returns the rows of an object whose values are the columns of a table:
// lists of one length, among them one that no log of epochs has.
func (o record) columns(Options) []record {
	rows, named := -1, false
	for _, k := range o.keys {
		list, ok := o.values[k].([]any)
		if !ok || rows >= 0 && len(list) != rows || slices.ContainsFunc(list, nested) {
			return nil
		}
		rows = len(list)
		c := columns.Of(snake(k))
		named = named || c.Role == columns.Complexity || c.Role == columns.ID && k != "epoch" || c.Role == columns.Parameter && !c.Log
		named = named || slices.ContainsFunc(list, func(v any) bool { _, ok := v.(string); return ok })
	}
	if !named || rows < 1 {
		return nil
	}
	all := make([]record, rows)
	for i := range all {
		var values []any
		for _, k := range o.keys {
			values = append(values, o.values[k].([]any)[i])
		}
		all[i] = record{object: &object{keys: o.keys, values: map[string]any{}}, line: o.line}
		for k, v := range values {
			all[i].values[o.keys[k]] = v
		}
	}
	return all
}

func nested(v any) bool {
	switch v.(type) {
	case []any, *object:
		return true
	}
	return false
}

// inner returns the records of the one list or object of them that an object
// holds besides what is known of all.
func (o record) inner(opt Options) []record {
	if len(o.keys) < 2 || o.compared(opt) {
		return nil
	}
	var found []record
	for _, k := range o.keys {
		one := record{object: &object{keys: []string{k}, values: map[string]any{k: o.values[k]}}, line: o.line}
		if v, ok := o.values[k].(*object); ok {
			one.object = v
		}
		all := one.each()
		if len(all) == 0 || all[0].object == one.object || !all[0].compared(opt) {
			continue
		}
		if found != nil {
			return nil // the lists are told apart by their keys
		}
		found = all
	}
	return found
}

// compared reports whether an object has a value by which models are compared.
func (o record) compared(opt Options) bool {
	return slices.ContainsFunc(o.keys, func(k string) bool {
		if list, ok := o.values[k].([]any); nested(o.values[k]) && !(ok && !slices.ContainsFunc(list, nested)) {
			return false
		}
		name := snake(k)
		return k == opt.metric().Column || slices.Contains(errorNames, name) || open.MatchString(name) || accurate.MatchString(name)
	})
}

// each returns the records that are the values of an object.
func (o record) each() []record {
	var all []record
	allObjects, numbered := true, true
	for _, k := range o.keys {
		switch v := o.values[k].(type) {
		case *object:
			all = append(all, record{object: v, id: k, line: o.line})
			for _, inner := range v.keys {
				numbered = numbered && strings.Trim(inner, "0123456789") == ""
			}
		case []any:
			allObjects = false
			for _, item := range v {
				inner, ok := item.(*object)
				if !ok {
					return []record{o}
				}
				all = append(all, record{object: inner, line: o.line, list: k})
			}
		default:
			return []record{o}
		}
	}
	switch {
	case len(all) == 0:
		return []record{o}
	case allObjects && numbered:
		return transposed(o, all)
	}
	if len(all) > 0 && all[0].list != "" && !slices.ContainsFunc(all, func(r record) bool { return r.list != all[0].list }) {
		for i := range all {
			all[i].list = "" // tells nothing apart
		}
		return all
	}
	for _, r := range all { // what has no key in common are parts of one model
		if (r.list == "") != (all[0].list == "") || !common(r.object, all[0].object) {
			return []record{o}
		}
	}
	return all
}

func common(a, b *object) bool {
	return slices.ContainsFunc(a.keys, func(k string) bool { return slices.Contains(b.keys, k) })
}

// transposed returns the rows of columns that pandas wrote: objects of values by
// the number of a row.
func transposed(o record, columns []record) []record {
	var rows []record
	place := map[string]int{}
	for _, c := range columns {
		for _, number := range c.keys {
			i, ok := place[number]
			if !ok {
				i = len(rows)
				place[number] = i
				rows = append(rows, record{object: &object{values: map[string]any{}}, line: o.line})
			}
			rows[i].keys = append(rows[i].keys, c.id)
			rows[i].values[c.id] = c.values[number]
		}
	}
	return rows
}

// readJSON adds the models of a file of JSON.
func (p *Table) readJSON(name, id string, data []byte, o Options) error {
	data = withoutNaN(bytes.TrimPrefix(data, []byte("\ufeff")))
	r := &jsonReader{Decoder: json.NewDecoder(bytes.NewReader(data)), name: name, data: data, line: 1}
	r.UseNumber()
	s := &sink{know: func(rs []record) func(int, record) error {
		if d, err := recognise(o.Format, keysOf(rs)); err == nil && d.job != nil {
			return p.jobs(d, name, o)
		}
		return nil
	}}
	if err := r.records(s); err != nil {
		return err
	}
	if s.count == 1 && id == "" {
		if d, _ := recognise(o.Format, s.held[0].keys); d != nil && (d.Format == other || d.job != nil && o.Format != "") {
			s.held = s.held[0].models(o)
		}
	}
	if s.job != nil {
		return nil
	}
	keys := keysOf(s.held)
	if len(keys) == 0 {
		return fmt.Errorf("%s: no models", name)
	}
	d, err := recognise(o.Format, keys)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if d.job != nil {
		s.job = p.jobs(d, name, o)
		return s.flush()
	}
	t, err := tabulate(name, s.held)
	if err != nil {
		return err
	}
	return p.addTable(t, id, o)
}

// jobs returns what adds the jobs of a file.
func (p *Table) jobs(d *Dialect, name string, o Options) func(i int, rec record) error {
	p.Format = d.Format
	return func(i int, rec record) error {
		place := fmt.Sprintf("%s:%d: job %d", name, rec.line, i)
		r := row{}
		p.set(r, "space", o.Space)
		if err := d.job(p, r, rec.object, o); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		p.add(r, place)
		return nil
	}
}

// keysOf are the keys of the first records, each once.
func keysOf(records []record) []string {
	var keys []string
	seen := map[string]bool{}
	for _, r := range records[:min(len(records), 100)] {
		for _, k := range r.keys {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// tabulate returns records as a table: what is nested has its keys joined by
// dots.
func tabulate(name string, records []record) (*table.Table, error) {
	var columns []string
	seen := map[string]bool{}
	rows := make([]map[string]string, len(records))
	for i, rec := range records {
		rows[i] = map[string]string{}
		put := func(column, value string) {
			if !seen[column] {
				seen[column] = true
				columns = append(columns, column)
			}
			rows[i][column] = value
		}
		if rec.id != "" {
			if _, has := rec.values["id"]; !has {
				put("id", rec.id)
			}
		}
		if rec.list != "" {
			if _, has := rec.values["list"]; !has {
				put("list", rec.list)
			}
		}
		flatten("", rec.object, put)
	}
	t, err := table.New(name, columns)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		cells := make([]string, len(columns))
		for k, c := range columns {
			cells[k] = r[c]
		}
		if err := t.AddAt(records[i].line, cells); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// most is how many values of a list become columns.
const most = 32

// flatten puts the values of a record. Of a list of outcomes or of objects the
// last counts, as that of the last epoch; another short list has a column for
// each value, numbered from 1.
func flatten(path string, v any, put func(column, value string)) {
	switch v := v.(type) {
	case *object:
		for _, k := range v.keys {
			name := k
			if path != "" {
				name = path + "." + k
			}
			flatten(name, v.values[k], put)
		}
	case []any:
		if len(v) == 0 {
			return
		}
		last := v[len(v)-1]
		_, objects := last.(*object)
		name := path[strings.LastIndexByte(path, '.')+1:]
		if objects || len(v) == 1 || len(v) > most || name == "value" || columns.Of(name).Role == columns.Outcome {
			flatten(path, last, put)
			return
		}
		for i, item := range v {
			flatten(path+strconv.Itoa(i+1), item, put)
		}
	case nil:
		put(path, "")
	default:
		put(path, fmt.Sprint(v))
	}
}

// withoutNaN puts the literals NaN and Infinity, which Python writes and JSON
// does not have, into quotes.
func withoutNaN(data []byte) []byte {
	if !bytes.Contains(data, []byte("NaN")) && !bytes.Contains(data, []byte("Infinity")) {
		return data
	}
	var out []byte
	for i := 0; i < len(data); {
		switch rest := data[i:]; {
		case rest[0] == '"':
			n := stringEnd(rest)
			out = append(out, rest[:n]...)
			i += n
		case bytes.HasPrefix(rest, []byte("NaN")):
			out, i = append(out, `"NaN"`...), i+3
		case bytes.HasPrefix(rest, []byte("Infinity")):
			out, i = append(out, `"Infinity"`...), i+8
		case bytes.HasPrefix(rest, []byte("-Infinity")):
			out, i = append(out, `"-Infinity"`...), i+9
		default:
			out, i = append(out, rest[0]), i+1
		}
	}
	return out
}

// stringEnd returns the length of the string in quotes at the start of data.
func stringEnd(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case data[0]:
			return i + 1
		}
	}
	return len(data)
}
