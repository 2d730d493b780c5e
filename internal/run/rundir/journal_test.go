package rundir

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"designspace/trainer"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func done(id string, err float64) trainer.Outcome {
	r := trainer.NewOutcome(id, trainer.Done)
	r.Error = err
	return r
}

// writeJournal puts text into a journal file of a new run.
func writeJournal(t *testing.T, files map[string]string) Dir {
	t.Helper()
	d := Dir(t.TempDir())
	if err := os.Mkdir(d.Journal(), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(d.Journal(), name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestJournalOfAnUntrainedRun(t *testing.T) {
	j, err := ReadJournal(Dir(t.TempDir()))
	if err != nil || len(j.Records) != 0 || len(j.Warnings) != 0 {
		t.Errorf("%v, %v", j, err)
	}
}

func TestFirstRecordWins(t *testing.T) {
	d := Dir(t.TempDir())
	for _, errs := range [][]float64{{10, 20}, {30, 40}} {
		w := NewWriter(d)
		for i, e := range errs {
			if err := w.Append(done(fmt.Sprintf("m%d", i), e)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Append(done(fmt.Sprintf("only%g", errs[0]), 50)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	j, err := ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range j.Records {
		got = append(got, fmt.Sprintf("%s %g", r.ID, r.Error))
	}
	if diff := cmp.Diff([]string{"m0 10", "m1 20", "only10 50", "only30 50"}, got); diff != "" {
		t.Error(diff)
	}
	if r, ok := j.Outcome("m0", 0); !ok || r.Error != 10 {
		t.Errorf("Outcome(m0) = %v, %v", r, ok)
	}
	if _, ok := j.Outcome("m0", 1); ok {
		t.Error("m0 has a second repeat")
	}
}

func TestClaimsAreNoOutcomes(t *testing.T) {
	d := writeJournal(t, map[string]string{
		"000001.jsonl": `{"id":"a","status":"running","writer":"x","beat":7}` + "\n" + `{"id":"a","status":"failed","reason":"no memory"}` + "\n",
	})
	j, err := ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	if len(j.Records) != 1 || j.Records[0].Status != trainer.Failed || j.Records[0].Reason != "no memory" || !math.IsNaN(j.Records[0].Error) {
		t.Errorf("records %+v", j.Records)
	}
}

// Cut a journal anywhere: every record whose text is whole survives, and only a
// record in pieces is warned of.
func TestTornAtEveryByte(t *testing.T) {
	d := Dir(t.TempDir())
	w := NewWriter(d)
	for i := range 3 {
		if err := w.Append(done(fmt.Sprintf("m%d", i), 12.5)); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	path := filepath.Join(d.Journal(), "000001.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) + 1 {
		j := &Journal{index: map[recordKey]int{}}
		if err := j.read("j", bytes.NewReader(whole[:n])); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		records := bytes.Count(whole[:n], []byte("}"))
		pieces := n > 0 && !bytes.HasSuffix(bytes.TrimSuffix(whole[:n], []byte("\n")), []byte("}"))
		if len(j.Records) != records || (len(j.Warnings) == 1) != pieces {
			t.Errorf("%d bytes: %d records of %d, warnings %q", n, len(j.Records), records, j.Warnings)
		}
	}
}

func TestJournalDamage(t *testing.T) {
	const good = `{"id":"a","status":"done","error":5}` + "\n"
	for _, c := range []struct{ text, warning, err string }{
		{text: good},
		{text: good + good + strings.TrimSpace(good)},
		{text: good + "\x00\x00\x00", warning: "000001.jsonl:2: dropped a torn last line"},
		{text: good + `{"id":"b","sta` + "\n", warning: "000001.jsonl:2: dropped a torn last line"},
		{text: good + "\x00\x00\x00\n", err: "000001.jsonl:2: invalid character"},
		{text: `{"id":"b","sta` + "\n" + good, err: "000001.jsonl:1: unexpected end of JSON input"},
		{text: good + "\n" + good, err: "000001.jsonl:2: unexpected end of JSON input"},
		{text: `{"id":"b","sta` + good, err: "000001.jsonl:1: invalid character"},
		{text: `{"id":"b","status":"done"}` + "\n", err: "000001.jsonl:1: error of model b is not between 0 and 100"},
		{text: `{"id":"b","status":"done","error":101}` + "\n", err: "000001.jsonl:1: error of model b is not between 0 and 100"},
		{text: `{"id":"b","status":"done","error":"5"}` + "\n", err: "000001.jsonl:1: json: cannot unmarshal string"},
		{text: `{"id":"b","status":"great","error":5}` + "\n", err: `000001.jsonl:1: status "great": want done, diverged, failed or running`},
		{text: `{"status":"failed"}` + "\n", err: "000001.jsonl:1: no id"},
		{text: `[1]` + "\n", err: "000001.jsonl:1: json: cannot unmarshal array"},
	} {
		j, err := ReadJournal(writeJournal(t, map[string]string{"000001.jsonl": c.text, "notes.txt": "not a journal"}))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.HasSuffix(err.Error(), "remove the line and its model is trained again") {
				t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if len(j.Records) != 1 {
			t.Errorf("%q: %d records, want 1", c.text, len(j.Records))
		}
		if got := strings.Join(j.Warnings, " "); !strings.Contains(got, c.warning) || (got == "") != (c.warning == "") {
			t.Errorf("%q:\n got %q\nwant %q", c.text, got, c.warning)
		}
	}
}

func TestWriterStaysBroken(t *testing.T) {
	d := Dir(t.TempDir())
	w := NewWriter(d)
	if err := w.Append(done("a", 1)); err != nil {
		t.Fatal(err)
	}
	w.file.Close()
	first := w.Append(done("b", 1))
	if first == nil {
		t.Fatal("a record went into a closed file")
	}
	if second := w.Append(done("c", 1)); second != first {
		t.Errorf("error %v after %v", second, first)
	}
}

// testdata/journal.jsonl was written when the journal had a record of its own,
// and holds every status, an attempt, repeats, a validation part and absent
// numbers. Its lines are written as they were read, byte for byte. They are
// those of three runs at commit 31dd4a0:
//
//	designspace sample --space proxy/regnetx -n 3 --flops 0:400K --input 8 --seed 1 --out a
//	designspace train a --train-images 60 --test-images 30 --val-images 20 --epochs 3 --batch 16 --repeats 2 --repeat-models 1 --recipe r.yaml  # eval_every: 2
//	designspace sample --space proxy/regnetx -n 1 --flops 0:400K --input 8 --seed 2 --out b
//	designspace train b --train-images 60 --test-images 30 --epochs 2 --batch 16 --lr 1e18
//	designspace train b --retry diverged
//	designspace sample --space proxy/regnetx -n 2 --flops 0:400K --input 8 --seed 3 --out c
//	designspace train c --trainer 'sh t.sh {model} {out}'  # fails for m0001, writes two epochs for m0002
func TestJournalFormat(t *testing.T) {
	want, err := os.ReadFile("testdata/journal.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	d := Dir(t.TempDir())
	w := NewWriter(d)
	for line := range bytes.Lines(want) {
		o, err := parseRecord(line)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(o); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	got, err := os.ReadFile(filepath.Join(d.Journal(), "000001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

var numbers = cmpopts.EquateNaNs()

// What is appended is read back, whatever its texts and numbers.
func TestJournalRoundTrip(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) float64 {
		x := rapid.Float64().Draw(t, "x")
		if math.IsInf(x, 0) {
			x = math.NaN()
		}
		return x
	})
	percent := rapid.Float64Range(0, 100)
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		var want []trainer.Outcome
		w := NewWriter(Dir(dir))
		for i := range rapid.IntRange(1, 4).Draw(rt, "records") {
			r := trainer.Outcome{
				ID: fmt.Sprint(rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.S), 0, 5, -1).Draw(rt, "id"), i), Status: trainer.Done,
				Repeat: rapid.IntRange(0, 2).Draw(rt, "repeat"), Reason: rapid.String().Draw(rt, "reason"),
				Error: percent.Draw(rt, "error"), ErrorTest: number.Draw(rt, "error_test"), Loss: number.Draw(rt, "loss"),
				Seed:  rapid.Uint64().Draw(rt, "seed"),
				Curve: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) trainer.Epoch { return trainer.Epoch{Epoch: 1, LR: number.Draw(t, "lr")} }), 1, 3).Draw(rt, "curve"),
			}
			want = append(want, r)
			if err := w.Append(r); err != nil {
				rt.Fatal(err)
			}
		}
		w.Close()
		j, err := ReadJournal(Dir(dir))
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, j.Records, numbers); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// Whatever the bytes, a journal is read or its damage is placed; outcomes that
// are read hold an error in percent.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"id":"a","status":"done","error":5,"curve":[{"epoch":1,"lr":0.1,"error":null}]}` + "\n"))
	f.Add([]byte(`{"id":"a","status":"failed"}` + "\n" + `{"id":"b","st`))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		j := &Journal{index: map[recordKey]int{}}
		if err := j.read("j", bytes.NewReader(data)); err != nil {
			if !strings.HasPrefix(err.Error(), "j:") {
				t.Errorf("error %q", err)
			}
			return
		}
		if lines := bytes.Count(data, []byte("\n")) + 1; len(j.Records) > lines || len(j.Warnings) > 1 {
			t.Errorf("%d records, %d warnings of %d lines", len(j.Records), len(j.Warnings), lines)
		}
		for _, r := range j.Records {
			if r.ID == "" || r.Status != trainer.Failed && !(r.Error >= 0 && r.Error <= 100) {
				t.Errorf("record %+v", r)
			}
		}
	})
}

// A record of a model that models.csv lacks does not vanish.
func TestRecordOfNoModel(t *testing.T) {
	d := writeJournal(t, map[string]string{"000001.jsonl": `{"id":"m0001","status":"done","error":50}` + "\n" + `{"id":"m0099","status":"done","error":40}` + "\n"})
	j, err := ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	const want = "000001.jsonl:2: m0099 is not in models.csv: restore models.csv or remove the line"
	if err := j.Check(entries()); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := SaveResults(d, entries(), j); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}

// Without its journal a run would be trained anew, and results.csv lost.
func TestLostJournal(t *testing.T) {
	d := Dir(t.TempDir())
	es := entries()
	w := NewWriter(d)
	if err := w.Append(done("m0001", 42.5)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	j, err := ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := SaveResults(d, es, j); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(d.Journal()); err != nil {
		t.Fatal(err)
	}
	want := d.Journal() + ": no record, but " + d.Results() + " has outcomes: restore the journal, or move results.csv away to train again"
	if _, err := ReadJournal(d); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := os.WriteFile(d.Results(), []byte("id,status\nm0001,pending\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadJournal(d); err != nil {
		t.Error(err)
	}
}
