package rundir

import (
	"designspace/internal/columns"
	"designspace/space"
)

// A Schema describes a CSV file of a run.
type Schema struct {
	File    string           `json:"file"`
	Row     string           `json:"row"` // what a row is
	Columns []columns.Column `json:"columns"`
}

// curve is what columns mean in curves.csv that mean another thing elsewhere.
var curve = map[string]string{
	"lr":    "learning rate of the last step of the epoch",
	"error": "top-1 error on the held-out images after the epoch",
}

// Schemas describes the CSV files of a run.
func Schemas() []Schema {
	var models, results, repeats []string
	l := layout{stages: 1, varied: true, tilted: true, chosen: true, params: space.StageParams(), options: space.ModelOptions()}
	for _, f := range modelFields(l) {
		models = append(models, f.name)
	}
	for _, f := range resultFields(l, true) {
		results = append(results, f.name)
	}
	for _, f := range repeatFields(true) {
		repeats = append(repeats, f.name)
	}
	return []Schema{
		describe("results.csv", "a model", results),
		describe("models.csv", "a model", models),
		describe("curves.csv", "an epoch of a model", curveColumns),
		describe("repeats.csv", "a training of a model", repeats),
		describe("candidates.csv", "a model that could have been trained", candidateColumns),
		describe("funnel.csv", "a filter for the candidates of a space and a budget", funnelColumns),
	}
}

func describe(file, row string, names []string) Schema {
	s := Schema{File: file, Row: row}
	for _, n := range names {
		c := columns.Of(n)
		if m := curve[n]; m != "" && file == "curves.csv" {
			c.Meaning = m
		}
		s.Columns = append(s.Columns, c)
	}
	return s
}
