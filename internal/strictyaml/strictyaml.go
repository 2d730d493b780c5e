// Package strictyaml reads YAML that people write by hand, and takes it at its
// word: an unknown or repeated key, a value of the wrong type or an empty one
// is an error of one line that says where it stands and what to do.
//
// Anchors, aliases and merge keys are not read, nor are files of several
// documents.
package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"designspace/internal/suggest"

	"go.yaml.in/yaml/v4"
)

// Unmarshal stores the document in data into the struct that v points to.
// Errors name file, which is not opened.
func Unmarshal(file string, data []byte, v any) error {
	d, err := Parse(file, data)
	if err != nil {
		return err
	}
	return d.Decode(v)
}

// Marshal returns v as YAML: indented by two spaces, lists and mappings of
// plain values on one line.
func Marshal(v any) ([]byte, error) {
	return yaml.Dump(v, yaml.WithFlowSimpleCollections(), yaml.WithLineWidth(120))
}

// A Document is a YAML document or a value within one. It knows its place, for
// errors that a type cannot tell.
type Document struct {
	file string
	path string // from the root, as in "params.w.step"
	line int
	node *yaml.Node
}

// Parse reads the syntax of the one document in data. Errors name file, which
// is not opened.
func Parse(file string, data []byte) (*Document, error) {
	var root yaml.Node
	if err := yaml.Load(data, &root); err != nil {
		return nil, syntaxError(file, err)
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 {
		return nil, fmt.Errorf("%s: the file is empty", file)
	}
	d := &Document{file: file, line: root.Content[0].Line, node: root.Content[0]}
	return d, d.plain(d.node)
}

// syntaxError reduces an error of the parser to one line.
func syntaxError(file string, err error) error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return fmt.Errorf("%s: %s", file, oneLine(err.Error()))
	}
	msg := oneLine(strings.TrimPrefix(load.Message, "yaml: "))
	switch msg {
	case "no documents in stream":
		return fmt.Errorf("%s: the file is empty", file)
	case "expected single document, found multiple":
		return fmt.Errorf("%s: several documents; keep one and drop the --- after it", file)
	}
	if load.ContextMsg != "" {
		msg = oneLine(load.ContextMsg) + ": " + msg
	}
	if load.Mark.Line < 1 {
		return fmt.Errorf("%s: %s", file, msg)
	}
	return fmt.Errorf("%s:%d: %s", file, load.Mark.Line, msg)
}

// plain refuses what makes a document more than a tree of values.
func (d *Document) plain(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return fmt.Errorf("%s:%d: anchors and aliases are not read here; write the value again", d.file, n.Line)
	}
	if n.Kind == yaml.MappingNode {
		line := map[string]int{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode {
				return fmt.Errorf("%s:%d: a key must be a plain word", d.file, key.Line)
			}
			if key.Value == "<<" {
				return fmt.Errorf("%s:%d: merge keys are not read here; write the values again", d.file, key.Line)
			}
			if first, ok := line[key.Value]; ok {
				return fmt.Errorf("%s:%d: key %q stands already in line %d; keep one", d.file, key.Line, key.Value, first)
			}
			line[key.Value] = key.Line
		}
	}
	for _, c := range n.Content {
		if err := d.plain(c); err != nil {
			return err
		}
	}
	return nil
}

// Keys returns the keys of a mapping in the order of the file, nil for any
// other value.
func (d *Document) Keys() []string {
	if d.node == nil || d.node.Kind != yaml.MappingNode {
		return nil
	}
	var keys []string
	for i := 0; i < len(d.node.Content); i += 2 {
		keys = append(keys, d.node.Content[i].Value)
	}
	return keys
}

// At returns the value under a key of a mapping. Where there is none it
// returns a Document without a value, which still has a place.
func (d *Document) At(key string) *Document {
	path := key
	if d.path != "" {
		path = d.path + "." + key
	}
	sub := &Document{file: d.file, path: path, line: d.line}
	if d.node != nil && d.node.Kind == yaml.MappingNode {
		for i := 0; i < len(d.node.Content); i += 2 {
			if d.node.Content[i].Value == key {
				sub.line, sub.node = d.node.Content[i].Line, d.node.Content[i+1]
			}
		}
	}
	return sub
}

// Exists reports whether the document has a value.
func (d *Document) Exists() bool { return d.node != nil }

// Path returns the keys that lead to the document from the root, joined by dots.
func (d *Document) Path() string { return d.path }

// IsMapping reports whether the value is a mapping.
func (d *Document) IsMapping() bool { return d.node != nil && d.node.Kind == yaml.MappingNode }

// IsNull reports whether the value is null, as programs write what is absent.
func (d *Document) IsNull() bool { return d.node != nil && d.node.Tag == "!!null" }

// IsList reports whether the value is a list.
func (d *Document) IsList() bool { return d.node != nil && d.node.Kind == yaml.SequenceNode }

