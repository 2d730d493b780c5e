package analysis

import (
	"fmt"
	"io"
	"slices"

	"designspace/edf"
)

// An Explanation says in plain words what a statistic that is printed estimates,
// what its interval covers, and when not to believe it.
type Explanation struct{ Name, Text string }

// Explanations returns those of all statistics, in the order of the text. The
// page and the guide show the same.
func Explanations() []Explanation {
	return slices.Concat(meanings(edf.SummaryColumns(nil)), meanings(edf.ComparisonColumns(nil)), explanations)
}

func meanings[T any](columns []edf.Column[T]) []Explanation {
	var es []Explanation
	for _, c := range columns {
		if c.Meaning != "" {
			es = append(es, Explanation{c.Name, c.Meaning})
		}
	}
	return es
}

var explanations = []Explanation{
	{"values of the best models", "median and middle 95 % of what the best of a quarter of the models has, over resamples; no claim about the best value"},
	{"may be best in mean", "values not excluded as those of least mean error: with 95 % a parameter the best is among them; other parameters vary along"},
	{"importance", "share of the variance of errors that a parameter accounts for, alone, or × two beyond each alone, if all varied independently; beyond flops where these are listed; of the best quarter: all other errors count as its limit"},
	{"rank correlation", "Spearman's, of the errors after an epoch and after the last; the interval is of all models of the space"},
	{"seed sd, model sd", "spread of the errors of one model over seeds, and of models over the space; the interval is of the former"},
	{"reliability", "share of the variance of single errors that is between models, with its interval; repeats' ranks correlate two trainings"},
	{"Spearman, Kendall", "rank correlations of the errors of all models of the space in A and B, with their intervals (jackknife); normal errors supposed below 12 models"},
	{"overlap of top", "share of the best by A that is among the best by B; the interval, over halves of the models, is approximate"},
	{"regret of n/4", "points of B that choosing by A costs among a quarter as many fresh models, with its interval (jackknife)"},
}

// Explain returns the text of an explanation.
func Explain(name string) (string, error) {
	for _, e := range Explanations() {
		if e.Name == name {
			return e.Text, nil
		}
	}
	return "", fmt.Errorf("analysis: no explanation of %s", name)
}

// WriteExplanations writes a line for every statistic that the text shows.
func (r *Result) WriteExplanations(w io.Writer) error {
	shown := map[string]bool{}
	for _, e := range meanings(edf.SummaryColumns(r.Populations)) {
		shown[e.Name] = true
	}
	if len(r.Tests) > 0 {
		for _, e := range meanings(edf.ComparisonColumns(r.Tests)) {
			shown[e.Name] = true
		}
	}
	shown["values of the best models"], shown["may be best in mean"] = len(r.Bootstrap) > 0, len(r.Best) > 0
	shown["importance"] = len(r.explained) > 0
	shown["rank correlation"] = slices.ContainsFunc(r.Epochs, func(e EpochRanks) bool { return e.Epoch&(e.Epoch-1) == 0 })
	shown["seed sd, model sd"], shown["reliability"] = r.Noise != nil, r.Noise != nil
	return writeExplanations(w, shown, r.metric)
}

// WriteExplanations writes a line for every statistic of the text.
func (f *Fidelity) WriteExplanations(w io.Writer) error {
	return writeExplanations(w, map[string]bool{"Spearman, Kendall": true, "overlap of top": true, "regret of n/4": true}, f.metric)
}

func writeExplanations(w io.Writer, shown map[string]bool, m Metric) error {
	fmt.Fprintln(w)
	for _, e := range Explanations() {
		if shown[e.Name] {
			if e.Name == "min" && m.Higher {
				e.Name = "max"
			}
			if _, err := fmt.Fprintf(w, "%s: %s\n", e.Name, m.Words(e.Text)); err != nil {
				return err
			}
		}
	}
	return nil
}
