package confirm

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"designspace/internal/format"
)

// Shown is how many models of a population a table shows.
const Shown = 10

// What to say beside the least error of models that were not trained again, of a
// run and of models that another program trained.
const (
	Caution      = "a minimum is optimistic: the best of many models was lucky, too; train RUN --confirm 5 --seeds 3 trains the best again and says by how much"
	CautionTable = "a minimum is optimistic: the best of many models was lucky, too; rows of the same ids with other values of a column seed say by how much"
)

// Meaning says in plain words what a table of models shows.
const Meaning = "The fresh mean is over the other seeds alone and so without the luck that made a model the best; ± is its standard error. The least of several fresh means is a little optimistic again."

// Fresh formats a fresh mean with its standard error.
func (m Model) Fresh() string {
	switch {
	case m.Seeds == 0:
		return "-"
	case math.IsNaN(m.SE):
		return format.Percent(m.Mean)
	}
	return format.Percent(m.Mean) + " ± " + format.Percent(m.SE)
}

// Populations splits models by their populations.
func Populations(list []Model) [][]Model {
	var parts [][]Model
	for _, m := range list {
		i := slices.IndexFunc(parts, func(p []Model) bool { return p[0].Population == m.Population })
		if i < 0 {
			i, parts = len(parts), append(parts, nil)
		}
		parts[i] = append(parts[i], m)
	}
	return parts
}

// Finding says in words about errors, after the name of the population, by how
// much the errors that chose its models were optimistic.
func Finding(list []Model) string {
	over := Optimism(list)
	if math.IsNaN(over) {
		return "no fresh training of the best models has an error"
	}
	than := "higher"
	if over < 0 {
		than = "lower"
	}
	who, have, chosen := "the best model", "has an error", "it was"
	if n := len(list); n > 1 {
		who, have, chosen = fmt.Sprintf("the best %d models", n), "have errors", "they were"
	}
	return fmt.Sprintf("with fresh seeds %s %s %s percentage points %s than in the first training, by which %s chosen",
		who, have, format.Percent(math.Abs(over)), than, chosen)
}

// WriteText writes the models as a table, with what it says of each population.
// Words makes a text about errors one about what the models are compared by.
func WriteText(w io.Writer, list []Model, words func(string) string) error {
	var rows [][]string
	parts := Populations(list)
	for _, p := range parts {
		for _, m := range p[:min(len(p), Shown)] {
			rows = append(rows, []string{m.Population, m.ID, format.Percent(m.Error), m.Fresh(), strconv.Itoa(m.Seeds)})
		}
	}
	if err := format.Table(w, []string{"best models confirmed", "id", words("error"), "fresh mean ± se", "seeds"}, rows); err != nil {
		return err
	}
	for _, p := range parts {
		fmt.Fprintf(w, "%s: %s\n", p[0].Population, words(Finding(p)))
	}
	_, err := fmt.Fprintf(w, "(%s)\n", words(Meaning))
	return err
}
