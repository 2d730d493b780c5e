package experiments

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// recordedSamples are the recorded populations of an experiment; nil if there are
// none.
func recordedSamples(t *testing.T, d Definition) []*Sample {
	t.Helper()
	for _, dir := range []string{"results/cifar/2026-11-25", "results/cifar/2026-11-24"} {
		folder, err := fs.Sub(committed, dir)
		if err != nil {
			t.Fatal(err)
		}
		r, err := readRegime(committed, dir)
		if err != nil {
			t.Fatal(err)
		}
		samples, err := r.read(folder, d)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return samples
	}
	return nil
}

// permuted returns an experiment in which the claim has nothing to rest on, and a
// function that draws its samples: labels of populations are dealt out anew over
// the models, where the claim compares populations, and errors over the models of
// a population, where it is about the best values of parameters. A population
// that is claimed to be no worse than another, or equal, is then made worse by the
// margin.
func permuted(t *testing.T, d Definition, samples []*Sample) (Definition, func(r *rand.Rand) []*Sample) {
	t.Helper()
	st := d.Statistic
	var claims []string
	margin := 0.0
	switch {
	case st.Predict != nil:
		return d, func(r *rand.Rand) []*Sample { return withShuffled(t, samples, st.Predict.Target, r) }
	case st.Mean != nil:
		m := *st.Mean
		sets, err := m.sets(samples)
		if err != nil {
			t.Fatal(err)
		}
		samples = clones(samples)
		for i, s := range samples {
			s.Errors = sets[i].Errors
		}
		m.Column = ""
		d.Statistic.Mean, claims, margin = &m, m.Claims, m.Margin
	case st.BestOf != nil:
		claims, margin = st.BestOf.Claims, st.BestOf.Margin
	}
	return d, func(r *rand.Rand) []*Sample {
		dealt := clones(samples)
		groups := [][]*Sample{dealt}
		if claims == nil {
			groups = nil
			for _, s := range dealt {
				groups = append(groups, []*Sample{s})
			}
		}
		for _, g := range groups {
			deal(g, r)
		}
		if err := worsen(dealt, claims, margin); err != nil {
			t.Fatal(err)
		}
		return dealt
	}
}

func clones(samples []*Sample) []*Sample {
	var out []*Sample
	for _, s := range samples {
		c := *s
		c.Errors = slices.Clone(s.Errors)
		out = append(out, &c)
	}
	return out
}

// deal shuffles the errors of the samples among all their models.
func deal(samples []*Sample, r *rand.Rand) {
	var errs []float64
	for _, s := range samples {
		errs = append(errs, s.Errors...)
	}
	r.Shuffle(len(errs), func(i, j int) { errs[i], errs[j] = errs[j], errs[i] })
	for _, s := range samples {
		n := copy(s.Errors, errs)
		errs = errs[n:]
	}
}

func worsen(samples []*Sample, claims []string, margin float64) error {
	if margin == 0 {
		return nil
	}
	relations, err := parseRelations(claims, names(samples))
	if err != nil {
		return err
	}
	by := map[string]float64{}
	for _, r := range relations {
		if r.op != "<" {
			by[r.a] = by[r.b] + margin
		}
	}
	for _, s := range samples {
		for i := range s.Errors {
			s.Errors[i] += by[s.Name]
		}
	}
	return nil
}

// withShuffled returns the samples with a column shuffled over all models.
func withShuffled(t *testing.T, samples []*Sample, column string, r *rand.Rand) []*Sample {
	t.Helper()
	columns := []string{"flops", "params", "acts"}
	var target []float64
	for _, s := range samples {
		x, err := s.Column(column)
		if err != nil {
			t.Fatal(err)
		}
		target = append(target, x...)
	}
	r.Shuffle(len(target), func(i, j int) { target[i], target[j] = target[j], target[i] })
	var out []*Sample
	for _, s := range samples {
		var b strings.Builder
		fmt.Fprintf(&b, "status,error,%s,%s\n", strings.Join(columns, ","), column)
		for i, e := range s.Errors {
			fmt.Fprintf(&b, "done,%v", e)
			for _, c := range columns {
				x, err := s.Column(c)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, ",%v", x[i])
			}
			fmt.Fprintf(&b, ",%v\n", target[0])
			target = target[1:]
		}
		read, err := ReadSample(s.Name, s.Name, strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, read)
	}
	return out
}

// No claim is confirmed by any data whatever: with permuted labels or errors,
// findings are confirmed no more often than at their level, and claims are decided
// no more often. Properties of the method are what stays.
func TestPermuted(t *testing.T) {
	times := 20
	if testing.Short() {
		times = 10
	}
	confirmed, findings := 0, 0
	first, err := edition(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range first {
		samples := recordedSamples(t, d)
		if samples == nil || d.Kind == Property {
			continue
		}
		n := times
		if d.Statistic.Predict != nil {
			n = min(n, 10) // its bootstrap takes long
		}
		d, draw := permuted(t, d, samples)
		right, wrong := 0, 0
		for k := range n {
			o, err := d.Judge(draw(rand.New(rand.NewPCG(1, uint64(k)))))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range o.Findings {
				findings++
				confirmed += int(indicator(f.Verdict == Confirmed))
			}
			right += int(indicator(o.Verdict == Confirmed))
			wrong += int(indicator(o.Verdict == Refuted))
		}
		// Of 20 at 5 %, more than 5 come once in 3000 times.
		if most := 0.05*float64(n) + 4.5*math.Sqrt(0.05*0.95*float64(n)); float64(right) > most || float64(wrong) > most {
			t.Errorf("%s: confirmed in %d, refuted in %d of %d", d.Name, right, wrong, n)
		}
		t.Logf("%-18s confirmed %2d, refuted %2d of %d", d.Name, right, wrong, n)
	}
	t.Logf("%d of %d findings confirmed", confirmed, findings)
	if !testing.Short() {
		says(t, fmt.Sprintf("findings are then confirmed in %.1f %% of %d cases", 100*float64(confirmed)/float64(findings), findings))
	}
	if most := 0.05 + 3*math.Sqrt(0.05*0.95/float64(findings)); float64(confirmed) > most*float64(findings) {
		t.Errorf("%d of %d findings confirmed", confirmed, findings)
	}
}
