package experiments

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// editable is a copy of the committed results that may be changed.
func editable(t *testing.T) (root string, fsys fs.FS) {
	t.Helper()
	root = t.TempDir()
	if err := os.CopyFS(root, committed); err != nil {
		t.Fatal(err)
	}
	return root, os.DirFS(root)
}

// What Rejudge writes is what is committed: the newest summary of the tables.
func TestRejudge(t *testing.T) {
	all, err := summaries(committed)
	if err != nil {
		t.Fatal(err)
	}
	last := all[len(all)-1]
	folder := filepath.Join(t.TempDir(), last.Date)
	if err := Rejudge(folder); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := fs.ReadFile(committed, "results/"+main+"/"+last.Date+"/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("another summary")
	}
}

// Check sees an edited verdict, and a table or a verdict of an older folder that is
// not what it was.
func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		{"2026-11-26/summary.json", `"verdict": "inconclusive"`, `"verdict": "confirmed"`, "is not what the tables say"},
		{"2026-11-24/summary.json", `"verdict": "inconclusive"`, `"verdict": "confirmed"`, "2026-11-24 is not as it was when 2026-11-26 judged it"},
		{"2026-11-25/mbconv-1M-1.2M.yaml", "seed", "sead", "2026-11-25 is not as it was when 2026-11-26 judged it"},
		{"2026-11-24/summary.json", "2026-11-24", "2026-11-23", "date 2026-11-23 is not the name of the folder"},
		{"2026-11-25/summary.json", "{", "", "2026-11-25/summary.json: "},
	} {
		root, fsys := editable(t)
		file := filepath.Join(root, "results", main, c.file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		edited := strings.Replace(string(text), c.old, c.new, 1)
		if edited == string(text) {
			t.Fatalf("%s lacks %s", c.file, c.old)
		}
		if err := os.Remove(file); err != nil { // a copy may be read-only
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(edited), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := check(fsys); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.file, err, c.want)
		}
	}
}

// The newest verdict counts, and older ones are told beside it.
func TestEarlier(t *testing.T) {
	rs, err := Results()
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, r := range rs {
		if r.Judged == nil {
			continue
		}
		if r.Date != "2026-11-26" || len(r.Earlier) != 1 || r.Earlier[0].Date != r.Judged.Tables {
			t.Errorf("%s: %s, before %+v, tables %s", r.Name, r.Date, r.Earlier, r.Judged.Tables)
		}
		before := string(r.Changed())
		is := string(r.Judged.Verdict)
		if r.Kind == Property {
			before, is = string(r.Earlier[0].Verdict), "property, "+is
		}
		if before != "" {
			says(t, fmt.Sprintf("| `%s` | %s | %s |", r.Name, before, is))
			changed++
		}
		if r.Name == "bottleneck" && r.Changed() != Inconclusive {
			t.Errorf("bottleneck was %q", r.Changed())
		}
		if r.Name == "sharing" && r.Changed() != "" {
			t.Errorf("sharing was %q", r.Changed())
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `[a-z-]+` \\| (confirmed|refuted|inconclusive) \\| ")
	if n := len(rows.FindAllString(methodology(t), -1)); n != changed {
		t.Errorf("METHODOLOGY.md tells of %d changes of %d", n, changed)
	}
}

func methodology(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("METHODOLOGY.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// says fails unless METHODOLOGY.md has some words, over line breaks.
func says(t *testing.T, words string) {
	t.Helper()
	if !strings.Contains(strings.Join(strings.Fields(methodology(t)), " "), words) {
		t.Errorf("METHODOLOGY.md lacks %q", words)
	}
}

// A claim is decided if and only if its p-value is below the level, and adjusted
// p-values are no smaller.
func TestSummaryPValues(t *testing.T) {
	text, err := fs.ReadFile(committed, "results/"+main+"/2026-11-26/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	var s Summary
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	for _, j := range s.Experiments {
		if j.P == nil {
			if j.Q != nil || j.Kind == Claim && (j.Verdict != Inconclusive || !j.Noted()) {
				t.Errorf("%s without a p-value: %+v", j.Name, j)
			}
			continue
		}
		if (*j.P < level) != (j.Verdict != Inconclusive) || *j.Q < *j.P || j.Kind == Property {
			t.Errorf("%+v", j)
		}
	}
}
