package experiments

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// upTo has the committed results of the main regime up to a day.
func upTo(t *testing.T, date string) fstest.MapFS {
	t.Helper()
	files, err := fs.Glob(committed, "results/"+main+"/*/*")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range files {
		if path.Base(path.Dir(f)) > date {
			continue
		}
		text, err := committed.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		fsys[f] = &fstest.MapFile{Data: text}
	}
	return fsys
}

// What Rejudge writes is what is committed, which does not tell how many models are
// needed: the summary of the tables there were.
func TestRejudge(t *testing.T) {
	fsys := upTo(t, "2026-11-26")
	folder := filepath.Join(t.TempDir(), "results", main, "2026-11-26")
	if err := rejudge(fsys, folder); err != nil {
		t.Fatal(err)
	}
	s, err := readSummary(os.DirFS(filepath.Dir(filepath.Dir(filepath.Dir(folder)))), path.Join("results", main, "2026-11-26"))
	if err != nil {
		t.Fatal(err)
	}
	if !s.tellsNeeded() {
		t.Error("it is not told how many models are needed")
	}
	s.dropNeeded()
	got, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	want, err := fs.ReadFile(fsys, "results/"+main+"/2026-11-26/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("another summary")
	}
	delete(fsys, "results/"+main+"/2026-11-25/mbconv-1M-1.2M.csv")
	if err := rejudge(fsys, folder); err == nil || !strings.Contains(err.Error(), "best-of-25 is judged in results/cifar/2026-11-25, whose tables are gone: restore them") {
		t.Errorf("error %v", err)
	}
	if err := Rejudge(filepath.Join(t.TempDir(), "cifr", "2026-11-26")); err == nil || !strings.Contains(err.Error(), `did you mean "cifar"?`) {
		t.Errorf("error %v", err)
	}
}

// Check sees an edited verdict, and a table or a verdict of an older folder that is
// not what it was.
func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		{"2026-11-26/summary.json", `"verdict": "inconclusive"`, `"verdict": "confirmed"`, "is not what the tables say of group-width:"},
		{"2026-11-24/summary.json", `"verdict": "inconclusive"`, `"verdict": "confirmed"`, "2026-11-24 is not as it was when 2026-11-26 judged it"},
		{"2026-11-25/mbconv-1M-1.2M.yaml", "seed", "sead", "2026-11-25 is not as it was when 2026-11-26 judged it"},
		{"2026-11-24/summary.json", "2026-11-24", "2026-11-23", "date 2026-11-23 is not the name of the folder"},
		{"2026-11-24/summary.json", `"regime": "cifar"`, `"regime": "cifar32"`, "regime cifar32 is not the name of the folder above"},
		{"2026-11-25/summary.json", "{", "", "2026-11-25/summary.json: "},
	} {
		fsys := upTo(t, "2026-11-26")
		file := fsys["results/"+main+"/"+c.file]
		edited := strings.Replace(string(file.Data), c.old, c.new, 1)
		if edited == string(file.Data) {
			t.Fatalf("%s lacks %s", c.file, c.old)
		}
		file.Data = []byte(edited)
		if _, err := check(fsys); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.file, err, c.want)
		}
	}
}

// The newest verdict counts, and older ones are told beside it.
func TestEarlier(t *testing.T) {
	rs, err := resultsOf(upTo(t, "2026-11-26"))
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
