package rundir

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"designspace/internal/atomicfile"
	"designspace/internal/table"
	"designspace/space"
)

// An Entry is one model of a run's population.
type Entry struct {
	ID     string // unique in the run
	Space  string // name of the space it was drawn from
	Budget string // flops window it was drawn for, "" for none
	Index  int    // number of the candidate in its space's stream

	// Of a run in which a setting varies: the condition, as in "activation=silu", and
	// the id of the same architecture in the first condition.
	Condition, Pair string

	// Of a tilted draw, see [edf.Tilt]: the fifth by predicted error, from 1 for the
	// lowest, and how many candidates the model stands for. 0: every candidate was as
	// likely to be drawn.
	Stratum int
	Weight  float64

	// ChosenOf is how many candidates the model was chosen among for its low
	// predicted error; 0: it was not. Such models are no sample of their space.
	ChosenOf int

	space.Candidate
	space.Complexity
	EFit float64 // how far the widths are from a quantised line; NaN if not known
}

// Population is the name of the models that the entry is one of: those of its
// space, budget and condition.
func (e Entry) Population() string {
	return strings.Join(strings.Fields(e.Space+" "+e.Budget+" "+e.Condition), " ")
}

// Architecture is the id that the entry's predictions have: that of its pair, or
// its own.
func (e Entry) Architecture() string { return cmp.Or(e.Pair, e.ID) }

// ID returns the name of model i of a population of n: "m" and the number,
// counted from 1 and padded so that names sort. The letter keeps other programs
// from reading a name as a number.
func ID(i, n int) string {
	return fmt.Sprintf("m%0*d", max(4, len(strconv.Itoa(n))), i+1)
}

// A field is a column of models.csv.
type field struct {
	name string
	get  func(*Entry) string
	set  func(*Entry, string) error // nil for what follows from other columns
	only bool                       // not in results.csv: needed to rebuild the model, seldom to analyse it
}

func only(f field) field {
	f.only = true
	return f
}

// A layout is what decides the columns of a population.
type layout struct {
	stages  int                // the most that a model has
	varied  bool               // a setting varies
	tilted  bool               // models have weights
	chosen  bool               // models are no sample
	params  []space.StageParam // that have columns
	options []space.Option     // likewise
}

func layoutOf(entries []Entry) layout {
	l := layout{params: stageParams(func(p space.StageParam) bool {
		return slices.ContainsFunc(entries, func(e Entry) bool { return p.Len(e.Model) > 0 })
	})}
	for _, e := range entries {
		l.stages = max(l.stages, len(e.Model.Depths))
		l.varied = l.varied || e.Condition != ""
		l.tilted = l.tilted || e.Stratum != 0
		l.chosen = l.chosen || e.ChosenOf != 0
	}
	l.options = slices.DeleteFunc(space.ModelOptions(), func(p space.Option) bool {
		return !slices.ContainsFunc(entries, func(e Entry) bool { return !p.Usual(e.Model) })
	})
	return l
}

// stageParams returns the parameters of stages without the rare ones that a
// table does not have.
func stageParams(has func(space.StageParam) bool) []space.StageParam {
	return slices.DeleteFunc(space.StageParams(), func(p space.StageParam) bool { return p.Rare && !has(p) })
}

