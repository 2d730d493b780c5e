package analysis

import (
	"fmt"
	"io"
	"slices"
)

// An Explanation says in plain words what a statistic that is printed estimates,
// what its interval covers, and when not to believe it.
type Explanation struct{ Name, Text string }

// Explanations are those of all statistics, in the order of the text. The page
// and the guide show the same.
var Explanations = []Explanation{
	{"min", "the least error seen: it flatters, since it falls with the number of models and owes part to luck"},
	{"mean", "mean error of all models of the space; the interval (studentised bootstrap) is too short below 8 models and where few diverge"},
	{"median", "error that half of the models of the space stay below; the interval (bootstrap percentiles) needs 6 models"},
	{"best of n/4", "least error to expect among a quarter as many fresh models of the space; the interval (jackknife) needs 4 models and equal weights"},
	{"KS D, KS p", "largest distance of the two EDFs, and how often chance gives as much where the spaces are the same"},
	{"M-W p", "Mann-Whitney test of whether one tends to lower errors: wrong where spreads differ, not adjusted for several comparisons"},
	{"B-M p", "Brunner-Munzel test of the same, whatever the spreads, adjusted for all comparisons (Holm); approximate below 8 models"},
	{"P(better)", "probability that a model of the first space has a lower error than one of the second"},
	{"mean difference", "first less second in points; the interval (Welch) is of this one comparison, and too short where few models diverge"},
	{"verdict", "better or worse (the first against the second) if B-M p < 0.05; ~ is no difference shown, which is not equality"},
	{"within", "equivalent if the interval of the mean difference lies within the margin"},
	{"models needed", "of each space for a verdict with the power asked for, if the spaces differ as these models do; the interval is for the limits of P(better); > N is more than the window holds, or than 10000"},
	{"values of the best models", "median and middle 95 % of what the best of a quarter of the models has, over resamples; no claim about the best value"},
	{"may be best in mean", "values not excluded as those of least mean error: with 95 % a parameter the best is among them; other parameters vary along"},
	{"rank correlation", "Spearman's, of the errors after an epoch and after the last; the interval is of all models of the space"},
	{"seed sd, model sd", "spread of the errors of one model over seeds, and of models over the space; the interval is of the former"},
	{"reliability", "share of the variance of single errors that is between models, with its interval; repeats' ranks correlate two trainings"},
	{"Spearman, Kendall", "rank correlations of the errors of all models of the space in A and B, with their intervals (jackknife); normal errors supposed below 12 models"},
	{"overlap of top", "share of the best by A that is among the best by B; the interval, over halves of the models, is approximate"},
	{"regret of n/4", "points of B that choosing by A costs among a quarter as many fresh models, with its interval (jackknife)"},
}

// Explain returns the text of an explanation.
func Explain(name string) (string, error) {
	for _, e := range Explanations {
		if e.Name == name {
			return e.Text, nil
		}
	}
	return "", fmt.Errorf("analysis: no explanation of %s", name)
}

// WriteExplanations writes a line for every statistic that the text shows.
func (r *Result) WriteExplanations(w io.Writer) error {
	shown := map[string]bool{"min": true, "mean": true, "median": true, "best of n/4": r.hasBest()}
	for name, there := range map[string]bool{
		"KS D, KS p": true, "M-W p": true, "B-M p": true, "P(better)": true, "mean difference": true, "verdict": true,
		"within": r.Margin() > 0, "models needed": r.power(),
	} {
		shown[name] = there && len(r.Tests) > 0
	}
	shown["values of the best models"], shown["may be best in mean"] = len(r.Bootstrap) > 0, len(r.Best) > 0
	shown["rank correlation"] = slices.ContainsFunc(r.Epochs, func(e EpochRanks) bool { return e.Epoch&(e.Epoch-1) == 0 })
	shown["seed sd, model sd"], shown["reliability"] = r.Noise != nil, r.Noise != nil
	return writeExplanations(w, shown)
}

// WriteExplanations writes a line for every statistic of the text.
func (f *Fidelity) WriteExplanations(w io.Writer) error {
	return writeExplanations(w, map[string]bool{"Spearman, Kendall": true, "overlap of top": true, "regret of n/4": true})
}

func writeExplanations(w io.Writer, shown map[string]bool) error {
	fmt.Fprintln(w)
	for _, e := range Explanations {
		if shown[e.Name] {
			if _, err := fmt.Fprintf(w, "%s: %s\n", e.Name, e.Text); err != nil {
				return err
			}
		}
	}
	return nil
}
