package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/progress"
	"designspace/internal/run/exttrainer"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/trainer"
	"designspace/trainer/dataset"
)

// trainFlags say how models are trained.
func trainFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "data", DefaultText: "synthetic", Usage: "`SPEC` of the data: " + strings.Join(dataset.Names(), ", ") + ", all but the first optionally with :PATH"},
		&cli.IntFlag{Name: "train-images", DefaultText: "all", Usage: "`IMAGES` to train on"},
		&cli.IntFlag{Name: "test-images", DefaultText: "all", Usage: "`IMAGES` to test on"},
		&cli.IntFlag{Name: "val-images", DefaultText: "none", Usage: "`IMAGES` split off the training images for the error"},
		&cli.StringFlag{Name: "recipe", DefaultText: "proxy", Usage: "`NAME` of a recipe (" + strings.Join(trainer.PresetNames(), ", ") + ") or YAML file of changes to proxy"},
		&cli.IntFlag{Name: "epochs", DefaultText: "of the recipe", Usage: "`PASSES` over the training images"},
		&cli.IntFlag{Name: "batch", DefaultText: "of the recipe", Usage: "`IMAGES` a step"},
		&cli.Float64Flag{Name: "lr", DefaultText: "of the recipe", Usage: "learning `RATE`"},
		&cli.Float64Flag{Name: "wd", DefaultText: "of the recipe", Usage: "weight `DECAY`"},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "`FORMAT` of the progress on the standard error: text or json, a line an event"},
		&cli.StringFlag{Name: "save-weights", DefaultText: "none", Usage: "save the weights of every model after its `EPOCH` last or best, for export"},
		&cli.IntFlag{Name: "workers", DefaultText: "one a processor", Usage: "`MODELS` trained side by side; changes nothing but the time", Action: positive("workers")},
	}
}

// positive is the check of a flag that must be at least 1.
func positive(name string) func(*cli.Context, int) error {
	return func(_ *cli.Context, n int) error {
		if n < 1 {
			return usagef("--%s %d: want 1 or more", name, n)
		}
		return nil
	}
}

// dataVariable is the environment variable that names a directory of data sets.
const dataVariable = "DESIGNSPACE_DATA"

// trainingOf reads the flags of trainFlags.
func trainingOf(c *cli.Context) (t pipeline.Training, err error) {
	t = pipeline.Training{
		Data: c.String("data"), Root: os.Getenv(dataVariable),
		Images: pipeline.Images{Train: c.Int("train-images"), Test: c.Int("test-images"), Val: c.Int("val-images")},
		Recipe: func(r trainer.Recipe) (trainer.Recipe, error) { return changed(c, r) },
		Kernel: os.Getenv(kernelVariable), Workers: c.Int("workers"), Version: version(), Log: c.App.ErrWriter,
	}
	if c.IsSet("save-weights") {
		if t.Weights, err = pipeline.ParseWeights(c.String("save-weights")); err != nil {
			err = usageError{fmt.Errorf("--%w", err)}
		}
	}
	if err != nil {
		return t, err
	}
	switch f := c.String("log-format"); f {
	case "text":
	case "json":
		t.Log = progress.NewLog(t.Log)
	default:
		err = usagef("--log-format %s: choose text or json", f)
	}
	return t, err
}

// changed is a recipe as the flags want it.
func changed(c *cli.Context, r trainer.Recipe) (_ trainer.Recipe, err error) {
	if c.IsSet("recipe") {
		if r, err = pipeline.LoadRecipe(c.String("recipe")); err != nil {
			return r, err
		}
	}
	for name, value := range map[string]*int{"epochs": &r.Epochs, "batch": &r.Batch} {
		if c.IsSet(name) {
			*value = c.Int(name)
		}
	}
	for name, value := range map[string]*float64{"lr": &r.LR, "wd": &r.WeightDecay} {
		if c.IsSet(name) {
			*value = c.Float64(name)
		}
	}
	return r, nil
}

