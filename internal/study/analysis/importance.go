package analysis

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/format"
	"designspace/internal/importance"
	"designspace/internal/numeric"
	"designspace/internal/seed"
)

// An Importance is the share of the variance of a population's errors that some
// parameters account for. See [importance.Of].
type Importance struct {
	Population string
	importance.Effect
}

// MarshalJSON writes one object: of a single parameter with its name, of several
// with a list.
func (i Importance) MarshalJSON() ([]byte, error) {
	var parameter string
	var parameters []string
	if len(i.Parameters) == 1 && i.Group == "" {
		parameter = i.Parameters[0]
	} else {
		parameters = i.Parameters
	}
	return numeric.MarshalJSON(struct {
		Population string   `json:"population"`
		Group      string   `json:"group,omitempty"`
		Parameter  string   `json:"parameter,omitempty"`
		Parameters []string `json:"parameters,omitempty"`
		Importance float64  `json:"importance"`
		Lo         float64  `json:"lo"`
		Hi         float64  `json:"hi"`
	}{i.Population, i.Group, parameter, parameters, i.Share.Estimate, i.Share.Lo, i.Share.Hi})
}

// Name says what parameters it is of: "w2", "d1 × w1" or the name of a group.
func (i Importance) Name() string { return cmp.Or(i.Group, strings.Join(i.Parameters, " × ")) }

// An Explained is what parameters account for in a population: the shares of its
// errors, and of its errors capped at the best quarter.
type Explained struct {
	Population  string
	All, Best   *importance.Result // Best is nil if the errors of the best quarter are equal
	Flops       bool               // adjusted for flops
	Models, Out int                // models that are told of, and those that are left out
}

// mostParameters is of how many importance is told: of more it would take minutes.
const mostParameters = 100

// mostImportant is how many models importance is told of; of more, some are drawn.
const mostImportant = 2000

