package space

import (
	"bytes"
	"fmt"
	"math"
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
	Name     string    // as in a space's YAML, or of a Property
	Min, Max float64   // infinite: left open
	Values   []float64 // of a parameter, equally likely, in place of a range
	Note     string    // comment behind the line
}

// String returns the restriction as "w4 8:64", an open end left empty, or as
// "b 1, 2".
func (r Restriction) String() string {
	if r.Values == nil {
		return r.Name + " " + Limit{Min: r.Min, Max: r.Max}.Bounds()
	}
	var values []string
	for _, v := range r.Values {
		values = append(values, formatFloat(v))
	}
	return r.Name + " " + strings.Join(values, ", ")
}

// Extend reads a child of the space, whose extends stands for it. File stands
// in errors.
func (s *Space) Extend(file string, data []byte) (*Space, error) {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	if !doc.At("extends").Exists() {
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
		params = append(params, entry{r.Name, r.param(), r.Note})
	}
	for _, r := range c.Limits {
		f := Limit{Min: r.Min, Max: r.Max}.file()
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

// param is the restriction as the parameters of a space have it.
func (r Restriction) param() any {
	if r.Values != nil {
		return strictyaml.List[float64](r.Values)
	}
	var ends struct {
		Min *float64 `yaml:"min,omitempty"`
		Max *float64 `yaml:"max,omitempty"`
	}
	if !math.IsInf(r.Min, 0) {
		ends.Min = &r.Min
	}
	if !math.IsInf(r.Max, 0) {
		ends.Max = &r.Max
	}
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
