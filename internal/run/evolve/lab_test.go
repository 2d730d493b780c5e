package evolve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

// small is an evolution of a minute's work.
func small(t *testing.T, dir string) *Directory {
	t.Helper()
	recipe, err := trainer.Preset("quick")
	if err != nil {
		t.Fatal(err)
	}
	recipe.Epochs, recipe.EvalEvery = 1, 0
	def, err := Define("proxy/anynetxa")
	if err != nil {
		t.Fatal(err)
	}
	other, err := Define("proxy/regnetx")
	if err != nil {
		t.Fatal(err)
	}
	s := Setup{
		Version: "test", Space: def, Against: []rundir.Space{other}, Flops: space.Between(30e3, 90e3),
		Options: Options{Rounds: 2, Proposals: 2, Explore: 20, Max: 12, Best: 1, Margin: 1, Seed: 3},
		Closing: Closing{Final: 4, Search: 4, Confirm: 1, Seeds: 1},
		Data:    "synthetic", Input: 8, Train: 40, Val: 30, Test: 50, Recipe: recipe,
	}
	if err := s.Images(""); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(dir); err != nil {
		t.Fatal(err)
	}
	return &Directory{Setup: s, Dir: dir, Version: "test", Log: io.Discard}
}

// outcome is lineage.json without what the clock says.
func outcome(t *testing.T, d *Directory) string {
	t.Helper()
	text, err := os.ReadFile(d.JSON())
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`"train_seconds": [0-9.e+-]+`).ReplaceAllString(string(text), `"train_seconds": 0`)
}

func finish(t *testing.T, d *Directory) *Lineage {
	t.Helper()
	l, err := d.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Save(l); err != nil {
		t.Fatal(err)
	}
	return l
}

// An evolution that is interrupted again and again, with any number of workers,
// comes to what an undisturbed one does; and one that is done is not trained again.
func TestDirectory(t *testing.T) {
	d := small(t, t.TempDir())
	d.Workers = 1
	l := finish(t, d)
	want := outcome(t, d)
	if l.End == nil || len(l.End.Spaces) < 2 || len(l.End.Winners) == 0 || len(l.End.Comparisons) == 0 {
		t.Fatalf("%+v", l.End)
	}
	if finish(t, d); outcome(t, d) != want {
		t.Error(cmp.Diff(want, outcome(t, d)))
	}

	again := small(t, t.TempDir())
	again.Workers = 2
	interruptions := 0
	for {
		ctx, cancel := context.WithCancel(t.Context())
		again.Log = &after{lines: 3 + interruptions%4, f: cancel}
		_, err := again.Run(ctx)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		interruptions++
	}
	again.Log = io.Discard
	if finish(t, again); outcome(t, again) != want {
		t.Error(cmp.Diff(want, outcome(t, again)))
	}
	if interruptions < 3 {
		t.Errorf("%d interruptions: the test shows little", interruptions)
	}
}

// after calls f when so many lines were written.
type after struct {
	lines int
	f     func()
}

func (a *after) Write(b []byte) (int, error) {
	a.lines -= bytes.Count(b, []byte("\n"))
	if a.lines <= 0 {
		a.f()
	}
	return len(b), nil
}

// No run of a round looks at a test image, those of the end do, and a search is
// repeated to the bit when its winner is tested.
func TestTestImagesAreUntouched(t *testing.T) {
	d := small(t, t.TempDir())
	l := finish(t, d)
	touched := map[string]bool{"final": true, "winners": true}
	runs := 0
	err := filepath.WalkDir(d.Dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.Name() != "run.yaml" {
			return err
		}
		runs++
		dir := rundir.Dir(filepath.Dir(path))
		c, err := rundir.ReadConfig(dir)
		if err != nil {
			return err
		}
		j, err := rundir.ReadJournal(dir)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(d.Dir, string(dir))
		images := c.Train.Data.TestImages
		if touched[name] != (images == 50) || !touched[name] && (images != 0 || !c.Train.Data.NoTest) {
			t.Errorf("%s: %d test images", name, images)
		}
		for _, o := range j.Records {
			if tested := o.ErrorTest == o.ErrorTest; tested != touched[name] {
				t.Errorf("%s: model %s has the test error %v", name, o.ID, o.ErrorTest)
			}
		}
		return nil
	})
	if err != nil || runs < 5 {
		t.Fatalf("%d runs, error %v", runs, err)
	}
	j, err := rundir.ReadJournal(rundir.Dir(filepath.Join(d.Dir, "winners")))
	if err != nil {
		t.Fatal(err)
	}
	w := l.End.Winners[len(l.End.Winners)-1]
	found := false
	for _, o := range j.Records {
		found = found || o.Repeat == 0 && o.Error == w.Found
	}
	if !found {
		t.Errorf("no winner has the error %v with which it was found", w.Found)
	}
	if w.Cost.Models < d.Search || w.Trainings != 1+d.Seeds {
		t.Errorf("%+v", w)
	}
}