// Importance returns what the parameters of a population account for, and
// computes it once. It returns an error if there are too few models or parameters
// to tell.
func (s *Study) Importance(p edf.Population, o edf.Options) (*Explained, error) {
	if e, ok := s.explained[p.Name]; ok {
		return e, nil
	}
	if p.Tilted {
		return nil, fmt.Errorf("%s: models of low predicted errors were preferred (--tilt), of which importance is not known: sample without --tilt", p.Name)
	}
	rows, errs := p.Rows, p.Errors
	if len(rows) > mostImportant {
		drawn := slices.Sorted(slices.Values(seed.New("importance models", o.Seed).Perm(len(rows))[:mostImportant]))
		rows, errs = pick(rows, drawn), pick(errs, drawn)
	}
	e := &Explained{Population: p.Name, Models: len(rows), Out: len(p.Rows) - len(rows)}
	regnets := s.allHave("regnet_d", rows)
	parameters, err := s.explaining(rows, regnets)
	if err != nil {
		return nil, err
	}
	if n := len(parameters); n > mostParameters {
		return nil, fmt.Errorf("%s: %d parameters are more than %d: name those that count with --parameters", p.Name, n, mostParameters)
	}
	options := importance.Options{Seed: o.Seed}
	if !regnets {
		options.Groups = groups(parameters)
	}
	if flops := s.adjusting(rows, parameters); flops != nil {
		options.Adjust, e.Flops = []importance.Column{{Name: "flops", Numbers: flops}}, true
	}
	if e.All, err = importance.Of(parameters, errs, options); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	if capped := importance.Cap(errs); varies(capped) {
		if e.Best, err = importance.Of(parameters, capped, options); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	s.explained[p.Name] = e
	return e, nil
}

// adjusting returns the flops of rows, nil if they are not known of all, do not
// differ or are a parameter.
func (s *Study) adjusting(rows []int, parameters []importance.Column) []float64 {
	if !s.Has("flops") || slices.ContainsFunc(parameters, func(c importance.Column) bool { return c.Name == "flops" }) {
		return nil
	}
	all, err := s.Floats("flops")
	if err != nil {
		return nil
	}
	flops := pick(all, rows)
	if slices.ContainsFunc(flops, math.IsNaN) || !varies(flops) {
		return nil
	}
	return flops
}

// mostTexts is the most categories that a parameter may have.
const mostTexts = 12

// explaining returns the columns that explain errors: those that [Options] name,
// or else the parameters, numbers or texts, that vary and do not follow from
// others. Of those that agree in all rows the first is taken; of RegNets those of
// stages follow from RegNet's own.
func (s *Study) explaining(rows []int, regnets bool) ([]importance.Column, error) {
	var list []importance.Column
	for _, name := range s.candidates() {
		if len(s.parameters) == 0 && (columns.Of(name).Role != columns.Parameter || s.follows(name) || regnets && s.followsRegNet(name)) {
			continue
		}
		column := importance.Column{Name: name}
		if xs, err := s.Floats(name); err == nil {
			column.Numbers = pick(xs, rows)
			if !differ(column.Numbers) {
				continue
			}
		} else {
			texts, err := s.Strings(name)
			if err != nil {
				return nil, err
			}
			column.Texts = pick(texts, rows)
			n := len(slices.Compact(slices.Sorted(slices.Values(column.Texts))))
			if n > mostTexts {
				s.warnTexts(name, n)
			}
			if n < 2 || n > mostTexts {
				continue
			}
		}
		same := func(d importance.Column) bool {
			return slices.EqualFunc(d.Numbers, column.Numbers, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) && slices.Equal(d.Texts, column.Texts)
		}
		if !slices.ContainsFunc(list, same) {
			list = append(list, column)
		}
	}
	return list, nil
}

func (s *Study) warnTexts(column string, n int) {
	warning := fmt.Sprintf("importance: column %s is left out: %d texts are more than %d", column, n, mostTexts)
	if !slices.Contains(s.Warnings, warning) {
		s.Warnings = append(s.Warnings, warning)
	}
}

// differ reports whether two values differ, where all absent ones are one.
func differ(xs []float64) bool {
	return slices.ContainsFunc(xs, func(x float64) bool { return x != xs[0] && !(math.IsNaN(x) && math.IsNaN(xs[0])) })
}

func (s *Study) allHave(column string, rows []int) bool {
	if !s.Has(column) {
		return false
	}
	xs, err := s.Floats(column)
	return err == nil && !slices.ContainsFunc(pick(xs, rows), math.IsNaN)
}

// follows reports whether a column follows from others: depth and width do in a
// table that has those of stages or of RegNets.
func (s *Study) follows(column string) bool {
	switch column {
	case "depth":
		return s.Has("d1") || s.Has("regnet_d")
	case "width":
		return s.Has("w1") || s.Has("w0")
	}
	return columns.Of(column).Follows
}

// followsRegNet reports whether a column follows from the parameters of RegNets:
// those of stages do. Earlier tables have the bottleneck ratio and the group width
// only of stages, of which those of the last are nearest to RegNet's.
func (s *Study) followsRegNet(column string) bool {
	family, stage, ok := columns.Stage(column)
	if !ok || !columns.Of(column).Staged {
		return column == "stages"
	}
	return s.Has("regnet_"+family) || !slices.Contains([]string{"b", "g"}, family) || s.Has(fmt.Sprint(family, stage+1))
}

// groups joins the parameters of a stage, and those of all stages of one kind.
func groups(parameters []importance.Column) []importance.Group {
	var kinds, stages []importance.Group
	add := func(list *[]importance.Group, name, column string) {
		k := slices.IndexFunc(*list, func(g importance.Group) bool { return g.Name == name })
		if k < 0 {
			k = len(*list)
			*list = append(*list, importance.Group{Name: name})
		}
		(*list)[k].Columns = append((*list)[k].Columns, column)
	}
	for _, c := range parameters {
		if family, stage, ok := columns.Stage(c.Name); ok && columns.Of(c.Name).Staged {
			add(&kinds, family+" of all stages", c.Name)
			add(&stages, fmt.Sprintf("stage %d", stage), c.Name)
		}
	}
	return slices.DeleteFunc(append(kinds, stages...), func(g importance.Group) bool { return len(g.Columns) < 2 })
}

// addImportance adds what the parameters of all populations account for.
func (r *Result) addImportance(s *Study, o edf.Options) {
	for _, p := range s.Populations {
		e, err := s.Importance(p, o)
		if err != nil {
			s.Warnings = append(s.Warnings, "no importance of "+strings.Replace(err.Error(), "importance: ", "", 1))
			continue
		}
		r.explained = append(r.explained, e)
		r.Importance = append(r.Importance, e.of(e.All.Adjusted, e.All.Effects, e.All.Pairs)...)
		r.ImportanceGroups = append(r.ImportanceGroups, e.of(e.All.Groups)...)
		if e.Best != nil {
			r.ImportanceBest = append(r.ImportanceBest, e.of(e.Best.Adjusted, e.Best.Effects, e.Best.Pairs)...)
		}
		s.Warnings = append(s.Warnings, e.Warnings()...)
	}
}

func (e *Explained) of(effects ...[]importance.Effect) []Importance {
	var list []Importance
	for _, effect := range slices.Concat(effects...) {
		list = append(list, Importance{e.Population, effect})
	}
	return list
}

// Warnings are what to mind of the shares.
func (e *Explained) Warnings() []string {
	var list []string
	if e.Out > 0 {
		list = append(list, fmt.Sprintf("%s: importance is of %d models drawn at random; %d are left out", e.Population, e.Models, e.Out))
	}
	for _, w := range e.All.Warnings {
		list = append(list, e.Population+": importance: "+w)
	}
	return list
}

// A Row is the shares of some parameters as a table for a person shows them.
type Row struct {
	Name      string
	All, Best bootstrap.Interval // NaN where the best quarter has none
}

// Rows are the parameters in the order of their importance, at most a number of
// them, then the greatest interactions, a quarter as many, and the groups of
// parameters that tell anything.
func (e *Explained) Rows(most int) []Row {
	groups := slices.DeleteFunc(slices.Clone(e.All.Groups), func(g importance.Effect) bool { return g.Share.Lo == 0 })
	var rows []Row
	for _, i := range e.of(e.All.Adjusted, first(e.All.Effects, most), first(e.All.Pairs, most/4), groups) {
		rows = append(rows, Row{i.Name(), i.Share, e.best(i)})
	}
	return rows
}

// Parameters are the rows of single parameters, those first that account for most
// in one of the columns.
func (e *Explained) Parameters(of func(Row) bootstrap.Interval) []Row {
	var rows []Row
	for _, i := range e.of(e.All.Adjusted, e.All.Effects) {
		rows = append(rows, Row{i.Name(), i.Share, e.best(i)})
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(of(b).Estimate, of(a).Estimate) })
	return rows
}

