package experiments

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"designspace/plots"
)

// A Scale is what the newest results of a regime say of an experiment.
type Scale struct {
	Judged
	Regime Regime
	Date   string  // of the folder of results
	Flops  float64 // least of the budget
}

// scales returns the newest outcome of an experiment in every regime, in the order
// of budgets; nil where there is none but that of the main regime.
func scales(fsys fs.FS, all []Summary, name string) ([]Scale, error) {
	newest := map[string]Summary{}
	for _, s := range all { // the oldest first
		if s.find(name) != nil {
			newest[s.Regime] = s
		}
	}
	var found []Scale
	for _, s := range newest {
		j := s.find(name)
		if j.Effect == nil { // there are too few models for the statistic
			continue
		}
		r, err := readRegime(fsys, s.tables(j))
		if err != nil {
			return nil, err
		}
		ds, err := r.Definitions()
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(ds, func(d Definition) bool { return d.Name == name })
		found = append(found, Scale{*j, r, s.Date, ds[i].flops(r)})
	}
	if len(found) == 1 && found[0].Regime.Name == main {
		return nil, nil
	}
	slices.SortFunc(found, func(a, b Scale) int {
		return cmp.Or(cmp.Compare(a.Flops, b.Flops), cmp.Compare(a.Regime.Input, b.Regime.Input), cmp.Compare(a.Regime.Name, b.Regime.Name))
	})
	return found, nil
}

// find returns the outcome of an experiment, nil if there is none.
func (s Summary) find(name string) *Judged {
	for i := range s.Experiments {
		if s.Experiments[i].Name == name {
			return &s.Experiments[i]
		}
	}
	return nil
}

// flops is the least budget of the populations in a regime, where they have one,
// and otherwise that of the regime.
func (d Definition) flops(r Regime) float64 {
	factor := d.Populations[0].Flops
	for _, p := range d.Populations {
		if p.Flops != factor {
			factor = 0
		}
	}
	return factor.Of(r.Flops.Min())
}

// Setting tells the regimes apart that differ in more than the budget.
func (s Scale) Setting() string {
	r := s.Regime
	return fmt.Sprintf("%s at %d², %d epochs of %d images", r.Data, r.Input, r.Recipe.Epochs, r.TrainImages)
}

// String is a finding in words: "mean error of B less that of A: 1.00 [0.50, 1.50]
// points".
func (f findingJSON) String() string {
	return measured(f.Quantity, f.Effect, f.Lo, f.Hi, f.Unit)
}

// Main is the finding that stands for the outcome, in the same words.
func (j Judged) Main() string { return measured(j.Quantity, j.Effect, j.Lo, j.Hi, j.Unit) }

func measured(quantity string, effect, lo, hi *float64, unit string) string {
	text := strings.TrimSpace(Effect(effect, lo, hi, unit) + " " + shortUnit(unit))
	if quantity == "" {
		return text
	}
	return quantity + ": " + text
}

// Effects are the findings of a regime that are to be compared with those of
// others: on the quantity that stands for the outcome in the main regime, and, if
// that is not what decided here, on the one that did.
func (r Result) Effects(s Scale) []string {
	if r.Judged == nil || s.Quantity == r.Judged.Quantity {
		return []string{s.Main()}
	}
	for _, f := range s.Findings {
		switch {
		case f.Quantity == r.Judged.Quantity && f.Verdict == s.Verdict:
			return []string{f.String()}
		case f.Quantity == r.Judged.Quantity:
			return []string{f.String(), s.Main()}
		}
	}
	return []string{s.Main()}
}

// A Turn is what becomes of the verdict of the main regime where models are larger.
type Turn string

// Turns of a verdict; "" is that of an experiment without larger models.
const (
	Turns   Turn = "turns"   // the opposite is decided
	Stays   Turn = "stays"   // the same is decided
	Decided Turn = "decided" // of a claim that is inconclusive in the main regime
	Open    Turn = "open"    // nothing is
)

// larger returns the outcome in the main regime and those on the same data with
// larger budgets; nil without any in the main one.
func (r Result) larger() (base *Scale, larger []Scale) {
	i := slices.IndexFunc(r.Scales, func(s Scale) bool { return s.Regime.Name == main })
	if i < 0 {
		return nil, nil
	}
	base = &r.Scales[i]
	for _, s := range r.Scales {
		if s.Flops > base.Flops && s.Regime.Data == base.Regime.Data {
			larger = append(larger, s)
		}
	}
	return base, larger
}

// Turn compares the verdict of the main regime with that of the largest budget on
// the same data that decides, which it returns, too.
func (r Result) Turn() (turn Turn, at *Scale) {
	base, larger := r.larger()
	if base == nil || r.Kind == Property {
		return "", nil
	}
	for i := range larger {
		s := &larger[i]
		switch {
		case s.Verdict == Inconclusive:
			turn = cmp.Or(turn, Open)
			continue
		case base.Verdict == Inconclusive:
			turn = Decided
		case s.Verdict == base.Verdict:
			turn = Stays
		default:
			turn = Turns
		}
		at = s
	}
	return turn, at
}

