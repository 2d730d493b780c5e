package space

import (
	"slices"
	"strconv"
	"strings"
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

	domain  domain
	follows params      // blocks that have this have it without a choice
	regnet  bool        // the parameters of a RegNet give it
	values  stageValues // where a model keeps it
}

// stageParams are the parameters of stages in the order of columns and of
// drawing.
var stageParams = []StageParam{
	{
		Name: "d", Key: "depths", Integer: true, Unit: "blocks", Meaning: "depth of a stage",
		domain: depths, regnet: true,
		values: list[int](func(m *Model) *[]int { return &m.Depths }),
	}, {
		Name: "w", Key: "widths", Integer: true, Unit: "channels", Meaning: "width of a stage", Log: true,
		domain: widths, regnet: true,
		values: list[int](func(m *Model) *[]int { return &m.Widths }),
	}, {
		Name: "s", Key: "strides", Integer: true, Unit: "pixels", Meaning: "stride of a stage's first block",
		domain: domain{min: 1, max: 2, step: 1}, Setting: true,
		values: list[int](func(m *Model) *[]int { return &m.Strides }),
	}, {
		Name: "b", Key: "bottleneck", Meaning: "bottleneck ratio of a stage: width over inner width", Log: true,
		domain: ratios, regnet: true,
		values: list[float64](func(m *Model) *[]float64 { return &m.Bottleneck }),
	}, {
		Name: "g", Key: "group_widths", Integer: true, Unit: "channels", Meaning: "group width of a stage's 3×3 convolutions", Log: true,
		domain: widths, follows: hasB, regnet: true,
		values: list[int](func(m *Model) *[]int { return &m.GroupWidths }),
	}, {
		Name: "e", Key: "expansions", Integer: true, Meaning: "expansion of a stage: inner width over that of a block's input; in runs with block " + having("e"), Rare: true,
		domain: domain{min: 1, max: maxExpansion, step: 1},
		values: list[int](func(m *Model) *[]int { return &m.Expansions }),
	}, {
		Name: "k", Key: "kernels", Integer: true, Unit: "pixels", Meaning: "side of the kernel of a stage's depthwise convolutions; in runs with block " + having("k"), Rare: true,
		domain: domain{min: 3, max: 5, step: 2},
		values: list[int](func(m *Model) *[]int { return &m.Kernels }),
	},
}

// StageParams returns the parameters of stages in the order of columns.
func StageParams() []StageParam { return slices.Clone(stageParams) }

// Of reports whether models of a block have the parameter.
func (p *StageParam) Of(b Block) bool {
	return p.Setting || b.Has(p.Name) || b.has(p.follows)
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
	clear(*Model)
	clone(*Model)
}

// A list says where a model keeps the values.
type list[T int | float64] func(*Model) *[]T

func (l list[T]) len(m *Model) int               { return len(*l(m)) }
func (l list[T]) at(m *Model, stage int) float64 { return float64((*l(m))[stage]) }
func (l list[T]) append(m *Model, v float64)     { *l(m) = append(*l(m), T(v)) }
func (l list[T]) clear(m *Model)                 { *l(m) = (*l(m))[:0] }
func (l list[T]) clone(m *Model)                 { *l(m) = slices.Clone(*l(m)) }
