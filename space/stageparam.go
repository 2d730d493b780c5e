package space

import (
	"slices"
	"strconv"
	"strings"

	"designspace/internal/strictyaml"
)

// A StageParam is a parameter that the stages of a network have. What models
// hold, spaces draw, children restrict, properties name and runs write into
// columns of each follows from the table [StageParams] and from [Block.Has].
type StageParam struct {
	Name    string // in spaces, properties and columns: w of all stages, w4 of one
	Key     string // in the YAML of a model
	Integer bool
	Unit    string // "" for none
	Meaning string // of its columns
	Log     bool   // seen on a logarithmic axis
	Rare    bool   // has columns only in tables of models that have it
	Setting bool   // of the space, which does not draw it

	key     string  // heads its values in the keys of models; "": the key has what follows from them
	counts  bool    // has as many values as there are stages, one for each
	missing float64 // value where the YAML of a model has none; 0: it must have one
	wanted  string  // remedy where it has none

	domain  domain
	follows params      // models of blocks that have this have it from others, where it is not chosen
	regnet  bool        // the parameters of a RegNet give it
	values  stageValues // where a model keeps it

	optional bool // models have values only where stages differ
}

// StageParams returns the parameters of stages in the order of columns.
func StageParams() []StageParam { return slices.Clone(stageParams) }

// Of reports whether models of a block have the parameter.
func (p *StageParam) Of(b Block) bool {
	return p.Setting && !p.optional || b.Has(p.Name) || b.has(p.follows)
}

// Len returns the number of stages of which the model holds a value.
func (p *StageParam) Len(m *Model) int { return p.values.len(m) }

// At returns the value of a stage, counted from 0. It reports false if the
// model has none.
func (p *StageParam) At(m *Model, stage int) (float64, bool) {
	if stage >= p.values.len(m) || !p.Of(m.Block) {
		return 0, false
	}
	return p.values.at(m, stage), true
}

// Append sets the value of the first stage of which the model holds none.
func (p *StageParam) Append(m *Model, v float64) { p.values.append(m, v) }

// splitStage splits a name such as w4 into the place of its parameter in the
// table and the stage, counted from 0.
func splitStage(name string) (param, stage int, ok bool) {
	letters := strings.TrimRight(name, "0123456789")
	digits := name[len(letters):]
	param = slices.IndexFunc(stageParams, func(p StageParam) bool { return p.Name == letters })
	n, err := strconv.Atoi(digits)
	return param, n - 1, param >= 0 && err == nil && digits[0] != '0' && n <= maxStages
}

// stageValues is a list of a model with one value a stage.
type stageValues interface {
	len(*Model) int
	at(m *Model, stage int) float64
	append(*Model, float64)
	fill(m *Model, values []float64, stages, step int) // every step-th of the values
	clone(*Model)
	read(m *Model, f *stageFile, stages int)
	write(m *Model, f *stageFile, all bool) // all: even if the values are equal
}

// A list says where a model and its YAML keep the values.
type list[T int | float64] struct {
	model func(*Model) *[]T
	file  func(*stageFile) *strictyaml.List[T]
}

func (l list[T]) len(m *Model) int               { return len(*l.model(m)) }
func (l list[T]) at(m *Model, stage int) float64 { return float64((*l.model(m))[stage]) }
func (l list[T]) append(m *Model, v float64)     { *l.model(m) = append(*l.model(m), T(v)) }
func (l list[T]) clone(m *Model)                 { *l.model(m) = slices.Clone(*l.model(m)) }

func (l list[T]) fill(m *Model, values []float64, stages, step int) {
	to := (*l.model(m))[:0]
	for i := range stages {
		to = append(to, T(values[i*step]))
	}
	*l.model(m) = to
}

func (l list[T]) read(m *Model, f *stageFile, stages int) {
	*l.model(m) = spread(*l.file(f), stages)
}

func (l list[T]) write(m *Model, f *stageFile, all bool) {
	*l.file(f) = *l.model(m)
	if !all {
		*l.file(f) = compact(*l.model(m))
	}
}
