package pycls

import (
	"fmt"
	"math"
	"strings"

	"designspace/internal/strictyaml"
	"designspace/space"
)

// A Sweep is what a sweep of pycls says of the models that it draws.
type Sweep struct {
	Space  *space.Space
	Models int      // that the sweep draws; 0: it does not say
	Notes  []string // what has no counterpart, each with its file and line
}

// spaceText is a space as YAML.
type spaceText struct {
	Name        string           `yaml:"name"`
	About       string           `yaml:"about,omitempty"`
	Base        space.Base       `yaml:"base"`
	Stages      []int            `yaml:"stages"`
	Stem        space.Stem       `yaml:"stem"`
	StemWidth   int              `yaml:"stem_width"`
	Block       space.Block      `yaml:"block"`
	Activation  space.Activation `yaml:"activation"`
	Strides     []int            `yaml:"strides"`
	SERatio     float64          `yaml:"se_ratio"`
	HeadWidth   int              `yaml:"head_width"`
	Classes     int              `yaml:"classes"`
	Input       int              `yaml:"input"`
	Params      map[string]any   `yaml:"params"`
	Constraints map[string]any   `yaml:"constraints,omitempty"`
}

// ReadSweep reads the YAML file of a sweep: its samplers and constraints become
// a space. Distributions are the same as those of pycls: closed ranges, quantised by
// QUANTIZE. How models are trained, launched and analysed has no counterpart in
// a space and goes to the notes, as do samplers of other keys.
func ReadSweep(file string, data []byte) (*Sweep, error) {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	setup := doc.At("SETUP")
	switch {
	case doc.At("MODEL").At("TYPE").Exists():
		return nil, doc.At("MODEL").Errorf("this is the configuration of one model: designspace model import reads it")
	case doc.At("program").Exists() || doc.At("method").Exists() && doc.At("parameters").Exists():
		return nil, doc.At("parameters").Errorf("this looks like a sweep of W&B; sweeps of pycls can be read")
	case !doc.IsMapping() || !setup.IsMapping():
		return nil, doc.At("SETUP").Errorf("is missing; a sweep of pycls has its samplers there")
	}
	r := &sweepReader{
		reader: reader{doc: setup.At("BASE_CFG")},
		whole:  doc, setup: setup, used: map[string]bool{},
		space: spaceText{Params: map[string]any{}, Constraints: map[string]any{}},
	}
	s := &Sweep{Models: get(&r.reader, r.use(setup, "NUM_CONFIGS"), 0)}
	r.read()
	if r.err != nil {
		return nil, r.err
	}
	text, err := strictyaml.Marshal(r.space)
	if err != nil {
		return nil, err
	}
	if s.Space, err = space.Read(file, text); err != nil {
		return nil, setup.Errorf("%s", withoutPlace(err, file))
	}
	r.rest(doc)
	s.Notes = r.notes
	return s, nil
}

// A sweepReader reads a sweep; its reader stands at the base configuration.
type sweepReader struct {
	reader
	whole, setup *strictyaml.Document
	kind         string    // section of the model's type
	lists        []sampled // its keys with a value a stage
	space        spaceText
	used         map[string]bool // documents that were read, by their place
	notes        []string
}

// use returns the value of a key, which is then known.
func (r *sweepReader) use(at *strictyaml.Document, key string) *strictyaml.Document {
	d := at.At(key)
	r.used[d.Path()] = true
	return d
}

