package pipeline

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

func TestParseShard(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(key string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == key {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	slurm := []string{"SLURM_ARRAY_TASK_ID", "3", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "0"}
	for _, c := range []struct {
		text string
		env  []string
		want Shard
		err  string
	}{
		{text: "0/1", want: Shard{0, 1}},
		{text: "2/3", want: Shard{2, 3}},
		{text: "auto", env: slurm, want: Shard{3, 4}},
		{text: "auto/8", env: slurm, want: Shard{3, 8}},
		{text: "auto", env: []string{"JOB_COMPLETION_INDEX", "1", "JOB_COMPLETIONS", "2"}, want: Shard{1, 2}},
		{text: "auto/5", env: []string{"JOB_COMPLETION_INDEX", "1"}, want: Shard{1, 5}},
		{text: "3/3", err: "want I/N with I from 0 to N-1"},
		{text: "-1/3", err: "want I/N with I from 0 to N-1"},
		{text: "a/3", err: "want I/N with I from 0 to N-1"},
		{text: "3", err: "as in 0/4"},
		{text: "", err: "as in 0/4"},
		{text: "auto", err: "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set: give I/N"},
		{text: "auto", env: []string{"JOB_COMPLETION_INDEX", "1"}, err: "set JOB_COMPLETIONS or say auto/N"},
		{text: "auto", env: []string{"SLURM_ARRAY_TASK_ID", "3", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "1"}, err: "the array begins at 1"},
		{text: "auto/2", env: slurm, err: "shard 3/2: want I/N"},
	} {
		got, err := ParseShard(c.text, env(c.env...))
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q with %q: %v, %v; want %v, %s", c.text, c.env, got, err, c.want, c.err)
		}
	}
}

// Every model is in exactly one shard, and no shard has more work than another
// by more than one model's.
func TestShardsPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		depths := rapid.SliceOfN(rapid.IntRange(1, 9), 0, 30).Draw(t, "depths")
		var entries []rundir.Entry
		var times []int
		largest := 0.0
		for _, d := range depths {
			m := &space.Model{
				Stem: "cifar", StemWidth: 16, Block: "vanilla", Activation: "relu", Depths: []int{d}, Widths: []int{8},
				Strides: []int{1}, Bottleneck: []float64{1}, GroupWidths: []int{8}, Classes: 10, Input: 8,
			}
			entries = append(entries, rundir.Entry{Candidate: space.Candidate{Model: m}})
			times = append(times, rapid.IntRange(1, 3).Draw(t, "times"))
			largest = max(largest, trainer.Cost(m)*float64(times[len(times)-1]))
		}
		owners := make([]int, len(entries))
		work := make([]float64, n)
		for k := range n {
			for i, mine := range (Shard{k, n}).has(entries, times) {
				if mine {
					owners[i]++
					work[k] += trainer.Cost(entries[i].Model) * float64(times[i])
				}
			}
		}
		for i, owners := range owners {
			if owners != 1 {
				t.Errorf("model %d is in %d shards", i, owners)
			}
		}
		for _, a := range work {
			for _, b := range work {
				if a-b > largest*1.000001 {
					t.Errorf("work %v: differs by more than the largest model, %v", work, largest)
				}
			}
		}
	})
}

// Shards that are trained side by side give the results of one process, each
// from a journal file of its own.
func TestShardsTogether(t *testing.T) {
	d := tiny(t)
	d.N = 6
	whole := start(t, d)
	if err := Train(t.Context(), whole, short()); err != nil {
		t.Fatal(err)
	}
	split := start(t, d)
	var g sync.WaitGroup
	for i := range 3 {
		g.Go(func() {
			o := short()
			o.Workers, o.Shard = 1, Shard{i, 3}
			if err := Train(t.Context(), split, o); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if diff := cmp.Diff(results(t, whole), results(t, split)); diff != "" {
		t.Error(diff)
	}
	if n := journalLines(t, split); n != 6 {
		t.Errorf("%d records of 6 models", n)
	}
	files, err := os.ReadDir(split.Journal())
	if err != nil || len(files) != 3 {
		t.Errorf("%d journal files, %v; want 3", len(files), err)
	}
}
