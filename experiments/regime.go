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

	"designspace/internal/run/pipeline"
	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
	"designspace/space"
	"designspace/trainer"
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
	return r, nil
}

// A Run is a population in a regime: what an ordinary run directory holds, and
// the name of that directory. Experiments that need the same population have
// runs of the same name.
type Run struct {
	Name     string
	N        int         // models
	Flops    space.Range // of the models
	draw     pipeline.Draw
	training pipeline.Training
}

// Run returns how a population is drawn and trained.
func (r Regime) Run(p Population) (Run, error) {
	budget := space.Between(p.Flops.Of(r.Flops.Min()), p.Flops.Of(r.Flops.Max()))
	n, err := whole("n", p.N.Of(float64(r.N)))
	if err != nil {
		return Run{}, err
	}
	input, err := whole("input", p.Input.Of(float64(r.Input)))
	if err != nil {
		return Run{}, err
	}
	recipe := r.Recipe
	if recipe.Epochs, err = whole("epochs", p.Epochs.Of(float64(recipe.Epochs))); err != nil {
		return Run{}, err
	}
	name := strings.ReplaceAll(strings.TrimPrefix(p.Space, "proxy/"), "/", "-") + "-" + strings.ReplaceAll(budget.String(), ":", "-")
	for _, d := range []struct {
		tag         string
		has, common int
	}{{"input", input, r.Input}, {"epochs", recipe.Epochs, r.Recipe.Epochs}, {"n", n, r.N}} {
		if d.has != d.common {
			name += "-" + d.tag + strconv.Itoa(d.has)
		}
	}
	if p.Scale != "" {
		if _, err := space.ParseScaling(p.Scale); err != nil {
			return Run{}, err
		}
		name += "-" + strings.ReplaceAll(p.Scale, " ", "-")
	}
	return Run{
		Name: name, N: n, Flops: budget,
		draw: pipeline.Draw{
			Spaces: []string{p.Space}, N: n, Seed: r.Seed, Budgets: []space.Range{budget}, Data: r.Data, Input: input, Scale: p.Scale,
		},
		training: pipeline.Training{
			Last: true, // no experiment asks for a curve
			Data: r.Data, Images: pipeline.Images{Train: r.TrainImages, Test: r.TestImages},
			Recipe: func(trainer.Recipe) (trainer.Recipe, error) { return recipe, nil },
		},
	}, nil
}

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
		run, err := r.Run(p)
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
