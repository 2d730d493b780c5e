package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/run/exttrainer"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/internal/run/slurm"
	"designspace/internal/run/trust"
	"designspace/trainer/engine/kernel"
)

// clusterFlags say how tasks of a cluster are started.
func clusterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "on", DefaultText: "here", Usage: "submit the training to `CLUSTER`: slurm"},
		&cli.BoolFlag{Name: "dry-run", Usage: "print what would be submitted, and submit nothing (with --on)"},
		&cli.IntFlag{Name: "tasks", DefaultText: "16", Usage: "divide the models into `N` shards, one per task (with --on)", Action: positive("tasks")},
		&cli.IntFlag{Name: "at-once", DefaultText: "all", Usage: "run at most `N` tasks at a time (with --on)", Action: positive("at-once")},
		&cli.StringFlag{Name: "partition", Usage: "`PARTITION` of the cluster (with --on)"},
		&cli.StringFlag{Name: "time", Usage: "time `LIMIT` of a task, such as 2:00:00; tasks requeue until their models are trained (with --on)"},
		&cli.StringFlag{Name: "memory", Usage: "`MEMORY` of a task, such as 4G (with --on)"},
		&cli.IntFlag{Name: "cpus", DefaultText: "1", Usage: "`N` processors per task, which trains as many models at a time (with --on)", Action: positive("cpus")},
		&cli.StringSliceFlag{Name: "sbatch", Usage: "pass `OPTION` to sbatch, such as --account=me; repeat for several (with --on)"},
	}
}

// defaultTasks is the number of parts of a run.
const defaultTasks = 16

// numbersOf and textsOf are the settings of a cluster by their flags, all but
// --sbatch.
func numbersOf(s *rundir.Cluster) map[string]*int {
	return map[string]*int{"tasks": &s.Tasks, "at-once": &s.AtOnce, "cpus": &s.CPUs}
}

func textsOf(s *rundir.Cluster) map[string]*string {
	return map[string]*string{"partition": &s.Partition, "time": &s.Time, "memory": &s.Memory}
}

// clusterOf is the cluster part of run.yaml as the flags change it.
func clusterOf(c *cli.Context, has rundir.Cluster) rundir.Cluster {
	for name, value := range numbersOf(&has) {
		if c.IsSet(name) {
			*value = c.Int(name)
		}
	}
	for name, value := range textsOf(&has) {
		if c.IsSet(name) {
			*value = c.String(name)
		}
	}
	if c.IsSet("sbatch") {
		has.Flags = c.StringSlice("sbatch")
	}
	return has
}

// flagsOfCluster writes settings as flags, without those for which leave is true.
func flagsOfCluster(s rundir.Cluster, leave func(flag string) bool) string {
	words := []string{}
	add := func(name, value string) {
		if !leave(name) {
			words = append(words, "--"+name, value)
		}
	}
	numbers, texts := numbersOf(&s), textsOf(&s)
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		if n := *numbers[name]; n != 0 {
			add(name, strconv.Itoa(n))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if text := *texts[name]; text != "" {
			add(name, text)
		}
	}
	for _, f := range s.Flags {
		add("sbatch", f)
	}
	return format.Command(words)
}

func allFlags(string) bool { return false }

// clusterKey is the key of the settings in run.yaml.
const clusterKey = "cluster"

// agreeToCluster reports settings of run.yaml as a [trust.Error] that the user has
// not given, now or before: options of sbatch can run any command.
func agreeToCluster(c *cli.Context, dir rundir.Dir, store trust.Store, has rundir.Cluster) error {
	open := flagsOfCluster(has, c.IsSet)
	if open == "" || c.Bool("trusted") || c.Bool("dry-run") || store.Has(dir.Config(), clusterKey, flagsOfCluster(has, allFlags)) {
		return nil
	}
	return &trust.Error{File: dir.Config(), Key: clusterKey, Value: open, Flags: "these flags"}
}

// onCluster refuses flags that go together with --on, or that do not.
func onCluster(c *cli.Context) (bool, error) {
	if !c.IsSet("on") {
		for _, f := range clusterFlags()[1:] {
			if c.IsSet(f.Names()[0]) {
				return false, usagef("--%s: goes only with --on slurm", f.Names()[0])
			}
		}
		return false, nil
	}
	if c.String("on") != "slurm" {
		return false, usagef("--on %s: no such cluster: choose slurm", c.String("on"))
	}
	for _, name := range []string{"shard", "only", "workers"} {
		if c.IsSet(name) {
			return false, usagef("--%s: does not go with --on slurm, whose tasks set it", name)
		}
	}
	return true, nil
}

