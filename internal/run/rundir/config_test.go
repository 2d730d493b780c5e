package rundir

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/space"
	"designspace/trainer"
)

func sample() Sample {
	return Sample{
		Version: "devel", N: 8, Seed: 1<<64 - 1, Flops: []space.Range{space.Between(1e6, 3e6), space.Between(3e6, 9e6)}, Windows: []space.Limit{limit("params", ":1M")},
		Spaces: []Space{{"proxy/anynetxa", "name: proxy/anynetxa\nparams: {}\n"}, {"mine", "name: mine\n"}},
		Input:  32, Classes: 10, Data: "cifar10:/data",
	}
}

func limit(property, text string) space.Limit {
	l, err := space.ParseLimit(property, text)
	if err != nil {
		panic(err)
	}
	return l
}

func train() Train {
	return Train{
		Version: "devel", Kernel: "generic", Data: Data{Source: "cifar10:/data", Name: "cifar10", Hash: "00ff", TrainImages: 1000, TestImages: 500},
		Recipe: trainer.Recipe{Epochs: 3, Batch: 64, LR: 0.1, WeightDecay: 5e-4},
	}
}

func TestConfigRoundTrip(t *testing.T) {
	d := Dir(t.TempDir())
	if err := Create(d, sample()); err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Config{Sample: sample()}, got); diff != "" {
		t.Error(diff)
	}
	if err := SetTrain(d, train()); err != nil {
		t.Fatal(err)
	}
	if got, err = ReadConfig(d); err != nil {
		t.Fatal(err)
	}
	want := Config{Sample: sample(), Train: new(train())}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if files := entriesOf(t, d); !cmp.Equal(files, []string{"run.yaml"}) {
		t.Errorf("files %q", files)
	}
}

func entriesOf(t *testing.T, d Dir) []string {
	t.Helper()
	list, err := os.ReadDir(string(d))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestConflicts(t *testing.T) {
	d := Dir(t.TempDir())
	if err := Create(d, sample()); err != nil {
		t.Fatal(err)
	}
	if err := SetTrain(d, train()); err != nil {
		t.Fatal(err)
	}
	other := "1.2"
	for _, c := range []struct {
		sample    func(*Sample)
		train     func(*Train)
		key       string
		has, want string
	}{
		{sample: func(s *Sample) { s.Version = other }, train: func(t *Train) { t.Version, t.Data.Source = other, other }},
		{sample: func(s *Sample) { s.N = 9 }, key: "models", has: "8", want: "9"},
		{sample: func(s *Sample) { s.Flops = nil }, key: "flops", has: "1M:3M, 3M:9M"},
		{sample: func(s *Sample) { s.Spaces[1].Definition = "x" }, key: "spaces.2.definition", has: "name: mine\n", want: "x"},
		{sample: func(s *Sample) { s.Spaces = s.Spaces[:1] }, key: "spaces.2.name", has: "mine"},
		{train: func(t *Train) { t.Kernel = "avx2" }, key: "kernel", has: "generic", want: "avx2"},
		{train: func(t *Train) { t.Data.ValImages = 5 }, key: "data.val_images", want: "5"},
		{train: func(t *Train) { t.Recipe.LR = 0.2 }, key: "recipe.lr", has: "0.1", want: "0.2"},
		{train: func(t *Train) { t.Data.Hash, t.Data.TrainImages = "other", 7 }, key: "data.train_images", has: strconv.Itoa(train().Data.TrainImages), want: "7"},
		{train: func(t *Train) { t.Data.Hash = "other" }, key: "data.hash", has: train().Data.Hash, want: "other"},
	} {
		s, tr := sample(), train()
		var err error
		if c.sample != nil {
			c.sample(&s)
			err = Create(d, s)
		}
		if err == nil && c.train != nil {
			c.train(&tr)
			err = SetTrain(d, tr)
		}
		if c.key == "" {
			if err != nil {
				t.Errorf("another version: %v", err)
			}
			continue
		}
		var conflict *Conflict
		if !errors.As(err, &conflict) {
			t.Errorf("%s: error %v is no conflict", c.key, err)
			continue
		}
		if diff := cmp.Diff(&Conflict{d.Config(), c.key, c.has, c.want}, conflict); diff != "" {
			t.Error(diff)
		}
	}
	if got, err := ReadConfig(d); err != nil || !cmp.Equal(got, Config{Sample: sample(), Train: new(train())}) {
		t.Errorf("run.yaml changed: %+v, %v", got, err)
	}
}

// Of many processes that train a run for the first time with different
// recipes, one decides and all others learn which.
func TestOneTrainerDecides(t *testing.T) {
	for range 20 {
		d := Dir(t.TempDir())
		if err := Create(d, sample()); err != nil {
			t.Fatal(err)
		}
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				tr := train()
				tr.Recipe.Epochs = i + 1
				errs[i] = SetTrain(d, tr)
			})
		}
		wg.Wait()
		c, err := ReadConfig(d)
		if err != nil || c.Train == nil {
			t.Fatalf("%+v, %v", c, err)
		}
		for i, err := range errs {
			var conflict *Conflict
			switch {
			case i+1 == c.Train.Recipe.Epochs && err != nil:
				t.Errorf("the one that decided: %v", err)
			case i+1 != c.Train.Recipe.Epochs && !errors.As(err, &conflict):
				t.Errorf("another one: %v", err)
			}
		}
	}
}

