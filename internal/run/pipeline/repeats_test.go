package pipeline

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/trainer"
)

// repeats reads repeats.csv as id/repeat/seed/error, without the clock's column.
func repeats(t *testing.T, dir rundir.Dir) []string {
	t.Helper()
	tab, err := table.ReadFile(dir.Repeats())
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]string, tab.Len())
	for _, c := range []string{"id", "repeat", "seed", "error"} {
		cells, err := tab.Strings(c)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range cells {
			rows[i] += v + "/"
		}
	}
	return rows
}

// Repeats are trainings with other seeds. The first ones are those of a run
// without repeats, and nothing is trained twice however the work is divided.
func TestRepeats(t *testing.T) {
	plain := start(t, tiny(t))
	if err := Train(t.Context(), plain, short()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(plain.Repeats()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a run without repeats has %s: %v", plain.Repeats(), err)
	}

	whole := start(t, tiny(t))
	o := short()
	o.Repeats = Repeats{N: 3, Models: 2}
	if err := Train(t.Context(), whole, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(results(t, plain), results(t, whole)); diff != "" {
		t.Errorf("results.csv with repeats: %s", diff)
	}
	entries, err := rundir.LoadModels(whole)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, c := range []struct{ model, repeat int }{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {2, 0}, {3, 0}} {
		e := entries[c.model]
		want = append(want, strings.Join([]string{e.ID, strconv.Itoa(c.repeat), strconv.FormatUint(trainer.Seed(3, e.Candidate, c.repeat), 10)}, "/"))
	}
	all := repeats(t, whole)
	var got []string
	for _, r := range all {
		got = append(got, r[:strings.LastIndex(r[:len(r)-1], "/")])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	// In pieces: one model's repeats, then more of them, then all.
	pieces := start(t, tiny(t))
	o = short()
	o.Only, o.Repeats = []string{"m0002"}, Repeats{N: 2}
	for _, next := range []Training{o, {}, {Repeats: Repeats{N: 3, Models: 2}}, {Repeats: Repeats{N: 3, Models: 2}}} {
		next.Version, next.Log = "test", io.Discard
		if err := Train(t.Context(), pieces, next); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(all, repeats(t, pieces)); diff != "" {
		t.Errorf("trained in pieces: %s", diff)
	}
	j, err := rundir.ReadJournal(pieces)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, r := range j.Records {
		lines += len(r.Curve)
	}
	if len(j.Records) != 8 || lines != 16 || journalLines(t, pieces) != 8 {
		t.Errorf("%d records and %d lines of 8 trainings", len(j.Records), journalLines(t, pieces))
	}
	s, err := Inspect(pieces)
	if err != nil {
		t.Fatal(err)
	}
	if s.Done != 4 || s.Repeats != 4 {
		t.Errorf("status %+v", s)
	}
}

func journalLines(t *testing.T, dir rundir.Dir) int {
	t.Helper()
	files, err := os.ReadDir(dir.Journal())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		text, err := os.ReadFile(dir.Journal() + "/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(text), "\n")
	}
	return n
}

func TestInterruptedRepeats(t *testing.T) {
	d := tiny(t)
	d.N = 2
	whole, cut := start(t, d), start(t, d)
	o := short()
	o.Repeats, o.Workers = Repeats{N: 4}, 1
	if err := Train(t.Context(), whole, o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for ctx.Err() == nil {
			if j, err := rundir.ReadJournal(cut); err == nil && len(j.Records) > 2 {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if err := Train(ctx, cut, o); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	cancel()
	if j, err := rundir.ReadJournal(cut); err != nil || !slices.ContainsFunc(j.Records, func(r trainer.Outcome) bool { return r.Repeat > 0 }) {
		t.Fatalf("no repeat before the interruption: %v, %v", j, err)
	}
	if err := Train(t.Context(), cut, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(repeats(t, whole), repeats(t, cut)); diff != "" {
		t.Error(diff)
	}
	if n := journalLines(t, cut); n != 8 {
		t.Errorf("%d lines of 8 trainings", n)
	}
}

// The models to repeat are the first of every population.
func TestWhichRepeat(t *testing.T) {
	entries := []rundir.Entry{{Space: "a"}, {Space: "a"}, {Space: "b"}, {Space: "a", Budget: "1:2"}, {Space: "b"}, {Space: "b"}}
	got := Repeats{N: 5, Models: 1}.trainings(entries)
	if diff := cmp.Diff([]int{5, 1, 5, 5, 1, 1}, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		r    Repeats
		want string
	}{
		{Repeats{N: -1}, "repeats -1: want 1 to "}, {Repeats{N: 1 << 20}, "repeats 1048576"},
		{Repeats{N: 2, Models: -1}, "repeat-models -1"}, {Repeats{Models: 3}, "repeat-models 3: give --repeats"},
	} {
		if err := c.r.validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %s", c.r, err, c.want)
		}
	}
}
