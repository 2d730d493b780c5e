package export

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"designspace/internal/format"
	"designspace/internal/table"
	"designspace/space"
)

// Timm writes a Python file that makes the model with the RegNet constructor of
// timm. The error says why there is no such call.
func Timm(w io.Writer, m *space.Model) error {
	group, err := timmGroup(m)
	if err != nil {
		return fmt.Errorf("%s: timm has no constructor for it: %w", m.Name, err)
	}
	r := m.RegNet
	options := []string{
		fmt.Sprintf("depth=%d, w0=%d, wa=%s, wm=%s,", r.Depth, r.W0, table.Float(r.WA), table.Float(r.WM)),
		fmt.Sprintf("group_size=%d, bottle_ratio=%s, se_ratio=%s,", group, table.Float(1/r.B), table.Float(m.SERatio)),
		fmt.Sprintf("stem_width=%d, num_features=%d, act_layer=%q,", m.StemWidth, m.HeadWidth, m.Activation),
	}
	if extra := timmBlocks[m.Block]; extra != "" {
		options = append(options, extra)
	}
	_, err = fmt.Fprintf(w, `# %s for images of %d pixels
from timm.models.regnet import RegNet, RegNetCfg

cfg = RegNetCfg(
    %s
)
model = RegNet(cfg, num_classes=%d)
assert sum(p.numel() for p in model.parameters()) == %d
`, inComment(m.Name), m.Input, strings.Join(options, "\n    "), m.Classes, m.Complexity().Params)
	return err
}

// inComment makes a name a part of a comment of Python: on its line, and no
// declaration of an encoding, in which other lines could hide.
func inComment(name string) string {
	return strings.NewReplacer("coding:", "coding ", "coding=", "coding ").Replace(printed(name))
}

// printed returns a name without what a terminal obeys, line ends among it.
func printed(name string) string {
	return strings.Map(func(r rune) rune {
		if format.Obeyed(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "\ufffd"))
}

// timmBlocks are the blocks that timm's RegNet has, with the options that choose
// them.
var timmBlocks = map[space.Block]string{
	space.BlockX: "", space.BlockR: "", space.BlockLinear: "downsample=None, linear_out=True,",
}

// timmGroup returns the group width that makes timm's RegNet this model.
func timmGroup(m *space.Model) (int, error) {
	r := m.RegNet
	_, known := timmBlocks[m.Block]
	switch {
	case r == nil:
		return 0, errors.New("its stages do not come from RegNet parameters")
	case !known:
		return 0, fmt.Errorf("block %s is not its bottleneck block", m.Block)
	case m.Block == space.BlockLinear && m.HeadWidth == 0 && m.EndActivation == "":
		return 0, errors.New("after linear blocks timm puts an activation, and the model has none: end_activation: model")
	case m.HeadWidth > 0 && m.EndActivation != "":
		return 0, errors.New("before a head convolution timm puts no activation")
	case m.Downsampling != "":
		return 0, fmt.Errorf("downsampling %s", m.Downsampling)
	case m.Shortcut != "":
		return 0, fmt.Errorf("shortcut %s", m.Shortcut)
	case m.SERatios != nil:
		return 0, errors.New("its SE ratio differs between stages")
	case m.Stem != space.StemSimple:
		return 0, fmt.Errorf("stem %s; it has simple only", m.Stem)
	case len(m.Depths) != 4:
		return 0, fmt.Errorf("%d stages; it has 4", len(m.Depths))
	}
	group := r.G
	if !m.Block.Has("g") { // one group: a width that none exceeds
		group = 0
		for _, s := range m.Shapes() {
			group = max(group, s.Inner)
		}
	}
	_, widths := r.Stages()
	bm := 1 / r.B
	for _, s := range m.Shapes() {
		i := s.Stage
		if m.Strides[i] != 2 {
			return 0, fmt.Errorf("stage %d has stride %d; it has 2", i+1, m.Strides[i])
		}
		if m.SERatio > 0 && s.Squeeze == 0 {
			return 0, fmt.Errorf("stage %d is too narrow for its SE", i+1)
		}
		// timm's group fix knows nothing of bottleneck ratios below 1.
		v := int(float64(widths[i]) * bm)
		g := max(1, min(group, v))
		v = int(math.RoundToEven(float64(v)/float64(g))) * g
		if width := int(float64(v) / bm); width != s.Out || v != s.Inner || g != s.GroupWidth {
			return 0, fmt.Errorf("stage %d would be %d wide with groups of %d in place of %d with groups of %d", i+1, width, g, s.Out, s.GroupWidth)
		}
	}
	return group, nil
}
