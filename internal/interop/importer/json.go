package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// A job is a JSON object.
type job map[string]any

// A jobReader reads jobs from JSON.
type jobReader struct {
	*json.Decoder
	name string
	data []byte
	p    *Table
	add  func(r row, j job, o Options) error
	o    Options
}

// readJobs reads a list of jobs, or an object with lists of jobs such as
// {"top": [...], "mid": [...]}, and nothing after it.
func (p *Table) readJobs(name string, data []byte, o Options) error {
	data = withoutNaN(data)
	r := &jobReader{json.NewDecoder(bytes.NewReader(data)), name, data, p, p.addSweep, o}
	if o.Format == NDS {
		r.add = p.addNDS
	}
	if err := r.lists(); err != nil {
		return err
	}
	switch _, err := r.Token(); err {
	case io.EOF:
		return nil
	case nil:
		return fmt.Errorf("%s:%d: more follows the jobs", name, r.line())
	default:
		return r.fail(err)
	}
}

// line is where the reader stands.
func (r *jobReader) line() int { return r.lineOf(r.InputOffset()) }

func (r *jobReader) lineOf(offset int64) int {
	return 1 + bytes.Count(r.data[:min(offset, int64(len(r.data)))], []byte("\n"))
}

// fail gives an error of the decoder its place.
func (r *jobReader) fail(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%s:%d: broken JSON: %v", r.name, r.lineOf(syntax.Offset), err)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%s:%d: broken JSON: the file ends early", r.name, r.line())
	}
	return fmt.Errorf("%s:%d: %v", r.name, r.line(), err)
}

func (r *jobReader) lists() error {
	first, err := r.Token()
	if err != nil {
		return r.fail(err)
	}
	switch first {
	case json.Delim('['):
		return r.list()
	case json.Delim('{'):
	default:
		return fmt.Errorf("%s:%d: want a list of jobs", r.name, r.line())
	}
	for r.More() {
		key, err := r.Token()
		if err != nil {
			return r.fail(err)
		}
		if t, err := r.Token(); err != nil {
			return r.fail(err)
		} else if t != json.Delim('[') {
			return fmt.Errorf("%s:%d: %v is no list of jobs", r.name, r.line(), key)
		}
		if err := r.list(); err != nil {
			return err
		}
	}
	return r.end()
}

// end reads the bracket or brace that closes.
func (r *jobReader) end() error {
	if _, err := r.Token(); err != nil {
		return r.fail(err)
	}
	return nil
}

// list reads jobs up to the end of their list.
func (r *jobReader) list() error {
	for r.More() {
		var j job
		start := r.InputOffset()
		if err := r.Decode(&j); err != nil {
			return r.fail(err)
		}
		count := len(r.p.rows) + 1
		if named(r.data[start:r.InputOffset()]) != keys(map[string]any(j)) {
			return fmt.Errorf("%s:%d: job %d: a key appears twice in one object", r.name, r.line(), count)
		}
		cells := row{}
		r.p.set(cells, "space", r.o.Space)
		if err := r.add(cells, j, r.o); err != nil {
			return fmt.Errorf("%s:%d: job %d: %w", r.name, r.line(), count, err)
		}
		r.p.rows = append(r.p.rows, cells)
	}
	return r.end()
}

// named counts the members of objects in JSON: strings that a colon follows.
func named(data []byte) int {
	n := 0
	for {
		i := bytes.IndexByte(data, '"')
		if i < 0 {
			return n
		}
		data = data[i:]
		data = bytes.TrimLeft(data[stringEnd(data):], " \t\r\n")
		if len(data) > 0 && data[0] == ':' {
			n++
		}
	}
}

// keys counts the members of all objects in a value.
func keys(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		n = len(v)
		for _, inner := range v {
			n += keys(inner)
		}
	case []any:
		for _, inner := range v {
			n += keys(inner)
		}
	}
	return n
}

// withoutNaN replaces the literals NaN and Infinity, which Python writes and
// JSON does not have, by null.
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
			out, i = append(out, "null"...), i+3
		case bytes.HasPrefix(rest, []byte("Infinity")):
			out, i = append(out, "null"...), i+8
		case bytes.HasPrefix(rest, []byte("-Infinity")):
			out, i = append(out, "null"...), i+9
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
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// at returns the value under a path of keys such as "cfg.OPTIM.BASE_LR"; a key
// may itself hold a dot.
func (j job) at(path string) (any, bool) {
	if v, ok := j[path]; ok {
		return v, true
	}
	key, rest, ok := strings.Cut(path, ".")
	if !ok {
		return nil, false
	}
	inner, ok := j[key].(map[string]any)
	if !ok {
		return nil, false
	}
	return job(inner).at(rest)
}

// numbers returns a number or a list of numbers; null is NaN.
func (j job) numbers(path string) ([]float64, error) {
	v, ok := j.at(path)
	if !ok {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []float64
	for _, v := range list {
		switch v := v.(type) {
		case float64:
			out = append(out, v)
		case nil:
			out = append(out, math.NaN())
		default:
			return nil, fmt.Errorf("%s: %v is no number", path, v)
		}
	}
	return out, nil
}

// text returns a value that is one word or number, and "" for any other.
func (j job) text(path string) string {
	switch v, _ := j.at(path); v := v.(type) {
	case string:
		return v
	case float64:
		return number(v)
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}
