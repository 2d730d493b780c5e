package experiments

import (
	"embed"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"designspace/edf"
	"designspace/internal/run/looks"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
	"designspace/internal/table"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/dataset"
)

//go:embed regimes/*.yaml
var regimes embed.FS

// A Regime is the setting that the populations of all experiments share.
type Regime struct {
	Name        string         `yaml:"name"`
	About       string         `yaml:"about"`
	Verdicts    bool           `yaml:"verdicts"` // whether its outcomes count
	Data        string         `yaml:"data"`     // name of a data set
	Input       int            `yaml:"input"`    // side of the images in pixels
	TrainImages int            `yaml:"train_images"`
	TestImages  int            `yaml:"test_images"`
	Flops       space.Range    `yaml:"flops"`  // budget
	N           int            `yaml:"n"`      // models of a population
	Seed        uint64         `yaml:"seed"`   // of the draw and of the training
	Recipe      trainer.Recipe `yaml:"recipe"` // where it says nothing that of the name proxy

	// Of regimes since the second edition.
	Edition    int `yaml:"edition"`    // of the definitions; absent: the first
	Max        int `yaml:"max"`        // models of a population at the last look
	Candidates int `yaml:"candidates"` // whose errors are predicted for a population with looks; 0: none

	text string
}

// RegimeNames returns the names of the regimes.
func RegimeNames() []string {
	files, err := fs.Glob(regimes, "regimes/*.yaml")
	if err != nil {
		panic(err) // the pattern is malformed
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return files
}

// FindRegime returns the regime of a name.
func FindRegime(name string) (Regime, error) {
	names := RegimeNames()
	if !slices.Contains(names, name) {
		return Regime{}, fmt.Errorf("regime %s: there is none; %s", name, suggest.Known(name, names))
	}
	file := "regimes/" + name + ".yaml"
	text, err := regimes.ReadFile(file)
	if err != nil {
		return Regime{}, err
	}
	return ParseRegime(file, text)
}

// ParseRegime reads a regime and checks it; the file is not opened.
func ParseRegime(file string, text []byte) (r Regime, err error) {
	doc, err := strictyaml.Parse(file, text)
	if err != nil {
		return r, err
	}
	if r.Recipe, err = trainer.Preset("proxy"); err != nil {
		return r, err
	}
	if err := doc.Decode(&r); err != nil {
		return r, err
	}
	r.text = string(text)
	if err := r.Recipe.Validate(); err != nil {
		return r, doc.At("recipe").Errorf("%v", err)
	}
	if !r.Flops.Bounded() {
		return r, doc.At("flops").Errorf("is missing; write LO:HI")
	}
	for key, n := range map[string]int{"input": r.Input, "train_images": r.TrainImages, "test_images": r.TestImages, "n": r.N} {
		if n < 1 {
			return r, doc.At(key).Errorf("%d is not positive", n)
		}
	}
	if r.Edition < 0 || r.Edition > Edition {
		return r, doc.At("edition").Errorf("%d: this version knows 1 to %d", r.Edition, Edition)
	}
	if r.Max != 0 && len(edf.LookSizes(r.Max)) == 0 || r.Candidates != 0 && r.Candidates < r.Max {
		return r, doc.At("max").Errorf("%d models at the last look and %d candidates: want 8 or more, and as many candidates or none", r.Max, r.Candidates)
	}
	return r, nil
}

// Definitions returns the experiments as they are in the edition of the regime.
func (r Regime) Definitions() ([]Definition, error) { return edition(max(1, r.Edition)) }

// A Run is a population in a regime, or all that have the same architectures:
// what an ordinary run directory holds, and the name of that directory.
// Experiments that need the same population have runs of the same name.
type Run struct {
	Name     string
	N        int         // models of each population; with looks, at the last one
	Flops    space.Range // of the models
	Looks    []int       // models at them; nil: all are trained
	draw     pipeline.Draw
	training pipeline.Training

	condition  string // of the population in the run; "": it has one
	conditions int    // of the run, 1 or more

	side int // of the images that the models are trained on
}

// Run returns how a population of an experiment is drawn and trained.
func (r Regime) Run(d Definition, p Population) (Run, error) {
	budget := space.Between(p.Flops.Of(r.Flops.Min()), p.Flops.Of(r.Flops.Max()))
	n := max(1, int(math.Round(p.N.Of(float64(r.N))))) // quick has too few to leave every share whole
	input, err := whole("input", p.Input.Of(float64(r.Input)))
	if err != nil {
		return Run{}, err
	}
	recipe := r.Recipe
	if recipe.Epochs, err = whole("epochs", p.Epochs.Of(float64(recipe.Epochs))); err != nil {
		return Run{}, err
	}
	name := strings.ReplaceAll(strings.TrimPrefix(p.Space, "proxy/"), "/", "-") + "-" + strings.ReplaceAll(budget.String(), ":", "-")
	for _, t := range []struct {
		tag         string
		has, common int
	}{{"input", input, r.Input}, {"epochs", recipe.Epochs, r.Recipe.Epochs}, {"n", n, r.N}} {
		if t.has != t.common {
			name += "-" + t.tag + strconv.Itoa(t.has)
		}
	}
	side := input
	if p.Scale != "" {
		g, err := space.ParseGrowth(p.Scale)
		if err != nil {
			return Run{}, err
		}
		side = g.Scaling().Size(input)
		name += "-" + strings.ReplaceAll(p.Scale, " ", "-")
	}
	run := Run{
		Name: name, N: n, Flops: budget, conditions: 1, side: side,
		draw: pipeline.Draw{
			Spaces: []string{p.Space}, N: n, Seed: r.Seed, Budgets: []space.Range{budget}, Data: r.Data, Input: input, Scale: p.Scale,
		},
		training: pipeline.Training{
			Last: true, // no experiment asks for a curve
			Data: r.Data, Images: pipeline.Images{Train: r.TrainImages, Test: r.TestImages},
			Recipe: func(trainer.Recipe) (trainer.Recipe, error) { return recipe, nil },
		},
	}
	if d.Until != nil {
		err = run.look(r, d, p)
	}
	return run, err
}

// look makes the run one with looks, of the conditions of the population's
// architectures.
func (run *Run) look(r Regime, d Definition, p Population) (err error) {
	if r.Max == 0 {
		return fmt.Errorf("until: regime %s does not say how many models there are at the last look", r.Name)
	}
	if run.N, err = whole("max", d.Until.Max.Of(float64(r.Max))); err != nil {
		return err
	}
	adjusted := r.Candidates > 0 && d.Vary == "" && run.N >= edf.LeastAdjusted
	run.Name += "-max" + strconv.Itoa(run.N)
	run.Looks = looks.Sizes(run.N, adjusted)
	run.draw.N = run.N
	run.training.Until = &looks.Options{Max: run.N, Predicted: adjusted, By: by}
	if r.Candidates > 0 {
		run.draw.Forecast = pipeline.Forecast{Predictor: predict.Builtin, Candidates: r.Candidates, Without: d.without(p.Space)}
	}
	if p.Value == "" {
		return nil
	}
	var values []string
	for _, q := range d.Populations {
		if q.architectures(d.Vary) == p.architectures(d.Vary) {
			values = append(values, q.Value)
		}
	}
	run.draw.Vary = d.Vary + "=" + strings.Join(values, ",")
	v, err := space.ParseVaried(run.draw.Vary)
	run.condition, run.conditions = v.Condition(p.Value), len(values)
	run.Name += "-" + strings.NewReplacer("=", "-", ",", "-").Replace(run.draw.Vary)
	return err
}

// by is who takes the looks at a population of experiments.
const by = "experiments"

func whole(what string, x float64) (int, error) {
	if x != math.Round(x) {
		return 0, fmt.Errorf("%s: the factor makes it %v: choose one that leaves it whole", what, x)
	}
	return int(x), nil
}

// Runs returns the runs of an experiment's populations, in their order.
func (r Regime) Runs(d Definition) ([]Run, error) {
	var runs []Run
	for _, p := range d.Populations {
		run, err := r.Run(d, p)
		if err == nil {
			_, err = space.Load(p.Space)
		}
		if err != nil {
			return nil, fmt.Errorf("experiment %s: population %s: %w", d.Name, p.Label, err)
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// Check reports, before anything is drawn, why the regime cannot give a verdict on
// an experiment: its images have not the sizes of a population, or populations are
// smaller than the statistic needs. Where it claims no verdicts these may be.
func (r Regime) Check(d Definition) error {
	runs, err := r.Runs(d)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if dataset.Check(r.Data, dataset.Options{Input: run.side}) != nil {
			return fmt.Errorf("experiment %s needs images of %d pixels, and regime %s has none: choose another regime", d.Name, run.side, r.Name)
		}
		if need := d.Statistic.fewest(); r.Verdicts && run.N < need {
			return fmt.Errorf("experiment %s needs %d models of a population, and regime %s has %d: choose another regime", d.Name, need, r.Name, run.N)
		}
	}
	return nil
}

// read reads the population of the run in a table, as results.csv has it, and the
// predictions beside it.
func (run Run) read(folder fs.FS, csv, label string) (*Sample, error) {
	f, err := folder.Open(csv)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := table.Read(csv, f)
	if err != nil {
		return nil, err
	}
	if run.Looks == nil {
		return sampleOf(label, t, nil, nil)
	}
	if t, err = run.population(t); err != nil {
		return nil, err
	}
	var candidates []float64
	if run.draw.Forecast.Candidates > 0 {
		if candidates, err = readCandidates(folder, candidatesFile(csv)); err != nil {
			return nil, err
		}
	}
	return sampleOf(label, t, run.Looks, candidates)
}

// population returns the rows of the population, which must be its first models:
// none left out, none in another's place.
func (run Run) population(t *table.Table) (*table.Table, error) {
	ids, err := t.Strings("id")
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if want := rundir.ID(i, run.N*run.conditions); id != want {
			return nil, t.Errorf(i, "model %s stands where %s belongs: looks are at the first models, in the order in which they were drawn", id, want)
		}
	}
	if run.condition == "" {
		return t, nil
	}
	conditions, err := t.Strings("condition")
	var rows []int
	for i, c := range conditions {
		if c == run.condition {
			rows = append(rows, i)
		}
	}
	return t.Select(rows), err
}

// check reports a run.yaml that does not state the looks of the run, or whose
// predictor was fitted to a space that the experiment compares: who looked at
// the run otherwise cannot claim the design.
func (run Run) check(text []byte, file string, d Definition) error {
	if run.Looks == nil {
		return nil
	}
	var c rundir.Config
	if err := strictyaml.Unmarshal(file, text, &c); err != nil {
		return err
	}
	u := c.Until()
	if u == nil || u.By != by || !slices.Equal(u.Looks, run.Looks) {
		return fmt.Errorf("%s: the run was not begun with the looks of the experiment, at %v models: train it in another directory", file, run.Looks)
	}
	p := c.Sample.Predictor
	if (p != nil) != (run.draw.Forecast.Candidates > 0) {
		return fmt.Errorf("%s: predictor: want one if and only if the regime has candidates: sample into another directory", file)
	}
	for _, q := range d.Populations {
		if p != nil && !slices.Contains(p.Without, q.Space) {
			return fmt.Errorf("%s: predictor: it was fitted to %s, which experiment %s compares: sample into another directory", file, q.Space, d.Name)
		}
	}
	return nil
}