// Errorf returns an error that begins with the value's file and line, and the
// path of its key.
func (d *Document) Errorf(format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	if d.path != "" {
		msg = d.path + ": " + msg
	}
	return fmt.Errorf("%s:%d: %s", d.file, d.line, oneLine(msg))
}

// Decode stores the value into what v points to. Fields of structs are named
// by yaml tags. A type that implements encoding.TextUnmarshaler takes any
// plain value, a [List] one value or several.
func (d *Document) Decode(v any) error {
	if d.node == nil {
		return d.Errorf("has no value")
	}
	if err := d.check(d.node, reflect.TypeOf(v).Elem()); err != nil {
		return err
	}
	err := d.node.Load(v)
	var load *yaml.LoadError
	if errors.As(err, &load) {
		return fmt.Errorf("%s:%d: %s", d.file, max(load.Mark.Line, d.line), oneLine(load.Message))
	}
	return err
}

// A List is one value or a list of them.
type List[T any] []T

// UnmarshalYAML implements yaml.Unmarshaler.
func (l *List[T]) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Load((*[]T)(l))
	}
	var one T
	if err := n.Load(&one); err != nil {
		return err
	}
	*l = List[T]{one}
	return nil
}

// MarshalYAML implements yaml.Marshaler: a list of one value is that value.
func (l List[T]) MarshalYAML() (any, error) {
	if len(l) == 1 {
		return l[0], nil
	}
	return []T(l), nil
}

func (*List[T]) oneOrMore() {}

// Any is a field that takes every value, for the caller to read with
// [Document.At], and is written as its Value.
type Any struct{ Value any }

// UnmarshalYAML implements yaml.Unmarshaler.
func (*Any) UnmarshalYAML(*yaml.Node) error { return nil }

// MarshalYAML implements yaml.Marshaler.
func (a Any) MarshalYAML() (any, error) { return a.Value, nil }

// check reports the first value below n that type t cannot take.
func (d *Document) check(n *yaml.Node, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	at := d.under(n)
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return at.Errorf("has no value; give one or remove the line")
	}
	if t == reflect.TypeFor[Any]() {
		return nil
	}
	p := reflect.PointerTo(t)
	if p.Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
		if n.Kind != yaml.ScalarNode {
			return at.Errorf("wants one plain value, not %s", describe(n))
		}
		return nil
	}
	if p.Implements(reflect.TypeFor[interface{ oneOrMore() }]()) && n.Kind != yaml.SequenceNode {
		return d.check(n, t.Elem())
	}
	switch t.Kind() {
	case reflect.Struct:
		return d.checkStruct(n, t)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			return at.Errorf("wants a mapping (key: value), not %s", describe(n))
		}
		for i := 0; i < len(n.Content); i += 2 {
			if err := d.At(n.Content[i].Value).on(n.Content[i]).check(n.Content[i+1], t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			return at.Errorf("wants a list in brackets, not %s", describe(n))
		}
		for _, c := range n.Content {
			if err := d.check(c, t.Elem()); err != nil {
				return err
			}
		}
	default:
		if want, ok := scalar(n, t.Kind()); !ok {
			return at.Errorf("wants %s, not %s", want, describe(n))
		}
	}
	return nil
}

func (d *Document) checkStruct(n *yaml.Node, t reflect.Type) error {
	if n.Kind != yaml.MappingNode {
		return d.under(n).Errorf("wants a mapping (key: value), not %s", describe(n))
	}
	fields := map[string]reflect.Type{}
	var known []string
	for _, f := range reflect.VisibleFields(t) { // those of embedded structs, too
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		if f.IsExported() && !f.Anonymous && name != "-" {
			fields[name] = f.Type
			known = append(known, name)
		}
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := fields[key.Value]
		if !ok {
			return d.under(key).Errorf("unknown key %q; %s", key.Value, suggest.Known(key.Value, known))
		}
		if err := d.At(key.Value).on(key).check(n.Content[i+1], field); err != nil {
			return err
		}
	}
	return nil
}

// under returns d with the line of a node below it.
func (d *Document) under(n *yaml.Node) *Document {
	sub := *d
	sub.line = n.Line
	return &sub
}

// on is under for a document that At made of a path alone.
func (d *Document) on(key *yaml.Node) *Document {
	d.line = key.Line
	return d
}

// scalar reports whether a Go value of kind k can take n, and what it wants.
func scalar(n *yaml.Node, k reflect.Kind) (want string, ok bool) {
	tag := n.ShortTag()
	octal := len(strings.TrimLeft(n.Value, "+-")) > 1 && strings.TrimLeft(n.Value, "+-")[0] == '0'
	switch k {
	case reflect.Bool:
		return "true or false", n.Kind == yaml.ScalarNode && tag == "!!bool"
	case reflect.Float64, reflect.Float32:
		return "a number", n.Kind == yaml.ScalarNode && (tag == "!!float" || tag == "!!int" && !octal)
	case reflect.String:
		return "text", n.Kind == yaml.ScalarNode
	}
	return "a whole number", n.Kind == yaml.ScalarNode && tag == "!!int" && !octal
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", n.Value)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