func first(effects []importance.Effect, most int) []importance.Effect {
	return effects[:min(most, len(effects))]
}

// best returns the share of the same parameters in the best quarter.
func (e *Explained) best(i Importance) bootstrap.Interval {
	if e.Best != nil {
		for _, b := range e.of(e.Best.Adjusted, e.Best.Effects, e.Best.Pairs, e.Best.Groups) {
			if b.Name() == i.Name() {
				return b.Share
			}
		}
	}
	return none()
}

func none() bootstrap.Interval {
	return bootstrap.Interval{Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
}

// writeImportance writes a table for every population.
func (r *Result) writeImportance(w io.Writer) error {
	const most = 12
	for _, e := range r.explained {
		var rows [][]string
		for _, row := range e.Rows(most) {
			rows = append(rows, []string{row.Name, row.All.String(), row.Best.String()})
		}
		if len(e.All.Effects) > most {
			rows = append(rows, []string{fmt.Sprintf("and %d more", len(e.All.Effects)-most), "", ""})
		}
		all := e.Predicted()
		rows = append(rows, []string{all.Name, all.All.String(), all.Best.String()})
		fmt.Fprintln(w)
		if err := format.Table(w, []string{"importance in " + e.Population, "share [95 %]", "best quarter [95 %]"}, rows); err != nil {
			return err
		}
	}
	return nil
}

// Predicted is the share that a forest tells of models that it was not fitted to.
func (e *Explained) Predicted() Row {
	r := Row{"all, as a forest predicts", e.All.Explained.Share, none()}
	if e.Best != nil {
		r.Best = e.Best.Explained.Share
	}
	return r
}

// importanceRow is an [Importance] as a table has it, of all errors and of those of
// the best quarter.
type importanceRow struct {
	Population string  `json:"population"`
	Errors     string  `json:"errors"`
	Kind       string  `json:"kind"`
	Parameters string  `json:"parameters"`
	Importance float64 `json:"importance"`
	Lo         float64 `json:"lo"`
	Hi         float64 `json:"hi"`
}

func (r *Result) importanceRows() []importanceRow {
	var rows []importanceRow
	add := func(list []Importance, errs string) {
		for _, i := range list {
			kind := "parameter"
			switch {
			case i.Group != "":
				kind = "group"
			case len(i.Parameters) > 1:
				kind = "interaction"
			}
			rows = append(rows, importanceRow{i.Population, errs, kind, cmp.Or(i.Group, strings.Join(i.Parameters, "; ")), i.Share.Estimate, i.Share.Lo, i.Share.Hi})
		}
	}
	add(r.Importance, "all")
	add(r.ImportanceGroups, "all")
	add(r.ImportanceBest, "best quarter")
	return rows
}
