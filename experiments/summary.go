package experiments

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"designspace/bootstrap"
)

//go:embed results
var committed embed.FS

// A Summary is summary.json: the verdicts of one folder of results.
type Summary struct {
	Regime string `json:"regime"`
	Date   string `json:"date"` // name of the folder
	// Tables are the folders whose tables were judged, the latest last; none where
	// they are in the folder itself.
	Tables      []Tables `json:"tables,omitempty"`
	Populations int      `json:"populations"` // that were trained
	Models      int      `json:"models"`      // distinct trainings
	CoreHours   float64  `json:"core_hours"`  // of training and evaluating them
	Experiments []Judged `json:"experiments"` // those whose populations are all there
}

// Tables names a folder of results beside that of a summary.
type Tables struct {
	Folder string `json:"folder"`
	SHA256 string `json:"sha256"` // of all its files, see FORMAT.md
}

// Judged is the outcome of an experiment, in a form for programs. Numbers that
// do not exist are null.
type Judged struct {
	Name      string        `json:"name"`
	Kind      Kind          `json:"kind,omitempty"`
	Tables    string        `json:"tables,omitempty"` // folder of its populations, if another
	N         int           `json:"n"`                // models of the smallest population
	Needed    int           `json:"needed,omitempty"` // how many would decide with a probability of 80 %, if the effects are as they look
	Verdict   Verdict       `json:"verdict"`
	P         *float64      `json:"p"`      // of the claim; null: no test
	Q         *float64      `json:"q"`      // P after Benjamini and Hochberg over all claims of the summary
	Effect    *float64      `json:"effect"` // of the finding that stands for the outcome
	Lo        *float64      `json:"lo"`     // its 95 % interval
	Hi        *float64      `json:"hi"`
	Unit      string        `json:"unit"`
	Quantity  string        `json:"quantity"`
	CoreHours float64       `json:"core_hours"` // of its populations, whether or not others share them
	Findings  []findingJSON `json:"findings"`
}

// Withhold takes back the verdicts, their p-values and what more would decide, for a
// regime that claims none.
func (j *Judged) Withhold() {
	j.Verdict, j.P, j.Needed = "", nil, 0
	for i := range j.Findings {
		j.Findings[i].Verdict, j.Findings[i].P, j.Findings[i].Needed = "", nil, 0
	}
}

// Models are those of each population that the effect is of, or of the smallest, and
// how many would decide, if that can be told: "30 (190)".
func (j Judged) Models() string {
	n := j.N
	for _, f := range j.Findings {
		if f.Quantity == j.Quantity && f.Taken != nil {
			n = f.Taken.Models
		}
	}
	if j.Needed == 0 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d (%d)", n, j.Needed)
}

// Noted reports whether any finding has remarks.
func (j Judged) Noted() bool {
	return slices.ContainsFunc(j.Findings, func(f findingJSON) bool { return f.Remarks() != "" })
}

// Remarks are the look that decided the finding, what predictions made of it, and
// its note.
func (f findingJSON) Remarks() string {
	var all []string
	if t := f.Taken; t != nil {
		all = append(all, fmt.Sprintf("look %d of %d, %d models of each", t.Look, t.Of, t.Models))
		if i := t.Raw; i != nil {
			all = append(all, "without predictions "+Effect(i.Effect, i.Lo, i.Hi, f.Unit))
		}
		if i := t.Adjusted; i != nil {
			all = append(all, "adjusted by predictions "+Effect(i.Effect, i.Lo, i.Hi, f.Unit))
		}
		var r2 []string
		for _, x := range t.R2 {
			r2 = append(r2, Effect(x, nil, nil, points))
		}
		if r2 != nil {
			all = append(all, "R² "+strings.Join(r2, " and "))
		}
	}
	if f.Note != "" {
		all = append(all, f.Note)
	}
	if f.Needed > 0 {
		all = append(all, fmt.Sprintf("%d models would decide, if the effect is as it looks", f.Needed))
	}
	return strings.Join(all, "; ")
}

type findingJSON struct {
	Quantity  string   `json:"quantity"`
	Criterion string   `json:"asked"`
	Unit      string   `json:"unit"`
	Effect    *float64 `json:"effect"`
	Lo        *float64 `json:"lo"`
	Hi        *float64 `json:"hi"`
	P         *float64 `json:"p"` // after Holm over the findings
	Verdict   Verdict  `json:"verdict"`
	Note      string   `json:"note,omitempty"`
	Needed    int      `json:"needed,omitempty"`

	Taken *takenJSON `json:"look,omitempty"` // that decided it, or the last one
}

