package space

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"designspace/internal/strictyaml"
)

// A Child describes a space that restricts another, for writing to a file.
type Child struct {
	Name    string
	About   string        // free text
	Extends string        // the parent: a name of the catalog, or a path relative to the file
	Head    string        // comment at the top of the file, of any number of lines
	Params  []Restriction // of parameters' distributions
	Limits  []Restriction // of properties of the model
	Shared  []string      // parameters of which all stages share one draw
	Depth   Order
	Width   Order
}

// A Restriction is what is left of a parameter or a property.
type Restriction struct {
	Name  string // as in a space's YAML, or of a Property
	Range Range  // listed numbers, of a parameter alone, are equally likely
	Note  string // comment behind the line
}

// String returns the restriction as "w4 8:64" or "b 1, 2".
func (r Restriction) String() string { return r.Name + " " + r.Range.String() }

// Extend reads a child of the space, whose extends or variant_of stands for it.
// File stands in errors.
func (s *Space) Extend(file string, data []byte) (*Space, error) {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	if !doc.At("extends").Exists() && !doc.At("variant_of").Exists() {
		return nil, doc.At("extends").Errorf("is missing; a child names its parent")
	}
	return build(doc, s)
}

// Marshal returns the child as YAML. Whether it restricts its parent shows when
// it is read.
func (c Child) Marshal() []byte {
	var b bytes.Buffer
	for line := range strings.Lines(c.Head) {
		fmt.Fprintln(&b, strings.TrimSpace("# "+line))
	}
	entry{"name", c.Name, ""}.write(&b, "")
	if c.About != "" {
		entry{"about", c.About, ""}.write(&b, "")
	}
	entry{"extends", c.Extends, ""}.write(&b, "")
	var params, constraints []entry
	for _, r := range c.Params {
		params = append(params, entry{r.Name, r.Range.param(), r.Note})
	}
	for _, r := range c.Limits {
		f := r.Range.constraint()
		if r.Name == "depth" {
			f.Order, c.Depth = c.Depth, Unordered
		}
		constraints = append(constraints, entry{r.Name, f, r.Note})
	}
	if c.Depth != Unordered {
		constraints = append(constraints, entry{"depth", c.Depth, ""})
	}
	if c.Width != Unordered {
		constraints = append(constraints, entry{"width", c.Width, ""})
	}
	section(&b, "params", params)
	if c.Shared != nil {
		entry{"shared", c.Shared, ""}.write(&b, "")
	}
	section(&b, "constraints", constraints)
	return b.Bytes()
}

// param is the range as the parameters of a space have it.
func (r Range) param() any {
	if r.values != nil {
		return strictyaml.List[float64](r.values)
	}
	var ends struct {
		Min *float64 `yaml:"min,omitempty"`
		Max *float64 `yaml:"max,omitempty"`
	}
	ends.Min, ends.Max = r.ends()
	return ends
}

// section writes a mapping under a key.
func section(b *bytes.Buffer, key string, entries []entry) {
	if len(entries) == 0 {
		return
	}
	b.WriteString(key + ":\n")
	for _, e := range entries {
		e.write(b, "  ")
	}
}

// An entry is a line of a mapping in YAML: its value is plain, or has only
// plain values.
type entry struct {
	key   string // a plain word
	value any
	note  string // comment behind it
}

// folded is where YAML breaks a long value, for a space.
var folded = regexp.MustCompile(`\n *`)

func (e entry) write(b *bytes.Buffer, indent string) {
	value := strings.TrimRight(string(marshal(e.value)), "\n")
	line := indent + e.key + ": " + folded.ReplaceAllString(value, " ")
	if e.note != "" {
		line += "    # " + e.note
	}
	b.WriteString(line + "\n")
}
