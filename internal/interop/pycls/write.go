package pycls

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"designspace/space"
)

// Marshal returns a configuration that pycls trains. A model whose stages a
// RegNet generated becomes one of type regnet if pycls can say its strides and
// block there, one of block mbconv becomes one of type effnet, and any other one
// of type anynet. The error says what pycls has no word for.
func Marshal(m *space.Model, s Setup) ([]byte, error) {
	w := &writer{}
	w.comment(m.Name)
	if m.SERatios != nil {
		return nil, fmt.Errorf("%s: pycls has one SE ratio for all stages: choose another format", m.Name)
	}
	for _, p := range space.ModelOptions() {
		if !p.Usual(m) && p.Key != "group_fix" { // which widths have in them
			return nil, fmt.Errorf("%s: pycls has no %s %s: choose another format", m.Name, p.Key, p.Of(m))
		}
	}
	write := w.residual
	if m.Block == effNetBlock {
		write = w.effnet
	}
	if err := write(m); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	w.training(m, s)
	return w.b.Bytes(), nil
}

// head writes the section of the model and begins that of its type.
func (w *writer) head(m *space.Model, section string) {
	kind, _ := nameOf(sections, section)
	activation, _ := nameOf(activations, m.Activation)
	w.section("MODEL")
	w.set("TYPE", kind)
	w.set("NUM_CLASSES", m.Classes)
	w.set("ACTIVATION_FUN", activation)
	w.section(section)
	w.set("STEM_W", m.StemWidth)
	w.set("HEAD_W", m.HeadWidth)
}

// effnet writes a model of block mbconv.
func (w *writer) effnet(m *space.Model) error {
	switch {
	case m.Stem != space.StemSimple:
		return fmt.Errorf("pycls' EfficientNet has the stem simple, and the model has %s: scale it to that stem, or choose another format", m.Stem)
	case m.HeadWidth == 0:
		return errors.New("pycls' EfficientNet has a head convolution, and the model has none: choose another format")
	case m.SERatio == 0:
		return errors.New("pycls' EfficientNet has SE in every block, and the model has none: choose another format")
	}
	if err := sameSqueeze(m); err != nil {
		return err
	}
	w.head(m, effNet)
	w.set("STRIDES", m.Strides)
	w.set("DEPTHS", m.Depths)
	w.set("WIDTHS", m.Widths)
	w.set("EXP_RATIOS", m.Expansions)
	w.set("KERNELS", m.Kernels)
	w.set("SE_R", m.SERatio)
	return nil
}

// residual writes a model of a block of types anynet and regnet.
func (w *writer) residual(m *space.Model) error {
	block := m.Block
	if block == oneGroup {
		block = space.BlockX
	}
	blockName, ok := nameOf(blocks, block)
	if !ok {
		return fmt.Errorf("pycls has no block %s: choose another format", m.Block)
	}
	if m.SERatio > 0 && !m.Block.Has("b") {
		return fmt.Errorf("pycls has no SE in block %s: choose another format", m.Block)
	}
	stemName, ok := nameOf(stems, m.Stem)
	if !ok {
		return fmt.Errorf("pycls has no stem %s: choose another format", m.Stem)
	}
	regnet := m.RegNet != nil && m.GroupFix == "" && m.Block.Has("g") && len(slices.Compact(slices.Clone(m.Strides))) == 1
	section := anyNet
	if regnet {
		section = regNet
	}
	w.head(m, section)
	w.set("STEM_TYPE", stemName)
	w.set("BLOCK_TYPE", blockName)
	if m.Block.Has("b") {
		w.set("SE_ON", m.SERatio > 0)
		if m.SERatio > 0 {
			w.set("SE_R", m.SERatio)
		}
	}
	if !regnet {
		return w.anynet(m)
	}
	w.regnet(m)
	return nil
}

func (w *writer) regnet(m *space.Model) {
	r := m.RegNet
	w.set("DEPTH", r.Depth)
	w.set("W0", r.W0)
	w.set("WA", r.WA)
	w.set("WM", r.WM)
	w.set("GROUP_W", r.G)
	w.set("BOT_MUL", 1/r.B)
	w.set("STRIDE", m.Strides[0])
}

