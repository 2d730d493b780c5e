package experiments

import (
	"strings"
	"testing"

	"designspace/internal/table"
)

// Models of the ladder that were trained again, on another machine and with
// another kernel set, are the recorded ones to the last digit:
//
//	DESIGNSPACE_KERNEL=avx2 designspace train RUN --only m0001 --only m0101 --only m0222 --only m0333 --only m0500
//
// of populations that were drawn anew.
func TestTrainedAgain(t *testing.T) {
	columns := []string{"space", "id", "seed", "error", "error_train", "loss"}
	rows := func(path string) (lines []string) {
		r, err := table.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines = make([]string, r.Len())
		for _, c := range columns {
			cells, err := r.Strings(c)
			if err != nil {
				t.Fatal(err)
			}
			for i, cell := range cells {
				lines[i] += cell + ","
			}
		}
		return lines
	}
	recorded := map[string]bool{}
	for _, space := range []string{"anynetxa", "anynetxb", "anynetxc", "anynetxd", "anynetxe", "regnetx"} {
		for _, line := range rows("results/cifar/2026-11-26b/" + space + "-500K-600K-n500.csv") {
			recorded[line] = true
		}
	}
	again := rows("again/2026-11-26.csv")
	if len(again) != 30 {
		t.Errorf("%d models", len(again))
	}
	for _, line := range again {
		if !recorded[line] {
			t.Errorf("not recorded: %s", strings.TrimSuffix(line, ","))
		}
	}
}
