package slurm

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"designspace/internal/run/rundir"
)

func TestScript(t *testing.T) {
	s := Script{
		Name: "designspace-a", Run: "/runs/a b", Command: []string{"/bin/designspace", "train", "/runs/a b"},
		Exports: []string{"DESIGNSPACE_DATA=/it's data"}, Shards: 1200, Array: Array{Offset: 1000, Tasks: []int{0, 1, 2, 7}},
		Cluster: rundir.Cluster{AtOnce: 2, Partition: "long", Time: "1:00:00", Memory: "4G", CPUs: 8, Flags: []string{"--account=me"}},
	}
	want := []string{
		"#!/bin/bash", "#SBATCH --job-name=designspace-a", "#SBATCH --array=0-2,7%2", `#SBATCH --output="/runs/a b/slurm/%A_%a.log"`,
		"#SBATCH --open-mode=append", "#SBATCH --requeue", "#SBATCH --signal=B:USR1@120", "#SBATCH --partition=long",
		"#SBATCH --time=1:00:00", "#SBATCH --mem=4G", "#SBATCH --cpus-per-task=8", "#SBATCH --account=me",
		`export 'DESIGNSPACE_DATA=/it'\''s data'`,
		`/bin/designspace train '/runs/a b' --shard "$((1000 + SLURM_ARRAY_TASK_ID))/1200" &`,
	}
	got := strings.Split(s.String(), "\n")
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Error(diff)
	}
}