// takenJSON is [Taken] in a form for programs.
type takenJSON struct {
	Look     int           `json:"number"`
	Of       int           `json:"of"`
	Models   int           `json:"models"`             // of each population
	Raw      *intervalJSON `json:"raw,omitempty"`      // the same without predictions
	Adjusted *intervalJSON `json:"adjusted,omitempty"` // the same with predictions, where pairs decide
	R2       []*float64    `json:"r2,omitempty"`
}

type intervalJSON struct {
	Effect *float64 `json:"effect"`
	Lo     *float64 `json:"lo"`
	Hi     *float64 `json:"hi"`
}

func (t *Taken) json() *takenJSON {
	if t == nil {
		return nil
	}
	j := &takenJSON{Look: t.Look, Of: t.Of, Models: t.Models, Raw: interval(t.Raw), Adjusted: interval(t.Adjusted)}
	for _, r2 := range t.R2 {
		j.R2 = append(j.R2, sixDigits(r2))
	}
	return j
}

func interval(i *bootstrap.Interval) *intervalJSON {
	if i == nil {
		return nil
	}
	return &intervalJSON{sixDigits(i.Estimate), sixDigits(i.Lo), sixDigits(i.Hi)}
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

// Entry is a line of the list of experiments. Models, verdict, effect and limits are
// nil where an experiment has not been run.
type Entry struct {
	Name    string   `json:"name"`
	Kind    Kind     `json:"kind,omitempty"`
	Paper   Paper    `json:"paper"`
	Figure  string   `json:"figure"`
	Claim   string   `json:"claim"`
	N       *int     `json:"n"` // models of the smallest population
	Verdict *Verdict `json:"verdict"`
	P       *float64 `json:"p"`
	Q       *float64 `json:"q"` // P after Benjamini and Hochberg over all claims
	Effect  *float64 `json:"effect"`
	Lo      *float64 `json:"lo"`
	Hi      *float64 `json:"hi"`
	Unit    string   `json:"unit"`
	Measure string   `json:"quantity"` // what the effect is of
	Regime  string   `json:"regime"`   // of the verdict, or in which one would be claimed
	Date    string   `json:"date,omitempty"`
}

// List returns all experiments with the verdicts of the committed results.
func List() ([]Entry, error) {
	rs, err := Results()
	if err != nil {
		return nil, err
	}
	var list []Entry
	for _, r := range rs {
		e := Entry{Name: r.Name, Kind: r.Kind, Paper: r.Paper, Figure: r.Figure, Claim: r.Claim, Regime: main, Date: r.Date}
		if j := r.Judged; j != nil {
			e.N, e.Verdict, e.P, e.Q, e.Effect, e.Lo, e.Hi = &j.N, &j.Verdict, j.P, j.Q, j.Effect, j.Lo, j.Hi
			e.Unit, e.Measure = j.Unit, j.Quantity
		}
		list = append(list, e)
	}
	return list, nil
}

// main is the regime whose verdicts count; those of other regimes say how they
// depend on scale.
const main = "cifar"

// summaries reads the summary of every folder of results, those of a regime
// beside each other, the oldest first.
func summaries(fsys fs.FS) ([]Summary, error) {
	files, err := fs.Glob(fsys, "results/*/*/summary.json")
	if err != nil {
		return nil, err
	}
	var all []Summary
	for _, f := range files {
		s, err := readSummary(fsys, path.Dir(f))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Summary) int {
		return cmp.Or(cmp.Compare(a.Regime, b.Regime), cmp.Compare(a.Date, b.Date))
	})
	return all, nil
}

func readSummary(fsys fs.FS, folder string) (s Summary, err error) {
	data, err := fs.ReadFile(fsys, path.Join(folder, "summary.json"))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("%s/summary.json: %w", folder, err)
	}
	if s.Date != path.Base(folder) {
		return s, fmt.Errorf("%s/summary.json: date %s is not the name of the folder", folder, s.Date)
	}
	if s.Regime != path.Base(path.Dir(folder)) {
		return s, fmt.Errorf("%s/summary.json: regime %s is not the name of the folder above", folder, s.Regime)
	}
	return s, nil
}

// folder is where the summary lies.
func (s Summary) folder() string { return path.Join("results", s.Regime, s.Date) }

// tables is the folder of the tables that an outcome is of.
func (s Summary) tables(j *Judged) string {
	return path.Join("results", s.Regime, cmp.Or(j.Tables, s.Date))
}
