// Package refine finds spaces within spaces. It suggests, from the errors of a
// trained population, which values of each parameter to keep, and shows what
// the models within a child have for errors before any is drawn from it
// (Radosavovic et al. 2020, arXiv 2003.13678, §3.1 and §3.2).
//
// All of it is about parameters as they are drawn, before the group fix, since
// that is what the distributions of a space restrict. Runs keep the number of every
// candidate, so their draws are repeated.
package refine

import (
	"fmt"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/sampler"
	"designspace/space"
)

// A Population is the trained models of one space and budget.
type Population struct {
	edf.Population              // named by the space, and by the budget if the run has several
	Space          *space.Space // with the image size and the classes of the run
	Definition     string       // YAML of the space that stands alone, as the run has it
	Models         []Model      // one an error
	Warnings       []string
}

// A Model is a trained model and the draw that it comes from.
type Model struct {
	space.Candidate
	Complexity space.Complexity
	Setting    space.Setting
}

// A Choice picks the population of a run.
type Choice struct {
	Space string // name; "": the only one
	Where string // rows to keep, as in [analysis.Options]
}

// Load reads a population of a run.
func Load(dir rundir.Dir, c Choice) (*Population, error) {
	config, err := rundir.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if k := config.Sample.Best; k > 0 {
		return nil, fmt.Errorf("%s: its models were chosen by prediction (train --best %d) and say nothing of their space: refine a run that was trained as a sample", dir, k)
	}
	if config.Sample.Tilt {
		return nil, fmt.Errorf("%s: refine takes every model for as likely as any other, and these have weights (--tilt): sample without it", dir)
	}
	study, err := analysis.Load([]string{string(dir)}, analysis.Options{Where: c.Where})
	if err != nil {
		return nil, err
	}
	spaces, err := study.Strings("space")
	if err != nil {
		return nil, err
	}
	group, err := choose(study, spaces, c.Space)
	if err != nil {
		return nil, err
	}
	p := &Population{Population: group, Warnings: study.Warnings}
	if err := p.define(config.Sample, spaces[group.Rows[0]]); err != nil {
		return nil, fmt.Errorf("%s: %w", dir.Config(), err)
	}
	return p, p.draw(dir, config.Sample.Seed, study)
}

// choose returns the group of a space; spaces has the space of every row.
func choose(study *analysis.Study, spaces []string, name string) (edf.Population, error) {
	var found []edf.Population
	var names []string
	for _, g := range study.Populations {
		if len(g.Rows) == 0 {
			continue // nothing is trained
		}
		s := spaces[g.Rows[0]]
		if !slices.Contains(names, s) {
			names = append(names, s)
		}
		if name == "" || s == name {
			found = append(found, g)
		}
	}
	switch {
	case len(found) == 0:
		return edf.Population{}, fmt.Errorf("--space %s: the run has no trained model of it: there are those of %s", name, strings.Join(names, ", "))
	case name == "" && len(names) > 1:
		return edf.Population{}, fmt.Errorf("the run has several spaces: choose one with --space: %s", strings.Join(names, ", "))
	case len(found) > 1:
		return edf.Population{}, fmt.Errorf("the run has %d populations of %s, whose errors do not compare: choose one with --where, such as '%s'", len(found), spaces[found[0].Rows[0]], where(study, found))
	}
	return found[0], nil
}

// where returns what chooses the first of several groups of a space: their columns
// that differ.
func where(study *analysis.Study, groups []edf.Population) string {
	var conditions []string
	for _, column := range []string{"budget", "condition"} {
		cells, err := study.Strings(column)
		if err != nil {
			continue // it has none
		}
		first := cells[groups[0].Rows[0]]
		if slices.ContainsFunc(groups, func(g edf.Population) bool { return cells[g.Rows[0]] != first }) {
			conditions = append(conditions, column+"="+first)
		}
	}
	return strings.Join(conditions, ", ")
}

// define sets the space as the run drew from it.
func (p *Population) define(c rundir.Sample, name string) error {
	i := slices.IndexFunc(c.Spaces, func(s rundir.Space) bool { return s.Name == name })
	if i < 0 {
		return fmt.Errorf("space %s of models.csv is not there: restore the file or sample again", name)
	}
	p.Definition = c.Spaces[i].Definition
	s, err := space.Read(name, []byte(p.Definition))
	if err != nil {
		return err
	}
	p.Space = s.WithData(c.Input, c.Classes)
	return nil
}

// draw repeats the draws of the models.
func (p *Population) draw(dir rundir.Dir, seed uint64, study *analysis.Study) error {
	ids, err := study.Strings("id")
	if err != nil {
		return err
	}
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		return err
	}
	byID := map[string]*rundir.Entry{}
	for i := range entries {
		byID[entries[i].ID] = &entries[i]
	}
	d := p.Space.NewDrawer()
	for _, row := range p.Rows {
		e := byID[ids[row]]
		c, reason := d.Draw(sampler.Stream(seed, p.Space, e.Index))
		if reason != space.Accepted || c.Model.Key() != e.Model.Key() || c.LR != e.LR || c.WeightDecay != e.WeightDecay {
			return fmt.Errorf("%s: model %s is not candidate %d of space %s: restore the file or sample again", dir.Models(), e.ID, e.Index, p.Space.Name)
		}
		p.Models = append(p.Models, Model{e.Candidate, e.Complexity, d.Setting()})
	}
	return nil
}

// Values returns a parameter of the models, as it was drawn.
func (p *Population) Values(name string) []float64 {
	values := make([]float64, len(p.Models))
	for i, m := range p.Models {
		values[i], _ = p.Space.Value(m.Setting, name)
	}
	return values
}
