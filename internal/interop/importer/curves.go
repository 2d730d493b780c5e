package importer

import (
	"fmt"
	"io"
	"slices"

	"designspace/internal/table"
	"designspace/trainer"
)

// rawValue is the key under which a row keeps its value of the metric, whatever
// its status; no column has this name.
const rawValue = ""

// A curve is the epochs of a training.
type curve struct {
	of     row
	points []row // with cells by the columns of curves.csv
}

// epochColumns are the names of what counts the rows of one model.
var epochColumns = []string{"epoch", "training_iteration"}

// collapse makes one row of those of a training that were written after each
// epoch: that of the last.
func (p *Table) collapse(o Options) error {
	i := slices.IndexFunc(epochColumns, func(c string) bool { return p.known[c] })
	if i < 0 {
		return nil
	}
	column := epochColumns[i]
	if p.oneCurve(column) {
		for _, r := range p.rows {
			p.set(r, "id", o.Space)
		}
	}
	groups := map[[3]string][]int{}
	var trainings [][3]string
	for i, r := range p.rows {
		t := [3]string{r["id"], r["seed"], r["repeat"]}
		if t[0] == "" {
			return nil
		}
		if groups[t] == nil {
			trainings = append(trainings, t)
		}
		groups[t] = append(groups[t], i)
	}
	if len(trainings) == len(p.rows) && p.files < 2 {
		return nil
	}
	var rows []row
	var places []string
	least, most := 0, 0
	for k, t := range trainings {
		c, last, err := p.curve(column, groups[t])
		if err != nil {
			return err
		}
		if c == nil {
			return nil // the rows differ in something else
		}
		r := p.rows[last]
		n := p.end(r, column, c, o)
		if k == 0 {
			least, most = n, n
		}
		least, most = min(least, n), max(most, n)
		rows, places = append(rows, r), append(places, p.places[last])
		p.curves = append(p.curves, curve{r, c})
	}
	p.rows, p.places = rows, places
	p.columns = slices.DeleteFunc(p.columns, func(c string) bool {
		return !slices.ContainsFunc(rows, func(r row) bool { return r[c] != "" })
	})
	p.note("the last epoch of each model counts; error_best_epoch has the least error")
	if least != most {
		p.note("models have %d to %d epochs; those that are not known to be unfinished count as done", least, most)
	}
	return nil
}

// oneCurve reports whether the rows are the epochs of one model that nothing
// names: they are numbered one after the other.
func (p *Table) oneCurve(column string) bool {
	for i, r := range p.rows {
		epoch, err := table.ParseFloat(r[column])
		if err != nil || r["id"] != "" {
			return false
		}
		if first, _ := table.ParseFloat(p.rows[0][column]); epoch != first+float64(i) || first > 1 {
			return false
		}
	}
	return len(p.rows) > 1
}

// curve returns the points of the rows of one model, and the row of the last;
// none if the rows are no epochs.
func (p *Table) curve(column string, rows []int) (points []row, last int, err error) {
	seen := map[float64]bool{}
	best := 0.0
	for k, i := range rows {
		r := p.rows[i]
		epoch, err := table.ParseFloat(r[column])
		switch {
		case err != nil:
			return nil, 0, fmt.Errorf("%s: %s: %w", p.places[i], column, err)
		case seen[epoch]:
			return nil, 0, nil
		}
		seen[epoch] = true
		if k == 0 || epoch > best {
			best, last = epoch, i
		}
		points = append(points, row{"epoch": r[column], "lr": r["lr"], "train_loss": r["train_loss"], "error": r[rawValue]})
	}
	slices.SortStableFunc(points, func(a, b row) int { return compare(a["epoch"], b["epoch"]) })
	if points[0]["epoch"] == "0" { // epochs are counted from 1
		for _, pt := range points {
			x, _ := table.ParseFloat(pt["epoch"])
			pt["epoch"] = table.Float(x + 1)
		}
	}
	return points, last, nil
}

func compare(a, b string) int {
	x, _ := table.ParseFloat(a)
	y, _ := table.ParseFloat(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// end sets in the last row of a model what its curve says, and returns its
// epochs.
func (p *Table) end(r row, column string, points []row, o Options) int {
	delete(r, column)
	epochs, _ := table.ParseFloat(points[len(points)-1]["epoch"])
	p.setFloat(r, "epochs", epochs)
	least := ""
	for _, pt := range points {
		if pt["lr"] != points[0]["lr"] {
			delete(r, "lr") // a schedule, not what was chosen
		}
		if pt["error"] != "" && (least == "" || compare(pt["error"], least) < 0) {
			least = pt["error"]
		}
	}
	if !o.metric().Kind.keepsName() {
		p.set(r, "error_best_epoch", least)
	}
	if planned, err := table.ParseFloat(p.args[r["id"]]["epochs"]); err == nil && epochs < planned && trainer.Status(r["status"]).Counts() {
		r["status"] = string(trainer.Pending)
		delete(r, "error")
		delete(r, p.Metric.Column)
	}
	return int(epochs)
}

// HasCurves reports whether the epochs of models are known.
func (p *Table) HasCurves() bool { return len(p.curves) > 0 }

// WriteCurves writes the epochs of models as curves.csv of a run has them: those
// of the first training of each.
func (p *Table) WriteCurves(w io.Writer) error {
	header := []string{"id", "epoch", "lr", "train_loss", "error"}
	if c := p.Metric.Column; c != "" {
		header[len(header)-1] = c
	}
	out := table.NewWriter(w, header)
	for _, c := range p.curves {
		if p.Repeats && c.of["repeat"] != "0" {
			continue
		}
		for _, pt := range c.points {
			if err := out.Write([]string{c.of["id"], pt["epoch"], pt["lr"], pt["train_loss"], pt["error"]}); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
