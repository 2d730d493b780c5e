// Package experiments holds the experiments of the papers as data: what each
// claims, which populations it compares, which statistic judges it and what
// would confirm or refute it, all stated before anything is trained.
//
// A [Definition] says only how its populations deviate from a [Regime], which
// fixes data, images, recipe, budget and size once for all experiments. So most
// populations are needed by several experiments; each is one run directory,
// trained once. An experiment is judged from the tables of its populations and
// nothing else: judging reads results again and never trains.
//
// Experiments that have an [Until] are looked at several times while their
// populations grow, and end when their claims are decided.
package experiments

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
)

//go:embed definitions
var definitions embed.FS

// Edition is that of the definitions as they are now. Folders of results say by
// their regimes which one their populations were trained for; what a definition
// was in an earlier edition, if it was another, is in a folder of that.
const Edition = 2

// A Definition is one experiment.
type Definition struct {
	Name        string       `yaml:"name"`
	Kind        Kind         `yaml:"kind"`
	Paper       Paper        `yaml:"paper"`
	Figure      string       `yaml:"figure"` // or section, as in "9 left" or "§5"
	Claim       string       `yaml:"claim"`  // of the paper, in one sentence
	Hypothesis  string       `yaml:"hypothesis"`
	Populations []Population `yaml:"populations"`
	Vary        string       `yaml:"vary"`  // setting that makes populations of the same architectures, or scale; "": none
	Until       *Until       `yaml:"until"` // nil: every model is trained
	Statistic   Statistic    `yaml:"statistic"`
	Confirms    string       `yaml:"confirms"` // outcome that would
	Refutes     string       `yaml:"refutes"`

	file     string              // seen from the experiments
	compared map[string][]string // spaces that the experiments of the edition compare with a space
}

// A Kind says what an experiment is about.
type Kind string

// An experiment is about a claim on design spaces, which data can confirm and
// refute, or a property of the method, which nearly any data have. Properties
// count in no tally of verdicts.
const (
	Claim    Kind = ""
	Property Kind = "property"
)

// A Population says which models an experiment needs, relative to a regime.
type Population struct {
	Label  string `yaml:"label"`
	Space  string `yaml:"space"` // of the catalog
	N      Factor `yaml:"n"`
	Flops  Factor `yaml:"flops"`
	Epochs Factor `yaml:"epochs"`
	Input  Factor `yaml:"input"` // side of the images
	Scale  string `yaml:"scale"` // how models are scaled after they were drawn, as in "dWr x4"; "": not
	Value  string `yaml:"value"` // of the setting that varies
}

// A Factor multiplies a value of the regime; it is written as in "x2". The zero
// value leaves it as it is.
type Factor float64

// UnmarshalText reads a factor.
func (f *Factor) UnmarshalText(text []byte) error {
	digits, ok := strings.CutPrefix(string(text), "x")
	x, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || !(x > 0 && x <= 1000) {
		return fmt.Errorf("factor %q: want x and a positive number up to 1000, as in x2 or x0.5", text)
	}
	*f = Factor(x)
	return nil
}

// Of returns the value of the regime times the factor.
func (f Factor) Of(x float64) float64 {
	if f == 0 {
		return x
	}
	return x * float64(f)
}

// A Paper is the arXiv number of a paper.
type Paper string

// The papers whose claims are examined, in the order in which their experiments
// are listed.
const (
	RegNet  Paper = "arXiv 2003.13678" // Radosavovic et al. 2020, Designing Network Design Spaces
	NDS     Paper = "arXiv 1905.13214" // Radosavovic et al. 2019, On Network Design Spaces for Visual Recognition
	Scaling Paper = "arXiv 2103.06877" // Dollár et al. 2021, Fast and Accurate Model Scaling
)

var papers = []Paper{RegNet, NDS, Scaling}

// All returns the experiments as they are now, in the order of papers and figures.
func All() ([]Definition, error) { return edition(Edition) }

