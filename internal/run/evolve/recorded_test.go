package evolve

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"designspace/space"
)

// recorded is the evolution that the documentation shows.
const recorded = "../../../experiments/evolve"

func readRecorded(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recorded, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The README of the recorded evolution shows lines that the command printed, and
// says no figure that stands in none of its files.
func TestRecordedReadme(t *testing.T) {
	readme, outcome := readRecorded(t, "README.md"), readRecorded(t, "outcome.txt")
	for _, block := range regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		for line := range strings.Lines(block[1]) {
			if line = strings.TrimSpace(line); line != "..." && !strings.Contains(outcome, line) {
				t.Errorf("not in outcome.txt: %s", line)
			}
		}
	}
	known := map[string]bool{}
	for _, name := range []string{"outcome.txt", "lineage.json"} {
		for _, figure := range regexp.MustCompile(`-?\d+\.\d+`).FindAllString(readRecorded(t, name), -1) {
			known[figure] = true
			if x, err := strconv.ParseFloat(figure, 64); err == nil {
				known[fmt.Sprintf("%.2f", x)] = true
			}
		}
	}
	for _, figure := range regexp.MustCompile(`-?\d+\.\d+`).FindAllString(readme, -1) {
		if !known[figure] {
			t.Errorf("%s stands in none of the files", figure)
		}
	}
}

// The spaces of the recorded evolution are what the lineage says, and its files
// name nothing of the machine.
func TestRecordedSpaces(t *testing.T) {
	s, err := ReadSetup(recorded)
	if err != nil || s == nil {
		t.Fatalf("%v, error %v", s, err)
	}
	rows, err := csv.NewReader(strings.NewReader(readRecorded(t, "lineage.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[2:] { // below the header and the root
		child, err := space.Load(filepath.Join(recorded, spacesDir, row[0]+".yaml"))
		if err != nil {
			t.Error(err)
			continue
		}
		if child.Parent != row[1] || child.About != row[4] {
			t.Errorf("%s: parent %s, about %q: the lineage says %q", row[0], child.Parent, child.About, row)
		}
	}
	err = filepath.WalkDir(recorded, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "/work") || strings.Contains(string(text), "/tmp") || strings.Contains(string(text), "/home") {
			t.Errorf("%s names a path of the machine", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