// modelFields returns the columns of models.csv.
func modelFields(l layout) []field {
	fs := []field{
		textField("id", func(e *Entry) *string { return &e.ID }),
		textField("space", func(e *Entry) *string { return &e.Space }),
		textField("budget", func(e *Entry) *string { return &e.Budget }),
	}
	if l.varied {
		fs = append(fs, conditionField, textField("pair", func(e *Entry) *string { return &e.Pair }))
	}
	if l.tilted {
		fs = append(fs,
			intField("stratum", func(e *Entry) *int { return &e.Stratum }),
			floatField("weight", func(e *Entry) *float64 { return &e.Weight }))
	}
	if l.chosen {
		fs = append(fs, intField("chosen_of", func(e *Entry) *int { return &e.ChosenOf }))
	}
	fs = append(fs,
		only(intField("candidate", func(e *Entry) *int { return &e.Index })),
		int64Field("flops", func(e *Entry) *int64 { return &e.Flops }),
		int64Field("params", func(e *Entry) *int64 { return &e.Params }),
		int64Field("acts", func(e *Entry) *int64 { return &e.Acts }),
		intField("input", func(e *Entry) *int { return &e.Model.Input }),
		intField("classes", func(e *Entry) *int { return &e.Model.Classes }),
		only(textField("stem", func(e *Entry) *space.Stem { return &e.Model.Stem })),
		only(intField("stem_width", func(e *Entry) *int { return &e.Model.StemWidth })),
		textField("block", func(e *Entry) *space.Block { return &e.Model.Block }),
		only(textField("activation", func(e *Entry) *space.Activation { return &e.Model.Activation })),
		field{name: "stages", get: func(e *Entry) string { return strconv.Itoa(len(e.Model.Depths)) }},
		field{name: "depth", get: func(e *Entry) string { return strconv.Itoa(e.Model.Depth()) }},
		field{name: "width", get: func(e *Entry) string { return table.Float(meanWidth(e.Model)) }},
	)
	for _, p := range l.params {
		for stage := range l.stages {
			fs = append(fs, stageField(p, stage))
		}
	}
	fs = append(fs,
		numberField("se_ratio", false,
			func(m *space.Model) (float64, bool) { return m.SERatio, m.SERatios == nil },
			func(m *space.Model, v float64) error { m.SERatio = v; return nil }),
		only(intField("head_width", func(e *Entry) *int { return &e.Model.HeadWidth })),
	)
	for _, p := range l.options {
		fs = append(fs, only(optionField(p)))
	}
	for _, p := range space.RegNetParams() {
		fs = append(fs, regnetField(p))
	}
	return append(fs,
		optionalField("e_fit", math.NaN(), func(e *Entry) *float64 { return &e.EFit }),
		optionalField("lr", 0, func(e *Entry) *float64 { return &e.LR }),
		optionalField("weight_decay", 0, func(e *Entry) *float64 { return &e.WeightDecay }),
	)
}

// conditionField is the column of conditions, of which epochs and train images have no other.
var conditionField = field{name: "condition",
	get: func(e *Entry) string { return e.Condition },
	set: func(e *Entry, s string) (err error) {
		e.Condition = s
		key, value, _ := strings.Cut(s, "=")
		if whole := map[string]*int{"epochs": &e.Epochs, "train_images": &e.TrainImages}[key]; whole != nil {
			*whole, err = strconv.Atoi(value)
		}
		return err
	}}

// meanWidth returns the mean width over the blocks of a model.
func meanWidth(m *space.Model) float64 {
	sum := 0
	for i, d := range m.Depths {
		sum += d * m.Widths[i]
	}
	return float64(sum) / float64(m.Depth())
}

func intCell(n int) string { return strconv.Itoa(n) }

func textField[T ~string](name string, at func(*Entry) *T) field {
	return field{name: name,
		get: func(e *Entry) string { return string(*at(e)) },
		set: func(e *Entry, s string) error { *at(e) = T(s); return nil }}
}

func valueField[T any](name string, format func(T) string, parse func(string) (T, error), at func(*Entry) *T) field {
	return field{name: name,
		get: func(e *Entry) string { return format(*at(e)) },
		set: func(e *Entry, s string) (err error) { *at(e), err = parse(s); return err }}
}

func intField(name string, at func(*Entry) *int) field {
	return valueField(name, intCell, strconv.Atoi, at)
}

func int64Field(name string, at func(*Entry) *int64) field {
	return valueField(name, func(n int64) string { return strconv.FormatInt(n, 10) },
		func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }, at)
}

func floatField(name string, at func(*Entry) *float64) field {
	return valueField(name, table.Float, table.ParseFloat, at)
}

// optionalField is a number of which one value means that it is absent.
func optionalField(name string, absent float64, at func(*Entry) *float64) field {
	f := floatField(name, at)
	get, set := f.get, f.set
	f.get = func(e *Entry) string {
		if x := *at(e); x != absent { // true for NaN, which formats as absent
			return get(e)
		}
		return ""
	}
	f.set = func(e *Entry, s string) error {
		if s == "" {
			*at(e) = absent
			return nil
		}
		return set(e, s)
	}
	return f
}