// An extension that a kill left half done is completed.
func TestExtensionIsCompleted(t *testing.T) {
	d := small(t, t.TempDir())
	d.Final, d.Max = 0, 40 // with a second look, unless it is plain at the first
	finish(t, d)
	want := outcome(t, d)
	judged, err := filepath.Glob(filepath.Join(d.Dir, "round-*", "judge-*"))
	if err != nil {
		t.Fatal(err)
	}
	shortened := 0
	for _, dir := range judged {
		c, err := rundir.ReadConfig(rundir.Dir(dir))
		if err != nil {
			t.Fatal(err)
		}
		if first := d.looks()[0]; c.Sample.N > first { // models.csv is written before run.yaml
			shortened++
			if err := rundir.SetModels(rundir.Dir(dir), first); err != nil {
				t.Fatal(err)
			}
		}
	}
	if finish(t, d); outcome(t, d) != want || shortened == 0 {
		t.Errorf("%d shortened: %s", shortened, cmp.Diff(want, outcome(t, d)))
	}
}

// What is changed by hand is found.
func TestDirectoryRefuses(t *testing.T) {
	d := small(t, t.TempDir())
	l := finish(t, d)
	if err := d.Setup.Start(d.Dir); err != nil {
		t.Error(err)
	}
	other := d.Setup
	other.Margin = 2
	var conflict *rundir.Conflict
	if err := other.Start(d.Dir); !errors.As(err, &conflict) || conflict.Key != "margin" || conflict.Has != "1" {
		t.Errorf("error %v", err)
	}
	run := t.TempDir()
	if err := rundir.Create(rundir.Dir(run), rundir.Sample{N: 1}); err != nil {
		t.Fatal(err)
	}
	if err := d.Setup.Start(run); err == nil || !strings.Contains(err.Error(), "it is a run") {
		t.Errorf("error %v", err)
	}
	d.Final = 0
	file := filepath.Join(d.SpacesDir(), l.Spaces[1].File)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "# mine\n"...), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), file+": it is not what this evolution proposes") {
		t.Errorf("error %v", err)
	}
	setup := filepath.Join(d.Dir, setupFile)
	if err := os.WriteFile(setup, []byte("rounds: 0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSetup(d.Dir); err == nil || !strings.HasPrefix(err.Error(), setup+": ") {
		t.Errorf("error %v", err)
	}
	if s, err := ReadSetup(t.TempDir()); s != nil || err != nil {
		t.Errorf("%v, error %v", s, err)
	}
}

// What was not right in the first command can be put right, as long as no model
// was drawn.
func TestStartAgain(t *testing.T) {
	d := small(t, t.TempDir())
	wrong := d.Setup
	wrong.Flops = space.Between(1, 2)
	dir := t.TempDir()
	if err := wrong.Start(dir); err != nil {
		t.Fatal(err)
	}
	if l, err := (&Directory{Setup: wrong, Dir: dir, Log: io.Discard}).Run(t.Context()); err == nil || l.Stop != "" {
		t.Fatalf("%+v, error %v", l, err)
	}
	if err := d.Setup.Start(dir); err != nil {
		t.Fatal(err)
	}
	if has, err := ReadSetup(dir); err != nil || !cmp.Equal(has.Flops, d.Flops) {
		t.Errorf("%+v, error %v", has, err)
	}
}

