package report

import (
	"fmt"
	"strings"

	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/internal/table"
)

// A Run says what was run: in a few words, and in full.
type Run struct {
	Name   string
	Facts  []Fact
	Spaces []Lineage
	File   string // text of run.yaml
}

// A Fact is a line about a run.
type Fact struct{ Key, Value string }

// Runs describes the run directories of a study.
func Runs(s *analysis.Study) ([]Run, error) {
	var runs []Run
	for _, d := range s.Runs() {
		c, err := rundir.ReadConfig(d)
		if err != nil {
			return nil, err
		}
		text, err := rundir.ReadFile(d.Config())
		if err != nil {
			return nil, err
		}
		r := Run{Name: string(d), Facts: facts(c), File: string(text)}
		for _, def := range c.Sample.Spaces {
			l, err := lineage(d.Config(), def)
			if err != nil {
				return nil, err
			}
			r.Spaces = append(r.Spaces, l)
		}
		runs = append(runs, r)
	}
	for _, stopped := range s.Stopped() {
		for i := range runs {
			if runs[i].Name == stopped.Run {
				runs[i].Facts = append(runs[i].Facts, Fact{"until decided", stopped.Sentence})
			}
		}
	}
	return runs, nil
}

func facts(c rundir.Config) []Fact {
	var names []string
	for _, s := range c.Sample.Spaces {
		names = append(names, s.Name)
	}
	population := fmt.Sprintf("%d models of each", c.Sample.N)
	if len(c.Sample.Flops) > 0 {
		var budgets []string
		for _, b := range c.Sample.Flops {
			budgets = append(budgets, b.String())
		}
		population += " within " + strings.Join(budgets, " and ") + " flops"
	}
	for _, w := range c.Sample.Windows {
		population += ", " + w.String()
	}
	fs := []Fact{{"spaces", strings.Join(names, ", ")}, {"population", fmt.Sprintf("%s, seed %d", population, c.Sample.Seed)}}
	if c.Train == nil {
		return fs
	}
	d, r := c.Train.Data, c.Train.Recipe
	data := fmt.Sprintf("%s: %d training and %d test images", d.Name, d.TrainImages, d.TestImages)
	if d.TestFromTrain > 0 {
		data += fmt.Sprintf(" (%d of the training part, not trained on)", d.TestFromTrain)
	}
	if d.ValImages > 0 {
		data += fmt.Sprintf(", %d for validation", d.ValImages)
	}
	if c.Sample.Input > 0 {
		data += fmt.Sprintf(", %d pixels", c.Sample.Input)
	}
	recipe := fmt.Sprintf("%s: %d epochs, batch %d, learning rate %s, weight decay %s", r.Label(), r.Epochs, r.Batch, table.Float(r.LR), table.Float(r.WeightDecay))
	return append(fs, Fact{"data", data}, Fact{"recipe", recipe}, Fact{"kernels", c.Train.Kernel})
}
