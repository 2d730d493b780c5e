package report

import (
	"fmt"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/internal/study/figures"
)

// drawn are the kinds of figures that have a place of their own on the page.
var drawn = []struct {
	kind, shows string // with the names of the populations in place of %s
	caption     string
	width       float64 // wide: its panels apart
	spread      bool    // it shows nothing where all errors are equal
}{
	{"edf", "Error distributions of %s", "Share of models with an error below e. A curve further left and up is a better population.", medium, true},
	{"difference", "Difference of the distributions", "", medium, true},
	{"pairs", "The same architectures in two conditions", "Each point is an architecture: its error in the first condition less that in the second.", medium, false},
	{"efficiency", "Random search", "The error of the best of m models drawn at random: mean, and the range of 95 % of the draws.", medium, true},
	{"trends", "Values of the best models over flop budgets", "The median and the middle 95 % of a parameter among the best models of each budget (empirical bootstrap).", wide, true},
	{"fit", "e_fit against error", "e_fit is how far the widths of a model are from the nearest quantised line, which is what makes a RegNet.", medium, true},
	{"curves", "Learning curves of %s", "", medium, false},
	{"noise", "Repeated trainings of %s", "", medium, false},
	{"funnel", "Acceptance of candidates", "How many of the candidates drawn from each space passed every condition.", medium, false},
}

// kind returns a kind of figures that exists.
func kind(name string) figures.Kind {
	k, err := figures.Find(name)
	if err != nil {
		panic(err)
	}
	return k
}

// figures draws what the study has of those with a place of their own: each once,
// or for each of the first populations.
func (c *content) figures(s *analysis.Study) error {
	c.Drawn = map[string][]figure{}
	for _, d := range drawn {
		k, title, groups := kind(d.kind), "", [][]edf.Population{s.Populations}
		if k.Single {
			groups = slices.Collect(slices.Chunk(s.Populations[:min(len(s.Populations), maxDrawn)], 1))
		}
		for _, ps := range groups {
			if d.spread && !c.spread || !k.Has(s, ps...) {
				continue
			}
			text := c.Words(d.shows)
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, names(ps))
			}
			if k.Single {
				title = ps[0].Name
			}
			f := figure{Title: title, Caption: c.Words(d.caption)}
			var err error
			if d.width == wide {
				f.Panels, err = drawApart(k, s, text, ps...)
			} else {
				f.SVG, err = draw(k, s, figures.Options{Band: len(ps) <= 3}, text, d.width, ps...)
			}
			if err != nil {
				return err
			}
			c.Drawn[d.kind] = append(c.Drawn[d.kind], f)
		}
	}
	return nil
}

// spreads notes where errors do not differ, so that there is nothing to see.
func (c *content) spreads(s *analysis.Study) error {
	var errs []float64
	for _, p := range s.Populations {
		errs = append(errs, p.Errors...)
	}
	switch {
	case len(errs) == 0:
		c.note("no model has an error, so there is nothing to draw or to compare")
	case len(errs) == 1:
		c.note("a single model has an error, so there is no distribution to draw: sample and train more models")
	case !varied(errs):
		c.note("all %d errors are equal, so they tell no model and no value of a parameter from another", len(errs))
	default:
		c.spread = true
	}
	return nil
}
