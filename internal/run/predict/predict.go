// Package predict predicts the errors of models from their architecture alone,
// before any is trained: a ridge regression on logarithms of complexity, depths,
// widths, bottleneck ratios and group widths, fitted to the results of other
// spaces and then frozen.
//
// A prediction is of use only in an estimate that is right without it, as
// [edf.AdjustedMean] is, and must hold nothing of the errors that it is used
// with. So a [Predictor] keeps what a fit needs apart by space, and
// [Predictor.Without] leaves out those that are studied.
package predict

import (
	"bytes"
	"crypto/sha256"
	"designspace/internal/bounded"
	_ "embed" // of the built-in predictor
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A Predictor is the results that predictions are fitted to, summed up by space.
type Predictor struct {
	Lambda float64  `json:"lambda"` // penalty on the squares of the weights of standardised features
	Names  []string `json:"features"`
	Tables []string `json:"tables"` // that it was fitted to
	Spaces []Space  `json:"spaces"`
}

// A Space is the models of a design space, in one or more populations. Sums are of
// products of deviations from the means of the model's own population, so that
// only differences within populations count.
type Space struct {
	Name     string    `json:"name"`
	Models   int       `json:"models"`
	Error    float64   `json:"error"`    // mean, in percent
	Means    []float64 `json:"means"`    // of the features
	Square   float64   `json:"square"`   // of errors with themselves
	Products []float64 `json:"products"` // of each feature with errors
	Gram     []float64 `json:"gram"`     // of features: the lower triangle, by rows
}

//go:embed builtin.json
var builtin []byte

// Builtin names the predictor of the program.
const Builtin = "built-in"

// Load reads the predictor of a file, or the built-in one.
func Load(name string) (*Predictor, error) {
	data := builtin
	if name != Builtin {
		var err error
		if data, err = bounded.ReadFile(name, 64<<20); err != nil {
			return nil, err
		}
	}
	p, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

func read(data []byte) (*Predictor, error) {
	var p Predictor
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("no predictor: %w: make one with designspace predict fit", err)
	}
	n := len(Features())
	if !slices.Equal(p.Names, Features()) {
		return nil, errors.New("its features are not those of this version: fit it again with designspace predict fit")
	}
	if len(p.Spaces) == 0 || !(p.Lambda > 0) {
		return nil, errors.New("no predictor: it has no spaces, or no lambda above 0: make one with designspace predict fit")
	}
	for _, s := range p.Spaces {
		if s.Models < 2 || len(s.Means) != n || len(s.Products) != n || len(s.Gram) != n*(n+1)/2 {
			return nil, fmt.Errorf("space %s has not %d features: fit it again with designspace predict fit", s.Name, n)
		}
	}
	return &p, nil
}

// Marshal returns the file of the predictor, a line a space.
func (p *Predictor) Marshal() []byte {
	data, _ := json.Marshal(p) // of finite numbers and names
	for _, at := range []string{`"features"`, `"tables"`, `"spaces"`, `{"name"`} {
		data = bytes.ReplaceAll(data, []byte(at), []byte("\n"+at))
	}
	return append(data, '\n')
}

// Write writes the file of the predictor.
func (p *Predictor) Write(w io.Writer) error {
	_, err := w.Write(p.Marshal())
	return err
}

// Hash names the predictor by what is in it.
func (p *Predictor) Hash() string { return fmt.Sprintf("%x", sha256.Sum256(p.Marshal()))[:16] }

// Weights predict errors.
type Weights struct {
	Intercept float64   // percent
	Features  []float64 // percent for one unit of each feature
	// Scaled are percent for a standard deviation of each feature within
	// populations.
	Scaled []float64
}

// Without fits the weights to the spaces but those named. It fails where none is
// left.
func (p *Predictor) Without(spaces ...string) (Weights, error) {
	total := Space{Means: make([]float64, len(p.Names)), Products: make([]float64, len(p.Names)), Gram: make([]float64, len(p.Names)*(len(p.Names)+1)/2)}
	for _, s := range p.Spaces {
		if !slices.Contains(spaces, s.Name) {
			total.add(s)
		}
	}
	if total.Models == 0 {
		return Weights{}, fmt.Errorf("predictor: it was fitted to no space but %s: fit one to others with designspace predict fit", strings.Join(spaces, ", "))
	}
	return total.ridge(p.Lambda)
}

// add adds the models of another space; means are weighted by models.
func (s *Space) add(o Space) {
	s.Models += o.Models
	share := float64(o.Models) / float64(s.Models)
	s.Error += share * (o.Error - s.Error)
	s.Square += o.Square
	for i := range s.Means {
		s.Means[i] += share * (o.Means[i] - s.Means[i])
	}
	floats.Add(s.Products, o.Products)
	floats.Add(s.Gram, o.Gram)
}

// ridge minimises the squares of residuals and λ times those of the weights of
// features in standard deviations. A feature that does not vary has weight 0.
func (s *Space) ridge(lambda float64) (Weights, error) {
	n := len(s.Means)
	sd := make([]float64, n)
	for i := range sd {
		sd[i] = math.Sqrt(s.gram(i, i) / float64(s.Models))
	}
	a, b := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		for j := range i {
			if sd[i] > 0 && sd[j] > 0 {
				a.SetSym(i, j, s.gram(i, j)/sd[i]/sd[j])
			}
		}
		a.SetSym(i, i, lambda)
		if sd[i] > 0 {
			a.SetSym(i, i, float64(s.Models)+lambda)
			b.SetVec(i, s.Products[i]/sd[i])
		}
	}
	var c mat.Cholesky
	var x mat.VecDense
	if !c.Factorize(a) || c.SolveVecTo(&x, b) != nil {
		return Weights{}, errors.New("predictor: the sums of its spaces are no sums of squares: fit it again with designspace predict fit")
	}
	w := Weights{Features: make([]float64, n), Scaled: make([]float64, n), Intercept: s.Error}
	for i := range n {
		w.Scaled[i] = rounded(x.AtVec(i))
		if sd[i] > 0 {
			w.Features[i] = rounded(x.AtVec(i) / sd[i])
		}
		w.Intercept -= w.Features[i] * s.Means[i]
	}
	w.Intercept = rounded(w.Intercept)
	return w, nil
}

func (s *Space) gram(i, j int) float64 { return s.Gram[i*(i+1)/2+j] }

// rounded keeps 9 digits, which takes away what differs between processors.
func rounded(x float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 8, 64), 64)
	return r
}

// Predict returns the error of a model with such features, in percent, rounded
// to a ten-thousandth. Only differences between models of one population mean
// something: the level is that of the results of the fit.
func (w Weights) Predict(features []float64) float64 {
	sum := w.Intercept
	for i, x := range features {
		sum += float64(w.Features[i] * x) // not fused, so that all processors agree
	}
	return math.Round(sum*1e4) / 1e4
}

// R2 returns the share of the variance within the populations of each space that
// a fit without it predicts: the squared correlation.
func (p *Predictor) R2() []float64 {
	all := make([]float64, len(p.Spaces))
	for k, s := range p.Spaces {
		w, err := p.Without(s.Name)
		if err != nil {
			all[k] = math.NaN() // nothing to fit to
			continue
		}
		var square float64
		for i, u := range w.Features {
			for j, v := range w.Features {
				square += u * v * s.gram(max(i, j), min(i, j))
			}
		}
		product := floats.Dot(w.Features, s.Products)
		all[k] = product * product / (square * s.Square)
	}
	return all
}
