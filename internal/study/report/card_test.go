package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/study/analysis"
)

// Of two populations the card of a model names its place in its own, its shape,
// its curve and what its trainings came to, all worked out by hand: the fresh
// errors 56 and 58 have a mean of 57, a standard error of 1 and t(0.975; 1) is
// 12.706.
func TestCard(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"results.csv": "id,space,error,flops,d1,d2,w1,w2\nm1,s,50,1000,1,3,8,16\nm2,s,40,,,,,\nm3,other,30,,1,1,8,8\n<b>,s,,,,,,\n",
		"repeats.csv": "id,repeat,error,confirm\nm1,0,50,false\nm1,1,56,true\nm1,2,58,true\nm2,0,40,false\nm2,1,,true\n",
		"curves.csv":  "id,epoch,error\nm1,1,80\nm1,2,50\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := analysis.Load([]string{dir}, analysis.Options{Untrained: true})
	if err != nil {
		t.Fatal(err)
	}
	cards, err := Cards(s)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Card{
		{Row: 0, ID: "m1", Place: "rank 2 of 2 in s; 1 of 2 by fresh means", Trainings: "50.00, 56.00, 58.00 %", Fresh: "57.00 [44.29, 69.71] % over 2 other seeds",
			Course: "80.00 % after epoch 1, 50.00 % after epoch 2", Shape: "M0 80V40H60V80zM60 80V0H240V80z", Curve: "M120 0 240 30"},
		{Row: 1, ID: "m2", Place: "rank 1 of 2 in s", Trainings: "40.00, failed %"},
		{Row: 2, ID: "m3", Place: "rank 1 of 1 in other", Shape: "M0 80V0H120V80zM120 80V0H240V80z"},
		{Row: 3, ID: "<b>"},
	} {
		if got := cards[i]; got.ID != want.ID || got.Row != want.Row || got.Place != want.Place || got.Trainings != want.Trainings || got.Fresh != want.Fresh || got.Course != want.Course || got.Shape != want.Shape || got.Curve != want.Curve {
			t.Errorf("card\n%+v, want\n%+v", got, want)
		}
	}
	var b bytes.Buffer
	if err := WriteCard(&b, s, "m1"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h2 data-card=\"id\">m1</h2>", "<dt>d1, d2 …</dt><dd>1, 3</dd>", "<dt>error (%)</dt><dd>50.00</dd>", "<dt>fresh mean [95 %]</dt><dd>57.00 [44.29, 69.71] % over 2 other seeds</dd>", `d="M120 0 240 30"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := WriteCard(&b, s, "<b>"); err != nil || strings.Contains(b.String(), "<b>") {
		t.Errorf("%v, %s", err, b.String())
	}
	if err := WriteCard(&b, s, "m9"); err == nil {
		t.Error("a card of no model")
	}
}

// Caveats stand by what they do to numbers, and the gravest are what cannot be
// said.
func TestCaveatsBySeverity(t *testing.T) {
	html := write(t, results(t), Options{})
	unsure := strings.Index(html, "<h3>Numbers are less certain than they look</h3>")
	left := strings.Index(html, "<h3>Something is left out</h3>")
	if unsure < 0 || left < unsure || strings.Contains(html, "<h3>Numbers may be wrong</h3>") {
		t.Errorf("unsure at %d, left out at %d", unsure, left)
	}
	for text, after := range map[string]int{"a minimum is optimistic": unsure, "1 of 30 models have no error and are left out": left, "1 of 30 models diverged and count": left} {
		if i := strings.LastIndex(html, text); i < after || after == unsure && i > left {
			t.Errorf("%q is at %d", text, i)
		}
	}
	brief, _, _ := strings.Cut(html, "</header>")
	for _, want := range []string{"What cannot be said</dt><dd>", "a minimum is optimistic", "59 models with an outcome."} {
		if !strings.Contains(brief, want) {
			t.Errorf("no %q at the top", want)
		}
	}
	if strings.Contains(brief, "are left out") {
		t.Error("what is left out is said at the top")
	}
}
