package importer

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"designspace/internal/table"
	"designspace/trainer"
)

// statuses are the words that programs have for what came of a model, in lower
// case. Of one that is complete the metric says whether it diverged. What was
// stopped early, pruned or preempted was not trained to the end.
var statuses = map[string]trainer.Status{
	"": "", "complete": "", "completed": "", "finished": "", "success": "", "succeeded": "", "terminated": "",
	"done": trainer.Done, "diverged": trainer.Diverged,
	"fail": trainer.Failed, "failed": trainer.Failed, "error": trainer.Failed, "errored": trainer.Failed, "crashed": trainer.Failed,
	"killed": trainer.Failed, "pruned": trainer.Failed, "stopped": trainer.Failed, "early_stopped": trainer.Failed, "abandoned": trainer.Failed,
	"preempted": trainer.Failed, "canceled": trainer.Failed, "cancelled": trainer.Failed, "aborted": trainer.Failed, "invalid": trainer.Failed,
	"timeout": trainer.Failed, "memoryout": trainer.Failed,
	"running": trainer.Pending, "waiting": trainer.Pending, "pending": trainer.Pending, "queued": trainer.Pending, "scheduled": trainer.Pending,
	"preempting": trainer.Pending, "paused": trainer.Pending, "candidate": trainer.Pending, "staged": trainer.Pending, "idle": trainer.Pending,
}

// statusOf returns what a word means; what the options say goes first.
func (o Options) statusOf(word string) (trainer.Status, bool) {
	for theirs, s := range o.Status {
		if strings.EqualFold(strings.TrimSpace(word), theirs) {
			return s, true
		}
	}
	word = strings.ToLower(strings.TrimSpace(word))
	if i := strings.LastIndexByte(word, '.'); i >= 0 { // TrialState.COMPLETE
		word = word[i+1:]
	}
	s, ok := statuses[strings.ReplaceAll(word, " ", "_")]
	return s, ok
}

// known reports whether a column holds words that are known for a status.
func (rd *reading) known(column string, o Options) bool {
	cells, err := rd.Strings(column)
	return err == nil && slices.ContainsFunc(cells, func(c string) bool {
		_, ok := o.statusOf(c)
		return ok && c != ""
	})
}

// truths reports whether all cells of a column are true or false.
func (rd *reading) truths(column string) bool {
	cells, err := rd.Strings(column)
	return err == nil && !slices.ContainsFunc(cells, func(c string) bool {
		return c != "" && !strings.EqualFold(c, "true") && !strings.EqualFold(c, "false")
	})
}

// statuses returns the status of every row, "" where there is none or the metric
// decides.
func (rd *reading) statuses(o Options) ([]trainer.Status, error) {
	all := make([]trainer.Status, rd.Len())
	if rd.status != "" {
		cells, err := rd.Strings(rd.status)
		if err != nil {
			return nil, err
		}
		for i, c := range cells {
			var ok bool
			if all[i], ok = o.statusOf(c); !ok {
				return nil, rd.Errorf(i, "%s: what %q means for a model is not known: say --status '%s=done', or failed, pending or diverged", rd.status, table.Short(c), table.Short(c))
			}
		}
	}
	if rd.done == "" {
		return all, nil
	}
	cells, err := rd.Strings(rd.done)
	if err != nil {
		return nil, err
	}
	for i, c := range cells {
		if strings.EqualFold(c, "false") && (all[i] == "" || all[i] == trainer.Done) {
			all[i] = trainer.Pending
		}
	}
	return all, nil
}

// outcome stores a value of the metric, NaN if it is no number, with the status,
// which is that of the value if there is none. An error that is known to be no
// number is that of a diverged model.
func (p *Table) outcome(r row, status trainer.Status, value float64, known bool, k Kind, o Options) error {
	if known && math.IsNaN(value) && status == "" {
		status = trainer.Diverged
	}
	if !known {
		value = math.NaN()
	}
	if !k.keepsName() {
		value = percent(value, k, o.Fraction)
	} else if status == trainer.Diverged {
		status = trainer.Failed // counts with 100 percent only where percent are compared
	}
	r[rawValue] = table.Float(value)
	s, value, err := trainer.Counted(string(status), value)
	switch {
	case err != nil:
		return err
	case k.keepsName():
		p.set(r, "status", string(s))
		p.set(r, "metric", p.Metric.Column+map[Kind]string{Minimize: ":min", Maximize: ":max"}[k])
		p.setFloat(r, p.Metric.Column, value)
		return nil
	case s.Counts() && !(value >= 0 && value <= 100) && o.Fraction:
		return fmt.Errorf("the error %v is not within 0 to 100 percent: is it no fraction of 1? leave out --fraction", value)
	case s.Counts() && !(value >= 0 && value <= 100):
		return fmt.Errorf("the error %v is not within 0 to 100 percent; name the column of the error or of the accuracy, or give --minimize or --maximize", value)
	}
	p.set(r, "status", string(s))
	p.setFloat(r, "error", value)
	return nil
}

// percent turns what a file gives into an error in percent, computed with the
// decimal digits: an accuracy of 0.55 is an error of 45.
func percent(v float64, k Kind, fraction bool) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return math.NaN()
	}
	x := decimal(v)
	if fraction {
		x.Mul(x, big.NewRat(100, 1))
	}
	if k == Accuracy {
		x.Sub(big.NewRat(100, 1), x)
	}
	v, _ = x.Float64()
	return v
}

// decimal is a finite number as it is written in the fewest digits, with which
// sums and products have the digits that a person expects.
func decimal(v float64) *big.Rat {
	x, _ := new(big.Rat).SetString(strconv.FormatFloat(v, 'g', -1, 64))
	return x
}

// summarise reports a population without outcomes, and says what to mind.
func (p *Table) summarise(name string, o Options) error {
	column := "error"
	if p.Metric.Column != "" {
		column = p.Metric.Column
	}
	least, greatest := math.Inf(1), math.Inf(-1)
	count := map[trainer.Status]int{}
	for _, r := range p.rows {
		s := trainer.Status(r["status"])
		count[s]++
		if x, err := table.ParseFloat(r[column]); err == nil && s.Counts() {
			least, greatest = min(least, x), max(greatest, x)
		}
	}
	done := count[trainer.Done]
	if done+count[trainer.Diverged] == 0 {
		return fmt.Errorf("%s: no model counts by its %s: %d failed and %d are pending", name, column, count[trainer.Failed], count[trainer.Pending])
	}
	switch kind := o.metric().Kind; {
	case o.Fraction || kind.keepsName() || done == 0:
	case kind == Error && greatest <= 1:
		p.note("all errors are at most 1 percent: if they are fractions of one, give --fraction")
	case kind == Accuracy && least >= 99:
		p.note("all accuracies are at most 1 percent: if they are fractions of one, give --fraction")
	}
	for _, n := range []struct {
		status trainer.Status
		says   string
	}{
		{trainer.Failed, "failed, or have no " + column + ", and do not count"},
		{trainer.Pending, "are not finished and do not count"},
		{trainer.Diverged, "have an error that is not a number and count as diverged, with 100 %"},
	} {
		if k := count[n.status]; k > 0 {
			p.note("%d of %d models %s", k, len(p.rows), n.says)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
