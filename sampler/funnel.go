package sampler

import (
	"fmt"
	"strconv"
	"strings"

	"designspace/space"
)

// A Funnel tells what became of the candidates up to the last accepted one.
type Funnel struct {
	Candidates int         // drawn
	Accepted   int         // models of the population
	Rejected   []Rejection // in the order of the tests: each counts what passed those before
	Models     int         // different ones that there seem to be, if most draws were duplicates; else 0
}

// A Rejection is a test and how many candidates failed it.
type Rejection struct {
	Name   string // as in "flops" or "duplicate"
	Bounds string // of what passes, as in "360M:400M"; empty where there are none
	Count  int
	// Lo and Hi are the range of the values that the test saw, if Seen.
	Seen   bool
	Lo, Hi float64
}

// reasons is the number of tests of the draw itself.
const reasons = int(space.GroupFix)

// funnel returns the run's tests without any candidate.
func (r *run) funnel() Funnel {
	lo, hi := r.space.Stages()
	bounds := strconv.Itoa(lo)
	if hi > lo {
		bounds += ":" + strconv.Itoa(hi)
	}
	f := Funnel{Rejected: make([]Rejection, reasons, reasons+len(r.tests)+1)}
	f.Rejected[space.StageCount-1] = Rejection{Name: "stages", Bounds: bounds}
	f.Rejected[space.SkippedLevel-1] = Rejection{Name: "skipped level"}
	f.Rejected[space.GroupFix-1] = Rejection{Name: "group fix"}
	for _, t := range r.tests {
		row := Rejection{Name: t.Property.String(), Bounds: t.Range.String()}
		if !t.window {
			row.Name = "space's " + row.Name
		}
		f.Rejected = append(f.Rejected, row)
	}
	f.Rejected = append(f.Rejected, Rejection{Name: "duplicate"})
	return f
}

func (f *Funnel) duplicate() { f.Rejected[len(f.Rejected)-1].Count++ }

// see widens the range of values seen.
func (r *Rejection) see(v float64) {
	if !r.Seen {
		r.Seen, r.Lo, r.Hi = true, v, v
	}
	r.Lo, r.Hi = min(r.Lo, v), max(r.Hi, v)
}

// add adds the candidates of another funnel of the same tests.
func (f *Funnel) add(o Funnel) {
	f.Candidates += o.Candidates
	for i, r := range o.Rejected {
		f.Rejected[i].Count += r.Count
		if r.Seen {
			f.Rejected[i].see(r.Lo)
			f.Rejected[i].see(r.Hi)
		}
	}
}

// shortfall says why there are fewer models than were wanted.
func (r *run) shortfall(f *Funnel, seen *census) error {
	msg := fmt.Sprintf("space %s: %d of %d models in %d candidates", r.space.Name, f.Accepted, r.N, f.Candidates)
	if f.Candidates < r.max {
		msg += fmt.Sprintf(", and %d would not be enough", r.max)
	}
	if seen.exhausted() {
		where := "the space"
		if windows := r.windows(); windows != "" {
			where = windows
		}
		return fmt.Errorf("%s; %s seems to hold about %d different ones, since %d of %d draws were duplicates; ask for fewer or widen it", msg, where, seen.models(), seen.total-len(seen.times), seen.total)
	}
	return fmt.Errorf("%s; %s; ask for fewer or widen the range", msg, f.hindrance())
}

// windows returns the windows as text.
func (r *run) windows() string {
	var list []string
	for _, t := range r.tests {
		if t.window {
			list = append(list, t.String())
		}
	}
	return strings.Join(list, ", ")
}

// hindrance describes the test that rejected the largest share of the candidates
// that came to it.
func (f *Funnel) hindrance() string {
	came, worst, share := f.Candidates, 0, -1.0
	reached := 0
	for i, r := range f.Rejected {
		if came == 0 {
			break
		}
		if s := float64(r.Count) / float64(came); s > share {
			worst, share, reached = i, s, came
		}
		came -= r.Count
	}
	r := f.Rejected[worst]
	msg := fmt.Sprintf("%s rejected %d of the %d that came to it", r.Name, r.Count, reached)
	if r.Seen {
		msg += fmt.Sprintf(", which had %s to %s", roughly(r.Lo), roughly(r.Hi))
	}
	if r.Bounds != "" {
		msg += ", where " + r.Bounds + " passes"
	}
	return msg
}

// roughly prints three digits of a value that was seen.
func roughly(x float64) string {
	digits, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		digits = x
	}
	return space.FormatQuantity(digits)
}