func trainCommand() *cli.Command {
	return &cli.Command{
		Name:      "train",
		Usage:     "train the population of a run",
		UsageText: "designspace train RUN [flags]",
		Description: `Trains every model that has no outcome yet, so the same command goes on after an
interruption. The first time decides data, recipe and kernel set; later calls
need no flags, and a differing one is an error. The environment variable
` + kernelVariable + ` chooses the kernel set.

With --repeats each model, or the first --repeat-models of each population, is
trained that often in all, each time with another seed; what was trained before
counts. results.csv keeps the first training, repeats.csv has all of them, and
analyze then says how far a single error can be trusted.

With --shard I/N it trains part I of N parts, counted from 0, which need about
the same time. Processes that train all the parts, at once and on any machines
that see the directory, train the run. --shard auto takes I and N from
SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT or from JOB_COMPLETION_INDEX and
JOB_COMPLETIONS, auto/N only I.

Without it, too, several processes may train a run at once: each takes models
that no other has. What a process that ended or hangs had begun is trained by
another: at once if both run on one machine, else --lease after its last
heartbeat.

With --on slurm a job array trains the run, a shard a task. What it is to need
stands in the flags, or in the part cluster of run.yaml that they are kept in.
The same command again submits only what is missing; cancel ends it.

A model in training is saved every --checkpoint-every, and when the training is
stopped by Ctrl-C or SIGTERM. It goes on from there with the same result to the
bit.

With --trainer torch PyTorch trains, on a graphics card if there is one: on the
same images, from the same weights, by the whole recipe. ` + exttrainer.PythonVariable + ` names the
Python that has PyTorch, else it is python3. 'torch bf16' computes in bfloat16.
--workers is how many processes there are, each with the images in memory, of
which several can share a card.

With any other --trainer a program of yours trains: the command is run for every
model, with the path of a JSON file for {model}, which holds the model, its Python
module, recipe, seed and the path of the data. To the file {out} it appends a line
of JSON an epoch, as in {"epoch": 1, "error": 12.5}.

A model that failed stays so until --retry failed tries again; --retry diverged
likewise, for a changed program. The new attempt supersedes the old one, which
remains in the journal.

Example:
  designspace train runs/a --data cifar10:data/cifar-10-batches-bin --epochs 5
  designspace train runs/a --repeats 3 --repeat-models 20
  designspace train runs/a --on slurm --tasks 50 --time 2:00:00 --cpus 4`,
		Flags: slices.Concat(trainFlags(), []cli.Flag{
			&cli.IntFlag{Name: "repeats", DefaultText: "1", Usage: "train a model so many `TIMES`, each with another seed"},
			&cli.IntFlag{Name: "repeat-models", DefaultText: "all", Usage: "how many: `N` models of each space and budget are repeated, the first by id"},
			&cli.StringSliceFlag{Name: "only", Usage: "train the model `ID` and no others; may be repeated"},
			&cli.StringFlag{Name: "shard", DefaultText: "all", Usage: "train only part `I/N` of the models, I from 0, or auto"},
			&cli.StringFlag{Name: "trainer", DefaultText: "the engine", Usage: "`TRAINER` in place of the engine: torch, 'torch bf16', or a command with {model} and {out} for the paths of files"},
			&cli.DurationFlag{Name: "trainer-timeout", DefaultText: "none", Usage: "`TIME` that another trainer may take for a model"},
			&cli.StringFlag{Name: "retry", DefaultText: "none", Usage: "train models of `STATUS` failed or diverged once more"},
			&cli.DurationFlag{Name: "checkpoint-every", Value: pipeline.DefaultCheckpoint, Usage: "`TIME` after which a model in training is saved; 0: never"},
			&cli.DurationFlag{Name: "lease", Value: rundir.DefaultLeaseTimeout, Usage: "`TIME` without a heartbeat after which another process's models are trained here"},
		}, clusterFlags()),
		Action: train,
	}
}

func train(c *cli.Context) error {
	run, err := only(c, "run directory")
	if err != nil {
		return err
	}
	o, err := trainingOf(c)
	if err != nil {
		return err
	}
	o.Only = c.StringSlice("only")
	o.Repeats = pipeline.Repeats{N: c.Int("repeats"), Models: c.Int("repeat-models")}
	if c.IsSet("repeats") && o.Repeats.N < 1 || c.IsSet("repeat-models") && o.Repeats.Models < 1 {
		return usagef("train: --repeats and --repeat-models are 1 or more")
	}
	if c.IsSet("shard") {
		if o.Shard, err = pipeline.ParseShard(c.String("shard"), os.Getenv); err != nil {
			return usageError{fmt.Errorf("--%w", err)}
		}
	}
	switch o.Retry = trainer.Status(c.String("retry")); o.Retry {
	case "", trainer.Failed, trainer.Diverged:
	default:
		return usagef("--retry %s: want failed or diverged", o.Retry)
	}
	if o.Lease = c.Duration("lease"); o.Lease <= 0 {
		return usagef("--lease %v: want a time above 0, as in 2m", o.Lease)
	}
	if c.IsSet("checkpoint-every") {
		if o.Checkpoint = c.Duration("checkpoint-every"); o.Checkpoint == 0 {
			o.Checkpoint = -1
		}
		if c.Duration("checkpoint-every") < 0 {
			return usagef("--checkpoint-every %v: want a time above 0, as in 10m, or 0 for no checkpoints", c.Duration("checkpoint-every"))
		}
	}
	o.Python = os.Getenv(exttrainer.PythonVariable)
	if o.Trainer, o.Timeout = c.String("trainer"), c.Duration("trainer-timeout"); o.Trainer != "" {
		if err := exttrainer.Check(o.Trainer); err != nil {
			return usageError{fmt.Errorf("--%w", err)}
		}
	}
	if o.Timeout < 0 {
		return usagef("--trainer-timeout %v: want a time above 0, as in 30m", o.Timeout)
	}
	dir := rundir.Dir(run)
	if submitting, err := onCluster(c); err != nil {
		return err
	} else if submitting {
		return submit(c, dir, o)
	}
	if err := resumable(c, pipeline.Train(c.Context, dir, o), dir); err != nil {
		return err
	}
	fmt.Fprintf(o.Log, "results are in %s; compare them with: designspace analyze %s\n", dir.Results(), dir)
	return nil
}

// resumable makes an interruption an error that says how to go on.
func resumable(c *cli.Context, err error, dir rundir.Dir) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	s, e := pipeline.Inspect(dir)
	if e != nil {
		return errors.Join(err, e)
	}
	repeats := ""
	if s.Repeats > 0 {
		repeats = fmt.Sprintf(" and %d repeats", s.Repeats)
	}
	return fmt.Errorf("%s: stopped; %d of %d models%s are trained and kept: go on with: %s", dir, s.Models-s.Pending, s.Models, repeats, c.App.Metadata[commandLine])
}
