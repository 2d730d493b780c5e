// Package slurm trains the models of a run by job arrays of Slurm. Every task of
// an array is an ordinary training of one shard of the run, so nothing of a
// result depends on Slurm; what was submitted is noted in the run directory.
package slurm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"designspace/internal/run/rundir"
)

// A Script is a job array that trains shards of a run.
type Script struct {
	Name    string   // of the job
	Run     string   // absolute path of the run directory
	Command []string // program and arguments that train, without the shard
	Exports []string // environment variables of the tasks, as NAME=VALUE
	Shards  int      // parts of the run
	Array   Array    // those to be trained
	rundir.Cluster
}

// An Array is the tasks of one job array: task i trains shard Offset + i.
type Array struct {
	Offset int
	Tasks  []int // ascending
}

// grace is how long before the limit of its time a task is told to stop.
const grace = 120

var timeLimit = regexp.MustCompile(`^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$`)

// CheckTime reports a limit that is none of Slurm's forms (minutes,
// minutes:seconds, hours:minutes:seconds, days-hours and so on) or so short that
// a task would be told to stop when it has hardly begun. No limit is fine.
func CheckTime(limit string) error {
	if limit == "" {
		return nil
	}
	m := timeLimit.FindStringSubmatch(limit)
	if m == nil {
		return fmt.Errorf("%q is no time: write minutes, hours:minutes:seconds or days-hours", limit)
	}
	var n [5]int
	for i := 1; i < len(m); i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	var seconds int
	switch {
	case m[1] != "":
		seconds = ((n[1]*24+n[2])*60+n[3])*60 + n[4]
	case m[4] != "":
		seconds = (n[2]*60+n[3])*60 + n[4]
	default:
		seconds = n[2]*60 + n[3]
	}
	if seconds < 3*grace {
		return fmt.Errorf("%q is below %d minutes: a task saves its models %d seconds before the end", limit, 3*grace/60, grace)
	}
	return nil
}

// optionOf is what --sbatch takes: the name of an option and perhaps a value.
var optionOf = regexp.MustCompile(`^(-[A-Za-z]|--[A-Za-z][A-Za-z0-9-]*)(?:(=|\s+|$)(.*))?$`)

// Check reports what cannot be said to sbatch: options that are none, and paths
// that it would take for patterns.
func (s Script) Check() error {
	for _, text := range slices.Concat([]string{s.Name, s.Run, s.Partition, s.Time, s.Memory}, s.Flags) {
		if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return fmt.Errorf("%q: it has characters that cannot be printed: Slurm takes no such name, path or option", text)
		}
	}
	if strings.ContainsAny(s.Run, `%\`) {
		return fmt.Errorf("%s: Slurm takes %% and \\ in the path of its output for patterns: rename the directory", s.Run)
	}
	for _, f := range s.Flags {
		if !optionOf.MatchString(f) {
			return fmt.Errorf("%q is no option of sbatch: write it as in --account=me", f)
		}
	}
	return nil
}

// word makes one word of s for sbatch, in whose lines quotes group, # begins a
// comment, and \ keeps the next character from doing either.
func word(s string) string {
	if s != "" && strings.Trim(s, safe) == "" {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// String returns the script as sbatch takes it. A task that comes near the limit
// of its time, or is preempted, saves the models in training and is queued again.
func (s Script) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	option := func(name, value string) {
		if value != "" {
			line("#SBATCH %s%s", name, word(value))
		}
	}
	line("#!/bin/bash")
	option("--job-name=", s.Name)
	array := ranges(s.Array.Tasks)
	if s.AtOnce > 0 {
		array += "%" + strconv.Itoa(s.AtOnce)
	}
	option("--array=", array)
	option("--output=", s.Run+"/slurm/%A_%a.log")
	line("#SBATCH --open-mode=append")
	line("#SBATCH --requeue")
	line("#SBATCH --signal=B:USR1@%d", grace)
	option("--partition=", s.Partition)
	option("--time=", s.Time)
	option("--mem=", s.Memory)
	line("#SBATCH --cpus-per-task=%d", max(1, s.CPUs))
	for _, f := range s.Flags {
		line("#SBATCH %s", flag(f))
	}
	for _, e := range s.Exports {
		line("export %s", quote(e))
	}
	words := make([]string, len(s.Command))
	for i, w := range s.Command {
		words[i] = quote(w)
	}
	line(`%s --shard "$((%d + SLURM_ARRAY_TASK_ID))/%d" &`, strings.Join(words, " "), s.Array.Offset, s.Shards)
	line("training=$!")
	line("stop() { # what is in training is saved, and goes on there another time")
	line("  trap '' USR1 TERM")
	line("  kill -TERM $training")
	line("  wait $training")
	line("}")
	line("trap 'stop; scontrol requeue $SLURM_JOB_ID' USR1 # near the end of its time")
	line("trap stop TERM # else the training would be killed as soon as this script ends")
	line("wait $training")
	return b.String()
}

// flag is an option of sbatch with its value quoted.
func flag(f string) string {
	m := optionOf.FindStringSubmatch(f)
	switch {
	case m == nil || m[3] == "":
		return word(f)
	case m[2] == "=":
		return m[1] + "=" + word(m[3])
	}
	return m[1] + " " + word(m[3])
}

// safe are the characters that mean nothing to sbatch nor to a shell.
const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=/.,:+@%"

// quote makes one word of s for a shell.
func quote(s string) string {
	if s != "" && strings.Trim(s, safe) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Split divides shards, ascending, into arrays whose task numbers are below max.
func Split(shards []int, max int) []Array {
	var arrays []Array
	for _, s := range shards {
		offset := s / max * max
		if n := len(arrays); n == 0 || arrays[n-1].Offset != offset {
			arrays = append(arrays, Array{Offset: offset})
		}
		a := &arrays[len(arrays)-1]
		a.Tasks = append(a.Tasks, s-offset)
	}
	return arrays
}

// ranges writes ascending numbers as in "0-3,7".
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		part := strconv.Itoa(numbers[i])
		if end > i {
			part += "-" + strconv.Itoa(numbers[end])
		}
		parts = append(parts, part)
		i = end + 1
	}
	return strings.Join(parts, ",")
}
