package space

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
)

// A distFile is a parameter's distribution in YAML. A number stands for one value, a
// list for equally likely values.
type distFile struct {
	Family Family    `yaml:"dist,omitempty"`
	Min    *decimal  `yaml:"min,omitempty"`
	Max    *decimal  `yaml:"max,omitempty"`
	Step   *decimal  `yaml:"step,omitempty"`   // 1 if left out
	Values []decimal `yaml:"values,omitempty"` // of dist values
	Within []decimal `yaml:"within,omitempty"` // low and high end of the part that is left of the distribution
	Equals string    `yaml:"equals,omitempty"` // another parameter, in place of a distribution
}

// readDist reads the YAML of a parameter.
func readDist(doc *strictyaml.Document) (distFile, error) {
	var f distFile
	var err error
	switch {
	case doc.IsMapping():
		err = doc.Decode(&f)
	default:
		var values strictyaml.List[decimal]
		err = doc.Decode(&values)
		f.Values = values
	}
	if err == nil && f.Values != nil && f.Family == "" {
		f.Family = Values
	}
	return f, err
}

// String returns the distribution as "log-uniform 8..1024 step 8".
func (f distFile) String() string {
	s := string(f.Family)
	if f.Family == Values {
		for _, v := range f.Values {
			s += " " + v.String()
		}
	} else {
		s += " " + f.Min.String() + ".." + f.Max.String()
	}
	if f.Step != nil {
		s += " step " + f.Step.String()
	}
	if f.Within != nil {
		s += " within " + f.Within[0].String() + ".." + f.Within[1].String()
	}
	return strings.TrimSpace(s)
}

// dist returns the distribution that f describes, which stands at doc.
func (f distFile) dist(doc *strictyaml.Document) (Distribution, error) {
	if !slices.Contains(families, string(f.Family)) {
		if f.Family == "" {
			return Distribution{}, doc.Errorf("dist is missing; known are %s", strings.Join(families, ", "))
		}
		return Distribution{}, doc.At("dist").Errorf("no distribution %q; %s", f.Family, suggest.Known(string(f.Family), families))
	}
	var dist Distribution
	var err error
	if f.Family == Values {
		dist, err = f.values(doc)
	} else {
		dist, err = f.ranged(doc)
	}
	if err != nil || f.Within == nil {
		return dist, err
	}
	if len(f.Within) != 2 || f.Within[0].float() > f.Within[1].float() {
		return Distribution{}, doc.At("within").Errorf("wants the low and the high end, as in [1, 2]")
	}
	if dist = dist.within(f.Within[0].float(), f.Within[1].float()); len(dist.Values) == 0 {
		return Distribution{}, doc.At("within").Errorf("no value of the distribution is within %v..%v", f.Within[0], f.Within[1])
	}
	return dist, nil
}

// values returns the distribution of listed values.
func (f distFile) values(doc *strictyaml.Document) (Distribution, error) {
	for _, key := range []string{"min", "max", "step"} {
		if doc.At(key).Exists() {
			return Distribution{}, doc.At(key).Errorf("a list of values has none; drop it")
		}
	}
	if len(f.Values) == 0 {
		return Distribution{}, doc.At("values").Errorf("is missing; list at least one value")
	}
	var dist Distribution
	for _, v := range f.Values {
		dist.add(v.float(), 1)
	}
	slices.Sort(dist.Values)
	for i := 1; i < len(dist.Values); i++ {
		if dist.Values[i] == dist.Values[i-1] {
			return Distribution{}, doc.Errorf("lists %v twice; keep one", dist.Values[i])
		}
	}
	return dist.normalised(), nil
}

// ranged returns a distribution on the multiples of a step.
func (f distFile) ranged(doc *strictyaml.Document) (Distribution, error) {
	if f.Values != nil {
		return Distribution{}, doc.At("values").Errorf("dist %s has no values; drop them, or write dist: values", f.Family)
	}
	l, err := f.lattice(doc)
	if err != nil {
		return Distribution{}, err
	}
	switch f.Family {
	case Uniform:
		return l.uniform(), nil
	case LogUniform:
		return l.logUniform(), nil
	case Power2:
		return l.power2(), nil
	case Power2OrLog:
		return l.power2OrLog(), nil
	case Normal:
		return l.normal(func(x float64) float64 { return x }), nil
	}
	return l.logNormal(), nil
}

