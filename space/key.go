package space

import (
	"cmp"
	"strconv"
)

// Key returns the resolved architecture as one line of text: equal for two
// models exactly if they have the same layers in the same stages and blocks,
// whatever their names and however their stages were described. A block r is
// an x of one group; a ratio that squeezes to nothing is no SE. Keys never
// change, since training seeds derive from them.
func (m *Model) Key() string { return string(m.AppendKey(nil)) }

// AppendKey appends Key to b.
func (m *Model) AppendKey(b []byte) []byte {
	num := func(tag string, n int) {
		b = append(b, tag...)
		b = strconv.AppendInt(b, int64(n), 10)
	}
	k := m.Block.kind()
	num("in", m.Input)
	num(" "+string(m.Stem), m.StemWidth)
	b = append(b, ' ')
	b = append(b, cmp.Or(k.same, m.Block)...)
	b = append(b, ' ')
	b = append(b, m.Activation...)
	in, size := m.StemWidth, m.StemSize()
	for i, d := range m.Depths {
		first, rest := m.stage(k, i, in, size)
		num(" d", d)
		num("w", first.Out)
		num("s", first.Stride)
		if k.has&hasB != 0 {
			num("i", first.Inner)
			num("g", first.GroupWidth)
		}
		for j := range stageParams {
			if p := &stageParams[j]; p.key != "" && p.Of(m.Block) {
				num(p.key, int(p.values.at(m, i)))
			}
		}
		if d == 1 {
			rest.Squeeze = first.Squeeze
		}
		if first.Squeeze > 0 || rest.Squeeze > 0 {
			num("e", first.Squeeze)
			num(",", rest.Squeeze)
		}
		if first.Stride > 1 && m.Shortcut == AvgPooled && first.Residual {
			b = append(b, "avg"...)
		}
		in, size = first.Out, first.OutSize()
		if m.pools(i) {
			num("p", poolStride)
			size = outSize(size, poolStride)
		}
	}
	if m.EndActivation == Activated {
		b = append(b, " act"...)
	}
	if m.HeadWidth > 0 {
		num(" head", m.HeadWidth)
	}
	num(" fc", m.Classes)
	return b
}
