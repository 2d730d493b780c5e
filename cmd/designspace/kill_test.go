package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"designspace/internal/run/rundir"
	"designspace/internal/table"
)

// killsVariable is the environment variable with the number of kills of
// TestKilled, which a check of a fresh clone sets.
const killsVariable = "DESIGNSPACE_KILLS"

// A study is a way to use a run, by commands one after the other.
type study struct {
	name      string
	processes int // of each training, at the same time
	steps     []step
}

// A step is the arguments of a command, in which RUN is the run directory. Every
// second time, more arguments are added.
type step struct{ args, more []string }

// trainerScript trains in place of the engine: its errors depend on the seed alone.
const trainerScript = `n=$(grep -o '"seed": *[0-9]*' $1 | cksum | cut -c1-3)
sleep 0.01
echo "{\"epoch\": 1, \"error\": $((n % 90))}" >>$2
sleep 0.01
`

func studies() []study {
	of := strings.Fields
	sample := step{args: of("sample --space tiny.yaml -n 6 --input 8 --out RUN")}
	extend := step{args: of("sample --extend -n 9 --out RUN")}
	train := step{of("train RUN --train-images 64 --test-images 20 --epochs 2 --workers 1"), of("--checkpoint-every 5ms")}
	all := step{slices.Concat(train.args, of("--repeats 2 --repeat-models 2 --confirm 2 --seeds 2 --save-weights last")), train.more}
	other := step{args: append(of("train RUN --workers 1 --epochs 1 --repeats 2 --trainer"), "sh trainer.sh {model} {out}")}
	return []study{
		{"repeats, confirmation, weights", 1, []step{sample, all}},
		{"two processes", 2, []step{sample, all}},
		{"extension", 1, []step{sample, train, extend, train}},
		{"another trainer", 1, []step{sample, other}},
	}
}

// words are the arguments for a run.
func (s step) words(run string, more bool) []string {
	words := slices.Clone(s.args)
	if more {
		words = append(words, s.more...)
	}
	words[slices.Index(words, "RUN")] = run
	return words
}

// A run whose commands are killed again and again has the results, weights and
// trainings of one that was left alone, records none twice, and nothing of the
// killed is left. If it is complete before enough kills were made, another is
// begun.
func TestKilled(t *testing.T) {
	kills := 4
	if s := os.Getenv(killsVariable); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range studies() {
		t.Run(s.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, text := range map[string]string{
				"tiny.yaml":  "name: tiny\nextends: proxy/anynetxa\nparams:\n  d: {max: 2}\n  w: {max: 16}\n",
				"trainer.sh": trainerScript,
			} {
				if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			s.kill(t, max(1, kills/4), rand.New(rand.NewPCG(1, uint64(i))))
		})
	}
}

// kill makes so many kills and compares what comes of the runs.
func (s study) kill(t *testing.T, kills int, random *rand.Rand) {
	const whole = rundir.Dir("whole")
	var records []int         // of the whole run after each step
	var times []time.Duration // of a training, or of the step if it trains nothing
	for _, step := range s.steps {
		begin := time.Now()
		command(t, step.words(string(whole), false)...)
		records = append(records, countRecords(t, whole))
		n := records[len(records)-1]
		if len(records) > 1 {
			n -= records[len(records)-2]
		}
		times = append(times, time.Since(begin)/time.Duration(max(n, 1)))
	}
	if got := outcomes(t, string(whole))["status"]; slices.Contains(got, "failed") || slices.Contains(got, "pending") {
		t.Fatalf("status %q", got)
	}
	for run := 0; kills > 0; run++ {
		d := rundir.Dir("run" + strconv.Itoa(run))
		made := 0
		for i, step := range s.steps {
			for late := true; i > 0 && kills > 0; late = false {
				m := moment{delay: time.Duration(random.Float64() * 2 * float64(times[i]))}
				if late && records[i] > records[i-1] { // once when most is done, as in the confirmation
					m = moment{d, records[i] - 2 - random.IntN(3), m.delay / 4}
				}
				if s.killAll(t, m, step.words(string(d), kills%2 == 0)) {
					break
				}
				made++
				kills--
				checkInterrupted(t, d)
			}
			command(t, step.words(string(d), false)...)
		}
		checkSame(t, whole, d)
		t.Logf("%s: %d kills", d, made)
		if t.Failed() {
			return
		}
	}
}

