package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/internal/table"
)

// A Fidelity says how well the errors of one table, A, stand for those of
// another, B, of the same models: a small proxy for a large one.
type Fidelity struct {
	A            string      `json:"a"`
	B            string      `json:"b"`
	Joined       int         `json:"joined"` // models in both
	OnlyA        int         `json:"only_a"`
	OnlyB        int         `json:"only_b"`
	WithoutError int         `json:"without_error"` // joined models that lack an error in A or B
	Populations  []Agreement `json:"populations"`   // all together, and each of them if there are several
	Verdict      string      `json:"verdict"`       // whether A tells the truth about B, in a sentence
	Warnings     []string    `json:"warnings"`      // all caveats

	metric Metric
}

// An Agreement is the fidelity in a population.
type Agreement struct {
	Name string
	edf.Fidelity
	ErrorsA, ErrorsB []float64 // of the same models, percent or in the metric
}

// MarshalJSON writes the object of the fidelity with the name.
func (a Agreement) MarshalJSON() ([]byte, error) {
	fidelity, err := json.Marshal(a.Fidelity)
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(a.Name)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"name":%s,%s`, name, fidelity[1:]), nil
}

// architecture tells the models of a run apart, whatever data they are for: the
// space, the resolved architecture at one input size and number of classes, and
// what was drawn of the recipe.
func architecture(e rundir.Entry) string {
	m := *e.Model
	m.Input, m.Classes = 224, 1000
	return fmt.Sprintf("%s\x00%s\x00%v\x00%v", e.Space, m.Key(), e.LR, e.WeightDecay)
}

// matched are the columns that tell the models of tables apart where their
// architectures are not known.
var matched = []string{"id", "space", "flops", "params"}

// joinKeys returns what equal models of the two tables have in common, one a row
// of each.
func joinKeys(a, b *source) (keysA, keysB []string, err error) {
	if a.keys != nil && b.keys != nil {
		return a.keys, b.keys, nil
	}
	var columns []string
	for _, c := range matched {
		if a.table.Has(c) && b.table.Has(c) {
			columns = append(columns, c)
		}
	}
	if !slices.Contains(columns, "id") {
		return nil, nil, fmt.Errorf("fidelity: %s and %s: their models cannot be matched: both need a column id, or name run directories", a.path, b.path)
	}
	if keysA, err = cells(a, columns); err != nil {
		return nil, nil, err
	}
	keysB, err = cells(b, columns)
	return keysA, keysB, err
}

// cells returns the values of some columns as one text a row.
func cells(src *source, columns []string) ([]string, error) {
	keys := make([]string, src.table.Len())
	for _, c := range columns {
		values, err := src.table.Strings(c)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			if x, err := table.ParseFloat(v); err == nil && c != "id" {
				v = table.Float(x) // 3e6 is 3000000
			}
			keys[i] += v + "\x00"
		}
	}
	return keys, nil
}

// Fidelity compares the two tables of a study. Models are the same if they were
// drawn from the same space and have the same architecture, whatever the size
// of their images and the number of classes; of CSV files, if they agree in id,
// space, flops and params. Populations are those of A.
func (s *Study) Fidelity(o edf.FidelityOptions) (*Fidelity, error) {
	if len(s.sources) != 2 {
		return nil, fmt.Errorf("fidelity: it compares two tables and not %d: name run directories or CSV files A and B", len(s.sources))
	}
	if err := s.sampleOnly("fidelity"); err != nil {
		return nil, err
	}
	for _, p := range s.Populations {
		if p.Tilted {
			return nil, fmt.Errorf("fidelity: it ranks models as if each were as likely as any other, and those of %s have weights (--tilt): compare runs without", p.Name)
		}
	}
	a, b := &s.sources[0], &s.sources[1]
	f := &Fidelity{A: a.name, B: b.name, Populations: []Agreement{}, Warnings: slices.Clone(s.Warnings), metric: s.metric}
	if f.A == f.B {
		f.A, f.B = a.path, b.path
	}
	keysA, keysB, err := joinKeys(a, b)
	if err != nil {
		return nil, err
	}
	groups, err := f.join(s, keysA, keysB)
	if err != nil {
		return nil, err
	}
	for i := range groups {
		g := &groups[i]
		if g.Fidelity, err = edf.CompareConditions(g.ErrorsA, g.ErrorsB, o); err != nil {
			return nil, err
		}
		for _, w := range g.Warnings {
			f.Warnings = append(f.Warnings, g.Name+": "+s.metric.Words(w))
		}
		g.ErrorsA, g.ErrorsB = s.values(g.ErrorsA), s.values(g.ErrorsB)
		g.MeanA, g.MeanB = s.metric.loss(g.MeanA), s.metric.loss(g.MeanB)
	}
	f.Populations = groups
	f.Verdict = verdict(groups[0])
	return f, nil
}

// join finds the models that both have, and returns the errors of all together,
// and then of each population if there are several.
func (f *Fidelity) join(s *Study, keysA, keysB []string) ([]Agreement, error) {
	rowB := map[string]int{}
	repeated := 0
	for i, k := range keysB {
		if _, ok := rowB[k]; ok {
			repeated++
			continue
		}
		rowB[k] = i
	}
	all := Agreement{Name: "all"}
	var parts []Agreement
	index := map[string]int{}
	seen := map[string]bool{}
	for i, k := range keysA {
		if seen[k] {
			repeated++
			continue
		}
		seen[k] = true
		j, ok := rowB[k]
		if !ok {
			f.OnlyA++
			continue
		}
		f.Joined++
		x, y := s.errs[i], s.errs[len(keysA)+j]
		if math.IsNaN(x) || math.IsNaN(y) {
			f.WithoutError++
			continue
		}
		name := s.names[i]
		if _, ok := index[name]; !ok {
			index[name] = len(parts)
			parts = append(parts, Agreement{Name: name})
		}
		for _, p := range []*Agreement{&all, &parts[index[name]]} {
			p.ErrorsA, p.ErrorsB = append(p.ErrorsA, x), append(p.ErrorsB, y)
		}
	}
	f.OnlyB = len(rowB) - f.Joined
	switch {
	case f.Joined == 0:
		return nil, fmt.Errorf("fidelity: no model of %s is in %s: sample both with the same spaces, budgets and --seed", f.A, f.B)
	case f.Joined == f.WithoutError:
		return nil, fmt.Errorf("fidelity: %d models are in both %s and %s, but none has an error in both: train the runs first", f.Joined, f.A, f.B)
	}
	f.warnOfJoin(repeated, all)
	if len(parts) == 1 {
		return parts, nil
	}
	f.Warnings = append(f.Warnings, "all: populations that differ make a correlation by themselves: read the rows of each as well")
	return append([]Agreement{all}, parts...), nil
}

func (f *Fidelity) warnOfJoin(repeated int, all Agreement) {
	warn := func(format string, args ...any) { f.Warnings = append(f.Warnings, fmt.Sprintf(format, args...)) }
	if f.WithoutError > 0 {
		warn("%d of %d models in both have no error in A or in B and are left out", f.WithoutError, f.Joined)
	}
	if repeated > 0 {
		warn("rows that repeat a model: %d; the first counts", repeated)
	}
	if slices.Equal(all.ErrorsA, all.ErrorsB) {
		warn("all errors of A and B are equal: is it the same run twice?")
	}
}

// verdict answers whether A tells the truth about B. What counts is the end of
// the interval of Spearman's correlation: the least agreement that the data
// leave room for.
func verdict(a Agreement) string {
	rho := a.Spearman
	if math.IsNaN(rho.Lo) {
		return fmt.Sprintf("Unknown: %d models are too few to tell whether A ranks them as B does.", a.N)
	}
	answer := ""
	switch {
	case rho.Lo >= 0.8:
		answer = "Yes: A ranks the models nearly as B does"
	case rho.Lo >= 0.5:
		answer = "Mostly: models that are good in A are good in B, but near ones change places"
	case rho.Lo > 0:
		answer = "Partly: A says something about B, but the rank of a single model is not to be trusted"
	case rho.Hi < 0:
		answer = "No: A ranks the models against B"
	case rho.Hi > 0.5:
		answer = "Unknown: so few models leave room for no agreement and for much"
	default:
		answer = "No: A says little or nothing about B"
	}
	return fmt.Sprintf("%s (Spearman %s); choosing the best of a quarter as many models by A costs %s points in B.", answer, rho, a.Regret)
}
