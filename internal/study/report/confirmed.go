package report

import (
	"fmt"

	"designspace/edf"
	"designspace/internal/confirm"
	"designspace/internal/format"
	"designspace/internal/study/analysis"
)

// confirmed are the models that the table of the best shows, by population.
func confirmed(list []confirm.Model) [][]confirm.Model {
	parts := confirm.Populations(list)
	for i, p := range parts {
		parts[i] = p[:min(len(p), confirm.Shown)]
	}
	return parts
}

// least says what error the best model of a population has: with fresh seeds, if
// it was trained again.
func least(r *analysis.Result, p edf.Summary) string {
	for _, part := range confirm.Populations(r.Confirmed) {
		if m := confirm.Ranked(part)[0]; m.Population == p.Name && m.Seeds > 0 {
			return fmt.Sprintf("%s %% with fresh seeds (its first training gave %s %%)", format.Percent(m.Mean), format.Percent(m.Error))
		}
	}
	if r.Better == "higher" {
		return format.Percent(p.Max)
	}
	return format.Percent(p.Min) + " %"
}
