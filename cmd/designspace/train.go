package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/progress"
	"designspace/internal/run/exttrainer"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/internal/run/trust"
	"designspace/trainer"
	"designspace/trainer/dataset"
	"designspace/trainer/engine/kernel"
)

// trainFlags say how models are trained.
func trainFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "data", DefaultText: "synthetic", Usage: "data set `DATA`: " + strings.Join(dataset.Names(), ", ") + "; those in files as NAME:PATH"},
		&cli.IntFlag{Name: "train-images", DefaultText: "all", Usage: "train on `N` images", Action: positive("train-images")},
		&cli.IntFlag{Name: "test-images", DefaultText: "all", Usage: "test on `N` images; those that the test part lacks are training images, which are then not trained on", Action: positive("test-images")},
		&cli.IntFlag{Name: "val-images", DefaultText: "none", Usage: "validate on `N` of the training images; they then give the error", Action: positive("val-images")},
		&cli.StringFlag{Name: "recipe", DefaultText: "proxy", Usage: "recipe `NAME` (" + strings.Join(trainer.PresetNames(), ", ") + ") or a YAML file of changes to proxy"},
		&cli.IntFlag{Name: "epochs", DefaultText: "from the recipe", Usage: "train for `N` epochs", Action: positive("epochs")},
		&cli.IntFlag{Name: "batch", DefaultText: "from the recipe", Usage: "batch size `N`", Action: positive("batch")},
		&cli.Float64Flag{Name: "lr", DefaultText: "from the recipe", Usage: "initial learning `RATE`", Action: above0("lr")},
		&cli.Float64Flag{Name: "wd", DefaultText: "from the recipe", Usage: "weight `DECAY`", Action: within("wd", "0 or more and less than 1", func(x float64) bool { return x >= 0 && x < 1 })},
		&cli.IntFlag{Name: "eval-every", DefaultText: "1; with --until only the last", Usage: "measure the error after every `N` epochs and the last; 1 gives learning curves", Action: positive("eval-every")},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "`FORMAT` of progress messages: text, or json with one event per line"},
		&cli.StringFlag{Name: "save-weights", DefaultText: "none", Usage: "save each model's weights after the `EPOCH` last or best, for export"},
		&cli.IntFlag{Name: "workers", DefaultText: "one per processor", Usage: "train `N` models at a time; the results are the same", Action: positive("workers")},
	}, untilFlags()...)
}

// checkData reports a data set that there is not to those who open it themselves.
// To another trainer its name may be anything.
func checkData(c *cli.Context) error {
	if !c.IsSet("data") || c.IsSet("trainer") {
		return nil
	}
	return badFlag(dataset.Check(c.String("data"), dataset.Options{Input: c.Int("input")}))
}

// dataVariable is the environment variable that names a directory of data sets.
const dataVariable = "DESIGNSPACE_DATA"

