package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"designspace/internal/confirm"
	"designspace/internal/format"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/internal/run/slurm"
	"designspace/internal/screen"
	"designspace/internal/study/analysis"
)

func statusCommand() *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "show the progress of a run",
		UsageText: "designspace status RUN [flags]",
		Description: `Counts trained, failed and pending models, and updates results.csv and
curves.csv. For a run that was submitted to Slurm, shows the state of its jobs.

Example:
  designspace status runs/first
  designspace status runs/first --verify`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "watch", Usage: "repeat every two seconds until all models are trained"},
			&cli.BoolFlag{Name: "verify", Usage: "check every file of the run for damage, and change nothing"},
			formatFlag(),
		},
		Action: status,
	}
}

func status(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	dir, err := runArgument(c)
	if err != nil {
		return err
	}
	if c.Bool("verify") && c.Bool("watch") {
		return usagef("status: --verify and --watch: give only one of them")
	}
	if c.Bool("verify") {
		return verify(c, dir, json)
	}
	if c.Bool("watch") {
		return watch(c, dir, json)
	}
	_, err = showStatus(c, dir, json)
	return err
}

// watchEvery is how often status --watch looks.
const watchEvery = 2 * time.Second

// watch shows the status of a run until all its models have an outcome. On a
// terminal it replaces what it showed before.
func watch(c *cli.Context, dir rundir.Dir, json bool) error {
	terminal := screen.Terminal(c.App.Writer)
	for {
		if terminal != nil && !json {
			fmt.Fprint(terminal, "\x1b[H\x1b[2J")
		}
		s, err := showStatus(c, dir, json)
		if err != nil || s.Pending == 0 {
			return err
		}
		select {
		case <-c.Context.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

// showStatus prints the status of a run.
func showStatus(c *cli.Context, dir rundir.Dir, json bool) (*pipeline.Status, error) {
	s, err := pipeline.Inspect(dir)
	if err != nil {
		return nil, err
	}
	q := queued(c, s)
	if json {
		return s, printJSON(c.App.Writer, struct {
			*pipeline.Status
			Slurm *slurm.Queue `json:"slurm,omitempty"`
		}{s, q})
	}
	if err := printStatus(c.App.Writer, s); err != nil {
		return nil, err
	}
	printQueue(c.App.Writer, q)
	if s.Pending > 0 {
		fmt.Fprintf(c.App.Writer, "resume with: designspace train %s\n", rundir.Dir(s.Run).Word())
	}
	return s, nil
}

// verify prints what is wrong with a run, and fails if anything is.
func verify(c *cli.Context, dir rundir.Dir, json bool) error {
	v := pipeline.Verify(dir)
	if json {
		if err := printJSON(c.App.Writer, v); err != nil {
			return err
		}
	} else {
		for _, p := range slices.Concat(v.Problems, v.Left) {
			fmt.Fprintln(c.App.Writer, p)
		}
	}
	if n := len(v.Problems); n > 0 {
		return fmt.Errorf("%s: %d of its files or relations are damaged", dir, n)
	}
	switch {
	case json:
	case len(v.Left) > 0:
		fmt.Fprintf(c.App.Writer, "%s: none of %d files is damaged, but %d are left of processes that were killed\n", dir, len(v.Checked), len(v.Left))
	default:
		fmt.Fprintf(c.App.Writer, "%s is sound: %d files were read\n", dir, len(v.Checked))
	}
	return nil
}

func printStatus(w io.Writer, s *pipeline.Status) error {
	row := func(name string, n pipeline.Counts) []string {
		cells := []string{name, strconv.Itoa(n.Models), strconv.Itoa(n.Done), strconv.Itoa(n.Diverged), strconv.Itoa(n.Failed), strconv.Itoa(n.Pending)}
		if s.Until != nil {
			cells = append(cells, strconv.Itoa(n.Unneeded))
		}
		return cells
	}
	header := []string{"population", "models", "done", "diverged", "failed", "pending"}
	if s.Until != nil {
		header = append(header, "not needed")
	}
	var rows [][]string
	for _, p := range s.Populations {
		rows = append(rows, row(p.Name, p.Counts))
	}
	if len(rows) > 1 {
		rows = append(rows, row("all", s.Counts))
	}
	if err := format.Table(w, header, rows); err != nil {
		return err
	}
	if s.Until != nil {
		fmt.Fprintf(w, "\n%s\n", strings.Join(s.Until.Lines(), "\n"))
	}
	if s.Repeats > 0 {
		fmt.Fprintf(w, "\n%s of models with other seeds\n", format.Count(s.Repeats, "repeat"))
	}
	if len(s.Confirmed) > 0 {
		fmt.Fprintln(w)
		if err := confirm.WriteText(w, s.Confirmed, analysis.Metric{}.Words); err != nil {
			return err
		}
	}
	if s.TrainSeconds > 0 {
		fmt.Fprintf(w, "\n%s of training, all workers together\n", format.Duration(time.Duration(s.TrainSeconds*float64(time.Second))))
	}
	for _, f := range s.Failures {
		fmt.Fprintf(w, "%s failed: %s\n", f.ID, format.Escape(f.Reason))
	}
	for _, warning := range s.Warnings {
		fmt.Fprintln(w, "note:", warning)
	}
	return nil
}
