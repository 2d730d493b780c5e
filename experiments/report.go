package experiments

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"designspace/internal/format"
)

// A Result is an experiment with what the committed results say of it. The
// verdict is that of the main regime; those of others stand beside it.
type Result struct {
	Definition
	Judged  *Judged // nil: not run
	Date    string  // of the folder of results
	Earlier []Earlier
	Scales  []Scale // the newest of every regime, if another than the main one has any; in the order of budgets

	folder string // of the tables
}

// Earlier is what an older folder of results says of an experiment, by the
// statistics of its time.
type Earlier struct {
	Date    string
	Verdict Verdict
	Summary string // file, seen from the experiments
}

// Results returns all experiments with the committed outcomes, in the order of
// the list. Their q-values are over the claims as they are judged here.
func Results() ([]Result, error) { return resultsOf(committed) }

func resultsOf(fsys fs.FS) ([]Result, error) {
	ds, err := All()
	if err != nil {
		return nil, err
	}
	all, err := summaries(fsys)
	if err != nil {
		return nil, err
	}
	var rs []Result
	var judged []*Judged
	for _, d := range ds {
		r := Result{Definition: d}
		for _, s := range all {
			i := slices.IndexFunc(s.Experiments, func(j Judged) bool { return j.Name == d.Name })
			if i >= 0 && s.Regime == main {
				r.take(s, &s.Experiments[i])
			}
		}
		if r.Judged != nil {
			judged = append(judged, r.Judged)
		}
		if r.Scales, err = scales(fsys, all, d.Name); err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	adjust(judged)
	return rs, asRecorded(fsys, rs)
}

// asRecorded puts the definitions of those editions in their places that the
// outcomes are of.
func asRecorded(fsys fs.FS, rs []Result) error {
	of := map[string][]Definition{} // by folder of tables
	for i := range rs {
		r := &rs[i]
		if r.Judged == nil {
			continue
		}
		if of[r.folder] == nil {
			regime, err := readRegime(fsys, r.folder)
			if err == nil {
				of[r.folder], err = regime.Definitions()
			}
			if err != nil {
				return err
			}
		}
		for _, d := range of[r.folder] {
			if d.Name == r.Name {
				r.Definition = d
			}
		}
	}
	return nil
}

// answer is the tally of verdicts, and what becomes of refuted ones with scale.
func answer(rs []Result) string {
	return strings.TrimSpace(tallyOf(rs).String() + ". " + turned(rs) + " " + restated(rs))
}

// restated says how many verdicts are of definitions that are others by now; ""
// without any.
func restated(rs []Result) string {
	n := 0
	for _, r := range rs {
		if r.Judged != nil && path.Dir(r.file) != "definitions" {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d are judged as an earlier edition of their definitions stated them.", n)
}

// take puts the outcome of a later summary in the place of that of an earlier one.
func (r *Result) take(s Summary, j *Judged) {
	if r.Judged != nil {
		r.Earlier = append(r.Earlier, Earlier{Date: r.Date, Verdict: r.Judged.Verdict, Summary: path.Join("results", s.Regime, r.Date, "summary.json")})
	}
	r.Judged, r.Date, r.folder = j, s.Date, s.tables(j)
}

// Changed returns the verdict before, if it was another; properties had the words
// of claims.
func (r Result) Changed() Verdict {
	if len(r.Earlier) == 0 || r.Kind == Property {
		return ""
	}
	if before := r.Earlier[len(r.Earlier)-1].Verdict; before != r.Judged.Verdict {
		return before
	}
	return ""
}

// P formats a p-value; nil is one that there is none of.
func P(p *float64) string {
	if p == nil {
		return "-"
	}
	if *p < 1e-4 {
		return "<0.0001"
	}
	digits := 2
	if math.Abs(*p-level) <= 0.0005 { // else it reads as the level
		digits = 3
	}
	return strconv.FormatFloat(*p, 'g', digits, 64)
}

// Effect formats an effect with its 95 % interval: a pure number, which may be
// small or large, with four significant digits, and one with a unit with two decimals; nil
// is a number that the data cannot give.
func Effect(effect, lo, hi *float64, unit string) string {
	number := format.Percent
	if unit == "" || unit == activations {
		number = format.Number
	}
	text := func(x *float64) string {
		if x == nil {
			return "-"
		}
		return number(*x)
	}
	if lo == nil || hi == nil {
		return text(effect)
	}
	return fmt.Sprintf("%s [%s, %s]", text(effect), text(lo), text(hi))
}

func shortUnit(unit string) string {
	if unit == points {
		return "points"
	}
	return unit
}

// FigureName is a figure, table or section as a sentence names it.
func FigureName(figure string) string {
	if strings.IndexAny(figure, "0123456789") == 0 {
		return "Fig. " + figure
	}
	return figure
}

func hours(h float64) string { return strconv.FormatFloat(h, 'f', 2, 64) }

// tally counts the verdicts on claims. Clear are those that confirm or refute at
// 5 % after Benjamini and Hochberg, Open those inconclusive that an affordable number
// of models would decide.
type tally struct{ Confirmed, Refuted, Inconclusive, NotRun, Clear, Open int }

// affordable is the number of models of the largest populations that were trained.
const affordable = 500

func tallyOf(rs []Result) (t tally) {
	for _, r := range rs {
		switch {
		case r.Kind == Property:
			continue
		case r.Judged == nil:
			t.NotRun++
		case r.Judged.Verdict == Confirmed:
			t.Confirmed++
		case r.Judged.Verdict == Refuted:
			t.Refuted++
		default:
			t.Inconclusive++
			if n := r.Judged.Needed; n > 0 && n <= affordable {
				t.Open++
			}
		}
		if r.Judged != nil && r.Judged.Q != nil && *r.Judged.Q < level {
			t.Clear++
		}
	}
	return t
}

func (t tally) String() string {
	judged := t.Confirmed + t.Refuted + t.Inconclusive
	return fmt.Sprintf("%d of %d claims are judged: %d confirmed, %d refuted, %d inconclusive, of which %d models of a space would decide %d; %d of the %d decided ones stand after Benjamini and Hochberg",
		judged, judged+t.NotRun, t.Confirmed, t.Refuted, t.Inconclusive, affordable, t.Open, t.Clear, t.Confirmed+t.Refuted)
}

// spent says what the folders of results cost together.
func spent(all []Summary) string {
	var t Summary
	for _, s := range all {
		if s.Tables == nil { // else they are others'
			t.Populations, t.Models, t.CoreHours = t.Populations+s.Populations, t.Models+s.Models, t.CoreHours+s.CoreHours
		}
	}
	if t.Populations == 0 {
		return "Nothing is trained yet."
	}
	return fmt.Sprintf("%d populations with %d trainings took %s core-hours.", t.Populations, t.Models, hours(t.CoreHours))
}

// samples reads the populations of an experiment that was run, and their names.
func (r Result) samples(fsys fs.FS) ([]*Sample, []Run, error) {
	regime, err := readRegime(fsys, r.folder)
	if err != nil {
		return nil, nil, err
	}
	folder, err := fs.Sub(fsys, r.folder)
	if err != nil {
		return nil, nil, err
	}
	runs, err := regime.Runs(r.Definition)
	if err != nil {
		return nil, nil, err
	}
	samples, err := regime.read(folder, r.Definition)
	return samples, runs, err
}

func readRegime(fsys fs.FS, dir string) (Regime, error) {
	text, err := fs.ReadFile(fsys, path.Join(dir, "regime.yaml"))
	if err != nil {
		return Regime{}, err
	}
	return ParseRegime(path.Join(dir, "regime.yaml"), text)
}
