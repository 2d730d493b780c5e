package evolve

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/space"
)

// judged judges a child of normal errors against a parent of mean 60 and standard
// deviation 3.
func judged(t *testing.T, mean, sd float64, r *rand.Rand) Judgement {
	t.Helper()
	e := &evolution{Options: Defaults(), budget: budget{share: Level}}
	errs := [2][]float64{}
	e.lab = func(_ context.Context, o Order) (ps []Population, _ error) {
		for i, of := range []struct{ mean, sd float64 }{{60, 3}, {mean, sd}} {
			for len(errs[i]) < o.N {
				errs[i] = append(errs[i], of.mean+of.sd*r.NormFloat64())
			}
			ps = append(ps, Population{Population: edf.Population{Name: o.Spaces[i].Name, Errors: errs[i]}, Flops: float64(o.N)})
		}
		return ps, nil
	}
	j, err := e.judge(t.Context(), Order{Spaces: []Space{{Space: &space.Space{Name: "parent"}}, {Space: &space.Space{Name: "child"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// Each claim alone keeps a child from being accepted: here the mean is worse by
// the margin and the best far better, the best is equal and the mean better by
// far, or both are as the parent's.
func TestClaims(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const trials = 400
	// The expected best of 5 is 1.163 standard deviations below the mean.
	for _, c := range []struct {
		name     string
		mean, sd float64
		most     float64 // share accepted
		least    float64
	}{
		{"mean worse by the margin", 61, 8, Level, 0},
		{"best equal, mean better", 60 - 1.163*2, 1, Level, 0},
		{"as the parent", 60, 3, Level, 0},
		{"better", 57, 3, 1, 0.9},
		{"far better", 50, 3, 1, 1},
	} {
		accepted, models := 0, 0
		for range trials {
			j := judged(t, c.mean, c.sd, r)
			if j.Accepted {
				accepted++
			}
			models += j.Models
			if j.Accepted != strings.HasPrefix(j.Sentence, "Accepted with ") || j.Cost.Models != 2*j.Models {
				t.Fatalf("%+v", j)
			}
		}
		t.Logf("%s: %d of %d accepted, %d models each on average", c.name, accepted, trials, models/trials)
		share, se := float64(accepted)/trials, math.Sqrt(c.most*(1-c.most)/trials)
		if share > c.most+3*se || share < c.least {
			t.Errorf("%s: %d of %d accepted", c.name, accepted, trials)
		}
	}
	if j := judged(t, 50, 3, r); j.Models != j.Looks[0] {
		t.Errorf("a child that is far better is judged with %d models", j.Models)
	}
	if j := judged(t, 70, 3, r); j.Models != j.Looks[0] || !strings.Contains(j.Sentence, "the mean is worse by more than 1.00 points") {
		t.Errorf("%+v", j)
	}
}

// A claim that held stays, and late looks stop what does not look true.
func TestClaim(t *testing.T) {
	look := func(lo, hi float64) edf.Look {
		return edf.Look{Interval: bootstrap.Interval{Estimate: (lo + hi) / 2, Lo: lo, Hi: hi}}
	}
	c := claim{below: 1}
	for i, s := range []struct {
		lo, hi             float64
		holds, early, late bool
	}{{-1, 4, false, false, true}, {-3, 4, false, false, false}, {1.1, 4, false, true, true}, {-1, 0.9, true, false, false}, {2, 3, true, false, false}} {
		c.look(look(s.lo, s.hi))
		if c.holds != s.holds || c.refuted(false) != s.early || c.refuted(true) != s.late {
			t.Errorf("look %d: %+v", i, c)
		}
	}
	c = claim{below: 0}
	c.look(look(math.NaN(), math.NaN()))
	if c.holds || c.refuted(true) {
		t.Errorf("nothing is known, and it is %+v", c)
	}
}
