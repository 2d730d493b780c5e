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

	counts  bool    // has as many values as there are stages, one for each
	missing float64 // value where the YAML of a model has none; 0: it must have one
	wanted  string  // remedy where it has none

	domain  domain
	follows params      // models of blocks that have this have it from others, where it is not chosen
	regnet  bool        // the parameters of a RegNet give it
	values  stageValues // where a model keeps it

	optional bool // models have values only where stages differ
}

// stageParams are the parameters of stages in the order of columns and of
// drawing.
var stageParams = []StageParam{
	{
		Name: "d", Key: "depths", Integer: true, Unit: "blocks", Meaning: "depth of a stage",
		domain: depths, regnet: true, counts: true, wanted: "give depths and widths, or regnet",
		values: list[int]{func(m *Model) *[]int { return &m.Depths }, func(f *stageFile) *strictyaml.List[int] { return &f.Depths }},
	}, {
		Name: "w", Key: "widths", Integer: true, Unit: "channels", Meaning: "width of a stage", Log: true,
		domain: widths, regnet: true, counts: true, wanted: "give depths and widths, or regnet",
		values: list[int]{func(m *Model) *[]int { return &m.Widths }, func(f *stageFile) *strictyaml.List[int] { return &f.Widths }},
	}, {
		Name: "s", Key: "strides", Integer: true, Unit: "pixels", Meaning: "stride of a stage's first block",
		domain: domain{min: 1, max: 2, step: 1}, Setting: true, missing: 2,
		values: list[int]{func(m *Model) *[]int { return &m.Strides }, func(f *stageFile) *strictyaml.List[int] { return &f.Strides }},
	}, {
		Name: "b", Key: "bottleneck", Meaning: "bottleneck ratio of a stage: width over inner width", Log: true,
		domain: ratios, regnet: true, missing: 1,
		values: list[float64]{func(m *Model) *[]float64 { return &m.Bottleneck }, func(f *stageFile) *strictyaml.List[float64] { return &f.Bottleneck }},
	}, {
		Name: "g", Key: "group_widths", Integer: true, Unit: "channels", Meaning: "group width of a stage's 3×3 convolutions", Log: true,
		domain: widths, follows: hasB, regnet: true,
		values: list[int]{func(m *Model) *[]int { return &m.GroupWidths }, func(f *stageFile) *strictyaml.List[int] { return &f.GroupWidths }},
	}, {
		Name: "e", Key: "expansions", Integer: true, Meaning: "expansion of a stage: inner width over that of a block's input; in runs with block " + having("e"), Rare: true,
		domain: domain{min: 1, max: maxExpansion, step: 1}, wanted: "the block needs the inner width over that of its input, as in 6",
		values: list[int]{func(m *Model) *[]int { return &m.Expansions }, func(f *stageFile) *strictyaml.List[int] { return &f.Expansions }},
	}, {
		Name: "k", Key: "kernels", Integer: true, Unit: "pixels", Meaning: "side of the kernel of a stage's depthwise convolutions; in runs with block " + having("k"), Rare: true,
		domain: domain{min: 3, max: 5, step: 2}, missing: plainKernel,
		values: list[int]{func(m *Model) *[]int { return &m.Kernels }, func(f *stageFile) *strictyaml.List[int] { return &f.Kernels }},
	}, {
		Name: "se", Key: "se_ratio", Meaning: "SE ratio of a stage, in runs where it differs between stages", Rare: true, Setting: true,
		domain: domain{min: 0, max: 1}, follows: hasSE, optional: true,
		values: list[float64]{model: func(m *Model) *[]float64 { return &m.SERatios }},
	},
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

// stageFile is the parameters of stages in the YAML of a model: lists of one
// value, or one a stage.
type stageFile struct {
	Depths      strictyaml.List[int]     `yaml:"depths,omitempty"`
	Widths      strictyaml.List[int]     `yaml:"widths,omitempty"`
	Strides     strictyaml.List[int]     `yaml:"strides,omitempty"`
	Bottleneck  strictyaml.List[float64] `yaml:"bottleneck,omitempty"`
	GroupWidths strictyaml.List[int]     `yaml:"group_widths,omitempty"`
	Expansions  strictyaml.List[int]     `yaml:"expansions,omitempty"`
	Kernels     strictyaml.List[int]     `yaml:"kernels,omitempty"`
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
