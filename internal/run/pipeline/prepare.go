package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"designspace/internal/run/exttrainer"
	"designspace/internal/run/looks"
	"designspace/internal/run/rundir"
	"designspace/internal/run/trust"
	"designspace/trainer"
	"designspace/trainer/dataset"
	"designspace/trainer/engine/kernel"
)

// A preparation is what a training begins with.
type preparation struct {
	part     rundir.Train      // of run.yaml, with everything in it
	sets     []*dataset.Data   // of every image size and number of training images among the models
	kernels  *kernel.Set       // of the engine; nil if it does not train
	torch    *exttrainer.Torch // nil if PyTorch does not train
	entries  []rundir.Entry
	journal  *rundir.Journal
	wanted   []trainer.Job   // trainings that are asked for
	jobs     []trainer.Job   // those of them without an outcome, or to be tried again
	config   rundir.Config   // run.yaml, as it was
	standing *looks.Standing // of a run that is trained until it is decided; nil: it is trained to its end
	best     map[string]bool // models that are to be trained again for being the best
	waiting  []string        // populations whose best are not known yet
}

// prepare makes sure that the run can be trained in this way and, if it is meant
// to be, puts the way into run.yaml.
func (o Training) prepare(dir rundir.Dir, persist bool) (p preparation, err error) {
	if err := cmp.Or(o.Repeats.validate(), o.Confirm.validate()); err != nil {
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
	if persist {
		if err := o.agree(dir, c.Train); err != nil {
			return p, err
		}
	}
	if err := o.complete(&p, c); err != nil {
		return p, err
	}
	if persist {
		if err = rundir.SetTrain(dir, p.part); err == nil {
			o.remember(dir, p.part.Trainer)
		}
	} else {
		err = rundir.CheckTrain(dir, p.part)
	}
	if err != nil {
		return p, err
	}
	if p.journal, err = rundir.ReadJournal(dir); err != nil { // with what others recorded since
		return p, err
	}
	if err := sameModels(dir, c.Sample.Best); err != nil {
		return p, err
	}
	p.config = c
	return p, o.choose(dir, &p)
}

// sameModels returns an error if another process has chosen other models for the
// run since they were read.
func sameModels(dir rundir.Dir, best int) error {
	c, err := rundir.ReadConfig(dir)
	if err == nil && c.Sample.Best != best {
		err = fmt.Errorf("%s: another process chose the %d most promising models in the meantime (train --best): call again", dir.Config(), c.Sample.Best)
	}
	return err
}

// trainerKey is the key of the command line in run.yaml.
const trainerKey = "trainer"

// agree reports a command line of run.yaml as a [trust.Error] that the user has
// not given, now or before.
func (o Training) agree(dir rundir.Dir, t *rundir.Train) error {
	if t == nil || !exttrainer.IsCommand(t.Trainer) || o.Trusted || o.Trainer != "" || o.Trust.Has(dir.Config(), trainerKey, t.Trainer) {
		return nil
	}
	return &trust.Error{File: dir.Config(), Key: trainerKey, Value: t.Trainer, Flags: "--" + trainerKey}
}

// remember notes that the user gave a command line, so that the next call needs
// it no more.
func (o Training) remember(dir rundir.Dir, line string) {
	if !exttrainer.IsCommand(line) {
		return
	}
	if err := o.Trust.Add(dir.Config(), trainerKey, line); err != nil {
		fmt.Fprintf(o.Log, "note: give --trainer again next time: it could not be remembered: %v\n", err)
	}
}

// complete finds how the run is trained: the train part of run.yaml with what it
// left open, data and kernels.
func (o Training) complete(p *preparation, c rundir.Config) (err error) {
	part := &p.part
	part.Version = o.Version
	if c.Train != nil {
		*part = *c.Train
	} else if part.Recipe, err = trainer.Preset("proxy"); err != nil {
		return err
	}
	if o.Recipe != nil {
		if part.Recipe, err = o.Recipe(part.Recipe); err != nil {
			return err
		}
	}
	if err := o.completeUntil(p, c.Sample); err != nil {
		return err
	}
	if r := &part.Recipe; r.EvalEvery == 0 {
		switch {
		case c.Train != nil:
			r.EvalEvery = c.Train.Recipe.EvalEvery
		case o.Last || part.Until != nil:
			r.EvalEvery = r.Epochs
		}
	}
	if err := part.Recipe.Validate(); err != nil {
		return err
	}
	d := &part.Data
	varied := slices.ContainsFunc(p.entries, func(e rundir.Entry) bool { return e.TrainImages != 0 })
	if varied && o.Images.Train != 0 {
		return fmt.Errorf("--train-images %d: the run varies the number of training images (--vary %s): leave it out", o.Images.Train, c.Sample.Vary)
	}
	d.TrainImages = cmp.Or(o.Images.Train, d.TrainImages)
	d.TestImages = cmp.Or(o.Images.Test, d.TestImages)
	d.ValImages = cmp.Or(o.Images.Val, d.ValImages)
	d.NoTest = d.NoTest || o.Images.NoTest
	part.Trainer = cmp.Or(o.Trainer, part.Trainer)
	switch p.torch = exttrainer.ParseTorch(part.Trainer); {
	case p.torch != nil:
		part.Kernel = p.torch.Kernel()
	case part.Trainer != "":
		if o.Weights != NoWeights {
			return fmt.Errorf("trainer %s: it saves weights itself: leave out --save-weights", part.Trainer)
		}
		if varied {
			return fmt.Errorf("trainer %s: it reads the images itself, so that their number cannot vary (--vary %s): take the engine or --trainer torch", part.Trainer, c.Sample.Vary)
		}
		part.Kernel, d.Name, d.Source = external, external, cmp.Or(o.Data, d.Source, c.Sample.Data, external)
		return exttrainer.Check(part.Trainer)
	case o.Timeout > 0:
		return errors.New("--trainer-timeout: this run has no other trainer, and the engine needs no limit: leave it out")
	case part.Trainer == "":
		if has := part.Kernel; has != "" && has != kernel.Arithmetic {
			return fmt.Errorf("run.yaml: kernel %s: another version of the program trained the run, whose engine rounds differently: finish it with that version, or start another run", has)
		}
		if p.kernels, err = kernel.Choose(o.Kernel); err != nil {
			return err
		}
		part.Kernel = kernel.Arithmetic
	}
	d.Source = cmp.Or(o.Data, d.Source, c.Sample.Data, "synthetic")
	if p.sets, err = open(*d, o.Root, p.entries); err != nil {
		return err
	}
	d.Name, d.Hash = p.sets[0].Name, hashOf(p.sets)
	d.TrainImages, d.TestImages, d.TestFromTrain = p.sets[len(p.sets)-1].Train.Len(), p.sets[0].Test.Len(), p.sets[0].TestFromTrain
	return nil
}

// external stands for kernels and data that only another program knows.
const external = "external"

// choose finds the trainings that are asked for, and which of them are to be
// done.
func (o Training) choose(dir rundir.Dir, p *preparation) (err error) {
	for _, id := range o.Only {
		if !slices.ContainsFunc(p.entries, func(e rundir.Entry) bool { return e.ID == id }) {
			return noModel(dir, "--only "+id, id, p.entries)
		}
	}
	if p.standing, err = looks.Take(dir, p.part.Until, p.entries, p.journal); err != nil {
		return err
	}
	entries := p.standing.Needed(p.entries)
	if p.standing != nil { // who is free trains what the next look waits for
		o.Shard = Shard{}
	}
	p.wanted, p.jobs = nil, nil
	if p.best, p.waiting = nil, nil; p.standing == nil || p.standing.Over {
		p.best, p.waiting = o.Confirm.chosen(entries, p.journal)
	}
	times := o.Repeats.trainings(entries)
	mine := o.Shard.has(entries, times)
	for i, e := range entries {
		if len(o.Only) > 0 && !slices.Contains(o.Only, e.ID) {
			continue
		}
		n := 0
		if mine[i] {
			n = times[i]
		}
		if p.best[e.ID] { // of every shard: they are known when most shards have ended
			n = max(n, 1+o.Confirm.Seeds)
		}
		for repeat := range n {
			j := trainer.Job{ID: e.ID, Candidate: e.Candidate, Repeat: repeat, Seed: trainer.Seed(p.config.Sample.Seed, e.Candidate, repeat)}
			p.wanted = append(p.wanted, j)
			if r, trained := p.journal.Outcome(e.ID, repeat); !trained || r.Status == o.Retry {
				p.jobs = append(p.jobs, j)
			}
		}
	}
	return nil
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
	if p.standing != nil { // any of them can train any model
		return upTo(min(shards, len(p.jobs))), nil
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

// upTo returns 0 to n-1.
func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
