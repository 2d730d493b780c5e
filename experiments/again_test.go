package experiments

import (
	"slices"
	"testing"

	"designspace/internal/table"
)

// Models that were trained again, of 22 populations on another machine, and of most
// with another kernel set, are the same to the last digit:
//
//	DESIGNSPACE_KERNEL=avx2 designspace train RUN --only m0001 --only m0101 --only m0222 --only m0333 --only m0500
//
// of populations of which nothing was trained.
func TestTrainedAgain(t *testing.T) {
	models := 0
	for _, again := range []string{"again/2026-11-26.csv", "again/2026-11-26b.csv", "again/2026-11-26c.csv"} {
		of, lines := rowsOf(t, again, "table")
		tables := map[string]int{}
		for i, line := range lines {
			tables[of[i]]++
			_, recorded := rowsOf(t, "results/"+of[i]+".csv", "id")
			if !slices.Contains(recorded, line) {
				t.Errorf("not in %s: %s", of[i], line)
			}
		}
		for name, n := range tables {
			if n != 5 {
				t.Errorf("%d models of %s", n, name)
			}
		}
		models += len(lines)
	}
	if want := 5 * (6 + 16 + 96); models != want {
		t.Errorf("%d models, want %d", models, want)
	}
}

// rowsOf returns a column of a table, and what was trained in each row and found.
func rowsOf(t *testing.T, path, column string) (cells, trained []string) {
	t.Helper()
	r, err := table.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if cells, err = r.Strings(column); err != nil {
		t.Fatal(err)
	}
	trained = make([]string, r.Len())
	for _, c := range []string{"id", "seed", "error", "error_train", "loss"} {
		found, err := r.Strings(c)
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range found {
			trained[i] += cell + ","
		}
	}
	return cells, trained
}
