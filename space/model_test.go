package space

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A published is one line of testdata/regnetx.csv.
type published struct {
	name                        string
	regnet                      RegNet
	depths, widths, widthsFirst []int
	complexity                  Complexity
}

func readPublished(t testing.TB) []published {
	t.Helper()
	f, err := os.Open("testdata/regnetx.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	num := func(s string) float64 {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	list := func(s string) (l []int) {
		for _, s := range strings.Split(s, "-") {
			l = append(l, int(num(s)))
		}
		return l
	}
	var nets []published
	for _, r := range rows[1:] {
		nets = append(nets, published{
			name:   r[0],
			regnet: RegNet{Depth: int(num(r[1])), W0: int(num(r[2])), WA: num(r[3]), WM: num(r[4]), B: 1, G: int(num(r[5]))},
			depths: list(r[6]), widths: list(r[7]), widthsFirst: list(r[8]),
			complexity: Complexity{int64(num(r[9])), int64(num(r[10])), int64(num(r[11]))},
		})
	}
	return nets
}

// model is the published network: RegNetX at 224 pixels and 1000 classes.
func (p published) model(t testing.TB) *Model {
	t.Helper()
	m := &Model{Stem: StemSimple, StemWidth: 32, Block: BlockX, Activation: ReLU, Strides: []int{2, 2, 2, 2}, Classes: 1000, Input: 224, RegNet: &p.regnet}
	if err := m.setRegNet(p.regnet); err != nil {
		t.Fatal(err)
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPublishedRegNetX(t *testing.T) {
	for _, p := range readPublished(t) {
		depths, widths := p.regnet.Stages()
		m := p.model(t)
		if diff := cmp.Diff([][]int{p.depths, p.widthsFirst, p.depths, p.widths}, [][]int{depths, widths, m.Depths, m.Widths}); diff != "" {
			t.Errorf("%s: depths, widths before the fix, depths, widths after:\n%s", p.name, diff)
		}
		if levels := p.regnet.Levels(); levels != 4 {
			t.Errorf("%s: %d levels", p.name, levels)
		}
		if diff := cmp.Diff(p.complexity, m.Complexity()); diff != "" {
			t.Errorf("%s: %s", p.name, diff)
		}
	}
}
