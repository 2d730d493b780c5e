package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"designspace/internal/format"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// evil would turn a terminal red, name its window and go back to the beginning of
// the line.
const evil = "\x1b[31m\x1b]0;x\a\u009b31m\rall is well"

// Whatever tables, runs, spaces and other files hold, a terminal obeys none of it.
func TestNothingIsObeyed(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(file, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	quotedEvil, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	yaml := string(quotedEvil)
	rows := "id,space,status,error,depth,x" + evil + "\n"
	for i := range 8 {
		rows += strings.Repeat("a", i+1) + evil + ",s" + evil + ",done," + string(rune('1'+i)) + ",1,v" + evil + "\n"
	}
	write("table.csv", rows)
	write("words.csv", "id,error,status\na,1,"+evil+"\n")
	write("trials.csv", "trial"+evil+",value"+evil+"\n1,2\n")
	write("jobs.json", `[{"`+evil+`": `+yaml+`}]`)
	write("space.yaml", "name: "+yaml+"\nbase: anynet\n")
	write("key.yaml", yaml+": 1\n")
	write("model.yaml", "name: "+yaml+"\nstem: cifar\nstem_width: 8\nblock: x\ndepths: [1]\nwidths: [8]\nstrides: [1]\n")
	write("block.yaml", "block: "+yaml+"\n")
	write("weights.safetensors", "\x40\x00\x00\x00\x00\x00\x00\x00"+`{"`+evil+`": {"dtype": "`+evil+`"}}`+strings.Repeat(" ", 64))
	write("run/run.yaml", "sample:\n  version: "+yaml+"\n  "+evil+": 1\n")
	write("named"+strings.ReplaceAll(evil, "/", "")+"/x", "")

	sampled := func(dir string) {
		t.Helper()
		var errs strings.Builder
		if code := run(t.Context(), []string{"designspace", "sample", "--space", "proxy/regnetx", "-n", "2", "--input", "8", "--out", dir}, &errs, &errs); code != 0 {
			t.Fatal(errs.String())
		}
	}
	sampled("failed")
	w := rundir.NewWriter("failed")
	o := trainer.NewOutcome("m0001", trainer.Failed)
	o.Reason, o.Version = evil+"\nm0002 done", evil
	if err := w.Append(o); err != nil {
		t.Fatal(err)
	}
	w.Close()
	sampled("trainer")
	config, err := os.ReadFile("trainer/run.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write("trainer/run.yaml", string(config)+"train:\n  version: x\n  data: {source: x, name: x, hash: x, train_images: 1, test_images: 1}\n  trainer: "+yaml+"\n  kernel: x\n  recipe: {epochs: 1}\n")
	sampled("journal")
	write("journal/journal/000001.jsonl", `{"id": `+yaml+`, "status": `+yaml+"}\n")

	for _, line := range [][]string{
		{"analyze", "table.csv"},
		{"analyze", "table.csv", "--by", "x" + evil},
		{"analyze", "table.csv", "--by", "no" + evil},
		{"analyze", "table.csv", "--where", evil + "=1"},
		{"analyze", "table.csv", "--format", "json"},
		{"analyze", "words.csv"},
		{"analyze", "no" + evil},
		{"plot", "edf", "table.csv", "--out", "x.svg"},
		{"report", "table.csv", "--out", "x.html"},
		{"import", "table.csv", "--out", "y.csv"},
		{"import", "words.csv", "--out", "z.csv"},
		{"import", "trials.csv", "--out", "z.csv"},
		{"import", "jobs.json", "--out", "z.csv"},
		{"space", "show", "space.yaml"},
		{"space", "show", "key.yaml"},
		{"sample", "--space", "space.yaml", "-n", "1"},
		{"sample", "--space", "no" + evil, "-n", "1"},
		{"model", "describe", "model.yaml"},
		{"model", "describe", "block.yaml"},
		{"model", "import", "weights.safetensors", "--model", "peers/regnetx-400mf"},
		{"export", "model.yaml", "--as", "pytorch", "--out", "out" + evil},
		{"export", "model.yaml", "--as", "timm", "--out", "out" + evil},
		{"status", "run"}, {"train", "run"}, {"status", "run", "--verify"},
		{"status", "failed"}, {"status", "failed", "--format", "json"}, {"status", "failed", "--verify"}, {"analyze", "failed"},
		{"status", "trainer"}, {"train", "trainer"},
		{"status", "journal"}, {"status", "journal", "--verify"}, {"train", "journal"},
		{"status", "named" + evil}, {"train", "named" + evil, "--" + evil}, {evil}, {"train" + evil}, {"space", evil},
		{"model", evil}, {"experiment", "run", evil}, {"recipe", "show", evil},
	} {
		var out, errs strings.Builder
		run(t.Context(), append([]string{"designspace"}, line...), &out, &errs)
		text := out.String() + errs.String()
		if text == "" {
			t.Errorf("%q: says nothing", line)
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && format.Obeyed(r) }); i >= 0 {
			t.Errorf("%q: a terminal would obey %q", line, text[max(0, i-60):min(len(text), i+30)])
		}
		for l := range strings.Lines(text) {
			if strings.HasPrefix(l, "m0002 done") {
				t.Errorf("%q: a line is forged:\n%s", line, text)
			}
		}
	}

	// Data for programs are as they are.
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"designspace", "status", "failed", "--format", "json"}, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	var s struct{ Failures []struct{ Reason string } }
	if err := json.Unmarshal([]byte(out.String()), &s); err != nil || len(s.Failures) != 1 || s.Failures[0].Reason != o.Reason {
		t.Errorf("%s, %v", &out, err)
	}
	if strings.ContainsFunc(evil, unicode.IsControl) != true {
		t.Error("the test tests nothing")
	}
}
