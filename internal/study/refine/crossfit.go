package refine

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/seed"
)

// splits is how often the models are divided into halves.
const splits = 25

// A CrossFit says what a suggestion promises for models that did not choose it:
// ranges are chosen by one half of the models and judged by the other half, both
// ways in each of several splits. If errors have nothing to do with parameters,
// its difference is 0 on average, unlike that of a preview, whose models are
// judged by the errors that chose the ranges.
type CrossFit struct {
	Difference float64 `json:"difference"` // mean error inside the ranges less that of all, in points; over the judgements
	SD         float64 `json:"sd"`         // of single judgements, which is no standard error of Difference
	Naive      float64 `json:"naive"`      // the difference that the preview shows
	Judgements int     `json:"judgements"` // halves by which ranges were judged
	Halves     int     `json:"halves"`     // all; in the others no range could be chosen, or no model was inside
}

// Optimism returns by how many points the preview promises more.
func (c *CrossFit) Optimism() float64 { return c.Difference - c.Naive }

// String says in plain words what was found.
func (c *CrossFit) String() string {
	optimistic := "which is not optimistic here"
	if over := c.Optimism(); over > 0 {
		optimistic = "which is optimistic by " + format.Percent(over)
	}
	return fmt.Sprintf(`cross-fitted: ranges chosen by one half of the models change the mean error of the other half by %s points
(standard deviation %s over %d of %d halves). Judged by the errors that chose them, ranges change it by %s, %s.
Half of the models choose less well than all, so new models of the child may do a little better than that half.`,
		points(c.Difference), format.Percent(c.SD), c.Judgements, c.Halves, points(c.Naive), optimistic)
}

// points formats a difference with its sign.
func points(x float64) string {
	if x > 0 {
		return "+" + format.Percent(x)
	}
	return format.Percent(x)
}

// crossFit judges suggestions made of halves of the models; nil if there are too
// few, or no judgement is possible.
func (p *Population) crossFit(o Options, v *Preview, splits int) *CrossFit {
	n := len(p.Models)
	if n < few || len(v.Inside.Errors) == 0 {
		return nil
	}
	c := &CrossFit{Naive: v.difference(), Halves: 2 * splits}
	r := seed.New("refine cross-fit", n)
	var differences []float64
	for range splits {
		a, b := p.split(r)
		for _, half := range [][2]*Population{{a, b}, {b, a}} {
			if d, ok := o.judge(half[0], half[1]); ok {
				differences = append(differences, d)
			}
		}
	}
	if c.Judgements = len(differences); c.Judgements < 2 {
		return nil
	}
	for _, d := range differences {
		c.Difference += d / float64(c.Judgements)
	}
	for _, d := range differences {
		c.SD += (d - c.Difference) * (d - c.Difference) / float64(c.Judgements-1)
	}
	c.SD = math.Sqrt(c.SD)
	return c
}

// split divides the models at random into halves, the first of which has one
// more if they are odd.
func (p *Population) split(r *rand.Rand) (a, b *Population) {
	order := r.Perm(len(p.Models))
	middle := (len(order) + 1) / 2
	return p.part(order[:middle]), p.part(order[middle:])
}

// part returns some of the models.
func (p *Population) part(places []int) *Population {
	q := &Population{Population: edf.Population{Name: p.Name, Errors: p.Select(places).Errors}, Space: p.Space, Definition: p.Definition}
	for _, i := range places {
		q.Models = append(q.Models, p.Models[i])
	}
	return q
}

// judge returns the mean error that models of b have inside the child chosen by
// a, less that of all models of b. It reports false if a chooses nothing that
// makes a space, or no model of b is inside: neither depends on the errors of b.
func (o Options) judge(a, b *Population) (difference float64, ok bool) {
	r, err := o.child(a.Space, a)
	if errors.Is(err, ErrNothing) {
		return 0, true // the child is the parent
	}
	if err != nil {
		return 0, false
	}
	v := b.inside(r.Child)
	return v.difference(), len(v.Inside.Errors) > 0
}

// difference returns the mean error inside the child less that of all models.
func (v *Preview) difference() float64 { return mean(v.Inside) - mean(v.Parent) }

func mean(p edf.Population) float64 {
	sum, total := 0.0, 0.0
	for i, e := range p.Errors {
		w := 1.0
		if p.Weights != nil {
			w = p.Weights[i]
		}
		sum, total = sum+w*e, total+w
	}
	return sum / total
}