// Whatever options, names and paths say, sbatch gets them as words: it reads the
// lines as this reader of its rules does, and the shell sees comments only.
func TestScriptQuotes(t *testing.T) {
	s := Script{
		Name: `a "b" \ #c $(x) 'd'`, Run: `/runs/it's "a" #1 $(x)`, Command: []string{"/bin/true", "$(x)\n#SBATCH --uid=0"}, Shards: 1,
		Exports: []string{"X=`x`\n#SBATCH --uid=0"}, Array: Array{Tasks: []int{0}},
		Cluster: rundir.Cluster{Partition: "long --uid=0", Memory: "4G #", Flags: []string{`--comment=$(x) "y" --wrap=x`, "-A me and you", "--exclusive", "--constraint=a&b"}},
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"--job-name=" + s.Name, "--array=0", "--output=" + s.Run + "/slurm/%A_%a.log", "--open-mode=append", "--requeue", "--signal=B:USR1@120",
		"--partition=long --uid=0", "--mem=4G #", "--cpus-per-task=1", `--comment=$(x) "y" --wrap=x`, "-A", "me and you", "--exclusive", "--constraint=a&b",
	}
	var got []string
	for line := range strings.Lines(s.String()) {
		if options, ok := strings.CutPrefix(line, "#SBATCH "); ok {
			got = append(got, sbatchWords(options)...)
		} else if !strings.HasPrefix(line, "#!") {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// sbatchWords reads a line of options as sbatch does (_get_argument in its opt.c).
func sbatchWords(line string) (words []string) {
	word, inWord, quote, escaped := "", false, rune(0), false
	for _, r := range line {
		switch {
		case escaped:
			word, escaped = word+string(r), false
		case r == '\\':
			inWord, escaped = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word += string(r)
		case r == '"' || r == '\'':
			inWord, quote = true, r
		case r == '#':
			return words
		case r == ' ' || r == '\n':
			if inWord {
				words = append(words, word)
			}
			word, inWord = "", false
		default:
			word, inWord = word+string(r), true
		}
	}
	return words
}

// What sbatch would misread is refused, before anything is submitted.
func TestScriptRefused(t *testing.T) {
	for _, change := range []func(*Script){
		func(s *Script) { s.Name = "a\nrm -rf /" },
		func(s *Script) { s.Partition = "long\ntouch evil" },
		func(s *Script) { s.Time = "1:00:00\ntouch evil" },
		func(s *Script) { s.Memory = "4G\r" },
		func(s *Script) { s.Flags = []string{"--account=me\ntouch evil"} },
		func(s *Script) { s.Flags = []string{"touch evil"} },
		func(s *Script) { s.Flags = []string{""} },
		func(s *Script) { s.Flags = []string{"--comment=\x1b[31m"} },
		func(s *Script) { s.Run = "/runs/100%" },
		func(s *Script) { s.Run = `/runs/a\b` },
		func(s *Script) { s.Run = "/runs/a\ntouch evil" },
	} {
		f := &fake{t: t}
		s := Script{Name: "x", Run: "/runs/a", Command: []string{"true"}, Shards: 1, Array: Array{Tasks: []int{0}}}
		change(&s)
		if _, err := (Client{f.execute}).Submit(t.Context(), rundir.Dir(t.TempDir()), []Script{s}); err == nil || f.scripts != nil {
			t.Errorf("%+v is submitted: %v", s, err)
		}
	}
}

// The script trains the shard that the task's number says, hands its exit code
// on, and when its time ends tells the training to stop before it is queued
// again.
func TestScriptRuns(t *testing.T) {
	dir := t.TempDir()
	s := Script{Name: "x", Run: dir, Command: []string{"bash", "-c", `trap 'kill $!; echo stopped; exit 1' TERM; echo "$@"; sleep 600 & touch ready; wait $!`, "train"}, Shards: 4}
	bash := func(prepare, script string) (string, error) {
		c := exec.Command("bash", "-c", "export SLURM_ARRAY_TASK_ID=2 SLURM_JOB_ID=9\nscontrol() { echo scontrol \"$@\"; }\n"+prepare+script)
		c.Dir = t.TempDir()
		out, err := c.Output()
		return string(out), err
	}
	fails := s
	fails.Command = []string{"bash", "-c", `echo "$@"; exit 3`, "train"}
	out, err := bash("", fails.String())
	var exit *exec.ExitError
	if out != "--shard 2/4\n" || !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("%q, %v", out, err)
	}
	// caught waits for the traps of the script, which are set after the training is
	// begun: USR1 and TERM are bits 9 and 14 of the signals that it catches.
	const caught = `caught() {
  local mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$$/status)
  (( (0x$mask >> 9 & 1) && (0x$mask >> 14 & 1) ))
}
`
	for signal, want := range map[string]string{
		"USR1": "--shard 2/4\nstopped\nscontrol requeue 9\n",
		"TERM": "--shard 2/4\nstopped\n",
	} {
		// once the training runs and the script waits for it, which is a little later
		prepare := caught + "(until [ -e ready ]; do sleep 0.1; done; until caught; do sleep 0.1; done; kill -" + signal + " $$) &\n"
		if out, _ = bash(prepare, s.String()); out != want {
			t.Errorf("%s: %q", signal, out)
		}
	}
}

func TestCheckTime(t *testing.T) {
	for limit, ok := range map[string]bool{
		"": true, "6": true, "5": false, "6:30": true, "5:59": false, "0:06:00": true, "0:05:59": false, "2:00:00": true,
		"1-0": true, "0-1": true, "1-00:00:00": true, "0-0:6": true, "0-0:5": false, "an hour": false, "1:2:3:4": false, "-5": false,
	} {
		if err := CheckTime(limit); (err == nil) != ok {
			t.Errorf("%q: %v", limit, err)
		}
	}
}

// Arrays hold every shard once, with task numbers that Slurm takes.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 20).Draw(t, "max")
		shards := rapid.SliceOfDistinct(rapid.IntRange(0, 100), rapid.ID[int]).Draw(t, "shards")
		slices.Sort(shards)
		var got []int
		for _, a := range Split(shards, most) {
			for _, n := range a.Tasks {
				if n < 0 || n >= most {
					t.Fatalf("task %d of %d", n, most)
				}
				got = append(got, a.Offset+n)
			}
			if parsed := expand(t, ranges(a.Tasks)); !slices.Equal(parsed, a.Tasks) {
				t.Fatalf("%v is written %s", a.Tasks, ranges(a.Tasks))
			}
		}
		if !slices.Equal(got, shards) {
			t.Fatalf("%v, want %v", got, shards)
		}
	})
}