// An evolution that is killed again and again comes to what one that was left
// alone does.
func TestEvolveKilled(t *testing.T) {
	t.Chdir(t.TempDir())
	args := func(dir string) []string {
		return strings.Fields("evolve --space proxy/anynetxa --flops 30K:90K --rounds 2 --explore 20 --max 12 --best 1 --final 2 --search 2 --confirm 1 --seeds 1" +
			" --input 8 --train-images 40 --val-images 20 --test-images 20 --recipe quick --epochs 1 --out " + dir)
	}
	lineage := func(dir string) string {
		text, err := os.ReadFile(filepath.Join(dir, "lineage.json"))
		if err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(`"train_seconds": [0-9.e+-]+`).ReplaceAllString(string(text), "")
	}
	begin := time.Now()
	command(t, args("whole")...)
	all := time.Since(begin)
	random := rand.New(rand.NewPCG(3, 4))
	kills := 0
	for ended := false; !ended && kills < 40; kills++ {
		var err error
		if ended, err = (moment{delay: time.Duration(random.Float64() * float64(all) / 2)}).kill(args("killed")); err != nil {
			t.Fatal(err)
		}
	}
	command(t, args("killed")...)
	if diff := cmp.Diff(lineage("whole"), lineage("killed")); diff != "" {
		t.Errorf("after %d kills: %s", kills, diff)
	}
	if kills < 2 {
		t.Errorf("%d kills: the test shows little", kills)
	}
	t.Logf("%d kills", kills)
}

