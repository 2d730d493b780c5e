package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"designspace/internal/format"
	"designspace/internal/host"
	"designspace/internal/progress"
	"designspace/internal/run/exttrainer"
	"designspace/internal/run/rundir"
	"designspace/trainer"
	"designspace/trainer/dataset"
	"designspace/trainer/engine/kernel"
)

// A Training says how the models of a run are trained. What is left out is as
// the run has it or, if it was not trained yet, as the defaults are.
type Training struct {
	Data    string                                       // specification of the data set
	Root    string                                       // directory of data sets; "": none
	Images  Images                                       // how many are used
	Recipe  func(trainer.Recipe) (trainer.Recipe, error) // changes the recipe
	Kernel  string                                       // name of a kernel set
	Trainer string                                       // command line of a program that trains in place of the engine, see [exttrainer.Program]
	Timeout time.Duration                                // of one training by that program; 0: none
	Only    []string                                     // models to train; none: all
	Shard   Shard                                        // part of the models to train
	Repeats Repeats                                      // trainings of one model
	Reuse   []rundir.Dir                                 // runs whose outcomes count where they trained the same model alike
	Hurry   bool                                         // don't forecast how long it takes
	Idle    bool                                         // train nothing, only reuse
	Retry   trainer.Status                               // train models of this outcome again; "": none
	Lease   time.Duration                                // how long another process may be silent before its models are trained here; 0: rundir.DefaultLeaseTimeout
	Weights WeightChoice                                 // which parameters to save
	Keep    time.Duration                                // between two checkpoints of a model; 0: DefaultCheckpoints; negative: no checkpoints
	Workers int                                          // 0: one a processor
	Version string                                       // of the program
	Log     io.Writer                                    // progress
}

// Images are numbers of images; 0 means as the run has it, or else all and no
// validation part.
type Images struct{ Train, Test, Val int }

// saveEvery is how often results.csv is brought up to date during training.
const saveEvery = 15 * time.Second

// Train trains the models of a run that have no outcome yet, or not as many as
// are asked for. Every outcome is in
// the journal before the next model begins, so that training can stop at any
// time and go on later.
func Train(ctx context.Context, dir rundir.Dir, o Training) error {
	p, err := o.prepare(dir, true)
	if err != nil {
		return err
	}
	for _, w := range p.journal.Warnings {
		fmt.Fprintln(o.Log, "note:", w)
	}
	s := &session{
		dir: dir, Training: o, part: p.part, entries: p.entries, writer: rundir.NewWriter(dir), saved: time.Now(),
		claims: newClaims(dir, o.Lease, o.Retry, p.journal),
	}
	defer s.writer.Close()
	defer s.claims.close()
	if o.Weights != NoWeights {
		s.noteWeights(p.journal)
	}
	jobs, err := s.reuse(p.jobs)
	if err == nil && !o.Idle {
		err = s.train(ctx, jobs, p.sets, p.kernels)
	}
	if e := s.save(); err == nil {
		err = e
	}
	return err
}

// A preparation is what a training begins with.
type preparation struct {
	part    rundir.Train
	sets    []*dataset.Data
	kernels *kernel.Set
	entries []rundir.Entry
	journal *rundir.Journal
	jobs    []trainer.Job // to be trained
}

// prepare makes sure that the run can be trained in this way and, if it is meant
// to be, puts the way into run.yaml.
func (o Training) prepare(dir rundir.Dir, persist bool) (p preparation, err error) {
	if err := o.Repeats.validate(); err != nil {
		return p, err
	}
	// Before run.yaml, which has its train section before the first record.
	if p.journal, err = rundir.ReadJournal(dir); err != nil {
		return p, err
	}
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		return p, err
	}
	if p.entries, err = rundir.LoadModels(dir); err != nil {
		return p, err
	}
	if err := cmp.Or(p.journal.Check(p.entries), p.journal.CheckTrain(c.Train)); err != nil {
		return p, err
	}
	if p.part, p.sets, err = o.complete(c, p.entries); err != nil {
		return p, err
	}
	if p.part.Trainer == "" {
		if p.kernels, err = kernel.Choose(p.part.Kernel); err != nil {
			return p, err
		}
	}
	if persist {
		err = rundir.SetTrain(dir, p.part)
	} else {
		err = rundir.CheckTrain(dir, p.part)
	}
	if err != nil {
		return p, err
	}
	if p.journal, err = rundir.ReadJournal(dir); err != nil { // with what others recorded since
		return p, err
	}
	p.jobs, err = o.jobs(c.Sample.Seed, p.entries, p.journal)
	return p, err
}

