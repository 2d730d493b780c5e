package sampler

import (
	"fmt"
	"math"
	"strconv"

	"designspace/space"
)

// A Funnel tells what became of the candidates up to the last accepted one.
type Funnel struct {
	Candidates int         // drawn
	Accepted   int         // models of the population
	Rejected   []Rejection // in the order of the tests: each counts what passed those before
}

// A Rejection is a test and how many candidates failed it.
type Rejection struct {
	Name  string // as in "flops" or "duplicate"
	Asked string // the bounds, as in "360M:400M"; empty where there are none
	Count int
	// Lo and Hi are the range of the values that the test saw, if Seen.
	Seen   bool
	Lo, Hi float64
}

// misfits is the number of tests of the draw itself.
const reasons = int(space.GroupFix)

var negInf, posInf = math.Inf(-1), math.Inf(1)

// funnel returns the run's tests without any candidate.
func (r *run) funnel() Funnel {
	lo, hi := r.space.Stages()
	asked := strconv.Itoa(lo)
	if hi > lo {
		asked += ":" + strconv.Itoa(hi)
	}
	f := Funnel{Rejected: make([]Rejection, reasons, reasons+len(r.tests)+1)}
	f.Rejected[space.StageCount-1] = Rejection{Name: "stages", Asked: asked}
	f.Rejected[space.SkippedLevel-1] = Rejection{Name: "skipped level"}
	f.Rejected[space.GroupFix-1] = Rejection{Name: "group fix"}
	for _, t := range r.tests {
		row := Rejection{Name: t.Property.String(), Asked: t.Bounds()}
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

// shortfall says why there are fewer than n models: it names the test that
// rejected the largest share of the candidates that came to it.
func (f *Funnel) shortfall(n int) error {
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
	msg := fmt.Sprintf("%d of %d models in %d candidates; %s rejected %d of the %d that came to it", f.Accepted, n, f.Candidates, r.Name, r.Count, reached)
	if r.Seen {
		msg += fmt.Sprintf(", %s..%s seen", roughly(r.Lo), roughly(r.Hi))
	}
	if r.Asked != "" {
		msg += ", asked " + r.Asked
	}
	return fmt.Errorf("%s; widen what is asked or allow more candidates", msg)
}

// short prints a bound as people write it, such as 360M, and nothing for an
// open one.
func short(x float64) string {
	if math.IsInf(x, 0) {
		return ""
	}
	return space.FormatQuantity(x)
}

// roughly prints three digits of a value that was seen.
func roughly(x float64) string {
	digits, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		return short(x)
	}
	return short(digits)
}
