// Package columns says what the columns of tables of models mean: those of the
// files of a run, and those that other programs are known to write. Whoever
// treats columns differently asks here.
package columns

import (
	"path"
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
	name = words(name)
	for _, c := range foreign {
		if slices.ContainsFunc(strings.Fields(c.Name), func(pattern string) bool { return matches(pattern, name) }) {
			return c, true
		}
	}
	return Column{}, false
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

// matches reports whether a name is of a pattern, of which *_x matches x as
// well.
func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && (ok || strings.TrimPrefix(pattern, "*_") == name)
}