// Missing returns which of so many shards have something to train, ascending. In
// persist it puts how the run is trained into run.yaml, as the first call of
// Train would.
func Missing(dir rundir.Dir, o Training, shards int, persist bool) ([]int, error) {
	o.Shard = Shard{}
	p, err := o.prepare(dir, persist)
	if err != nil {
		return nil, err
	}
	of := map[string]int{}
	for i, k := range divide(shards, p.entries, o.Repeats.trainings(p.entries)) {
		of[p.entries[i].ID] = k
	}
	var missing []int
	for _, j := range p.jobs {
		missing = append(missing, of[j.ID])
	}
	slices.Sort(missing)
	return slices.Compact(missing), nil
}

// complete is the train part of run.yaml with everything in it, and the data of
// every image size that the models take.
func (o Training) complete(c rundir.Config, entries []rundir.Entry) (part rundir.Train, sets []*dataset.Data, err error) {
	part.Version = o.Version
	if c.Train != nil {
		part = *c.Train
	} else if part.Recipe, err = trainer.Preset("proxy"); err != nil {
		return part, nil, err
	}
	if o.Recipe != nil {
		if part.Recipe, err = o.Recipe(part.Recipe); err != nil {
			return part, nil, err
		}
	}
	if err := part.Recipe.Validate(); err != nil {
		return part, nil, err
	}
	if part.Trainer = cmp.Or(o.Trainer, part.Trainer); part.Trainer != "" {
		o.completeExternal(&part)
		return part, nil, exttrainer.Check(part.Trainer)
	}
	part.Kernel = cmp.Or(o.Kernel, part.Kernel)
	k, err := kernel.Choose(part.Kernel)
	if err != nil {
		return part, nil, err
	}
	part.Kernel = k.Name
	d := &part.Data
	d.Source = cmp.Or(o.Data, d.Source, c.Sample.Data, "synthetic")
	d.TrainImages = cmp.Or(o.Images.Train, d.TrainImages)
	d.TestImages = cmp.Or(o.Images.Test, d.TestImages)
	d.ValImages = cmp.Or(o.Images.Val, d.ValImages)
	if sets, err = open(*d, o.Root, entries); err != nil {
		return part, nil, err
	}
	d.Name, d.Hash = sets[0].Name, hashOf(sets)
	d.TrainImages, d.TestImages = sets[0].Train.Len(), sets[0].Test.Len()
	return part, sets, nil
}

// completeExternal says of data and kernels what is known where another program
// trains.
func (o Training) completeExternal(part *rundir.Train) {
	const name = "external"
	part.Kernel = name
	d := &part.Data
	d.Name, d.Source = name, cmp.Or(o.Data, d.Source, name)
	d.TrainImages = cmp.Or(o.Images.Train, d.TrainImages)
	d.TestImages = cmp.Or(o.Images.Test, d.TestImages)
	d.ValImages = cmp.Or(o.Images.Val, d.ValImages)
}

