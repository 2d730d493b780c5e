package predict

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"designspace/internal/numeric"
	"designspace/trainer/results"
)

// stages have features of their own; the least and the most are of all stages.
const stages = 5

// A quantity is of a stage.
type quantity struct {
	name  string
	own   bool // has a feature for each stage; the logarithm of another is a sum of theirs
	value func(row) float64
}

// row gives the value of a parameter of a stage, such as "w", in a table; NaN
// where there is none.
type row func(parameter string) float64

var quantities = []quantity{
	{"depth", true, func(r row) float64 { return r("d") }},
	{"width", true, func(r row) float64 { return r("w") }},
	{"bottleneck ratio", true, ratio},
	{"group width", true, group},
	{"inner width", false, inner},
	{"groups", false, func(r row) float64 { return inner(r) / group(r) }},
}

// ratio is 1 for blocks that have none, and group the inner width: earlier tables
// say so, and later ones leave it out.
func ratio(r row) float64 {
	if b := r("b"); b > 0 {
		return b
	}
	return r("w") / r("w")
}

func inner(r row) float64 { return r("w") / ratio(r) }

func group(r row) float64 {
	if g := r("g"); g > 0 {
		return g
	}
	return inner(r)
}

// whole are columns of a model of which the logarithm is a feature.
var whole = []string{"flops", "params", "acts", "width", "depth"}

// Features returns the names of the features of a model.
func Features() []string {
	names := []string{"depth", "distance from a quantised line (e_fit)"}
	for _, c := range whole {
		names = append(names, "log "+c)
	}
	for _, q := range quantities {
		names = append(names, "log least "+q.name, "log most "+q.name)
		for k := range stages {
			if q.own {
				names = append(names, fmt.Sprintf("log %s %d", q.name, k+1))
			}
		}
	}
	return append(names, "log depth 4 : depth 1", "log width 4 : width 1")
}

// Of returns the features of every model of a table that has the columns of
// models.csv or results.csv. A value that is absent or infinite is 0, and so is
// the logarithm of one that is not above 0. All have the same bits on every
// architecture.
func Of(t results.Table) ([][]float64, error) {
	columns := map[string][]float64{}
	for _, name := range append([]string{"e_fit"}, whole...) {
		if !t.Has(name) && name != "e_fit" {
			return nil, fmt.Errorf("no column %s, which the prediction needs: give the table of a run", name)
		}
		if err := add(columns, t, name); err != nil {
			return nil, err
		}
	}
	last := 0
	for ; t.Has(fmt.Sprintf("w%d", last+1)); last++ {
		for _, p := range []string{"d", "w", "b", "g"} {
			if err := add(columns, t, fmt.Sprint(p, last+1)); err != nil {
				return nil, err
			}
		}
	}
	if last == 0 {
		return nil, fmt.Errorf("no column w1, which the prediction needs: give the table of a run")
	}
	all := make([][]float64, t.Len())
	for i := range all {
		all[i] = features(i, last, columns)
	}
	return all, nil
}

// add adds a column; an absent one is empty.
func add(columns map[string][]float64, t results.Table, name string) (err error) {
	if t.Has(name) {
		columns[name], err = t.Floats(name)
	}
	return err
}

func features(i, last int, columns map[string][]float64) []float64 {
	at := func(name string) float64 {
		if c := columns[name]; c != nil {
			return c[i]
		}
		return math.NaN()
	}
	x := []float64{finite(at("depth")), finite(at("e_fit"))}
	for _, c := range whole {
		x = append(x, log(at(c)))
	}
	for _, q := range quantities {
		least, most := math.Inf(1), math.Inf(-1)
		var own []float64
		for k := range max(stages, last) {
			v := q.value(func(p string) float64 { return at(fmt.Sprint(p, k+1)) })
			if !math.IsNaN(v) {
				least, most = min(least, v), max(most, v)
			}
			if q.own && k < stages {
				own = append(own, log(v))
			}
		}
		x = append(x, log(least), log(most))
		x = append(x, own...)
	}
	return append(x, log(at("d4")/at("d1")), log(at("w4")/at("w1")))
}

func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

func log(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	return finite(numeric.Log(x))
}

// Digest returns a short hash of the features of a model.
func Digest(features []float64) string {
	h := sha256.New()
	for _, x := range features {
		binary.Write(h, binary.LittleEndian, math.Float64bits(x))
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:6])
}
