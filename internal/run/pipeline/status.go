package pipeline

import (
	"slices"

	"designspace/internal/confirm"
	"designspace/internal/plain"
	"designspace/internal/run/looks"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// A Status is how far a run has come.
type Status struct {
	Run          string          `json:"run"`
	Counts                       // over all populations
	Populations  []Part          `json:"populations"`
	Failures     []Failure       `json:"failures"`
	Repeats      int             `json:"repeats"`             // trainings of models beyond their first
	Confirmed    []confirm.Model `json:"confirmed,omitempty"` // the best of each population, if they were trained again
	TrainSeconds float64         `json:"train_seconds"`       // of all trainings together
	Until        *looks.Standing `json:"until,omitempty"`     // of a run that is trained until it is decided
	Warnings     []string        `json:"warnings"`
}

// Counts are numbers of models.
type Counts struct {
	Models   int `json:"models"`
	Done     int `json:"done"`
	Diverged int `json:"diverged"`
	Failed   int `json:"failed"`
	Pending  int `json:"pending"`
	Unneeded int `json:"unneeded"` // not trained, since the run was decided without them
}

// A Part is the models of one space and budget.
type Part struct {
	Name string `json:"name"`
	Counts
}

// A Failure is a model that could not be trained.
type Failure struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func (c *Counts) add(s trainer.Status) {
	c.Models++
	switch s {
	case trainer.Done:
		c.Done++
	case trainer.Diverged:
		c.Diverged++
	case trainer.Failed:
		c.Failed++
	case trainer.Pending:
		c.Pending++
	case trainer.Unneeded:
		c.Unneeded++
	}
}

// Inspect reads a run, brings its results.csv and curves.csv up to date, and
// says how far it has come. Where it cannot write, as in a read-only directory,
// it warns.
func Inspect(d rundir.Dir) (*Status, error) {
	// Before run.yaml, which has its train section before the first record.
	j, err := rundir.ReadJournal(d)
	if err != nil {
		return nil, err
	}
	c, err := rundir.ReadConfig(d)
	if err != nil {
		return nil, err
	}
	entries, err := rundir.LoadModels(d)
	if err != nil {
		return nil, err
	}
	if err := j.Check(entries); err != nil {
		return nil, err
	}
	s, err := StatusOf(d, c, entries, j)
	if err != nil {
		return nil, err
	}
	if err := rundir.SaveResults(d, entries, j); err != nil {
		s.Warnings = append(s.Warnings, "results.csv could not be brought up to date: "+plain.Text(err))
	}
	if err := j.CheckTrain(c.Train); err != nil {
		s.Warnings = append(s.Warnings, err.Error())
	}
	return s, nil
}

// StatusOf says how far a run has come by its design, its models and its journal,
// in which it marks the models that need no training.
func StatusOf(d rundir.Dir, c rundir.Config, entries []rundir.Entry, j *rundir.Journal) (*Status, error) {
	standing, err := looks.Take(d, c.Until(), entries, j)
	if err != nil {
		return nil, err
	}
	s := &Status{Run: string(d), Until: standing, Populations: []Part{}, Failures: []Failure{}, Warnings: append([]string{}, j.Warnings...)}
	for _, e := range entries {
		s.take(e, j)
	}
	for _, p := range populations(entries) {
		s.Confirmed = append(s.Confirmed, confirmed(p.name, p.entries, j)...)
	}
	return s, nil
}

func (s *Status) take(e rundir.Entry, j *rundir.Journal) {
	r := j.First(e.ID)
	name := e.Population()
	i := slices.IndexFunc(s.Populations, func(p Part) bool { return p.Name == name })
	if i < 0 {
		i = len(s.Populations)
		s.Populations = append(s.Populations, Part{Name: name})
	}
	s.Populations[i].add(r.Status)
	s.add(r.Status)
	if r.Status == trainer.Failed {
		s.Failures = append(s.Failures, Failure{e.ID, r.Reason})
	}
	for _, training := range j.Trainings(e.ID) {
		if training.Repeat > 0 {
			s.Repeats++
		}
		if t := training.TrainSeconds; t > 0 {
			s.TrainSeconds += t
		}
	}
}
