package main

import (
	"fmt"
	"io"
	"math"

	"designspace/internal/run/evolve"
)

// write writes the table as Markdown.
func write(w io.Writer, rows []row, replays, rootSeed int) error {
	o := evolve.Defaults()
	_, err := fmt.Fprintf(w, `# How often evolve accepts a space that is worse

Evolutions on surfaces that give the errors in the place of training, %d of each,
with the default options: %d rounds, %d explorers a round, %d children judged in a
round at most, by up to %d fresh models of parent and child, the best of %d, a
margin of %v. Made by

    go run ./internal/run/evolve/simulate -replays %d -seed %d

A refinement is false if the surface says that the child's mean is worse by more
than the margin, or that its expected best is worse. What a sample of %d models of
each space leaves open within 3 standard errors counts as false, so that every
child that is like its parent does. An evolution has a false refinement with a
probability of %v at most; at that, %d replays show up to %.1f %% in 99.9 of 100 tables.

False and power are shares of evolutions: with a false refinement, and with any.
Refinements, children judged and trained models are means. Mean and best are those
of the first space and of the last one, on average; least is the least error
without noise, where the surface has an optimum.

| surface | false | power | refinements | judged | models | mean | best of %d | least |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
`, replays, o.Rounds, o.Explore, o.Proposals, o.Max, o.Best, o.Margin, replays, rootSeed, truthModels, evolve.Level, replays, 100*(evolve.Level+3*rows[0].mcError()), o.Best)
	if err != nil {
		return err
	}
	for _, r := range rows {
		least := "-"
		if !math.IsNaN(r.optimum) {
			least = fmt.Sprintf("%.1f", r.optimum)
		}
		if _, err := fmt.Fprintf(w, "| %s | %.1f %% | %.1f %% | %.2f | %.1f | %.0f | %.2f → %.2f | %.2f → %.2f | %s |\n",
			r.name, 100*r.wrong, 100*r.any, r.accepted, r.judged, r.models, r.root.mean, r.last.mean, r.root.best, r.last.best, least); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\n## The surfaces\n\n")
	for _, r := range rows {
		if _, err := fmt.Fprintf(w, "* **%s**: %s.\n", r.name, r.about); err != nil {
			return err
		}
	}
	return nil
}
