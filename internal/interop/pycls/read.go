package pycls

import (
	"math"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
	"designspace/space"
)

// Sections of a configuration that say how a model is trained and where things
// are, not what it computes.
var otherSections = []string{
	"BN", "OPTIM", "TRAIN", "TEST", "DATA_LOADER", "MEM", "CUDNN", "PREC_TIME", "LAUNCH",
	"DESC", "VERBOSE", "NUM_GPUS", "OUT_DIR", "CFG_DEST", "RNG_SEED", "LOG_DEST", "LOG_PERIOD",
	"DIST_BACKEND", "HOST", "PORT_RANGE", "DOWNLOAD_CACHE",
}

// Keys of MODEL that do not change what a model computes.
var otherModelKeys = []string{"DEPTH", "LOSS_FUN", "ACTIVATION_INPLACE"}

// Read reads a configuration of type anynet, regnet or effnet. File stands in errors,
// and its base names the model. Keys that are left out have the values that
// pycls gives them. A key that would change the model and is not known here is
// an error; how the model is trained is passed over.
func Read(file string, data []byte) (*space.Model, error) {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	r := &reader{doc: doc}
	m := r.model()
	if r.err != nil {
		return nil, r.err
	}
	m.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	// Through the YAML of models, which applies the group fix and checks
	// everything.
	read, err := space.ReadModel(file, space.MarshalModel(m))
	if err != nil {
		return nil, r.section.Errorf("%s", withoutPlace(err, file))
	}
	return read, nil
}

// withoutPlace is the text of an error without its file and line, which are
// those of another document.
func withoutPlace(err error, file string) string {
	text := strings.TrimPrefix(err.Error(), file+":")
	if line, rest, ok := strings.Cut(text, ": "); ok && strings.Trim(line, "0123456789") == "" {
		return rest
	}
	return text
}

// A reader reads the values of a configuration and keeps the first error.
type reader struct {
	doc, section *strictyaml.Document // the whole, and that of the model's type
	err          error
}

func (r *reader) model() *space.Model {
	if !r.doc.IsMapping() {
		r.fail(r.doc, "a configuration of pycls is a mapping of sections such as MODEL and ANYNET")
		return nil
	}
	at := r.doc.At("MODEL").At("TYPE")
	kind := text(r, at, sections, "")
	switch {
	case kind != "":
	case r.doc.At("SETUP").Exists():
		r.fail(r.doc.At("SETUP"), "this is a sweep, which draws models: designspace import makes a space of it")
		return nil
	default:
		r.fail(at, "is missing; anynet, effnet, regnet and resnet can be read")
		return nil
	}
	r.section = r.doc.At(kind)
	r.sections(kind)
	m := r.settings(kind)
	switch kind {
	case regNet:
		r.regnet(m)
	case effNet:
		r.effnet(m)
	case resNet:
		r.resnet(m)
	case anyNet:
		r.anynet(m)
	}
	return m
}

// settings reads what is not of a stage.
func (r *reader) settings(kind string) *space.Model {
	model, s := r.doc.At("MODEL"), r.section
	m := &space.Model{
		Classes:    get(r, model.At("NUM_CLASSES"), 10),
		Activation: text(r, model.At("ACTIVATION_FUN"), activations, space.ReLU),
		Input:      get(r, r.doc.At("TRAIN").At("IM_SIZE"), 224),
		Stem:       space.StemSimple,
		StemWidth:  get(r, s.At("STEM_W"), 32),
	}
	if kind == effNet {
		m.Block, m.SERatio, m.HeadWidth = effNetBlock, get(r, s.At("SE_R"), 0.25), get(r, s.At("HEAD_W"), 1280)
		return m
	}
	m.Stem = text(r, s.At("STEM_TYPE"), stems, space.StemSimple)
	m.Block = text(r, s.At("BLOCK_TYPE"), blocks, space.BlockX)
	m.HeadWidth = get(r, s.At("HEAD_W"), 0)
	if m.Block.Has("b") && get(r, s.At("SE_ON"), false) {
		m.SERatio = get(r, s.At("SE_R"), 0.25)
	}
	return m
}

// sections reports keys that could change the model and are not read.
func (r *reader) sections(kind string) {
	known := append([]string{"MODEL", "ANYNET", "REGNET", "RESNET", "EN"}, otherSections...)
	r.known(r.doc, known)
	r.known(r.doc.At("MODEL"), append([]string{"TYPE", "NUM_CLASSES", "ACTIVATION_FUN", "SCALING_TYPE", "SCALING_FACTOR"}, otherModelKeys...))
	keys := []string{"STEM_W", "SE_R", "HEAD_W"}
	switch kind {
	case regNet:
		keys = append(keys, "STEM_TYPE", "BLOCK_TYPE", "SE_ON", "STRIDE", "DEPTH", "W0", "WA", "WM", "GROUP_W", "BOT_MUL")
	case effNet: // what drops parts in training does not change the model
		keys = append(keys, "DEPTHS", "WIDTHS", "STRIDES", "EXP_RATIOS", "KERNELS", "DC_RATIO", "DROPOUT_RATIO")
	case resNet:
		keys = []string{"TRANS_FUN", "NUM_GROUPS", "WIDTH_PER_GROUP", "STRIDE_1X1"}
	case anyNet:
		keys = append(keys, "STEM_TYPE", "BLOCK_TYPE", "SE_ON", "DEPTHS", "WIDTHS", "STRIDES", "BOT_MULS", "GROUP_WS")
	}
	r.known(r.section, keys)
	if at := r.doc.At("MODEL").At("SCALING_TYPE"); get(r, at, "") != "" {
		r.fail(at, "scaling is not applied here; import the model that it scales, and scale that")
	}
	if at := r.doc.At("BN").At("EPS"); get(r, at, bnEpsilon) != bnEpsilon {
		r.fail(at, "only the epsilon %v can be kept", bnEpsilon)
	}
}