func (w *writer) anynet(m *space.Model) error {
	w.set("DEPTHS", m.Depths)
	w.set("WIDTHS", m.Widths)
	w.set("STRIDES", m.Strides)
	if !m.Block.Has("b") {
		return nil
	}
	bm, err := multipliers(m)
	if err != nil {
		return err
	}
	groups := make([]int, len(m.Depths))
	for _, s := range m.Shapes() {
		groups[s.Stage] = s.GroupWidth
	}
	w.set("BOT_MULS", bm)
	w.set("GROUP_WS", groups)
	return nil
}

// training writes the recipe and the data.
func (w *writer) training(m *space.Model, s Setup) {
	r := s.Recipe
	if r != nil {
		w.section("BN")
		w.set("ZERO_INIT_FINAL_GAMMA", r.ZeroInit)
		w.set("USE_CUSTOM_WEIGHT_DECAY", !r.NormDecay)
		w.set("CUSTOM_WEIGHT_DECAY", 0.0)
		w.section("OPTIM")
		w.set("LR_POLICY", "cos")
		w.set("BASE_LR", r.LR)
		w.set("MAX_EPOCH", r.Epochs)
		w.set("MOMENTUM", r.Momentum)
		w.set("NESTEROV", r.Nesterov)
		w.set("WEIGHT_DECAY", r.WeightDecay)
		w.set("WARMUP_FACTOR", r.WarmupFactor)
		w.set("WARMUP_EPOCHS", int(math.Ceil(r.WarmupEpochs))) // whole epochs only
		if r.EMA > 0 {
			// pycls updates the average with the weight EMA_ALPHA·BATCH_SIZE/MAX_EPOCH·EMA_UPDATE_PERIOD.
			w.set("EMA_ALPHA", (1-r.EMA)*float64(r.Epochs)/float64(r.Batch))
			w.set("EMA_UPDATE_PERIOD", 1)
		}
	}
	dataset, known := s.Dataset(m)
	if !known {
		w.comment("pycls does not know the data of this model: put in the name of a data set")
	}
	w.section("TRAIN")
	w.set("DATASET", dataset)
	w.set("SPLIT", "train")
	w.set("IM_SIZE", m.Input)
	if r != nil {
		w.set("BATCH_SIZE", r.Batch)
		w.set("LABEL_SMOOTHING", r.LabelSmoothing)
		w.set("MIXUP_ALPHA", r.Mixup)
	}
	split, size := "test", m.Input
	if dataset == "imagenet" {
		split, size = "val", m.Input*8/7 // the part that is cropped is 7/8
	}
	w.section("TEST")
	w.set("DATASET", dataset)
	w.set("SPLIT", split)
	w.set("IM_SIZE", size)
	w.b.WriteString("NUM_GPUS: 1\nOUT_DIR: .\n")
}

// A writer writes sections of keys. pycls checks that a number has the type that
// it expects, so those that may be fractions are written with a point.
type writer struct{ b bytes.Buffer }

func (w *writer) comment(s string) {
	fmt.Fprintf(&w.b, "# %s\n", strings.NewReplacer("\n", " ", "\r", " ").Replace(s))
}

func (w *writer) section(name string) { fmt.Fprintf(&w.b, "%s:\n", name) }

func (w *writer) set(key string, v any) {
	text := fmt.Sprint(v)
	switch v := v.(type) {
	case string:
		if v == "" {
			text = `""`
		}
	case float64:
		text = decimal(v)
	case []int:
		text = list(v, strconv.Itoa)
	case []float64:
		text = list(v, decimal)
	}
	fmt.Fprintf(&w.b, "  %s: %s\n", key, text)
}

func list[T any](values []T, format func(T) string) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = format(v)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// decimal is the shortest decimal that reads back as v, with a point, as YAML
// 1.1 wants it of a fraction.
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