// edition returns the experiments as they were in an edition.
func edition(n int) ([]Definition, error) {
	files, err := fs.Glob(definitions, "definitions/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Definition
	for _, f := range files {
		for e := Edition - 1; e >= n; e-- {
			before := fmt.Sprintf("definitions/edition%d/%s", e, path.Base(files[len(all)]))
			if _, err := fs.Stat(definitions, before); err == nil {
				f = before
			}
		}
		text, err := definitions.ReadFile(f)
		if err != nil {
			return nil, err
		}
		d, err := Parse(f, text)
		if err != nil {
			return nil, err
		}
		d.file = f
		all = append(all, d)
	}
	compare(all)
	slices.SortStableFunc(all, func(a, b Definition) int {
		return cmp.Or(cmp.Compare(slices.Index(papers, a.Paper), slices.Index(papers, b.Paper)), cmp.Compare(a.figure(), b.figure()), cmp.Compare(a.Figure, b.Figure))
	})
	return all, nil
}

// figure is the number that a figure's name begins with; sections come last.
func (d Definition) figure() int {
	digits := d.Figure[:len(d.Figure)-len(strings.TrimLeft(d.Figure, "0123456789"))]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 1000
	}
	return n
}

// Find returns the experiment of a name.
func Find(name string) (Definition, error) {
	all, err := All()
	if err != nil {
		return Definition{}, err
	}
	var names []string
	for _, d := range all {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	return Definition{}, fmt.Errorf("experiment %s: there is none; %s", name, suggest.Known(name, names))
}

// Parse reads a definition and checks it; its name must be that of the file,
// which is not opened.
func Parse(file string, text []byte) (Definition, error) {
	doc, err := strictyaml.Parse(file, text)
	if err != nil {
		return Definition{}, err
	}
	var d Definition
	if err := doc.Decode(&d); err != nil {
		return Definition{}, err
	}
	for key, value := range map[string]string{
		"name": d.Name, "figure": d.Figure, "claim": d.Claim, "hypothesis": d.Hypothesis, "confirms": d.Confirms, "refutes": d.Refutes,
	} {
		if strings.TrimSpace(value) == "" {
			return d, doc.At(key).Errorf("has no value; give one")
		}
	}
	if want := strings.TrimSuffix(path.Base(file), ".yaml"); d.Name != want {
		return d, doc.At("name").Errorf("%s is not the name of the file, %s", d.Name, want)
	}
	if !slices.Contains(papers, d.Paper) {
		return d, doc.At("paper").Errorf("%s is not a paper known here: want one of %v", d.Paper, papers)
	}
	if err := d.checkPopulations(); err != nil {
		return d, doc.At("populations").Errorf("%v", err)
	}
	if err := d.Statistic.check(d.labels()); err != nil {
		return d, doc.At("statistic").Errorf("%v", err)
	}
	if d.Kind != Claim && d.Kind != Property {
		return d, doc.At("kind").Errorf("%s is unknown: want %s, or nothing for a claim", d.Kind, Property)
	}
	if d.Statistic.ofMethod() != (d.Kind == Property) {
		return d, doc.At("statistic").Errorf("%s: of the kind %s, and only there, want size or split", d.Statistic.Name(), Property)
	}
	if err := d.checkDesign(); err != nil {
		return d, doc.Errorf("%v", err)
	}
	if m := d.Statistic.Mean; m != nil {
		m.paired = d.Vary != ""
	}
	return d, nil
}

func (d Definition) labels() []string {
	var labels []string
	for _, p := range d.Populations {
		labels = append(labels, p.Label)
	}
	return labels
}

func (d Definition) checkPopulations() error {
	seen := map[string]bool{}
	for _, p := range d.Populations {
		switch {
		case p.Label == "":
			return fmt.Errorf("a population has no label")
		case seen[p.Label]:
			return fmt.Errorf("two populations are labelled %s", p.Label)
		case p.Space == "":
			return fmt.Errorf("%s has no space", p.Label)
		}
		seen[p.Label] = true
	}
	if len(seen) == 0 {
		return fmt.Errorf("there is none")
	}
	return nil
}
