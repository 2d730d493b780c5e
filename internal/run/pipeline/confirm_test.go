package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/space"
	"designspace/trainer"
)

// record writes outcomes into a run: of each model the errors of its trainings,
// 100 for one that diverged and -1 for one that failed.
func record(t *testing.T, dir rundir.Dir, errs map[string][]float64) {
	t.Helper()
	w := rundir.NewWriter(dir)
	defer w.Close()
	for id, list := range errs {
		for repeat, e := range list {
			r := trainer.NewOutcome(id, trainer.Done)
			r.Error, r.Repeat = e, repeat
			switch e {
			case 100:
				r.Diverge()
			case -1:
				r = trainer.NewOutcome(id, trainer.Failed)
			}
			if err := w.Append(r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The best are those of the lowest first errors of each population, ties in the
// order of models.csv, once all of the population have an outcome.
func TestWhichConfirm(t *testing.T) {
	d := tiny(t)
	d.Budgets = []space.Range{space.Between(4e4, 1e5), space.Between(1e5, 6e5)}
	dir := start(t, d)
	record(t, dir, map[string][]float64{
		"m0001": {30, 10}, "m0002": {20}, "m0003": {20}, "m0004": {100},
		"m0005": {40}, "m0006": {50}, "m0007": {-1},
	})
	chosen := func(k int) (ids, waiting []string) {
		t.Helper()
		entries, err := rundir.LoadModels(dir)
		if err != nil {
			t.Fatal(err)
		}
		j, err := rundir.ReadJournal(dir)
		if err != nil {
			t.Fatal(err)
		}
		best, waiting := Confirm{k, 1}.chosen(entries, j)
		for id := range best {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		return ids, waiting
	}
	for k, want := range []string{"", "m0002", "m0002 m0003", "m0001 m0002 m0003", "m0001 m0002 m0003"} {
		ids, waiting := chosen(k)
		if got := strings.Join(ids, " "); got != want || k > 0 && (len(waiting) != 1 || !strings.HasPrefix(waiting[0], "tiny 100K:")) {
			t.Errorf("best %d: %s, waiting %q; want %s", k, got, waiting, want)
		}
	}
	record(t, dir, map[string][]float64{"m0008": {60}})
	if ids, waiting := chosen(1); !slices.Equal(ids, []string{"m0002", "m0005"}) || waiting != nil {
		t.Errorf("%q, waiting %q", ids, waiting)
	}
	for _, c := range []struct {
		c    Confirm
		want string
	}{{Confirm{-1, 3}, "confirm -1: want 1"}, {Confirm{2, 0}, "seeds 0: want 1 to "}, {Confirm{2, 10000}, "seeds 10000: want"}} {
		if err := c.c.validate(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: error %v", c.c, err)
		}
	}
}

// confirming is what repeats.csv says of trainings that were made to confirm.
func confirming(t *testing.T, dir rundir.Dir) []string {
	t.Helper()
	rows := repeats(t, dir)
	tab, err := table.ReadFile(dir.Repeats())
	if err != nil {
		t.Fatal(err)
	}
	cells, err := tab.Strings("confirm")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cells {
		rows[i] += c
	}
	return rows
}

// The best of a run are the same, and trained with the same seeds, in one
// command, in several, by shards, by two processes and after an interruption.
func TestConfirm(t *testing.T) {
	plain := start(t, tiny(t))
	if err := Train(t.Context(), plain, short()); err != nil {
		t.Fatal(err)
	}
	o := short()
	o.Confirm = Confirm{2, 2}
	whole := start(t, tiny(t))
	if err := Train(t.Context(), whole, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(results(t, plain), results(t, whole)); diff != "" {
		t.Errorf("results.csv: %s", diff)
	}
	want := confirming(t, whole)
	if len(want) != 8 {
		t.Errorf("%q", want)
	}
	first := map[string]string{} // error by model
	again := map[string]bool{}
	for _, row := range want {
		f := strings.Split(row, "/") // id, repeat, seed, error, confirm
		if f[1] == "0" {
			first[f[0]] = f[3]
		} else {
			again[f[0]] = true
		}
		if c := f[4]; (c == "true") != (f[1] != "0") {
			t.Errorf("%s", row)
		}
	}
	for id, e := range first {
		for other := range again {
			if !again[id] && e < first[other] { // of two digits and equal decimals
				t.Errorf("%s with %s is better than %s, which was trained again", id, e, other)
			}
		}
	}

	if err := Train(t.Context(), plain, o); err != nil {
		t.Fatal(err)
	}
	shards, both, cut := start(t, tiny(t)), start(t, tiny(t)), start(t, tiny(t))
	var log bytes.Buffer
	for i := range 2 {
		part := o
		part.Shard, part.Log = Shard{i, 2}, &log
		if err := Train(t.Context(), shards, part); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), "note: not all models of tiny have an outcome yet"); n != 1 {
		t.Errorf("%d notes in\n%s", n, &log)
	}
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			if err := Train(t.Context(), both, o); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, records := range []int{2, 5, 7} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			for ctx.Err() == nil {
				if j, err := rundir.ReadJournal(cut); err == nil && len(j.Records) >= records {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		if err := Train(ctx, cut, o); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		cancel()
	}
	for range 2 { // the second has nothing to do
		if err := Train(t.Context(), cut, o); err != nil {
			t.Fatal(err)
		}
	}
	for name, dir := range map[string]rundir.Dir{"later": plain, "shards": shards, "two processes": both, "interrupted": cut} {
		if diff := cmp.Diff(want, confirming(t, dir)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if n := journalLines(t, dir); n != 8 {
			t.Errorf("%s: %d lines of 8 trainings", name, n)
		}
		if v := Verify(dir); len(v.Problems) > 0 {
			t.Errorf("%s: %q", name, v.Problems)
		}
	}
	s, err := Inspect(cut)
	if err != nil || s.Repeats != 4 || len(s.Confirmed) != 2 || s.Confirmed[0].Seeds != 2 || !again[s.Confirmed[1].ID] {
		t.Errorf("%+v, %v", s, err)
	}
}

// Shards that lack a repeat of one of the best are missing.
func TestMissingConfirmations(t *testing.T) {
	dir := start(t, tiny(t))
	record(t, dir, map[string][]float64{"m0001": {10, 11}, "m0002": {20}, "m0003": {30}, "m0004": {40}})
	if err := rundir.SetTrain(dir, rundir.Train{}); err != nil {
		t.Fatal(err)
	}
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		confirm Confirm
		want    string
	}{{Confirm{}, "[]"}, {Confirm{1, 1}, "[]"}, {Confirm{1, 2}, "[m0001/2]"}, {Confirm{2, 1}, "[m0002/1]"}} {
		p := preparation{entries: entries, journal: j}
		if err := (Training{Confirm: c.confirm, Shard: Shard{0, 4}}).choose("", &p); err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, j := range p.jobs {
			got = append(got, fmt.Sprintf("%s/%d", j.ID, j.Repeat))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%+v: %v, want %s", c.confirm, got, c.want)
		}
	}
}

// Exported are the models of the lowest fresh means, and then the others.
func TestChooseConfirmed(t *testing.T) {
	dir := start(t, tiny(t))
	ids := func(n int) (string, []string) {
		t.Helper()
		models, notes, err := Choose(dir, Choice{Best: n})
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, m := range models {
			list = append(list, m.ID)
		}
		return strings.Join(list, " "), notes
	}
	record(t, dir, map[string][]float64{"m0001": {30, 1}, "m0002": {20}, "m0003": {10}, "m0004": {40}})
	if got, notes := ids(4); got != "m0003 m0002 m0001 m0004" || notes != nil { // m0001 is not among the best
		t.Errorf("%s, %q", got, notes)
	}
	w := rundir.NewWriter(dir)
	defer w.Close()
	for _, c := range []struct {
		id  string
		err float64
	}{{"m0003", 24}, {"m0002", 22}} {
		r := trainer.NewOutcome(c.id, trainer.Done)
		r.Error, r.Repeat = c.err, 1
		if err := w.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	got, notes := ids(4)
	if got != "m0001 m0002 m0003 m0004" {
		t.Errorf("%s", got)
	}
	if want := "m0002: chosen by its fresh mean of 22.00 % (seeds: 1); the error of its first training is 20.00 %"; len(notes) != 3 || notes[1] != want {
		t.Errorf("%q", notes)
	}
}