// trainingOf reads the flags of trainFlags.
func trainingOf(c *cli.Context) (t pipeline.Training, err error) {
	t = pipeline.Training{
		Data: c.String("data"), Root: os.Getenv(dataVariable),
		Images: pipeline.Images{Train: c.Int("train-images"), Test: c.Int("test-images"), Val: c.Int("val-images")},
		Recipe: func(r trainer.Recipe) (trainer.Recipe, error) { return changed(c, r) },
		Kernel: os.Getenv(kernel.Variable), Workers: c.Int("workers"), Version: version(), Log: c.App.ErrWriter, Trust: trust.User(),
	}
	if t.Until, err = untilOf(c); err != nil {
		return t, err
	}
	if err := checkData(c); err != nil {
		return t, err
	}
	if c.IsSet("save-weights") {
		if t.Weights, err = pipeline.ParseWeights(c.String("save-weights")); err != nil {
			return t, badFlag(err)
		}
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
	if name := c.String("recipe"); c.IsSet("recipe") {
		if r, err = pipeline.LoadRecipe(name); err != nil && !pipeline.IsRecipeFile(name) {
			return r, badFlag(err)
		}
		if err := cmp.Or(err, r.Validate()); err != nil {
			return r, err
		}
	}
	for name, value := range map[string]*int{"epochs": &r.Epochs, "batch": &r.Batch, "eval-every": &r.EvalEvery} {
		if c.IsSet(name) {
			*value = c.Int(name)
		}
	}
	for name, value := range map[string]*float64{"lr": &r.LR, "wd": &r.WeightDecay} {
		if c.IsSet(name) {
			*value = c.Float64(name)
		}
	}
	return r, badUse(r.Validate())
}

// dataSets is a line of help for every data set.
func dataSets() string {
	var b strings.Builder
	for _, s := range dataset.Sets() {
		classes := fmt.Sprintf("%3d classes", s.Classes)
		if s.Own {
			classes = "your own"
		}
		fmt.Fprintf(&b, "  %-14s %-11s  %s\n", s.Name, classes, s.About)
	}
	return b.String()
}

func trainCommand() *cli.Command {
	return &cli.Command{
		Name:      "train",
		Usage:     "train the models of a run",
		UsageText: "designspace train RUN [flags]",
		Description: `Trains every model that has no outcome yet; the same command resumes after an
interruption. The first call fixes data and recipe in run.yaml; later
calls need no flags, and a different value is an error. The environment variable
` + kernel.Variable + ` chooses the kernel set.

Models in training are saved every --checkpoint-every, and on Ctrl-C, SIGTERM or SIGHUP.
They resume from there with the same result to the bit.

Several processes may train one run at the same time, on any machines that share
the directory: each takes models that no other has taken. If a process ends or
hangs, another trains its models: at once on the same machine, otherwise after
--lease without a heartbeat.

--shard I/N trains part I of N parts of about equal cost, counted from 0. --shard
auto takes I and N from SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT, or from
JOB_COMPLETION_INDEX and JOB_COMPLETIONS; auto/N takes only I.

--on slurm submits a job array with one shard per task. The settings of the tasks
are kept in the section cluster of run.yaml. The same command again submits only
what is missing; cancel ends it.

--until decided trains only as many models as the comparison needs: by the order
of models.csv it looks at the first 10, 15, 20, 25 and 30 models of each
population (--max), and stops when each two populations of a budget are told
apart, or shown to be equal within --margin. The looks together err as seldom as
one test of all models. They are fixed in run.yaml before anything is trained, and
a run that was begun otherwise is refused. Errors are measured after the last
epoch only, which is faster; --eval-every 1 gives learning curves.

--repeats N trains each model (or the first --repeat-models of each population) N
times in all, with different seeds. results.csv keeps the first training,
repeats.csv has all, and analyze then reports how far a single error can be
trusted.

--best K is for who wants a good net and no statement about a space: of all
candidates that sample predicted, the K of the lowest predicted errors of each
space and budget become the run's models. They are no sample: analyze and report
give no verdict on them. --confirm and export --best say which is good.

--confirm K --seeds R trains the best K models of each population, when all of it
is trained, again with R fresh seeds: the best of many models was lucky, too, and
the mean over the fresh seeds is what it is worth. repeats.csv has them; status,
analyze and report show them, and export --best chooses by them. Like --repeats,
the flags are given again to resume.

--trainer torch trains with PyTorch, on a GPU if there is one: the same images,
initial weights and recipe. ` + exttrainer.PythonVariable + ` names a Python with PyTorch, by
default python3. 'torch bf16' computes in bfloat16. --workers is the number of
processes; each holds the images in memory, and several can share a GPU.

Any other --trainer is a command that is run for each model. {model} is the path
of a JSON file with the model, its PyTorch module, recipe, seed and the path of
the data. The command appends one line of JSON per epoch to the file {out}, such
as {"epoch": 1, "error": 12.5}.

A run that comes from elsewhere, or whose run.yaml was edited, runs no command:
trainer and cluster in run.yaml count if you gave them on this machine, give the
flags again, or add --trusted, which is then remembered.

Failed models are trained again only with --retry failed; --retry diverged does
the same for diverged models, after a change of the program. The new outcome
replaces the old one, which stays in the journal.

Data sets are
` + dataSets() + `
Files are searched below the directory in ` + dataVariable + `, unless :DIR names it.
Your own are given as folder:DIR, npy:DIR or csv:FILE; docs/your-own.md describes
them.

Example:
  designspace sample --space proxy/regnetx -n 20 --flops 600K:1.2M --input 16 --out runs/x
  designspace train runs/x --recipe quick --train-images 2000 --test-images 1000
  designspace train runs/x --repeats 3 --repeat-models 4
  designspace train runs/x --confirm 2 --seeds 3
  designspace sample --space proxy/regnetx -n 20 --flops 600K:1.2M --input 16 --out runs/net
  designspace train runs/net --best 4 --recipe quick --train-images 2000 --test-images 1000
  designspace train runs/x --repeats 4 --on slurm --tasks 4 --time 2:00:00 --dry-run`,
		Flags: slices.Concat(trainFlags(), []cli.Flag{
			&cli.IntFlag{Name: "repeats", DefaultText: "1", Usage: "train each model `N` times, with different seeds", Action: positive("repeats")},
			&cli.IntFlag{Name: "repeat-models", DefaultText: "all", Usage: "repeat only the first `N` models of each population", Action: positive("repeat-models")},
			&cli.IntFlag{Name: "best", DefaultText: "none", Usage: "train the `K` most promising candidates by prediction in place of the sample, for a good net", Action: positive("best")},
			&cli.IntFlag{Name: "confirm", DefaultText: "none", Usage: "train the best `K` models of each population again", Action: positive("confirm")},
			&cli.IntFlag{Name: "seeds", Value: pipeline.DefaultSeeds, Usage: "with `R` fresh seeds each (with --confirm)", Action: positive("seeds")},
			&cli.StringSliceFlag{Name: "only", Usage: "train only the model `ID`; repeat for several"},
			&cli.StringFlag{Name: "shard", DefaultText: "all", Usage: "train only shard `I/N` of the models, I from 0, or auto"},
			&cli.StringFlag{Name: "trainer", DefaultText: "the built-in engine", Usage: "train with `TRAINER`: torch, 'torch bf16', or a command that contains {model} and {out}"},
			&cli.DurationFlag{Name: "trainer-timeout", DefaultText: "none", Usage: "stop another trainer after `TIME` for one model"},
			&cli.BoolFlag{Name: "trusted", Usage: "run the commands that run.yaml names, which you gave neither now nor before on this machine"},
			&cli.StringFlag{Name: "retry", DefaultText: "none", Usage: "train models with `STATUS` failed or diverged again"},
			&cli.DurationFlag{Name: "checkpoint-every", Value: pipeline.DefaultCheckpoint, Usage: "save models in training every `TIME`; 0: never"},
			&cli.DurationFlag{Name: "lease", Value: rundir.DefaultLeaseTimeout, Usage: "take over models of another process after `TIME` without a heartbeat"},
		}, clusterFlags()),
		Action: train,
	}
}

func train(c *cli.Context) error {
	dir, err := runArgument(c)
	if err != nil {
		return err
	}
	o, err := trainingOf(c)
	if err != nil {
		return err
	}
	o.Only = c.StringSlice("only")
	o.Repeats = pipeline.Repeats{N: c.Int("repeats"), Models: c.Int("repeat-models")}
	if c.IsSet("repeat-models") && o.Repeats.N < 2 {
		return usagef("--repeat-models %d: goes only with --repeats 2 or more", o.Repeats.Models)
	}
	if o.Confirm.Models = c.Int("confirm"); o.Confirm.Models > 0 {
		o.Confirm.Seeds = c.Int("seeds")
	} else if c.IsSet("seeds") {
		return usagef("train: --seeds says how often --confirm trains: give both")
	}
	if k := c.Int("best"); k > 0 {
		switch {
		case o.Until != nil:
			return usagef("train: --best %d: the most promising models say nothing of their spaces, so that nothing is decided: leave out --until, or --best", k)
		case c.Bool("dry-run"):
			return usagef("train: --best %d: choosing changes the run: call it first without --on", k)
		}
		if err := pipeline.ChooseBest(c.Context, dir, k); err != nil {
			return err
		}
	}
	if c.IsSet("shard") {
		if o.Shard, err = pipeline.ParseShard(c.String("shard"), os.Getenv); err != nil {
			return badFlag(err)
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
	o.Python, o.Trusted = os.Getenv(exttrainer.PythonVariable), c.Bool("trusted")
	if o.Trainer, o.Timeout = c.String("trainer"), c.Duration("trainer-timeout"); o.Trainer != "" {
		if err := exttrainer.Check(o.Trainer); err != nil {
			return badFlag(err)
		}
	}
	if o.Timeout < 0 {
		return usagef("--trainer-timeout %v: want a time above 0, as in 30m", o.Timeout)
	}
	if submitting, err := onCluster(c); err != nil {
		return err
	} else if submitting {
		return submit(c, dir, o)
	}
	config, err := rundir.ReadConfig(dir)
	if err != nil {
		return err
	}
	chosen := config.Sample.Best > 0
	if chosen {
		fmt.Fprintf(o.Log, "note: these are the %d most promising candidates by prediction and no sample: what they show does not hold for their spaces\n", config.Sample.Best)
	}
	if err := resumable(c, pipeline.Train(c.Context, dir, o), dir); err != nil {
		return err
	}
	if err := failures(o.Log, dir); err != nil {
		return err
	}
	if chosen {
		fmt.Fprintf(o.Log, "results are in %s; train the best again with: designspace train %s --confirm 3; write the best with: designspace export %s\n", dir.Results(), dir.Word(), dir.Word())
		return nil
	}
	fmt.Fprintf(o.Log, "results are in %s; compare them with: designspace analyze %s\n", dir.Results(), dir.Word())
	return nil
}

// failures says how many models of a run failed, and why the first did. That all
// did is an error.
func failures(log io.Writer, dir rundir.Dir) error {
	s, err := pipeline.Inspect(dir)
	if err != nil || s.Failed == 0 {
		return err
	}
	first := s.Failures[0]
	text := fmt.Sprintf("%d of %s failed, the first, %s, because: %s; try again with: designspace train %s --retry failed",
		s.Failed, format.Count(s.Models, "model"), first.ID, format.Escape(first.Reason), dir.Word())
	if s.Done+s.Diverged == 0 {
		return errors.New(text)
	}
	_, err = fmt.Fprintln(log, "note:", text)
	return err
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
		repeats = " and " + format.Count(s.Repeats, "repeat")
	}
	return fmt.Errorf("%s: stopped; %d of %s%s are trained and kept; resume with: %s", dir, s.Models-s.Unneeded-s.Pending, format.Count(s.Models-s.Unneeded, "model"), repeats, c.App.Metadata[commandLine])
}
