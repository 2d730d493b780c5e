// Package columns says what the columns of tables of models mean: those of the
// files of a run, and those that other programs are known to write. Whoever
// treats columns differently asks here.
package columns

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A Role says what a column is to a study.
type Role string

// The roles of columns.
const (
	ID         Role = "id"         // tells rows apart, or says where they come from
	Outcome    Role = "outcome"    // what training gave
	Parameter  Role = "parameter"  // what was chosen
	Complexity Role = "complexity" // of the model, known before it is trained
	Cost       Role = "cost"       // time that it took
)

// The types of columns.
const (
	Text    = "text"
	Integer = "integer"
	Number  = "number"
)

// A Column describes a column.
type Column struct {
	Name    string `json:"name"` // "d1" stands for d1, d2, … of all stages
	Type    string `json:"type"` // "" for a column that is not known
	Unit    string `json:"unit"` // "" for what has none
	Meaning string `json:"meaning"`
	Role    Role   `json:"-"`
	Log     bool   `json:"-"` // drawn on a logarithmic axis, as it is sampled
	Staged  bool   `json:"-"` // there is one for each stage
	Names   bool   `json:"-"` // it names models
	Follows bool   `json:"-"` // a parameter that follows from others in any table
	Alike   bool   `json:"-"` // errors compare only between models that agree in it
}

// All returns the columns of the files of a run, those of results.csv in its
// order.
func All() []Column { return slices.Clone(own) }

// Names returns the names of the columns of the files of a run that have a role.
func Names(r Role) []string {
	var names []string
	for _, c := range own {
		if c.Role == r {
			names = append(names, c.Name)
		}
	}
	return names
}

// Of returns what is known of the column of a name in any table. One that is
// not known is a parameter.
func Of(name string) Column {
	c, ok := find(name)
	if !ok {
		c.Role = Parameter
	}
	c.Name = name
	return c
}

func find(name string) (Column, bool) {
	if i, ok := places[name]; ok {
		return own[i], true
	}
	if family, stage := split(name); stage != 0 {
		if i, ok := places[family+"1"]; ok {
			return own[i], true
		}
	}
	if i := names.find(words(name)); i < len(foreign) {
		return foreign[i], true
	}
	return Column{}, false
}

// names are the patterns of foreign.
var names = func() (p patterns) {
	p.whole = map[string]int{}
	for i, c := range foreign {
		for name := range strings.FieldsSeq(c.Name) {
			p.add(name, i)
		}
	}
	return p
}()

// patterns are names of columns with the places of what they mean: whole ones,
// those of which *_x matches all that end in _x and x as well, and those of which
// x_* matches all that begin so.
type patterns struct {
	whole          map[string]int
	suffix, prefix []pattern
}

type pattern struct {
	text  string
	place int
}

func (p *patterns) add(name string, place int) {
	if begin, ok := strings.CutSuffix(name, "*"); ok {
		p.prefix = append(p.prefix, pattern{begin, place})
		return
	}
	if end, ok := strings.CutPrefix(name, "*"); ok {
		p.suffix = append(p.suffix, pattern{end, place})
		name = end[1:]
	}
	if first, twice := p.whole[name]; !twice || place < first {
		p.whole[name] = place
	}
}

// find returns the first place of a name, or a large one.
func (p *patterns) find(name string) int {
	place, ok := p.whole[name]
	if !ok {
		place = math.MaxInt
	}
	for _, s := range p.suffix {
		if s.place < place && strings.HasSuffix(name, s.text) {
			place = s.place
		}
	}
	for _, s := range p.prefix {
		if s.place < place && strings.HasPrefix(name, s.text) {
			place = s.place
		}
	}
	return place
}

// places are those of the names of own.
var places = func() map[string]int {
	places := map[string]int{}
	for i, c := range own {
		places[c.Name] = i
	}
	return places
}()

// Stage splits the name of a column that each stage has: "w4" is w and 4. It
// reports false for other names, and for known columns that only look so, such
// as top5.
func Stage(name string) (family string, stage int, ok bool) {
	if c, known := find(name); known && !c.Staged {
		return "", 0, false
	}
	if family, stage = split(name); stage > 0 {
		return family, stage, true
	}
	return "", 0, false
}

// split returns letters and the number behind them, -1 if there is none and 0 if
// the name is not of this form.
func split(name string) (letters string, number int) {
	letters = strings.TrimRight(name, "0123456789")
	digits := name[len(letters):]
	if letters == "" || strings.Trim(letters, "abcdefghijklmnopqrstuvwxyz") != "" || strings.HasPrefix(digits, "0") {
		return "", 0
	}
	if digits == "" {
		return letters, -1
	}
	number, err := strconv.Atoi(digits)
	if err != nil {
		return "", 0
	}
	return letters, number
}

// words returns a name in lower case with all that is neither letter nor digit
// as underscores.
func words(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '_'
	}, name), "_")
}