const bnEpsilon = 1e-5

func (r *reader) known(at *strictyaml.Document, keys []string) {
	if at.Exists() && !at.IsMapping() {
		r.fail(at, "want a mapping of keys")
	}
	for _, k := range at.Keys() {
		if !slices.Contains(keys, k) {
			r.fail(at.At(k), "is not known here and may change the model; %s", suggest.Known(k, keys))
		}
	}
}

func (r *reader) regnet(m *space.Model) {
	s := r.section
	m.RegNet = &space.RegNet{
		Depth: get(r, s.At("DEPTH"), 10), W0: get(r, s.At("W0"), 32),
		WA: get(r, s.At("WA"), 5.0), WM: get(r, s.At("WM"), 2.5),
		G: get(r, s.At("GROUP_W"), 16), B: inverse(get(r, s.At("BOT_MUL"), 1.0)),
	}
	m.Strides = []int{get(r, s.At("STRIDE"), 2)}
}

func (r *reader) effnet(m *space.Model) {
	s := r.section
	for _, l := range []struct {
		key  string
		list *[]int
	}{
		{"DEPTHS", &m.Depths}, {"WIDTHS", &m.Widths}, {"STRIDES", &m.Strides}, {"EXP_RATIOS", &m.Expansions}, {"KERNELS", &m.Kernels},
	} {
		if !s.At(l.key).Exists() {
			r.fail(s.At(l.key), "is missing; the model has no stages without it")
			return
		}
		*l.list = get(r, s.At(l.key), *l.list)
		r.length(s.At(l.key), len(*l.list), len(m.Depths))
	}
	if r.err != nil {
		return
	}
	if slices.ContainsFunc(m.Depths, func(d int) bool { return d < 1 }) {
		r.fail(s.At("DEPTHS"), "want a block or more in every stage")
	} else if err := sameSqueeze(m); err != nil {
		r.fail(s, "%v", err)
	}
}

func (r *reader) anynet(m *space.Model) {
	s := r.section
	var bm []float64
	wanted := map[string]*[]int{"DEPTHS": &m.Depths, "WIDTHS": &m.Widths, "STRIDES": &m.Strides}
	keys := []string{"DEPTHS", "WIDTHS", "STRIDES"}
	if m.Block.Has("b") {
		wanted["GROUP_WS"] = &m.GroupWidths
		keys = append(keys, "GROUP_WS", "BOT_MULS")
	}
	for _, key := range keys {
		if !s.At(key).Exists() {
			r.fail(s.At(key), "is missing; the model has no stages without it")
			return
		}
		if list := wanted[key]; list != nil {
			*list = get(r, s.At(key), *list)
		}
	}
	n := len(m.Depths)
	if m.Block.Has("b") {
		bm = get(r, s.At("BOT_MULS"), bm)
		r.length(s.At("BOT_MULS"), len(bm), n)
	}
	for _, key := range keys[:len(wanted)] {
		r.length(s.At(key), len(*wanted[key]), n)
	}
	for _, b := range bm {
		m.Bottleneck = append(m.Bottleneck, inverse(b))
	}
}

func (r *reader) length(at *strictyaml.Document, got, want int) {
	if got != want || got == 0 {
		r.fail(at, "%d values for the %d stages of DEPTHS", got, want)
	}
}

// inverse returns 1/x, rounded to the nearest whole number if that is within a
// rounding error: a third is written with few digits.
func inverse(x float64) float64 {
	y := 1 / x
	if n := math.Round(y); n > 0 && math.Abs(y-n) <= 1e-9*n {
		return n
	}
	return y
}

func (r *reader) fail(at *strictyaml.Document, format string, args ...any) {
	if r.err == nil {
		r.err = at.Errorf(format, args...)
	}
}

// get returns the value at a place, or else what pycls takes in its place.
func get[T any](r *reader, at *strictyaml.Document, otherwise T) T {
	if !at.Exists() || r.err != nil {
		return otherwise
	}
	var v T
	if err := at.Decode(&v); err != nil {
		r.err = err
		return otherwise
	}
	return v
}

// text returns what the word at a place stands for.
func text[T any](r *reader, at *strictyaml.Document, names map[string]T, otherwise T) T {
	word := get(r, at, "")
	if word == "" {
		return otherwise
	}
	v, ok := names[word]
	if !ok {
		r.fail(at, "%q cannot be read; %s can", word, strings.Join(sortedKeys(names), ", "))
		return otherwise
	}
	return v
}