// open opens the data once for every image size among the models.
func open(d rundir.Data, root string, entries []rundir.Entry) ([]*dataset.Data, error) {
	var sizes []int
	for _, e := range entries {
		if !slices.Contains(sizes, e.Model.Input) {
			sizes = append(sizes, e.Model.Input)
		}
	}
	slices.Sort(sizes)
	var sets []*dataset.Data
	for _, size := range sizes {
		set, err := dataset.Open(d.Source, dataset.Options{Root: root, Input: size, TrainImages: d.TrainImages, TestImages: d.TestImages, ValImages: d.ValImages})
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	for _, e := range entries {
		if have := sets[0].Classes; e.Model.Classes != have {
			return nil, fmt.Errorf("model %s has %d classes and data %s have %d: sample for these data or train on others", e.ID, e.Model.Classes, d.Source, have)
		}
	}
	return sets, nil
}

// hashOf is the hash of the data, or one over those of all sizes.
func hashOf(sets []*dataset.Data) string {
	if len(sets) == 1 {
		return sets[0].Hash
	}
	h := sha256.New()
	for _, s := range sets {
		io.WriteString(h, s.Hash)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// jobs are the models without an outcome, of those that are wanted.
func (o Training) jobs(seed uint64, entries []rundir.Entry, j *rundir.Journal) ([]trainer.Job, error) {
	for _, id := range o.Only {
		if !slices.ContainsFunc(entries, func(e rundir.Entry) bool { return e.ID == id }) {
			return nil, fmt.Errorf("only %s: no such model: models.csv has %s to %s", id, entries[0].ID, entries[len(entries)-1].ID)
		}
	}
	var jobs []trainer.Job
	times := o.Repeats.trainings(entries)
	mine := o.Shard.has(entries, times)
	for i, e := range entries {
		if !mine[i] || len(o.Only) > 0 && !slices.Contains(o.Only, e.ID) {
			continue
		}
		for repeat := range times[i] {
			if r, trained := j.Outcome(e.ID, repeat); !trained || r.Status == o.Retry {
				jobs = append(jobs, trainer.Job{ID: e.ID, Candidate: e.Candidate, Repeat: repeat, Seed: trainer.Seed(seed, e.Candidate, repeat)})
			}
		}
	}
	return jobs, nil
}

// A session is one call of Train.
type session struct {
	Training
	dir          rundir.Dir
	part         rundir.Train
	entries      []rundir.Entry
	writer       *rundir.Writer
	display      *progress.Display
	saved        time.Time // when results.csv was last written
	claims       *claims
	checkpointer *checkpointer // nil: no checkpoints
}

// train trains the jobs, one image size after the other.
func (s *session) train(ctx context.Context, jobs []trainer.Job, sets []*dataset.Data, k *kernel.Set) error {
	if len(jobs) == 0 {
		which := "every model"
		if s.Shard.Count > 1 {
			which += " of shard " + s.Shard.String()
		}
		fmt.Fprintf(s.Log, "nothing to train: %s has its outcome in %s\n", which, s.dir.Results())
		return nil
	}
	if s.Keep >= 0 {
		s.checkpointer = &checkpointer{dir: s.dir, part: s.part, version: s.Version, note: func(text string) { s.display.Print("note: " + text) }}
	}
	limit := memoryLimit()
	var batches []batch
	for _, set := range sets {
		batches = append(batches, batch{pool: s.pool(set, k, limit)})
	}
	if s.part.Trainer != "" {
		batches = []batch{{pool: s.externalPool()}}
	}
	for i := range batches {
		batches[i].take(jobs)
	}
	if !s.Hurry && s.part.Trainer == "" {
		if err := s.forecast(ctx, len(jobs), batches); err != nil {
			return err
		}
	}
	total := 0.0
	for _, j := range jobs {
		total += trainer.Cost(j.Model)
	}
	s.display = progress.New(s.Log, len(jobs), total)
	defer s.display.Close()
	for told := false; ; {
		for _, b := range batches {
			if err := b.pool.Train(ctx, b.jobs); err != nil {
				return err
			}
		}
		left := s.claims.left()
		if len(left) == 0 {
			return nil
		}
		if !told {
			s.display.Print(fmt.Sprintf("waiting for what other processes train: %d", len(left)))
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.claims.pause()):
		}
		for i := range batches {
			batches[i].take(left)
		}
	}
}

// pool is who trains on the data of one image size.
func (s *session) pool(set *dataset.Data, k *kernel.Set, limit int64) trainer.Pool {
	p := trainer.Pool{
		Recipe: s.part.Recipe, Data: set, Kernels: k, Workers: s.Workers, MemoryLimit: limit,
		Start: s.start, Done: s.done, Progress: s.progress,
	}
	if s.checkpointer != nil {
		p.Checkpointer, p.CheckpointEvery = s.checkpointer, cmp.Or(s.Keep, DefaultCheckpoints)
	}
	if s.Weights != NoWeights {
		p.Net = s.saveWeights
	}
	return p
}

// externalPool is who trains by another program.
func (s *session) externalPool() trainer.Pool {
	p := exttrainer.Program{Line: s.part.Trainer, Logs: s.dir.Trainer(), Data: s.part.Data.Source, Recipe: s.part.Recipe, Timeout: s.Timeout}
	return trainer.Pool{
		Recipe: s.part.Recipe, Workers: s.Workers, Start: s.start, Done: s.done, Progress: s.progress, External: p.Train,
	}
}

func (s *session) progress(j trainer.Job, p trainer.Progress) {
	s.claims.heartbeat(j)
	s.display.Step(label(j), p.Epoch, p.Images)
}

// A batch is the models of one image size and who trains them.
type batch struct {
	jobs []trainer.Job
	pool trainer.Pool
}

// take makes the jobs of the batch's image size its own.
func (b *batch) take(jobs []trainer.Job) {
	b.jobs = slices.DeleteFunc(slices.Clone(jobs), func(j trainer.Job) bool {
		return b.pool.Data != nil && j.Model.Input != b.pool.Data.Size
	})
}

// forecastTime is how long a model is trained to measure its speed.
const forecastTime = 200 * time.Millisecond

// forecast says how long the training will take.
func (s *session) forecast(ctx context.Context, models int, batches []batch) error {
	seconds, most := 0.0, int64(0)
	for _, b := range batches {
		bytes, err := b.pool.ModelMemory(b.jobs)
		if err != nil {
			return err
		}
		most = max(most, bytes)
		f, err := b.pool.Forecast(ctx, b.jobs, forecastTime)
		if ctx.Err() != nil {
			return err
		}
		if err != nil { // the training will say of which models, and go on with others
			fmt.Fprintln(s.Log, "no forecast:", err)
			return nil
		}
		seconds += f.Seconds
	}
	what := "models"
	if s.Repeats.N > 1 {
		what = "trainings"
	}
	_, err := fmt.Fprintf(s.Log, "%d %s will take about %s with %s kernels and %d MB at most for a model; Ctrl-C stops, the same command goes on\n",
		models, what, format.Duration(time.Duration(seconds*float64(time.Second))), s.part.Kernel, (most+1<<20-1)>>20)
	return err
}

// memoryLimit leaves a fifth of the free memory to others; 0 if it is not known.
func memoryLimit() int64 {
	free, _ := host.AvailableMemory()
	return free / 5 * 4
}

// start claims a job.
func (s *session) start(j trainer.Job) (bool, error) {
	if ok, err := s.claims.take(j); !ok || err != nil {
		return false, err
	}
	s.display.Start(label(j), trainer.Cost(j.Model), s.part.Recipe.Epochs, s.part.Recipe.Epochs*s.part.Data.TrainImages)
	return true, nil
}

// append records an outcome and gives the job's lease back. If another process
// was first, that record stands and this one is left out.
func (s *session) append(j trainer.Job, o trainer.Outcome) error {
	defer s.claims.release(j)
	if recorded, err := s.claims.recorded(j); recorded || err != nil {
		return err
	}
	o.Attempt = s.claims.key(j).Attempt
	return s.writer.Append(o)
}

// done records an outcome.
func (s *session) done(j trainer.Job, o trainer.Outcome) error {
	o.Kernel, o.Data, o.Recipe, o.Version = s.part.Kernel, s.part.Data.Label(), s.part.Recipe.Label(), s.Version
	if err := s.append(j, o); err != nil {
		return err
	}
	if s.checkpointer != nil {
		s.checkpointer.remove(j)
	}
	s.display.Finish(label(j), s.line(j, o))
	if time.Since(s.saved) < saveEvery {
		return nil
	}
	return s.save()
}

// line tells an outcome to a person.
func (s *session) line(j trainer.Job, o trainer.Outcome) string {
	i := slices.IndexFunc(s.entries, func(e rundir.Entry) bool { return e.ID == j.ID })
	name := strings.TrimSpace(label(j) + "  " + s.entries[i].Space + " " + s.entries[i].Budget)
	switch o.Status {
	case trainer.Failed:
		return name + "  failed: " + o.Reason
	case trainer.Diverged:
		return name + "  diverged"
	}
	return fmt.Sprintf("%s  error %s %%  %s", name, format.Percent(o.Error), format.Duration(time.Duration(o.TrainSeconds*float64(time.Second))))
}

// save brings results.csv, curves.csv and repeats.csv up to date. If another
// process recorded something meanwhile, it may have written them meanwhile, too,
// so that they are written once more.
func (s *session) save() error {
	for saved := -1; ; {
		j, err := rundir.ReadJournal(s.dir)
		if err != nil || len(j.Records) == saved {
			return err
		}
		saved, s.saved = len(j.Records), time.Now()
		if err := rundir.SaveResults(s.dir, s.entries, j); err != nil {
			return err
		}
	}
}
