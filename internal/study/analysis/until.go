package analysis

import (
	"fmt"

	"designspace/edf"
	"designspace/internal/run/looks"
	"designspace/internal/run/rundir"
)

// A Stopped is a run that is trained until its comparisons are decided, by the
// design in its run.yaml.
type Stopped struct {
	Run string `json:"run"`
	*looks.Standing
}

// A design is what a source knows of the looks at its run.
type design struct {
	standing *looks.Standing
	names    []string       // of the design's population, one a row
	models   map[string]int // with an error, by population, before rows were chosen
}

// openDesign takes the looks at a run, if it has a design.
func openDesign(d rundir.Dir, entries []rundir.Entry, j *rundir.Journal) (*design, error) {
	c, err := rundir.ReadConfig(d)
	if err != nil { // which training and status report
		return nil, nil
	}
	standing, err := looks.Take(d, c.Until(), entries, j)
	if standing == nil || err != nil {
		return nil, err
	}
	g := &design{standing: standing, models: map[string]int{}}
	for _, e := range entries {
		g.names = append(g.names, e.Population())
		if j.First(e.ID).Status.Counts() {
			g.models[e.Population()]++
		}
	}
	return g, nil
}

// Stopped returns the runs of the study that are trained until they are decided.
func (s *Study) Stopped() []Stopped {
	var list []Stopped
	for _, src := range s.sources {
		if src.design != nil {
			list = append(list, Stopped{src.path, src.design.standing})
		}
	}
	return list
}

// whole returns the design's name of a population, if that has all models of it
// and no others.
func (s *Study) whole(p edf.Population) (*design, string) {
	if len(p.Rows) == 0 || p.Weights != nil {
		return nil, ""
	}
	first, i := s.at(p.Rows[0])
	g := first.design
	if g == nil || g.models[g.names[i]] != len(p.Rows) {
		return nil, ""
	}
	for _, row := range p.Rows {
		if src, k := s.at(row); src != first || g.names[k] != g.names[i] {
			return nil, ""
		}
	}
	return g, g.names[i]
}

// judgeByLooks gives the tests of a run's design the verdicts of its looks, and
// says where a run was stopped by others than are tested.
func (r *Result) judgeByLooks(s *Study) {
	if r.Until = s.Stopped(); r.Until == nil || !s.metric.percent() {
		return
	}
	for i := range r.Tests {
		t := &r.Tests[i]
		ga, a := s.whole(s.population(t.A))
		gb, b := s.whole(s.population(t.B))
		if ga == nil || ga != gb {
			t.Warnings = append(t.Warnings, fmt.Sprintf("%s was stopped by looks at its own populations, of which this verdict takes no account", r.Until[0].Run))
			continue
		}
		for _, c := range ga.standing.Comparisons {
			switch {
			case c.A == a && c.B == b:
				t.Judge(c.Look, ga.standing.Margin)
			case c.A == b && c.B == a:
				t.Judge(c.Look.Swapped(), ga.standing.Margin)
			}
		}
	}
}
