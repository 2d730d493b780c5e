package experiments

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
)

//go:embed results
var committed embed.FS

// A Summary is summary.json: the verdicts of one folder of results.
type Summary struct {
	Regime      string   `json:"regime"`
	Date        string   `json:"date"`        // name of the folder
	Populations int      `json:"populations"` // that were trained
	Models      int      `json:"models"`      // distinct trainings
	CoreHours   float64  `json:"core_hours"`  // of training and evaluating them
	Experiments []Judged `json:"experiments"` // those whose populations are all there
}

// Judged is the outcome of an experiment, in a form for programs. Numbers that
// do not exist are null.
type Judged struct {
	Name      string        `json:"name"`
	N         int           `json:"n"` // models of the smallest population
	Verdict   Verdict       `json:"verdict"`
	Effect    *float64      `json:"effect"` // of the finding that stands for the outcome
	Lo        *float64      `json:"lo"`     // its 95 % interval
	Hi        *float64      `json:"hi"`
	Unit      string        `json:"unit"`
	Quantity  string        `json:"quantity"`
	CoreHours float64       `json:"core_hours"` // of its populations, whether or not others share them
	Findings  []findingJSON `json:"findings"`
}

// Withhold takes the verdicts back, for a regime that claims none.
func (j *Judged) Withhold() {
	j.Verdict = ""
	for i := range j.Findings {
		j.Findings[i].Verdict = ""
	}
}

// Noted reports whether any finding has a note.
func (j Judged) Noted() bool {
	return slices.ContainsFunc(j.Findings, func(f findingJSON) bool { return f.Note != "" })
}

type findingJSON struct {
	Quantity  string   `json:"quantity"`
	Criterion string   `json:"asked"`
	Unit      string   `json:"unit"`
	Effect    *float64 `json:"effect"`
	Lo        *float64 `json:"lo"`
	Hi        *float64 `json:"hi"`
	Verdict   Verdict  `json:"verdict"`
	Note      string   `json:"note,omitempty"`
}

// sixDigits rounds to six significant digits, in which architectures agree; nil if
// x is not finite.
func sixDigits(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	if x != 0 {
		scale := math.Pow(10, 5-math.Floor(math.Log10(math.Abs(x))))
		x = math.Round(x*scale) / scale
	}
	return &x
}

// Entry is a line of the list of experiments. Verdict, effect and limits are nil
// where an experiment has not been run.
type Entry struct {
	Name    string   `json:"name"`
	Paper   Paper    `json:"paper"`
	Figure  string   `json:"figure"`
	Claim   string   `json:"claim"`
	N       int      `json:"n"` // models of the smallest population, run or to be run
	Verdict *Verdict `json:"verdict"`
	Effect  *float64 `json:"effect"`
	Lo      *float64 `json:"lo"`
	Hi      *float64 `json:"hi"`
	Unit    string   `json:"unit"`
	Regime  string   `json:"regime"` // of the verdict, or in which one would be claimed
	Date    string   `json:"date,omitempty"`
}

// List returns all experiments with the verdicts of the committed results.
func List() ([]Entry, error) {
	ds, err := All()
	if err != nil {
		return nil, err
	}
	summaries, err := summaries(committed)
	if err != nil {
		return nil, err
	}
	regime, err := FindRegime(main)
	if err != nil {
		return nil, err
	}
	var list []Entry
	for _, d := range ds {
		e := Entry{Name: d.Name, Paper: d.Paper, Figure: d.Figure, Claim: d.Claim, Regime: regime.Name}
		runs, err := regime.Runs(d)
		if err != nil {
			return nil, err
		}
		e.N = slices.MinFunc(runs, func(a, b Run) int { return a.N - b.N }).N
		for _, s := range summaries {
			e.take(s)
		}
		list = append(list, e)
	}
	return list, nil
}

// main is the regime whose verdicts are committed.
const main = "cifar"

func (e *Entry) take(s Summary) {
	i := slices.IndexFunc(s.Experiments, func(j Judged) bool { return j.Name == e.Name })
	if i < 0 {
		return
	}
	j := s.Experiments[i]
	e.N, e.Verdict, e.Effect, e.Lo, e.Hi, e.Unit = j.N, &j.Verdict, j.Effect, j.Lo, j.Hi, j.Unit
	e.Regime, e.Date = s.Regime, s.Date
}

// Check judges every folder of the committed results anew and reports the first
// whose summary.json says something else. It returns how many experiments were
// judged.
func Check() (int, error) {
	folders, err := folders(committed)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, f := range folders {
		folder, err := fs.Sub(committed, f)
		if err != nil {
			return n, err
		}
		s, err := Summarize(folder, path.Base(f))
		if err != nil {
			return n, fmt.Errorf("%s: %w", f, err)
		}
		want, err := s.Marshal()
		if err != nil {
			return n, err
		}
		got, err := fs.ReadFile(folder, "summary.json")
		if err != nil {
			return n, fmt.Errorf("%s: %w", f, err)
		}
		if !bytes.Equal(got, want) {
			return n, fmt.Errorf("experiments/%s/summary.json is not what the results say: record them again", f)
		}
		n += len(s.Experiments)
	}
	return n, nil
}

// summaries reads the summary of every folder of results, the oldest first.
func summaries(fsys fs.FS) ([]Summary, error) {
	folders, err := folders(fsys)
	if err != nil {
		return nil, err
	}
	var all []Summary
	for _, f := range folders {
		data, err := fs.ReadFile(fsys, path.Join(f, "summary.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var s Summary
		if err := json.Unmarshal(data, &s); err != nil {
			return nil, fmt.Errorf("%s/summary.json: %w", f, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// folders returns the folders of the main regime's results, the oldest first.
func folders(fsys fs.FS) ([]string, error) {
	files, err := fs.Glob(fsys, "results/"+main+"/*/regime.yaml")
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		files[i] = path.Dir(f)
	}
	slices.Sort(files)
	return files, nil
}