// expand reads what ranges writes.
func expand(t *rapid.T, text string) (numbers []int) {
	for part := range strings.SplitSeq(text, ",") {
		var lo, hi int
		if n, _ := fmt.Sscanf(part, "%d-%d", &lo, &hi); n == 1 {
			hi = lo
		} else if n != 2 {
			t.Fatalf("%q", text)
		}
		for i := lo; i <= hi; i++ {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

// fake answers like the commands of Slurm.
type fake struct {
	t        *testing.T
	queue    string
	next     int
	scripts  []string
	canceled []string
}

func (f *fake) execute(_ context.Context, input string, name string, args ...string) (string, error) {
	switch name {
	case "sbatch":
		f.scripts = append(f.scripts, input)
		f.next++
		return fmt.Sprintf("%d;cluster\n", f.next), nil
	case "squeue":
		return f.queue, nil
	case "scancel":
		f.canceled = append(f.canceled, args...)
		return "", nil
	case "scontrol":
		return "Configuration data\nMaxArraySize            = 1001\nMaxDBDMsgs = 5\n", nil
	}
	f.t.Errorf("%s %q", name, args)
	return "", errors.New("no such command")
}

func TestJobsOfARun(t *testing.T) {
	f := &fake{t: t, next: 40}
	c, d := Client{f.execute}, rundir.Dir(t.TempDir())
	if q, err := c.Queue(t.Context(), d); q != nil || err != nil {
		t.Errorf("%v, %v of a run that was never submitted", q, err)
	}
	var scripts []Script
	for _, a := range Split([]int{0, 1, 2, 1001, 1002}, 1001) {
		scripts = append(scripts, Script{Name: "x", Run: string(d), Command: []string{"true"}, Shards: 1100, Array: a})
	}
	jobs, err := c.Submit(t.Context(), d, scripts)
	if want := []Job{{"41", "x", 1100, 0, "0-2"}, {"42", "x", 1100, 1001, "0-1"}}; err != nil || !cmp.Equal(jobs, want) {
		t.Fatalf("%v, %v", jobs, err)
	}
	f.queue = "41|0|RUNNING|None|x\n41|1|COMPLETED|None|x\n41|2|PENDING|Resources|x\n42|1|PENDING|Priority|x\n42|0|TIMEOUT|TimeLimit|x\n7|0|RUNNING|None|x\n8|N/A|RUNNING|None|x\n"
	q, err := c.Queue(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	want := []JobState{
		{jobs[0], map[string]int{"RUNNING": 1, "COMPLETED": 1, "PENDING": 1}, "Resources"},
		{jobs[1], map[string]int{"PENDING": 1, "TIMEOUT": 1}, "Priority"},
	}
	if diff := cmp.Diff(want, q.Jobs); diff != "" {
		t.Error(diff)
	}
	if live, of := q.Live(); !slices.Equal(live, []int{0, 2, 1002}) || of != 1100 {
		t.Errorf("live %v of %d", live, of)
	}
	canceled, err := c.Cancel(t.Context(), d)
	if err != nil || !slices.Equal(canceled, []string{"41", "42"}) || !slices.Equal(f.canceled, canceled) {
		t.Errorf("canceled %v, %v, %v", canceled, f.canceled, err)
	}
	f.queue = "41|0|COMPLETED|None|x\n41|3|RUNNING|None|of another cluster|x\n"
	if canceled, err := c.Cancel(t.Context(), d); canceled != nil || err != nil {
		t.Errorf("canceled %v, %v", canceled, err)
	}
}

func TestMaxArraySize(t *testing.T) {
	for text, want := range map[string]int{"MaxArraySize            = 4096\n": 4096, "": 1001, "MaxArraySize = none\n": 1001} {
		c := Client{func(context.Context, string, string, ...string) (string, error) { return text, nil }}
		if n := c.MaxArraySize(t.Context()); n != want {
			t.Errorf("%q: %d", text, n)
		}
	}
}

func TestWithoutSlurm(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	c := Client{}
	if _, err := c.tasks(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "squeue: no such command here: ") {
		t.Error(err)
	}
	if n := c.MaxArraySize(t.Context()); n != 1001 {
		t.Error(n) // for --dry-run
	}
}

// Whatever sbatch and squeue print, nothing panics, and a job has a number.
func FuzzParse(f *testing.F) {
	f.Add("41|0|RUNNING|None|x\n8|N/A|RUNNING|None|a|b\n")
	f.Add("12;cluster\n")
	f.Fuzz(func(t *testing.T, text string) {
		parseTasks(text)
		c := Client{func(context.Context, string, string, ...string) (string, error) { return text, nil }}
		if job, err := c.submit(t.Context(), ""); err == nil && strings.Trim(job, "0123456789") != "" {
			t.Errorf("job %q", job)
		}
	})
}
