// Package dashboard shows in a browser how the training of a run goes on. It only
// reads the run directory, and the same page serves however many processes train.
package dashboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"designspace/edf"
	"designspace/internal/numeric"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/plots"
	"designspace/trainer"
)

// A State is what the page shows.
type State struct {
	*pipeline.Status
	Working     []Working `json:"working"`      // models in training
	Command     string    `json:"command"`      // what trains the rest, if nobody does, or writes the report that is missing
	Report      bool      `json:"report"`       // all is trained and there is a report
	Recent      []Outcome `json:"recent"`       // the last outcomes recorded, the newest first
	SecondsLeft float64   `json:"seconds_left"` // 0: not known, or nothing is left
	EDF         string    `json:"edf"`          // SVG, "" as long as there is no error
}

// A Working is a model in training.
type Working struct {
	ID         string       `json:"id"`
	Population string       `json:"population"`
	Repeat     int          `json:"repeat"`
	Host       string       `json:"host"`
	Epoch      int          `json:"epoch"`    // completed
	Epochs     int          `json:"epochs"`   // of the recipe
	Training   bool         `json:"training"` // the curve is of the training error, as no other is known
	Curve      [][2]float64 `json:"curve"`    // epoch and error in percent
}

// An Outcome is what came of a model.
type Outcome struct {
	ID         string         `json:"id"`
	Population string         `json:"population"`
	Status     trainer.Status `json:"status"`
	Error      float64        `json:"error"` // percent
	Seconds    float64        `json:"seconds"`
}

// MarshalJSON writes null for a number that is absent.
func (o Outcome) MarshalJSON() ([]byte, error) { return numeric.MarshalJSON(o) }

// recent is the number of outcomes listed.
const recent = 20

// A reader reads the state of a run, anew only when something was recorded.
type reader struct {
	dir rundir.Dir

	mu      sync.Mutex
	signed  string // what the state was made of
	journal *rundir.Journal
	state   State   // without what the workers do
	open    float64 // seconds of training that are left for one worker

	populations map[string]string // of the models
	epochs      int               // of the recipe; 0 if nothing is trained yet

	text   []byte    // the whole state as JSON,
	looked time.Time // as it was then
}

// lookEvery is how long a state is good enough: many who watch cost the training
// no more than one.
const lookEvery = 500 * time.Millisecond

// json returns the state as JSON.
func (r *reader) json() ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.text != nil && time.Since(r.looked) < lookEvery {
		return r.text, nil
	}
	s, err := r.read()
	if err != nil {
		return nil, err
	}
	r.text, err = json.Marshal(s)
	r.looked = time.Now()
	return r.text, err
}

// now returns the state by now.
func (r *reader) now() (State, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read()
}

// read is [reader.now] for one who holds the lock.
func (r *reader) read() (State, error) {
	if sign := r.sign(); sign != r.signed {
		if err := r.outcomes(); err != nil {
			return State{}, err
		}
		r.signed = sign
	}
	s := r.state
	work, err := rundir.Working(r.dir, r.journal)
	for _, w := range work {
		s.Working = append(s.Working, r.working(w))
	}
	switch {
	case len(work) > 0:
		s.SecondsLeft = r.open / float64(len(work))
	case s.Pending > 0:
		s.Command = "designspace train " + r.dir.Word()
	default:
		info, err := os.Lstat(r.dir.Report())
		if s.Report = err == nil && info.Mode().IsRegular(); !s.Report {
			s.Command = "designspace report " + r.dir.Word()
		}
	}
	return s, err
}

