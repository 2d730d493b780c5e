package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// A Shard is one of Count parts of the models of a run, counted from 0. The
// zero value is all of them.
type Shard struct{ Index, Count int }

// ParseShard reads "i/n", part i of n from 0. With "auto" instead of i, or of
// both, the task array or indexed job that the process is part of says it:
// SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT, or JOB_COMPLETION_INDEX and
// JOB_COMPLETIONS, as env finds them.
func ParseShard(text string, env func(string) string) (Shard, error) {
	index, count, given := strings.Cut(text, "/")
	if index == "auto" {
		var err error
		if index, count, err = arrayTask(count, given, env); err != nil {
			return Shard{}, fmt.Errorf("shard %s: %w", text, err)
		}
	} else if !given {
		return Shard{}, fmt.Errorf("shard %s: want I/N, as in 0/4 for the first of four, or auto", text)
	}
	i, e1 := strconv.Atoi(index)
	n, e2 := strconv.Atoi(count)
	if e1 != nil || e2 != nil || i < 0 || i >= n {
		return Shard{}, fmt.Errorf("shard %s/%s: want I/N with I from 0 to N-1", index, count)
	}
	return Shard{i, n}, nil
}

// arrayTask is the part that the environment names; a count that is given
// counts, since an array may be submitted again for some of its tasks only.
func arrayTask(count string, given bool, env func(string) string) (string, string, error) {
	if index := env("SLURM_ARRAY_TASK_ID"); index != "" {
		if given {
			return index, count, nil
		}
		if first := env("SLURM_ARRAY_TASK_MIN"); first != "" && first != "0" {
			return "", "", fmt.Errorf("the array begins at %s, which does not tell how many parts there are: submit --array=0-... or say auto/N", first)
		}
		return index, env("SLURM_ARRAY_TASK_COUNT"), nil
	}
	if index := env("JOB_COMPLETION_INDEX"); index != "" {
		if !given {
			count = env("JOB_COMPLETIONS")
		}
		if count == "" {
			return "", "", fmt.Errorf("JOB_COMPLETION_INDEX is %s, but nothing says of how many: set JOB_COMPLETIONS or say auto/N", index)
		}
		return index, count, nil
	}
	return "", "", fmt.Errorf("neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set: give I/N")
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// has returns which of the models belong to the shard.
func (s Shard) has(entries []rundir.Entry, times []int) []bool {
	mine := make([]bool, len(entries))
	for i, k := range divide(s.Count, entries, times) {
		mine[i] = k == s.Index
	}
	return mine
}

// divide returns the shard of each model. Whatever of them is trained already,
// every process divides them alike: the costliest first, each to the shard with
// the least work so far. times says how often each is trained.
func divide(shards int, entries []rundir.Entry, times []int) []int {
	of := make([]int, len(entries))
	if shards < 2 {
		return of
	}
	cost := make([]float64, len(entries))
	order := make([]int, len(entries))
	for i, e := range entries {
		cost[i] = trainer.Cost(e.Model) * float64(times[i])
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(cost[b], cost[a]) })
	work := make([]float64, shards)
	for _, i := range order {
		least := 0
		for k := range work {
			if work[k] < work[least] {
				least = k
			}
		}
		work[least] += cost[i]
		of[i] = least
	}
	return of
}
