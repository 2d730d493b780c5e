package space

import "testing"

func TestUnknownBlocksHaveNothing(t *testing.T) {
	for _, b := range Blocks() {
		if !b.Has("d") || !b.Has("w") || b.Has("q") || b.Has("") {
			t.Errorf("block %s: d %v, w %v, q %v", b, b.Has("d"), b.Has("w"), b.Has("q"))
		}
	}
	for _, param := range []string{"d", "w", "b", "g", "e", "k", "se_ratio"} {
		if Block("z").Has(param) {
			t.Errorf("block z has %s", param)
		}
	}
}