// working is how far a training is: by its errors on held-out images, or else by
// those in training.
func (r *reader) working(w rundir.Work) Working {
	s := Working{
		ID: w.ID, Population: r.populations[w.ID], Repeat: w.Repeat, Host: w.Host,
		Epochs: r.epochs, Curve: [][2]float64{},
	}
	s.Training = !slices.ContainsFunc(w.Curve, func(e trainer.Epoch) bool { return !math.IsNaN(e.Error) })
	for _, e := range w.Curve {
		s.Epoch = e.Epoch
		if s.Training {
			e.Error = e.TrainError
		}
		if !math.IsNaN(e.Error) {
			s.Curve = append(s.Curve, [2]float64{float64(e.Epoch), e.Error})
		}
	}
	return s
}

// sign tells states apart by the sizes and times of the files they come from.
func (r *reader) sign() string {
	var b strings.Builder
	files, _ := rundir.JournalFiles(r.dir)
	for _, f := range append(files, r.dir.Config(), r.dir.Models()) {
		if info, err := os.Stat(f); err == nil {
			fmt.Fprintln(&b, f, info.Size())
			if !strings.HasPrefix(f, r.dir.Journal()) {
				fmt.Fprintln(&b, info.ModTime())
			}
		}
	}
	return b.String()
}

// outcomes reads the state but for what the workers do.
func (r *reader) outcomes() error {
	j, err := rundir.ReadJournal(r.dir)
	if err != nil {
		return err
	}
	c, err := rundir.ReadConfig(r.dir)
	if err != nil {
		return err
	}
	entries, err := rundir.LoadModels(r.dir)
	if err != nil {
		return err
	}
	status, err := pipeline.StatusOf(r.dir, c, entries, j)
	if err != nil {
		return err
	}
	s := State{Status: status, Working: []Working{}, Recent: []Outcome{}}
	if c.Train != nil {
		r.epochs = c.Train.Recipe.Epochs
	}
	r.populations = map[string]string{}
	for _, e := range entries {
		r.populations[e.ID] = e.Population()
	}
	for _, rec := range slices.Backward(j.Records) {
		if len(s.Recent) < recent {
			s.Recent = append(s.Recent, Outcome{rec.ID, r.populations[rec.ID], rec.Status, rec.Error, rec.TrainSeconds})
		}
	}
	if s.EDF, err = distributions(entries, j); err != nil {
		return err
	}
	r.journal, r.state, r.open = j, s, open(entries, j)
	return nil
}

// open extrapolates the seconds that one worker needs for the models without an
// outcome from those that are trained, by their cost; 0 if there are none.
func open(entries []rundir.Entry, j *rundir.Journal) float64 {
	seconds, done, open := 0.0, 0.0, 0.0
	for _, e := range entries {
		cost := trainer.Cost(e.Model)
		if r := j.First(e.ID); r.Status == trainer.Pending {
			open += cost
		} else if t := r.TrainSeconds; t > 0 && r.Status == trainer.Done {
			seconds += t
			done += cost
		}
	}
	if done == 0 {
		return 0
	}
	return seconds / done * open
}

// distributions draws the errors so far, with the weights of a tilted draw.
func distributions(entries []rundir.Entry, j *rundir.Journal) (string, error) {
	var ps []edf.Population
	page := plots.Page{Width: 84}
	for _, e := range entries {
		r, ok := j.Outcome(e.ID, 0)
		if !ok || !r.Status.Counts() {
			continue
		}
		i := slices.IndexFunc(ps, func(p edf.Population) bool { return p.Name == e.Population() })
		if i < 0 {
			i = len(ps)
			ps = append(ps, edf.Population{Name: e.Population()})
		}
		ps[i].Errors = append(ps[i].Errors, r.Error)
		if e.Stratum != 0 {
			ps[i].Weights = append(ps[i].Weights, e.Weight)
		}
		if e.ChosenOf != 0 {
			page.Note = "Models chosen for low predicted errors (train --best): no sample of their space."
		}
	}
	if len(ps) == 0 {
		return "", nil
	}
	f, err := plots.EDF(ps, plots.EDFOptions{Page: page})
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = f.Inline(&b, "Error distributions so far")
	return b.String(), err
}