// submit submits the shards of a run that have something to train and that no
// task is to train already.
func submit(c *cli.Context, dir rundir.Dir, o pipeline.Training) error {
	config, err := rundir.ReadConfig(dir)
	if err != nil {
		return err
	}
	var has rundir.Cluster
	if config.Cluster != nil {
		has = *config.Cluster
	}
	settings := clusterOf(c, has)
	if err := slurm.CheckTime(settings.Time); err != nil {
		return badFlag(fmt.Errorf("time %w", err))
	}
	if err := agreeToCluster(c, dir, o.Trust, has); err != nil {
		return err
	}
	client := slurm.Client{}
	queue, err := client.Queue(c.Context, dir)
	if err != nil {
		return err
	}
	live, shards := queue.Live()
	switch {
	case settings.Tasks == 0:
		settings.Tasks = defaultTasks
	case shards > 0 && settings.Tasks != shards:
		return fmt.Errorf("%s: tasks for %d shards are in the queue, but --tasks asks for %d: cancel them first with: designspace cancel %s", dir, shards, settings.Tasks, dir.Word())
	}
	if shards > 0 {
		settings.Tasks = shards
	}
	missing, err := pipeline.Missing(dir, o, settings.Tasks, !c.Bool("dry-run"))
	if err != nil {
		return err
	}
	missing = slices.DeleteFunc(missing, func(i int) bool { return slices.Contains(live, i) })
	if len(missing) == 0 {
		fmt.Fprintf(c.App.ErrWriter, "nothing to submit: of %d shards, %d are in the queue and the others are trained\n", settings.Tasks, len(live))
		return nil
	}
	line := o.Trainer
	if line == "" && config.Train != nil {
		line = config.Train.Trainer
	}
	scripts, err := scriptsOf(c, client, dir, settings, line, missing)
	if err != nil {
		return err
	}
	for _, s := range scripts {
		if err := s.Check(); err != nil {
			return fmt.Errorf("%s: %s: %w", dir, clusterKey, err)
		}
		fmt.Fprint(dataOut(c), s)
	}
	if c.Bool("dry-run") {
		return nil
	}
	if err := rundir.SetCluster(dir, settings); err != nil {
		return err
	}
	if err := o.Trust.Add(dir.Config(), clusterKey, flagsOfCluster(settings, allFlags)); err != nil {
		fmt.Fprintln(c.App.ErrWriter, "note: give the flags again next time: they could not be remembered:", err)
	}
	jobs, err := client.Submit(c.Context, dir, scripts)
	for _, j := range jobs {
		fmt.Fprintf(c.App.ErrWriter, "submitted job %s, tasks %s; follow it with: designspace status %s\n", j.Job, j.Tasks, dir.Word())
	}
	return err
}

// passed are the flags of train that its tasks need; run.yaml has all others.
var passed = []string{"repeats", "repeat-models", "confirm", "seeds", "retry", "save-weights", "checkpoint-every", "lease", "trainer-timeout"}

func scriptsOf(c *cli.Context, client slurm.Client, dir rundir.Dir, settings rundir.Cluster, line string, missing []int) ([]slurm.Script, error) {
	path, err := filepath.Abs(string(dir))
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := []string{program, "train", path, "--workers", strconv.Itoa(max(1, settings.CPUs))}
	for _, name := range passed {
		if c.IsSet(name) {
			command = append(command, "--"+name, fmt.Sprint(c.Value(name)))
		}
	}
	if exttrainer.IsCommand(line) { // given again, since the machine of a task need not remember it
		command = append(command, "--trainer", line)
	}
	var exports []string
	for _, name := range []string{dataVariable, kernel.Variable} {
		if v := os.Getenv(name); v != "" {
			exports = append(exports, name+"="+v)
		}
	}
	var scripts []slurm.Script
	for _, a := range slurm.Split(missing, client.MaxArraySize(c.Context)) {
		scripts = append(scripts, slurm.Script{
			Name: "designspace-" + filepath.Base(path), Run: path, Command: command, Exports: exports,
			Shards: settings.Tasks, Array: a, Cluster: settings,
		})
	}
	return scripts, nil
}

func cancelCommand() *cli.Command {
	return &cli.Command{
		Name:      "cancel",
		Usage:     "cancel the submitted jobs of a run",
		UsageText: "designspace cancel RUN",
		Description: `Cancels queued and running jobs that train --on slurm submitted. Trained models
are kept, and models in training are saved.

Example:
  designspace cancel runs/first`,
		Action: cancel,
	}
}

func cancel(c *cli.Context) error {
	dir, err := runArgument(c)
	if err != nil {
		return err
	}
	if _, err := rundir.ReadConfig(dir); err != nil {
		return err
	}
	jobs, err := slurm.Client{}.Cancel(c.Context, dir)
	if err != nil {
		return err
	}
	if len(jobs) == 0 {
		_, err = fmt.Fprintf(c.App.ErrWriter, "nothing to cancel: no job of %s is in the queue\n", dir)
		return err
	}
	_, err = fmt.Fprintf(c.App.ErrWriter, "canceled job %s; submit the rest with: designspace train %s --on slurm\n", strings.Join(jobs, ", "), dir.Word())
	return err
}

// queued is what Slurm says of a run, if something was submitted for it. That
// Slurm cannot be asked is a warning.
func queued(c *cli.Context, s *pipeline.Status) *slurm.Queue {
	q, err := slurm.Client{}.Queue(c.Context, rundir.Dir(s.Run))
	if err != nil {
		s.Warnings = append(s.Warnings, err.Error())
	}
	return q
}

// printQueue prints a line a job that Slurm remembers.
func printQueue(w io.Writer, q *slurm.Queue) {
	if q == nil {
		return
	}
	for _, j := range q.Jobs {
		var states []string
		for _, state := range slices.Sorted(maps.Keys(j.States)) {
			states = append(states, fmt.Sprintf("%d %s", j.States[state], strings.ToLower(state)))
		}
		if len(states) == 0 {
			continue
		}
		reason := ""
		if j.Reason != "" {
			reason = " (" + j.Reason + ")"
		}
		fmt.Fprintf(w, "Slurm job %s: %s%s\n", j.Job.Job, strings.Join(states, ", "), reason)
	}
}