// What would fail at the end only is refused before anything is trained.
func TestStartRefuses(t *testing.T) {
	d := small(t, t.TempDir())
	regnet := d.Against[0]
	for _, name := range []string{"proxy/anynetxa", "proxy-anynetxa", "anynetxa-2b", "proxy/regnetx", "best-of-random-search"} {
		s := d.Setup
		s.Against = []rundir.Space{regnet, {Name: name, Definition: regnet.Definition}}
		dir := filepath.Join(t.TempDir(), "evolved")
		if err := s.Start(dir); err == nil || !strings.HasPrefix(err.Error(), "space "+name+": ") {
			t.Errorf("%s: error %v", name, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: something was written", name)
		}
	}
	d.Against = []rundir.Space{regnet, {Name: "anynetxa-wide", Definition: regnet.Definition}, {Name: "anynetxb-2b", Definition: regnet.Definition}}
	if err := d.Setup.Start(t.TempDir()); err != nil {
		t.Error(err)
	}
}

// A space with too few models for the end loses no round.
func TestEndTooLarge(t *testing.T) {
	d := small(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "few.yaml")
	if err := os.WriteFile(file, []byte("name: few\nextends: proxy/anynetxa\nparams: {d: 1, b: 1, g: [1, 2], w: {max: 16}}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	def, err := Define(file)
	if err != nil {
		t.Fatal(err)
	}
	d.Setup.Space, d.Against, d.Flops, d.Search = def, nil, space.Between(1, 1e9), 5000
	l, err := d.Run(t.Context())
	if !errors.As(err, new(*Scarce)) || l.Stop == "" || l.End == nil || len(l.End.Spaces) == 0 || l.End.Winners != nil {
		t.Fatalf("%+v, error %v", l, err)
	}
	if err := d.Save(l); err != nil {
		t.Error(err)
	}
}

// A space of a file is kept by what it says, wherever its parents lie.
func TestSpaceOfAFile(t *testing.T) {
	d := small(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, []byte("name: my space\nextends: proxy/anynetxa\nparams: {w: {max: 64}}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	def, err := Define(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.spaceOf(def)
	if err != nil || s.File != "my-space.yaml" || s.Text != def.Definition {
		t.Fatalf("%+v, error %v", s, err)
	}
	d.Setup.Space, d.Final, d.Explore, d.Seed, d.Against = def, 0, 40, 1, nil
	l := finish(t, d)
	if len(l.Spaces) < 2 || !strings.Contains(l.Spaces[1].Text, "my-space.yaml") {
		t.Fatalf("%+v", l.Spaces)
	}
	child, err := space.Load(filepath.Join(d.SpacesDir(), l.Spaces[1].File))
	if err != nil || child.Parent != "my space" {
		t.Errorf("%+v, error %v", child, err)
	}
}

// The tables and the page tell what the lineage does.
func TestSave(t *testing.T) {
	d := small(t, t.TempDir())
	l := finish(t, d)
	table, err := os.ReadFile(d.CSV())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(table), "\n"); n != 1+len(l.Spaces) {
		t.Errorf("%d lines for %d spaces", n, len(l.Spaces))
	}
	var back map[string]any
	text, err := os.ReadFile(d.JSON())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &back); err != nil || len(back["spaces"].([]any)) != len(l.Spaces) {
		t.Errorf("error %v", err)
	}
	page, err := os.ReadFile(d.Page())
	if err != nil {
		t.Fatal(err)
	}
	var words bytes.Buffer
	if err := l.WriteText(&words); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{l.Answer(), l.Stop, l.Spaces[1].Name, l.Spaces[1].Judgement.Sentence, "random search in proxy/anynetxa", "<svg "} {
		if !strings.Contains(html.UnescapeString(string(page)), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, want := range []string{l.Stop, l.Spaces[1].Reason, l.Spaces[1].Judgement.Sentence, "random search in proxy/anynetxa"} {
		if !strings.Contains(words.String(), want) {
			t.Errorf("the text has no %q:\n%s", want, &words)
		}
	}
	for _, bad := range []string{"http://", "https://", "<script", "NaN"} {
		if strings.Contains(strings.ReplaceAll(string(page), "http://www.w3.org/2000/svg", ""), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}