// killAll kills the processes of the command and reports whether one had ended.
func (s study) killAll(t *testing.T, m moment, args []string) bool {
	t.Helper()
	n := 1
	if args[0] == "train" {
		n = s.processes
	}
	var g errgroup.Group
	var ended atomic.Bool
	for range n {
		g.Go(func() error {
			complete, err := m.kill(args)
			if complete {
				ended.Store(true)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return ended.Load()
}

// checkInterrupted checks that a run can be looked at after a kill, or that what
// is to be done is said.
func checkInterrupted(t *testing.T, d rundir.Dir) {
	t.Helper()
	out, err := exec.Command("designspace", "status", string(d)).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "complete it with designspace sample --extend -n 9 --out "+string(d)) {
		t.Errorf("status: %v: %s", err, out)
	}
}

// checkSame compares a run with the whole one.
func checkSame(t *testing.T, whole, d rundir.Dir) {
	t.Helper()
	for _, path := range []func(rundir.Dir) string{rundir.Dir.Models, rundir.Dir.Results, rundir.Dir.Curves, rundir.Dir.Repeats} {
		if _, err := os.Stat(path(whole)); err != nil {
			continue // the study has none
		}
		if diff := cmp.Diff(columnsOf(t, path(whole)), columnsOf(t, path(d))); diff != "" {
			t.Errorf("%s:\n%s", path(d), diff)
		}
	}
	weights, _ := filepath.Glob(filepath.Join(string(whole), "weights", "*"))
	for _, w := range weights {
		want, err := os.ReadFile(w)
		got, e := os.ReadFile(filepath.Join(string(d), "weights", filepath.Base(w)))
		if !bytes.Equal(want, got) || err != nil || e != nil {
			t.Errorf("%s is not that of the whole run: %v, %v", w, err, e)
		}
	}
	checkRecordedOnce(t, d, countRecords(t, whole))
	out, err := exec.Command("designspace", "status", string(d), "--verify").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is sound") {
		t.Errorf("status --verify: %v: %s", err, out)
	}
	if left, _ := filepath.Glob(filepath.Join(string(d), "checkpoints", "*")); len(left) > 0 {
		t.Errorf("checkpoints are left: %q", left)
	}
}

func countRecords(t *testing.T, d rundir.Dir) int {
	t.Helper()
	j, err := rundir.ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	return len(j.Records)
}

func command(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("designspace", args...).CombinedOutput(); err != nil {
		t.Fatalf("designspace %q: %v\n%s", args, err, out)
	}
}

// A moment is when a program is killed: when the run has so many records, if it
// names one, and after the delay.
type moment struct {
	dir     rundir.Dir
	records int
	delay   time.Duration
}

// kill starts the program, kills it at the moment, and reports whether it had
// ended before.
func (m moment) kill(args []string) (complete bool, err error) {
	c := exec.Command("designspace", args...)
	var log bytes.Buffer
	c.Stderr = &log
	if err := c.Start(); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for m.dir != "" {
		if j, err := rundir.ReadJournal(m.dir); err == nil && len(j.Records) >= m.records {
			break
		}
		select {
		case err := <-ended:
			return true, failed(err, &log)
		case <-time.After(time.Millisecond):
		}
	}
	select {
	case err := <-ended:
		return true, failed(err, &log)
	case <-time.After(m.delay):
	}
	c.Process.Kill()
	err = <-ended
	return err == nil, nil
}

// failed is the error of a program that was not killed.
func failed(err error, log *bytes.Buffer) error {
	if err != nil {
		err = fmt.Errorf("%w: %s", err, log)
	}
	return err
}

// outcomes reads results.csv without the columns that the clock writes.
func outcomes(t *testing.T, dir string) map[string][]string {
	t.Helper()
	return columnsOf(t, rundir.Dir(dir).Results())
}

// columnsOf reads a table without the columns that the clock writes.
func columnsOf(t *testing.T, path string) map[string][]string {
	t.Helper()
	tab, err := table.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, name := range tab.Columns() {
		if name == "train_seconds" || strings.HasSuffix(name, "images_per_second") {
			continue
		}
		if columns[name], err = tab.Strings(name); err != nil {
			t.Fatal(err)
		}
	}
	return columns
}

// checkRecordedOnce counts the trainings in the whole lines of the journal.
func checkRecordedOnce(t *testing.T, d rundir.Dir, trainings int) {
	t.Helper()
	files, err := rundir.JournalFiles(d)
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		ID     string
		Repeat int
	}
	times := map[key]int{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var k key
			if json.Unmarshal(line, &k) == nil && bytes.HasSuffix(line, []byte("\n")) {
				times[k]++
			}
		}
	}
	if len(times) != trainings {
		t.Errorf("%d trainings are recorded, want %d", len(times), trainings)
	}
	for k, n := range times {
		if n != 1 {
			t.Errorf("%v is recorded %d times", k, n)
		}
	}
}

// Two processes on one run directory record every model once.
func TestTwoProcesses(t *testing.T) {
	t.Chdir(t.TempDir())
	command(t, "sample", "--space", "proxy/regnetx", "-n", "12", "--input", "8", "--flops", "30K:60K", "--out", "run")
	train := []string{"train", "run", "--train-images", "40", "--test-images", "20", "--epochs", "1", "--workers", "1"}
	var both [2]*exec.Cmd
	var output [2]bytes.Buffer
	for i := range both {
		both[i] = exec.Command("designspace", train...)
		both[i].Stderr = &output[i]
		if err := both[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range both {
		if err := c.Wait(); err != nil {
			t.Errorf("%v\n%s", err, &output[i])
		}
	}
	checkRecordedOnce(t, "run", 12)
	for _, status := range outcomes(t, "run")["status"] {
		if status != "done" {
			t.Errorf("status %s", status)
		}
	}
}

// awaitRecords waits until the journal has so many records.
func awaitRecords(t *testing.T, d rundir.Dir, records int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if j, err := rundir.ReadJournal(d); err == nil && len(j.Records) >= records {
			return
		}
	}
	t.Fatalf("no %d records within a minute", records)
}
