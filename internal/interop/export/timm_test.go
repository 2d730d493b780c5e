package export

import (
	"strings"
	"testing"

	"designspace/space"
)

// A model that timm cannot make is refused with the reason.
func TestTimmRefusals(t *testing.T) {
	for yaml, want := range map[string]string{
		"{stem: simple, stem_width: 32, block: x, depths: [1], widths: [8]}":                                                                      "its stages do not come from RegNet parameters",
		"{stem: cifar, stem_width: 32, block: x, regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, g: 8}}":                                             "stem cifar; it has simple only",
		"{stem: simple, stem_width: 32, block: v, regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49}}":                                                  "block v is not its bottleneck block",
		"{stem: simple, stem_width: 32, block: linear, regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, g: 8}}":                                       "after linear blocks timm puts an activation, and the model has none: end_activation: model",
		"{stem: simple, stem_width: 32, block: linear, end_activation: model, head_width: 8, regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, g: 8}}": "before a head convolution timm puts no activation",
		"{stem: simple, stem_width: 32, block: x, strides: 1, regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, g: 8}}":                                "stage 1 has stride 1; it has 2",
		"{stem: simple, stem_width: 32, block: x, regnet: {d: 2, w0: 24, wa: 36.44, wm: 2.49, g: 8}}":                                             "2 stages; it has 4",
	} {
		m, err := space.ReadModel("m.yaml", []byte(yaml))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := Timm(&b, m); err == nil || err.Error() != "m: timm has no constructor for it: "+want {
			t.Errorf("%s gives %v; want %s", yaml, err, want)
		}
	}
}