func (r *sweepReader) read() {
	model := r.doc.At("MODEL")
	kind := text(&r.reader, r.use(model, "TYPE"), sections, anyNet)
	if kind == resNet {
		r.fail(model.At("TYPE"), "resnet has no parameters to draw; want anynet")
		return
	}
	r.kind, r.section, r.lists = kind, r.doc.At(kind), anynetLists
	if kind == effNet {
		r.lists = effnetLists
		r.notes = append(r.notes, r.section.Errorf("widths of SE are rounded here, and pycls cuts off their fractions").Error())
	}
	m := r.settings(kind)
	for _, key := range []string{"NUM_CLASSES", "ACTIVATION_FUN"} {
		r.use(model, key)
	}
	for _, key := range []string{"STEM_TYPE", "STEM_W", "BLOCK_TYPE", "HEAD_W", "SE_ON", "SE_R"} {
		r.use(r.section, key)
	}
	r.use(r.doc.At("TRAIN"), "IM_SIZE")
	s := &r.space
	s.Name = get(&r.reader, r.use(r.whole, "NAME"), "")
	if s.Name == "" {
		r.fail(r.whole.At("NAME"), "is missing; results refer to a space by its name")
	}
	s.About = strings.Join(strings.Fields(get(&r.reader, r.use(r.whole, "DESC"), "")), " ")
	s.Stem, s.StemWidth, s.Block, s.Activation = m.Stem, m.StemWidth, m.Block, m.Activation
	s.SERatio, s.HeadWidth, s.Classes, s.Input = m.SERatio, m.HeadWidth, m.Classes, m.Input
	if kind == regNet {
		r.regnetSpace()
	} else {
		r.anynetSpace()
	}
	r.samplers()
	r.constraints()
}

// regnetSpace reads the parameters that all models share, which samplers may
// replace.
func (r *sweepReader) regnetSpace() {
	var m space.Model
	r.regnet(&m)
	for _, key := range []string{"DEPTH", "W0", "WA", "WM", "GROUP_W", "BOT_MUL", "STRIDE"} {
		r.use(r.section, key)
	}
	s, g := &r.space, m.RegNet
	s.Base, s.Strides = "regnet", m.Strides
	s.Params = map[string]any{"d": g.Depth, "w0": g.W0, "wa": g.WA, "wm": g.WM}
	if s.Block.Has("b") {
		s.Params["g"], s.Params["b"] = g.G, g.B
	}
	s.Stages = get(&r.reader, r.use(r.setup.At("CONSTRAINTS").At("REGNET"), "NUM_STAGES"), []int{4, 4})
}

// anynetSpace likewise; a list has a value a stage.
func (r *sweepReader) anynetSpace() {
	s := &r.space
	s.Base = "anynet"
	s.Strides = get(&r.reader, r.use(r.section, "STRIDES"), []int(nil))
	if len(s.Strides) == 0 {
		r.fail(r.section.At("STRIDES"), "is missing; it gives the number of stages")
		return
	}
	s.Stages = []int{len(s.Strides)}
	for _, l := range r.lists {
		at := r.use(r.section, l.key)
		if !at.Exists() || l.bottleneck && !s.Block.Has("b") {
			continue
		}
		values := get(&r.reader, at, []float64(nil))
		r.length(at, len(values), len(s.Strides))
		for i, v := range values {
			if l.inverse {
				v = inverse(v)
			}
			s.Params[stageParam(l.param, i)] = v
		}
	}
}

// stageParam names the parameter of stage i; the first holds for all others that
// are not named.
func stageParam(param string, i int) string {
	if i == 0 {
		return param
	}
	return fmt.Sprint(param, i+1)
}

// A sampled is a key of a configuration and the parameter that it is in a space.
type sampled struct {
	key, param string
	inverse    bool // the parameter is one over the value
	bottleneck bool // only of blocks with a bottleneck
}

var (
	anynetLists = []sampled{
		{key: "DEPTHS", param: "d"}, {key: "WIDTHS", param: "w"},
		{key: "BOT_MULS", param: "b", inverse: true, bottleneck: true}, {key: "GROUP_WS", param: "g", bottleneck: true},
	}
	effnetLists = []sampled{
		{key: "DEPTHS", param: "d"}, {key: "WIDTHS", param: "w"}, {key: "EXP_RATIOS", param: "e"}, {key: "KERNELS", param: "k"},
	}
	regnetKeys = []sampled{
		{key: "DEPTH", param: "d"}, {key: "W0", param: "w0"}, {key: "WA", param: "wa"}, {key: "WM", param: "wm"},
		{key: "GROUP_W", param: "g", bottleneck: true}, {key: "BOT_MUL", param: "b", inverse: true, bottleneck: true},
	}
	otherKeys = []sampled{
		{key: "OPTIM.BASE_LR", param: "lr"}, {key: "OPTIM.WEIGHT_DECAY", param: "weight_decay"}, {key: "TRAIN.IM_SIZE", param: "input"},
	}
)

