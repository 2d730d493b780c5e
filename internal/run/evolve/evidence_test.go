package evolve

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"

	"designspace/sampler"
	"designspace/space"
)

// What explorers say of a range and of a slope is right on average, scatters as its
// standard error says, and scatters less with good predictions; with worthless ones
// no more than without.
func TestEvidence(t *testing.T) {
	root := load(t, "proxy/anynetxa")
	d := root.NewDrawer()
	index := 0
	setting := func() space.Setting {
		d.Draw(sampler.Stream(1, root.Space, index))
		index++
		return d.Setting()
	}
	r := rand.New(rand.NewPCG(1, 2))
	wide := space.Between(32, math.Inf(1))
	falling := []string{"w1", "w2", "w3", "w4"}
	const models, candidates, trials = 40, 400, 300
	wantGain, wantSlope := truthOf(root, falling, wide)
	scatter := map[string][2]float64{}
	for _, predictions := range []string{"none", "good", "worthless"} {
		var gains, slopes []float64
		var gainSE, slopeSE float64
		for range trials {
			var p Population
			for i := range candidates {
				x := setting()
				if i < models {
					p.Settings = append(p.Settings, x)
					p.Errors = append(p.Errors, steep(root.Space, x)+r.NormFloat64())
				}
				switch predictions {
				case "good":
					p.Candidates = append(p.Candidates, 30+steep(root.Space, x)/2+r.NormFloat64()/4)
				case "worthless":
					p.Candidates = append(p.Candidates, 30+r.NormFloat64())
				case "none":
					continue
				}
				p.CandidateSettings = append(p.CandidateSettings, x)
			}
			if p.Candidates != nil {
				p.Predicted = p.Candidates[:models]
			}
			x := newEvidence(p)
			in, out, se := x.contrast(x.column(root.Space, "w4"), wide)
			slope, sb, _ := x.slope(x.distances(root.Space, falling, falls))
			gains, slopes = append(gains, out-in), append(slopes, slope)
			gainSE, slopeSE = gainSE+se/trials, slopeSE+sb/trials
		}
		gain, sg := stat.MeanStdDev(gains, nil)
		slope, ss := stat.MeanStdDev(slopes, nil)
		t.Logf("%s: gain %.2f ± %.2f (stated %.2f), slope %.3f ± %.3f (stated %.3f)", predictions, gain, sg, gainSE, slope, ss, slopeSE)
		scatter[predictions] = [2]float64{sg, ss}
		for _, c := range []struct{ stated, seen float64 }{{gainSE, sg}, {slopeSE, ss}} {
			if c.stated < 0.8*c.seen || c.stated > 1.25*c.seen {
				t.Errorf("%s: a standard error of %v is stated, %v is seen", predictions, c.stated, c.seen)
			}
		}
		if math.Abs(gain-wantGain) > 4*sg/math.Sqrt(trials) || math.Abs(slope-wantSlope) > 4*ss/math.Sqrt(trials) {
			t.Errorf("%s: gain %v, slope %v, want %v, %v", predictions, gain, slope, wantGain, wantSlope)
		}
	}
	for k := range 2 {
		if scatter["good"][k] > 0.6*scatter["none"][k] || scatter["worthless"][k] > 1.15*scatter["none"][k] {
			t.Errorf("scatter %v", scatter)
		}
	}
}

// truthOf is the contrast and the slope in a large sample without noise.
func truthOf(root Space, stages []string, r space.Range) (gain, slope float64) {
	var p Population
	d := root.NewDrawer()
	for i := range 40_000 {
		d.Draw(sampler.Stream(2, root.Space, i))
		p.Settings = append(p.Settings, d.Setting())
		p.Errors = append(p.Errors, steep(root.Space, d.Setting()))
	}
	x := newEvidence(p)
	in, out, _ := x.contrast(x.column(root.Space, "w4"), r)
	slope, _, _ = x.slope(x.distances(root.Space, stages, falls))
	return out - in, slope
}
