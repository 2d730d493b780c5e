package figures

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"designspace/internal/study/analysis"
)

// Every figure of a score has its name and values, none of which stands for a
// model that diverged.
func TestFiguresOfAMetric(t *testing.T) {
	dir := t.TempDir()
	var results, repeats, curves strings.Builder
	results.WriteString("id,metric,score,flops,depth,width,d1,w1,e_fit\n")
	repeats.WriteString("id,repeat,score\n")
	curves.WriteString("id,epoch,score\n")
	for i, score := range []string{"100", "150", "-20", "180", "120", "90"} {
		id := string(rune('a' + i))
		results.WriteString(id + ",score:max," + score + "," + strings.Repeat("9", i+1) + ",1,8,1,8,0." + string(rune('1'+i)) + "\n")
		repeats.WriteString(id + ",0," + score + "\n" + id + ",1,105\n")
		curves.WriteString(id + ",1,100\n" + id + ",2," + score + "\n")
	}
	for name, text := range map[string]string{"results.csv": results.String(), "repeats.csv": repeats.String(), "curves.csv": curves.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := analysis.Load([]string{dir}, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, wants := range map[string][]string{
		"edf": {"score (higher is better)", ">max<", ">180.0<"}, "fit": {"score (higher is better)"}, "pareto": {"score (higher is better)", "on front"},
		"curves": {"score (higher is better)", "last score"}, "noise": {"models by mean score"}, "efficiency": {"best score"}, "models": {"d  180.00"}, "params": {"score (higher is better)"}, "ks": nil, "rank": {"best: rank 1"},
	} {
		f, err := draw(s, kind)
		if err != nil {
			if kind == "params" {
				continue // nothing but complexities varies
			}
			t.Errorf("%s: %v", kind, err)
			continue
		}
		var b bytes.Buffer
		if err := f.Inline(&b, "x"); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q", kind, want)
			}
		}
		if notes := strings.Join(f.Notes(), ""); strings.Contains(notes, "diverged") || strings.Contains(b.String(), "rror") {
			t.Errorf("%s: notes %q, or an error is named", kind, notes)
		}
	}
	best, worst, err := Ends(s, s.Populations[0], 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	for _, m := range slices.Concat(best, worst) {
		got = append(got, m.Error)
	}
	if !slices.Equal(got, []float64{180, 150, 90, -20}) {
		t.Errorf("best and worst %v", got)
	}
}