// stageField is the column of a parameter of a stage, empty for models that lack
// it.
func stageField(p space.StageParam, stage int) field {
	f := numberField(fmt.Sprint(p.Name, stage+1), p.Integer,
		func(m *space.Model) (float64, bool) { return p.At(m, stage) },
		func(m *space.Model, v float64) error {
			if p.Len(m) != stage {
				return fmt.Errorf("a value follows an empty cell: stages fill from %s1 on", p.Name)
			}
			p.Append(m, v)
			return nil
		})
	f.only = p.Setting
	return f
}

// optionField is the column of an option.
func optionField(p space.Option) field {
	return field{name: p.Key,
		get: func(e *Entry) string { return string(p.Of(e.Model)) },
		set: func(e *Entry, s string) error { p.Set(e.Model, space.Choice(s)); return nil }}
}

// regnetField is a column of a parameter of RegNets, empty for other models.
func regnetField(p space.RegNetParam) field {
	f := numberField(p.Column, p.Integer, p.At, func(m *space.Model, v float64) error {
		p.Set(m, v)
		return nil
	})
	f.only = !p.Line
	return f
}

// numberField is a number of a model, empty where the model has none.
func numberField(name string, integer bool, at func(*space.Model) (float64, bool), set func(*space.Model, float64) error) field {
	return field{name: name,
		get: func(e *Entry) string {
			if v, ok := at(e.Model); ok {
				return table.Float(v)
			}
			return ""
		},
		set: func(e *Entry, s string) error {
			if s == "" {
				return nil
			}
			v, err := table.ParseFloat(s)
			if err == nil && integer && v != math.Trunc(v) {
				err = fmt.Errorf("%q is no whole number", s)
			}
			if err != nil {
				return err
			}
			return set(e.Model, v)
		}}
}

