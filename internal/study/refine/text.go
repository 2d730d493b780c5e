package refine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strconv"

	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/study/analysis"
	"designspace/space"
)

// WriteText writes what the bootstrap found as a table.
func (s *Suggestion) WriteText(w io.Writer) error {
	var rows [][]string
	for _, e := range s.Parameters {
		best := fmt.Sprintf("%s..%s", format.Number(e.Lo), format.Number(e.Hi))
		child := e.Child
		if child == "" {
			child = "-"
		}
		rows = append(rows, []string{e.Name, e.Parent, best, cmp.Or(e.MayBeBest, "-"), child, fmt.Sprintf("%d of %d", e.Left, e.Values), strconv.Itoa(e.Models), fmt.Sprintf("%.3f", e.Mass)})
	}
	fmt.Fprintf(w, "%d models, %d a round; %d carry 95 %% of the mass, as much as %.1f of equal mass\n", s.Models, s.Draws, s.Best, s.Effective)
	err := format.Table(w, []string{"parameter", "parent", "values of the best models", "may be best in mean", "child", "values left", "models left", "mass left"}, rows)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "all ranges together hold %d models with %.3f of the mass\n\n", s.JointModels, s.JointMass)
	for _, name := range []string{"values of the best models", "may be best in mean"} {
		text, unknown := analysis.Explain(name)
		fmt.Fprintf(w, "%s: %s\n", name, text)
		err = cmp.Or(err, unknown)
	}
	return err
}

// WriteText writes the comparison as a table.
func (v *Preview) WriteText(w io.Writer) error {
	var rows [][]string
	for _, s := range []edf.Summary{v.ParentSummary, v.ChildSummary} {
		rows = append(rows, []string{
			s.Name, strconv.Itoa(s.N), format.Number(s.EffectiveN),
			s.Mean.String(), s.Median.String(), format.Percent(s.Max),
		})
	}
	err := format.Table(w, []string{"error (%)", "n", "effective n", "mean [95 %]", "median [95 %]", "max"}, rows)
	if err == nil && v.CrossFit != nil {
		_, err = fmt.Fprintf(w, "\n%v\n", v.CrossFit)
	}
	return err
}

// WriteSizes writes how large parent and child are.
func (r *Refinement) WriteSizes(w io.Writer) error {
	var rows [][]string
	for _, s := range []*space.Space{r.Parent, r.Child} {
		settings, dimensions, _ := s.Size()
		rows = append(rows, []string{s.Name, strconv.Itoa(dimensions), settings.String()})
	}
	if err := format.Table(w, []string{"space", "dimensions", "settings"}, rows); err != nil {
		return err
	}
	before := ""
	if r.Text.Limits != nil {
		before = ", which are counted before its limits reject any"
	}
	_, err := fmt.Fprintf(w, "the child has %s %% of the parent's settings%s\n", format.Number(100*r.share()), before)
	return err
}

// share returns the settings of the child over those of the parent.
func (r *Refinement) share() float64 {
	parent, _, _ := r.Parent.Size()
	child, _, _ := r.Child.Size()
	x, _ := new(big.Rat).SetFrac(child, parent).Float64()
	return x
}

// A sizeView is the size of a space in JSON.
type sizeView struct {
	Name       string `json:"name"`
	Dimensions int    `json:"dimensions"`
	Settings   string `json:"settings"` // may exceed what numbers of JSON hold
}

func sizeOf(s *space.Space) sizeView {
	settings, dimensions, _ := s.Size()
	return sizeView{s.Name, dimensions, settings.String()}
}

// MarshalJSON writes one object; what there is not is null.
func (r *Refinement) MarshalJSON() ([]byte, error) {
	v := struct {
		Name     string       `json:"name"`
		Extends  string       `json:"extends"`
		YAML     string       `json:"yaml"`
		Parent   sizeView     `json:"parent"`
		Child    sizeView     `json:"child"`
		Share    float64      `json:"settings_share"`
		Suggest  *Suggestion  `json:"suggestion"`
		Models   *edf.Summary `json:"models"`
		Inside   *edf.Summary `json:"inside"`
		CrossFit *CrossFit    `json:"cross_fit"`
		Warnings []string     `json:"warnings"`
	}{
		r.Text.Name, r.Text.Extends, string(r.Text.Marshal()), sizeOf(r.Parent), sizeOf(r.Child), r.share(),
		r.Suggestion, nil, nil, nil, append([]string{}, r.Warnings...),
	}
	if r.Preview != nil {
		v.Models, v.Inside = &r.Preview.ParentSummary, &r.Preview.ChildSummary
		v.CrossFit = r.Preview.CrossFit
	}
	return json.Marshal(v)
}
