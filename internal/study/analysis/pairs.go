package analysis

import (
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/table"
)

// varied is the setting with the values of which every architecture was trained;
// "" if there is none, or several.
func (s *Study) varied() string {
	if !s.Has("condition") {
		return ""
	}
	cells, err := collect(s, "condition", "", (*table.Table).Strings)
	if err != nil {
		return ""
	}
	key := ""
	for _, c := range cells {
		k, _, _ := strings.Cut(c, "=")
		if k == "" || key != "" && k != key {
			return ""
		}
		key = k
	}
	return key
}

// conditions are the values of the setting that varies, one a row.
func (s *Study) conditions() ([]string, error) {
	cells, err := collect(s, "condition", "", (*table.Table).Strings)
	for i, c := range cells {
		_, cells[i], _ = strings.Cut(c, "=")
	}
	return cells, err
}

// A Pairing is the same architectures in two conditions.
type Pairing struct {
	A, B         string
	RowsA, RowsB []int     // with an error in both, pair by pair
	ErrorsA      []float64 // of these
	ErrorsB      []float64

	predicted, candidates []float64 // of the pairs, and of all candidates; nil: there are no predictions
}

// Pairing finds the architectures that two populations share, by the column pair.
func (s *Study) Pairing(a, b edf.Population) (Pairing, error) {
	p := Pairing{A: a.Name, B: b.Name}
	of, err := s.architectures()
	if len(of) == 0 || err != nil {
		return p, err
	}
	place := map[pairKey]int{} // in a, of those that are not paired yet
	for i, row := range a.Rows {
		if at, ok := of[row]; ok {
			place[at] = i
		}
	}
	for k, row := range b.Rows {
		if i, ok := place[of[row]]; ok {
			p.RowsA, p.RowsB = append(p.RowsA, a.Rows[i]), append(p.RowsB, row)
			p.ErrorsA, p.ErrorsB = append(p.ErrorsA, a.Errors[i]), append(p.ErrorsB, b.Errors[k])
			if a.Predicted != nil {
				p.predicted = append(p.predicted, a.Predicted[i])
			}
			delete(place, of[row])
		}
	}
	p.candidates = slices.Clone(a.Candidates)
	for _, i := range place { // failed in b
		if a.Predicted != nil {
			k := slices.Index(p.candidates, a.Predicted[i])
			p.candidates = slices.Delete(p.candidates, k, k+1)
		}
	}
	return p, nil
}

// A pairKey names an architecture that is in several conditions.
type pairKey struct {
	source *source
	pair   string
}

// architectures are the architectures of rows, by the column pair.
func (s *Study) architectures() (map[int]pairKey, error) {
	if !s.Has("pair") {
		return nil, nil
	}
	cells, err := s.Strings("pair")
	if err != nil {
		return nil, err
	}
	of := map[int]pairKey{}
	for row, pair := range cells {
		if pair != "" {
			src, _ := s.at(row)
			of[row] = pairKey{src, pair}
		}
	}
	return of, nil
}

// Compare compares the errors pair by pair.
func (p Pairing) Compare() (edf.Paired, error) { return edf.ComparePairs(p.ErrorsA, p.ErrorsB) }

// comparePairs judges the tests of conditions by the differences of the
// architectures that they share.
func (r *Result) comparePairs(s *Study) error {
	if !s.Has("pair") || s.options.Normalize != "" {
		return nil
	}
	var tests []*edf.Comparison
	var ps []float64
	var found []edf.Paired
	var adjusted []edf.Adjusted
	for i := range r.Tests {
		t := &r.Tests[i]
		pairing, err := s.Pairing(s.population(t.A), s.population(t.B))
		if err != nil {
			return err
		}
		if len(pairing.ErrorsA) < 2 {
			continue
		}
		p, err := pairing.Compare()
		if err != nil {
			return err
		}
		a, err := edf.AdjustPairs(p, pairing.predicted, pairing.candidates)
		if err != nil {
			return err
		}
		tests, found, adjusted, ps = append(tests, t), append(found, p), append(adjusted, a), append(ps, p.P())
	}
	for i, p := range edf.Holm(ps) {
		tests[i].Pair(found[i], p)
		tests[i].AdjustPair(adjusted[i])
	}
	return nil
}

// population returns the one of a name, which there is.
func (s *Study) population(name string) edf.Population {
	for _, p := range s.Populations {
		if p.Name == name {
			return p
		}
	}
	return edf.Population{Name: name}
}