// WriteModels writes the population to w as models.csv.
func WriteModels(w io.Writer, entries []Entry) error {
	fields := modelFields(layoutOf(entries))
	header := make([]string, len(fields))
	for i, f := range fields {
		header[i] = f.name
	}
	out := table.NewWriter(w, header)
	row := make([]string, len(fields))
	for i := range entries {
		for j, f := range fields {
			row[j] = f.get(&entries[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return out.Flush()
}

// SaveModels writes models.csv of the run.
func SaveModels(d Dir, entries []Entry) error {
	return atomicfile.Write(d.Models(), func(w io.Writer) error { return WriteModels(w, entries) })
}

// LoadModels reads models.csv of the run, which must be the population that
// run.yaml, if it can be read, says was sampled.
func LoadModels(d Dir) ([]Entry, error) {
	entries, err := LoadAnyModels(d)
	if err != nil {
		return nil, err
	}
	c, err := ReadConfig(d)
	if err != nil { // for those to report who need it
		return entries, nil
	}
	if k := c.Sample.Best; k > 0 && len(entries) > 0 && entries[0].ChosenOf == 0 {
		return nil, fmt.Errorf("%s: the choice of the most promising models was interrupted: complete it with designspace train %s --best %d", d.Models(), d.Word(), k)
	}
	err = c.Sample.check(entries)
	if e := (*extending)(nil); errors.As(err, &e) {
		return nil, fmt.Errorf("%s: %w: complete it with designspace sample --extend -n %d --out %s", d.Models(), err, e.n, d.Word())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: restore the file or sample again into another directory", d.Models(), err)
	}
	return entries, nil
}

// LoadAnyModels reads models.csv of the run, whatever run.yaml says. A run whose
// files lead out of it is an error.
func LoadAnyModels(d Dir) ([]Entry, error) {
	if err := d.checkFiles(); err != nil {
		return nil, err
	}
	f, err := Open(d.Models())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: the population is missing: sample again with the same flags", d.Models())
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadModels(d.Models(), f)
}

// check returns an error if the entries are not what was sampled.
func (s Sample) check(entries []Entry) error {
	conditions, err := s.conditions()
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch {
		case !slices.Contains(conditions, e.Condition):
			return fmt.Errorf("condition %q of %s is none of vary %q in run.yaml", e.Condition, e.ID, s.Vary)
		case s.Tilt && e.Stratum == 0:
			return fmt.Errorf("%s has no stratum and weight, but run.yaml says that they were drawn with weights (tilt)", e.ID)
		case !s.Tilt && e.Stratum != 0:
			return fmt.Errorf("%s has a stratum and a weight, but run.yaml does not say that they were drawn with weights (tilt)", e.ID)
		case !slices.ContainsFunc(s.Spaces, func(p Space) bool { return p.Name == e.Space }):
			return fmt.Errorf("space %q of %s is not in run.yaml", e.Space, e.ID)
		case s.Input != 0 && e.Model.Input != s.Input && !strings.HasPrefix(s.Vary, "input="):
			return fmt.Errorf("input of %s is %d, but %d in run.yaml", e.ID, e.Model.Input, s.Input)
		case s.Classes != 0 && e.Model.Classes != s.Classes:
			return fmt.Errorf("classes of %s are %d, but %d in run.yaml", e.ID, e.Model.Classes, s.Classes)
		}
	}
	budgets, times := max(1, len(s.Flops)), ""
	populations := len(s.Spaces) * budgets * len(conditions)
	if s.Vary != "" {
		times = fmt.Sprintf(" x conditions %d", len(conditions))
	}
	n := cmp.Or(s.Best, s.N)
	switch want := populations * n; {
	case len(entries) > want && len(entries)%populations == 0:
		return &extending{len(entries) / populations}
	case len(entries) != want:
		return fmt.Errorf("%d models, but %d in run.yaml (spaces %d x budgets %d x models %d%s)", len(entries), want, len(s.Spaces), budgets, n, times)
	}
	of := map[string]int{}
	for _, e := range entries {
		of[e.Population()]++
	}
	for _, e := range entries {
		if k := of[e.Population()]; k != n {
			return fmt.Errorf("%d models of %s, but %d in run.yaml", k, e.Population(), n)
		}
	}
	return nil
}

// conditions returns those that the models have: a single empty one where no
// setting varies.
func (s Sample) conditions() ([]string, error) {
	if s.Vary == "" {
		return []string{""}, nil
	}
	v, err := space.ParseVaried(s.Vary)
	if err != nil {
		return nil, err
	}
	var conditions []string
	for _, value := range v.Values {
		conditions = append(conditions, v.Condition(value))
	}
	return conditions, nil
}

// extending says that models.csv has more models than run.yaml: what is between
// the two steps of an extension to n of each population.
type extending struct{ n int }

func (*extending) Error() string { return "an extension of the run was interrupted" }

// ReadModels reads what [WriteModels] wrote; name stands for the file in
// errors. Each model is as it was drawn, named by its ID. A row whose model
// cannot be built, or whose complexity is not the model's, is an error.
func ReadModels(name string, r io.Reader) ([]Entry, error) {
	t, err := table.Read(name, r)
	if err != nil {
		return nil, err
	}
	l := layout{varied: t.Has("condition"), tilted: t.Has("stratum"), chosen: t.Has("chosen_of"), params: stageParams(func(p space.StageParam) bool { return t.Has(p.Name + "1") })}
	l.options = slices.DeleteFunc(space.ModelOptions(), func(p space.Option) bool { return !t.Has(p.Key) })
	for t.Has(fmt.Sprintf("d%d", l.stages+1)) {
		l.stages++
	}
	entries := make([]Entry, t.Len())
	for i := range entries {
		entries[i].Model = &space.Model{}
	}
	for _, f := range modelFields(l) {
		if f.set == nil {
			continue
		}
		cells, err := t.Strings(f.name)
		if err != nil {
			return nil, err
		}
		for i, s := range cells {
			if err := f.set(&entries[i], s); err != nil {
				return nil, t.Errorf(i, "%s: %w", f.name, err)
			}
		}
	}
	return entries, checkEntries(t, entries)
}

func checkEntries(t *table.Table, entries []Entry) error {
	seen := map[string]bool{}
	for i := range entries {
		e := &entries[i]
		e.Model.Name = e.ID
		if err := checkID(e.ID); err != nil {
			return t.Errorf(i, "%w: restore the file or sample again", err)
		}
		if seen[e.ID] {
			return t.Errorf(i, "id %q is not unique: restore the file or sample again", e.ID)
		}
		seen[e.ID] = true
		if err := e.Model.Validate(); err != nil {
			return t.Errorf(i, "model %s: %w", e.ID, err)
		}
		if c := e.Model.Complexity(); c != e.Complexity {
			return t.Errorf(i, "model %s has flops %d, params %d, acts %d and not those of its row: restore the file or sample again", e.ID, c.Flops, c.Params, c.Acts)
		}
	}
	return nil
}
