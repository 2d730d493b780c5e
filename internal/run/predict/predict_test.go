package predict

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"designspace/internal/table"
)

func load(t *testing.T) *Predictor {
	t.Helper()
	p, err := Load(Builtin)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func close(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Max(1e-3, math.Abs(want))
}

// numpy finds the same from the rows; testdata/ridge.py says how.
func TestBuiltinAgainstNumpy(t *testing.T) {
	data, err := os.ReadFile("testdata/ridge.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Lambda  float64
		R2      map[string]float64
		Weights []float64
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	p := load(t)
	if !close(p.Lambda, want.Lambda, 1e-6) {
		t.Errorf("λ = %v, want %v", p.Lambda, want.Lambda)
	}
	if len(p.Spaces) != len(want.R2) {
		t.Errorf("%d spaces, want %d", len(p.Spaces), len(want.R2))
	}
	for i, r2 := range p.R2() {
		if !close(r2, want.R2[p.Spaces[i].Name], 1e-4) {
			t.Errorf("%s: R² = %v, want %v", p.Spaces[i].Name, r2, want.R2[p.Spaces[i].Name])
		}
	}
	w, err := p.Without()
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range w.Features {
		if !close(x, want.Weights[i], 1e-4) {
			t.Errorf("%s: weight %v, want %v", p.Names[i], x, want.Weights[i])
		}
	}
}

// The committed file is the fit to the tables that it names.
func TestBuiltinIsTheFit(t *testing.T) {
	p := load(t)
	var tables []Table
	for _, name := range p.Tables {
		f, err := table.ReadFile("../../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, Table{f, name})
	}
	again, err := Fit(tables)
	if err != nil {
		t.Fatal(err)
	}
	if again.Lambda != p.Lambda || len(again.Spaces) != len(p.Spaces) {
		t.Fatalf("λ %v of %d spaces, committed %v of %d", again.Lambda, len(again.Spaces), p.Lambda, len(p.Spaces))
	}
	for k, s := range p.Spaces {
		a := again.Spaces[k]
		scale := slices.Max(s.Gram)
		same := a.Name == s.Name && a.Models == s.Models && close(a.Error, s.Error, 1e-7) && close(a.Square, s.Square, 1e-7)
		for i := range s.Gram {
			same = same && math.Abs(a.Gram[i]-s.Gram[i]) <= 1e-7*scale
		}
		if !same {
			t.Errorf("%s is not what its tables say: fit it again", s.Name)
		}
	}
}

const models = `id,space,budget,status,error,flops,params,acts,depth,width,d1,d2,d3,d4,w1,w2,w3,w4,b1,b2,b3,b4,g1,g2,g3,g4,e_fit
m1,a,,done,60,500000,1000,3000,5,16,1,1,1,2,8,16,16,32,2,2,2,2,4,8,8,16,0.1
m2,a,,done,50,500000,2000,4000,9,16,1,4,2,2,8,8,16,32,,,,,,,,,
`

func read1(t *testing.T, text string) *table.Table {
	t.Helper()
	tab, err := table.Read("models.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestFeatures(t *testing.T) {
	all, err := Of(read1(t, models))
	if err != nil {
		t.Fatal(err)
	}
	names := Features()
	for _, c := range []struct {
		model int
		name  string
		want  float64
	}{
		{0, "depth", 5}, {0, "log flops", math.Log(5e5)}, {0, "distance from a quantised line (e_fit)", 0.1},
		{0, "log most depth", math.Log(2)}, {0, "log least width", math.Log(8)}, {0, "log bottleneck ratio 3", math.Log(2)},
		{0, "log least inner width", math.Log(4)}, {0, "log most groups", 0}, {0, "log width 5", 0},
		{0, "log width 4 : width 1", math.Log(4)}, {0, "log depth 4 : depth 1", math.Log(2)},
		{1, "distance from a quantised line (e_fit)", 0}, {1, "log group width 1", math.Log(8)}, {1, "log group width 5", 0}, {1, "log bottleneck ratio 2", 0}, {1, "log most groups", 0},
		{1, "log most inner width", math.Log(32)}, {1, "log least bottleneck ratio", 0},
	} {
		i := slices.Index(names, c.name)
		if i < 0 || math.Abs(all[c.model][i]-c.want) > 1e-15*math.Abs(c.want)+1e-15 {
			t.Errorf("model %d: %s (%d) = %v, want %v", c.model, c.name, i, all[c.model], c.want)
		}
	}
	for _, text := range []string{"id,flops\nm1,3\n", strings.ReplaceAll(models, "acts", "other"), strings.ReplaceAll(models, "500000", "many")} {
		if _, err := Of(read1(t, text)); err == nil {
			t.Errorf("no error for %.30q", text)
		}
	}
}

// The digest was computed on amd64; arm64 must give the same:
//
//	GOARCH=arm64 go test -exec qemu-aarch64-static ./internal/run/predict
func TestPredictionsAreTheSameEverywhere(t *testing.T) {
	const want = "6384c70efbf8f41d"
	tab, err := table.ReadFile("../../../experiments/results/cifar/2026-11-24/anynetxa-500K-600K-n400.csv")
	if err != nil {
		t.Fatal(err)
	}
	all, err := Of(tab)
	if err != nil {
		t.Fatal(err)
	}
	w, err := load(t).Without("proxy/anynetxa", "proxy/regnetx")
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, x := range all {
		fmt.Fprintln(h, Digest(x), w.Predict(x))
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != want {
		t.Errorf("digest of the predictions = %s, want %s", got, want)
	}
}

// A prediction for a space holds nothing of its errors.
func TestWithoutASpace(t *testing.T) {
	p := load(t)
	before, err := p.Without("proxy/anynetxa", "proxy/regnetx")
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Spaces {
		if s := &p.Spaces[i]; s.Name == "proxy/anynetxa" || s.Name == "proxy/regnetx" {
			s.Error, s.Square = 1e6, 1e6
			for k := range s.Products {
				s.Products[k] = -1e6 * float64(k)
			}
		}
	}
	after, err := p.Without("proxy/anynetxa", "proxy/regnetx")
	if err != nil || !slices.Equal(before.Features, after.Features) || before.Intercept != after.Intercept {
		t.Errorf("the weights depend on what is left out: %v, %v, %v", before, after, err)
	}
}

func TestFileIsReadBack(t *testing.T) {
	tab := read1(t, models)
	p, err := Fit([]Table{{tab, "models.csv"}})
	if err != nil {
		t.Fatal(err)
	}
	file := t.TempDir() + "/p.json"
	if err := os.WriteFile(file, p.Marshal(), 0o666); err != nil {
		t.Fatal(err)
	}
	q, err := Load(file)
	if err != nil || q.Hash() != p.Hash() {
		t.Errorf("hash %s after %s, %v", q.Hash(), p.Hash(), err)
	}
	if r2 := q.R2(); len(r2) != 1 || !math.IsNaN(r2[0]) {
		t.Errorf("R² of the only space: %v", r2)
	}
	if _, err := q.Without("a"); err == nil {
		t.Error("a fit to nothing")
	}
	if _, err := Fit([]Table{{read1(t, "id,error,flops,params,acts,depth,width,d1,w1\nm,3,1,1,1,1,1,1,1\n"), "one.csv"}}); err == nil {
		t.Error("a fit to one model")
	}
}

func TestNoPredictor(t *testing.T) {
	good := string(load(t).Marshal())
	for _, text := range []string{
		"", "[]", "{}",
		strings.Replace(good, `"lambda":`, `"lambda":-`, 1),
		strings.Replace(good, `log flops`, `log macs`, 1),
		strings.Replace(good, `"gram":[`, `"gram":[1,`, 1),
		good[:len(good)/2],
	} {
		file := t.TempDir() + "/p.json"
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if _, err := Load("nowhere.json"); err == nil {
		t.Error("no error for a file that is not there")
	}
	// Sums that are of no models.
	p := load(t)
	for i := range p.Spaces {
		for k := range p.Spaces[i].Gram {
			p.Spaces[i].Gram[k] = 1e9
		}
	}
	p.Spaces[0].Gram[1] = -1e15
	if _, err := p.Without(); err == nil {
		t.Error("no error for sums that are of no models")
	}
}