// TurnText says it in words, with the larger budgets that do not decide: "turns,
// confirmed in cifar-2m, open in cifar-4m".
func (r Result) TurnText() string {
	turn, at := r.Turn()
	if at == nil {
		return string(turn)
	}
	text := fmt.Sprintf("%s, %s in %s", turn, at.Verdict, at.Regime.Name)
	var open []string
	_, larger := r.larger()
	for _, s := range larger {
		if s.Verdict == Inconclusive {
			open = append(open, s.Regime.Name)
		}
	}
	if open != nil {
		text += ", open in " + strings.Join(open, ", ")
	}
	return text
}

// turned says what becomes of refuted claims at larger scales; "" without any.
func turned(rs []Result) string {
	n, told := map[Turn]int{}, 0
	for _, r := range rs {
		if t, _ := r.Turn(); t != "" && r.Judged.Verdict == Refuted {
			n[t]++
			told++
		}
	}
	if told == 0 {
		return ""
	}
	return fmt.Sprintf("Of the refuted claims %d are judged with larger models, too: %d turn, %d stay refuted, %d stay open.", told, n[Turns], n[Stays], n[Open])
}

// scaleFigure draws every finding of the experiment over the budgets of regimes.
func (r Result) scaleFigure(page plots.Page) (*plots.Figure, error) {
	first := r.Judged
	if first == nil {
		first = &r.Scales[0].Judged
	}
	var trends []plots.Trend
	for _, f := range first.Findings {
		t := plots.Trend{Heading: f.Quantity, Name: cmp.Or(shortUnit(f.Unit), "effect"), Levels: levels(f.Criterion)}
		for _, s := range r.Scales {
			t.Traces = s.add(t.Traces, f)
		}
		trends = append(trends, t)
	}
	o := plots.TrendsOptions{Page: page, XLabel: "multiply-adds"}
	if o.Width == 0 && len(trends) > 1 {
		o.Width, o.Columns = 174, 2
	}
	o.Note = "Bars: 95 % intervals. Dashed: the bounds that the claim sets."
	return plots.Trends(trends, o)
}

// add puts the finding on the same quantity into the trace of its setting. There
// is a trace of every setting, so that all panels have the same ones.
func (s Scale) add(traces []plots.Trace, of findingJSON) []plots.Trace {
	i := slices.IndexFunc(traces, func(t plots.Trace) bool { return t.Name == s.Setting() })
	if i < 0 {
		i, traces = len(traces), append(traces, plots.Trace{Name: s.Setting(), Lo: []float64{}, Hi: []float64{}})
	}
	t := &traces[i]
	for _, f := range s.Findings {
		if f.Quantity == of.Quantity && f.Unit == of.Unit && f.Effect != nil {
			t.X, t.Y = append(t.X, s.Flops), append(t.Y, *f.Effect)
			t.Lo, t.Hi = append(t.Lo, *cmp.Or(f.Lo, f.Effect)), append(t.Hi, *cmp.Or(f.Hi, f.Effect))
		}
	}
	return traces
}

var number = regexp.MustCompile(`±?-?\d+(\.\d+)?`)

// levels are the numbers that a criterion names: "within ±2" names -2 and 2.
func levels(criterion string) []float64 {
	var all []float64
	for _, text := range number.FindAllString(criterion, -1) {
		x, err := strconv.ParseFloat(strings.TrimPrefix(text, "±"), 64)
		if err != nil {
			continue // out of range: no line is drawn
		}
		if all = append(all, x); strings.HasPrefix(text, "±") {
			all = append(all, -x)
		}
	}
	return all
}

func (r Result) scaleFile() string { return "figures/" + r.Name + "-scale.svg" }

// A scaleTable has a column for every regime and a row for every experiment that is
// judged in another regime than the main one.
type scaleTable struct {
	Regimes []Regime
	Rows    []scaleRow
}

type scaleRow struct {
	Result
	Cells []*Scale // of the regimes; nil: not judged there
}

func scaleTableOf(rs []Result) (t scaleTable) {
	for _, r := range rs {
		for _, s := range r.Scales {
			if !slices.ContainsFunc(t.Regimes, func(o Regime) bool { return o.Name == s.Regime.Name }) {
				t.Regimes = append(t.Regimes, s.Regime)
			}
		}
	}
	slices.SortFunc(t.Regimes, func(a, b Regime) int {
		return cmp.Or(cmp.Compare(a.Flops.Min(), b.Flops.Min()), cmp.Compare(a.Input, b.Input), cmp.Compare(a.Name, b.Name))
	})
	for _, r := range rs {
		if r.Scales == nil {
			continue
		}
		row := scaleRow{r, make([]*Scale, len(t.Regimes))}
		for i := range r.Scales {
			s := &r.Scales[i]
			row.Cells[slices.IndexFunc(t.Regimes, func(o Regime) bool { return o.Name == s.Regime.Name })] = s
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