// samplers reads SETUP.SAMPLERS.
func (r *sweepReader) samplers() {
	all := r.setup.At("SAMPLERS")
	if !all.IsMapping() || len(all.Keys()) == 0 {
		r.fail(all, "is missing or empty; a sweep draws what has a sampler here")
		return
	}
	for _, key := range all.Keys() {
		at := all.At(key)
		switch {
		case key == regNet && r.kind == regNet:
			r.regnetSampler(r.use(all, key))
		case r.sampler(r.use(all, key), key):
		default:
			r.notes = append(r.notes, at.Errorf("is not drawn: a space has no such parameter").Error())
		}
		if r.err != nil {
			return
		}
	}
}

// sampler reads the sampler of a key, and reports whether a space has it.
func (r *sweepReader) sampler(at *strictyaml.Document, key string) bool {
	for _, s := range otherKeys {
		if s.key == key {
			r.setDistribution(s, at)
			return true
		}
	}
	section, name, _ := strings.Cut(key, ".")
	for _, s := range regnetKeys {
		if section == regNet && r.kind == regNet && s.key == name {
			r.setDistribution(s, at)
			return true
		}
	}
	for _, s := range r.lists {
		if r.kind == regNet || section != r.kind || s.key != name {
			continue
		}
		if get(&r.reader, at.At("TYPE"), "") != "list_sampler" {
			r.fail(at.At("TYPE"), "want list_sampler, one value a stage")
			return true
		}
		if n := get(&r.reader, at.At("LENGTH"), 0); n != len(r.space.Strides) {
			r.fail(at.At("LENGTH"), "%d values for the %d stages of STRIDES", n, len(r.space.Strides))
		}
		for i := range r.space.Strides {
			delete(r.space.Params, stageParam(s.param, i))
		}
		r.setDistribution(s, at.At("ITEM_SAMPLER"))
		return true
	}
	return false
}

// setDistribution reads the sampler of one value as the distribution of a parameter.
func (r *sweepReader) setDistribution(s sampled, at *strictyaml.Document) {
	if s.bottleneck && !r.space.Block.Has("b") {
		r.notes = append(r.notes, at.Errorf("is not drawn: block %s has no such parameter", r.space.Block).Error())
		return
	}
	switch kind := get(&r.reader, at.At("TYPE"), ""); kind {
	case "value_sampler":
		values := get(&r.reader, at.At("VALUES"), []float64(nil))
		if len(values) == 0 {
			r.fail(at.At("VALUES"), "is missing; the sampler chooses among them")
		}
		if s.inverse {
			for i, v := range values {
				values[i] = inverse(v)
			}
		}
		r.space.Params[s.param] = values
	case "int_sampler", "float_sampler":
		r.scalar(s, at, kind)
	default:
		r.fail(at.At("TYPE"), "%q cannot be read; value_sampler, int_sampler, float_sampler, list_sampler and regnet_sampler can", kind)
	}
}

// A lawText is a distribution as YAML.
type distributionText struct {
	Dist string   `yaml:"dist"`
	Min  float64  `yaml:"min"`
	Max  float64  `yaml:"max"`
	Step *float64 `yaml:"step,omitempty"`
}

// dists are the names of RAND_TYPE.
var dists = map[string]string{
	"uniform": "uniform", "log_uniform": "log-uniform", "power2_uniform": "power2",
	"power2_or_log_uniform": "power2-or-log", "normal": "normal", "log_normal": "log-normal",
}

// mostSteps is how many values a distribution of a space may have.
const mostSteps = 100_000