// Of many processes that choose models for a run at once, one decides how many,
// which all learn.
func TestOneChoiceDecides(t *testing.T) {
	for range 20 {
		d := Dir(t.TempDir())
		if err := Create(d, sample()); err != nil {
			t.Fatal(err)
		}
		learned := make([]Config, 8)
		var wg sync.WaitGroup
		for i := range learned {
			wg.Go(func() {
				var err error
				if learned[i], err = SetBest(d, i+1); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		c, err := ReadConfig(d)
		if err != nil || c.Sample.Best == 0 || exists(d.join(firstFile)) {
			t.Fatalf("%+v, %v", c, err)
		}
		for i, l := range learned {
			if l.Sample.Best != c.Sample.Best {
				t.Errorf("%d learned of %d, and the run has %d", i, l.Sample.Best, c.Sample.Best)
			}
		}
	}
}

// A process that died before its part was in run.yaml has decided all the same.
func TestDeadTrainerDecides(t *testing.T) {
	d := Dir(t.TempDir())
	if err := Create(d, sample()); err != nil {
		t.Fatal(err)
	}
	dead := train()
	dead.Kernel = "avx2"
	var b bytes.Buffer
	if err := writeConfig(Config{Train: &dead})(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.join(".train.yaml"), b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	var conflict *Conflict
	if err := SetTrain(d, train()); !errors.As(err, &conflict) || conflict.Has != "avx2" {
		t.Errorf("error %v", err)
	}
	if c, err := ReadConfig(d); err != nil || c.Train.Kernel != "avx2" {
		t.Errorf("%+v, %v", c.Train, err)
	}
	if c, err := SetBest(d, 3); err != nil || c.Train == nil || c.Sample.Best != 0 {
		t.Errorf("models were chosen for a run in training: %+v, %v", c, err)
	}
}

func TestReadConfigErrors(t *testing.T) {
	d := Dir(t.TempDir())
	if _, err := ReadConfig(d); err == nil || !strings.Contains(err.Error(), "no run here") {
		t.Errorf("error %v", err)
	}
	for text, want := range map[string]string{
		"":                                "run.yaml: ",
		"sample: {models: 1, sapces: []}": `run.yaml:1: sample: unknown key "sapces"`,
		"sample: {models: 1}":             "run.yaml: sample: spaces or models is missing",
		"sample: {models: many}":          "run.yaml:1: sample.models: wants a whole number",
		"sample: {models: 1}\nsample: {models: 2}": `run.yaml:2: key "sample" stands already in line 1`,
	} {
		if _, err := parseConfig("run.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

// Whatever the bytes, run.yaml is read or its mistake is placed in one line;
// what is read is written and read again without loss.
func FuzzConfig(f *testing.F) {
	for _, c := range []Config{{Sample: sample()}, {Sample: sample(), Train: new(train())}} {
		var b bytes.Buffer
		if err := writeConfig(c)(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte("sample: {models: 1, spaces: [{name: a}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseConfig("run.yaml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "run.yaml:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		var b bytes.Buffer
		if err := writeConfig(c)(&b); err != nil {
			t.Fatal(err)
		}
		again, err := parseConfig("run.yaml", b.Bytes())
		if err != nil {
			t.Fatalf("%v in %s", err, b.Bytes())
		}
		if err := Compare("run.yaml", c, again); err != nil {
			t.Error(err)
		}
	})
}