// lattice checks range and step.
func (f distFile) lattice(doc *strictyaml.Document) (lattice, error) {
	fail := func(key, format string, args ...any) (lattice, error) {
		return lattice{}, doc.At(key).Errorf(format, args...)
	}
	if f.Min == nil {
		return fail("min", "is missing; dist %s needs min and max", f.Family)
	}
	if f.Max == nil {
		return fail("max", "is missing; dist %s needs min and max", f.Family)
	}
	step := decimal{n: 1}
	if f.Step != nil {
		step = *f.Step
	}
	units, e, ok := commonUnits(*f.Min, *f.Max, step)
	if !ok {
		return fail("min", "%v, max %v and step %v have too many digits between them", f.Min, f.Max, step)
	}
	l := lattice{units[0], units[1], units[2], e}
	if l.hi < l.lo {
		return fail("max", "%v is below min %v", f.Max, f.Min)
	}
	if l.q <= 0 {
		return fail("step", "%v is not above 0", step)
	}
	if l.lo <= 0 && f.Family != Uniform && f.Family != Normal {
		return fail("min", "%v is not above 0, as dist %s needs", f.Min, f.Family)
	}
	switch f.Family {
	case Power2, Power2OrLog:
		return f.power2Lattice(doc, l, step)
	}
	for _, end := range []struct {
		key string
		n   int64
		v   *decimal
	}{{"min", l.lo, f.Min}, {"max", l.hi, f.Max}} {
		if end.n%l.q != 0 {
			return fail("step", "must divide %s: %v does not divide %v", end.key, step, end.v)
		}
	}
	if (l.hi-l.lo)/l.q >= maxValues {
		return fail("step", "%v gives more than %d values; choose a larger one", step, maxValues)
	}
	return l, nil
}

// power2Lattice checks a lattice whose ends and step must be powers of two.
func (f distFile) power2Lattice(doc *strictyaml.Document, l lattice, step decimal) (lattice, error) {
	if f.Family == Power2 && f.Step != nil {
		return l, doc.At("step").Errorf("powers of two have no step; drop it")
	}
	for _, c := range []struct {
		key string
		v   decimal
	}{{"min", *f.Min}, {"max", *f.Max}, {"step", step}} {
		if frac, _ := math.Frexp(c.v.float()); frac != 0.5 {
			return l, doc.At(c.key).Errorf("%v is no power of two, as dist %s needs", c.v, f.Family)
		}
	}
	if f.Family == Power2OrLog && l.hi/l.q >= maxValues {
		return l, doc.At("step").Errorf("%v gives more than %d values; choose a larger one", step, maxValues)
	}
	return l, nil
}

// MarshalYAML implements yaml.Marshaler: equally likely values are a list.
func (f distFile) MarshalYAML() (any, error) {
	if f.Family == Values && f.Within == nil && f.Equals == "" {
		return strictyaml.List[decimal](f.Values), nil
	}
	type plain distFile
	return plain(f), nil
}

// narrowed returns the source conditioned on [lo, hi]; nil leaves an end open.
func (s source) narrowed(lo, hi *decimal) (source, error) {
	low, high := s.text.ends()
	if lo != nil && lo.float() < low.float() || hi != nil && hi.float() > high.float() {
		return source{}, fmt.Errorf("reaches beyond the parent's %v to %v: stay within, or begin a space without a parent", low, high)
	}
	if lo != nil && lo.float() > low.float() {
		low = *lo
	}
	if hi != nil && hi.float() < high.float() {
		high = *hi
	}
	text := s.text
	text.Within = []decimal{low, high}
	dist := s.dist.within(low.float(), high.float())
	if len(dist.Values) == 0 {
		return source{}, fmt.Errorf("leaves none of the parent's values, %v to %v", s.dist.Values[0], s.dist.Values[len(s.dist.Values)-1])
	}
	return source{text, dist}, nil
}

// ends returns the range that the distribution is within.
func (f distFile) ends() (lo, hi decimal) {
	if f.Within != nil {
		return f.Within[0], f.Within[1]
	}
	if f.Family != Values {
		return *f.Min, *f.Max
	}
	byValue := func(a, b decimal) int { return cmp.Compare(a.float(), b.float()) }
	return slices.MinFunc(f.Values, byValue), slices.MaxFunc(f.Values, byValue)
}

// unrestricted returns the description of the distribution without the part that is left of it.
func (f distFile) unrestricted() string {
	f.Within = nil
	return f.String()
}