func (r *sweepReader) scalar(s sampled, at *strictyaml.Document, kind string) {
	step := 1.0
	if kind == "float_sampler" {
		step = 1e-5
	}
	step = get(&r.reader, at.At("QUANTIZE"), step)
	bounds := get(&r.reader, at.At("RANGE"), []float64(nil))
	if len(bounds) != 2 {
		r.fail(at.At("RANGE"), "want the least and the greatest value")
		return
	}
	if span := bounds[1] - bounds[0]; kind == "float_sampler" && step > 0 && span/step >= mostSteps {
		fine := step
		step = math.Pow(10, math.Ceil(math.Log10(2*span/mostSteps)))
		r.notes = append(r.notes, at.At("QUANTIZE").Errorf("%v gives more than %d values; values are drawn in steps of %v", fine, mostSteps, step).Error())
	}
	l := distributionText{Dist: text(&r.reader, at.At("RAND_TYPE"), dists, "uniform"), Min: bounds[0], Max: bounds[1], Step: &step}
	if l.Dist == "power2" {
		l.Step = nil
	}
	if s.inverse {
		if l.Dist != "power2" {
			r.fail(at.At("RAND_TYPE"), "a bottleneck ratio, one over the multiplier, can be drawn from values and from powers of two")
			return
		}
		l.Min, l.Max = 1/bounds[1], 1/bounds[0]
	}
	r.space.Params[s.param] = l
}

// regnetSampler reads the sampler that draws all parameters of a RegNet.
func (r *sweepReader) regnetSampler(at *strictyaml.Document) {
	if kind := get(&r.reader, at.At("TYPE"), ""); kind != "regnet_sampler" {
		r.fail(at.At("TYPE"), "%q cannot be read here; want regnet_sampler", kind)
		return
	}
	for _, p := range []struct {
		sampled
		dist     string
		min, max float64
		step     float64
	}{
		{regnetKeys[0], "uniform", 12, 28, 1},
		{regnetKeys[1], "log-uniform", 8, 256, 8},
		{regnetKeys[2], "log-uniform", 8, 256, 0.1},
		{regnetKeys[3], "log-uniform", 2, 3, 0.001},
		{regnetKeys[4], "power2-or-log", 8, 128, 8},
		{regnetKeys[5], "power2", 1, 1, 0},
	} {
		bounds := get(&r.reader, at.At(p.key), []float64{p.min, p.max})
		if len(bounds) != 2 {
			r.fail(at.At(p.key), "want the least and the greatest value")
			return
		}
		if p.bottleneck && !r.space.Block.Has("b") {
			continue
		}
		l := distributionText{Dist: p.dist, Min: bounds[0], Max: bounds[1]}
		if p.step != 0 {
			l.Step = &p.step
		}
		if p.inverse {
			l.Min, l.Max = 1/bounds[1], 1/bounds[0]
		}
		r.space.Params[p.param] = l
	}
}

// constraints reads the ranges of complexity; [0, 0] is none, and 0 no bound.
func (r *sweepReader) constraints() {
	cx := r.setup.At("CONSTRAINTS").At("CX")
	for _, c := range []struct{ key, name string }{{"FLOPS", "flops"}, {"PARAMS", "params"}, {"ACTS", "acts"}} {
		at := r.use(cx, c.key)
		bounds := get(&r.reader, at, []float64{0, 0})
		if len(bounds) != 2 {
			r.fail(at, "want the least and the greatest value")
			return
		}
		limit := map[string]float64{}
		if bounds[0] != 0 {
			limit["min"] = bounds[0]
		}
		if bounds[1] != 0 {
			limit["max"] = bounds[1]
		}
		if len(limit) > 0 {
			r.space.Constraints[c.name] = limit
		}
	}
}

// rest notes the keys that nobody read.
func (r *sweepReader) rest(at *strictyaml.Document) {
	for _, key := range at.Keys() {
		d := at.At(key)
		switch {
		case r.used[d.Path()]:
		case d.IsMapping():
			r.rest(d)
		default:
			r.notes = append(r.notes, d.Errorf("has no counterpart in a space").Error())
		}
	}
}
