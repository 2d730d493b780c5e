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

// A distFile is a parameter's law in YAML. A number stands for one value, a
// list for equally likely values.
type distFile struct {
	Dist   Dist      `yaml:"dist,omitempty"`
	Min    *decimal  `yaml:"min,omitempty"`
	Max    *decimal  `yaml:"max,omitempty"`
	Step   *decimal  `yaml:"step,omitempty"`   // 1 if left out
	Values []decimal `yaml:"values,omitempty"` // of dist values
	Within []decimal `yaml:"within,omitempty"` // low and high end of the part that is left of the law
	Equals string    `yaml:"equals,omitempty"` // another parameter, in place of a law
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
	if err == nil && f.Values != nil && f.Dist == "" {
		f.Dist = Values
	}
	return f, err
}

// String returns the law as "log-uniform 8..1024 step 8".
func (f distFile) String() string {
	s := string(f.Dist)
	if f.Dist == Values {
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

// law returns the law that f describes, which stands at doc.
func (f distFile) law(doc *strictyaml.Document) (Law, error) {
	if !slices.Contains(dists, string(f.Dist)) {
		if f.Dist == "" {
			return Law{}, doc.Errorf("dist is missing; known are %s", strings.Join(dists, ", "))
		}
		return Law{}, doc.At("dist").Errorf("no distribution %q; %s", f.Dist, suggest.Known(string(f.Dist), dists))
	}
	var law Law
	var err error
	if f.Dist == Values {
		law, err = f.values(doc)
	} else {
		law, err = f.ranged(doc)
	}
	if err != nil || f.Within == nil {
		return law, err
	}
	if len(f.Within) != 2 || f.Within[0].float() > f.Within[1].float() {
		return Law{}, doc.At("within").Errorf("wants the low and the high end, as in [1, 2]")
	}
	if law = law.within(f.Within[0].float(), f.Within[1].float()); len(law.Values) == 0 {
		return Law{}, doc.At("within").Errorf("no value of the law is within %v..%v", f.Within[0], f.Within[1])
	}
	return law, nil
}

// values returns the law of listed values.
func (f distFile) values(doc *strictyaml.Document) (Law, error) {
	for _, key := range []string{"min", "max", "step"} {
		if doc.At(key).Exists() {
			return Law{}, doc.At(key).Errorf("a list of values has none; drop it")
		}
	}
	if len(f.Values) == 0 {
		return Law{}, doc.At("values").Errorf("is missing; list at least one value")
	}
	var law Law
	for _, v := range f.Values {
		law.add(v.float(), 1)
	}
	slices.Sort(law.Values)
	for i := 1; i < len(law.Values); i++ {
		if law.Values[i] == law.Values[i-1] {
			return Law{}, doc.Errorf("lists %v twice; keep one", law.Values[i])
		}
	}
	return law.normalised(), nil
}

// ranged returns a law on the multiples of a step.
func (f distFile) ranged(doc *strictyaml.Document) (Law, error) {
	if f.Values != nil {
		return Law{}, doc.At("values").Errorf("dist %s has no values; drop them, or write dist: values", f.Dist)
	}
	l, err := f.lattice(doc)
	if err != nil {
		return Law{}, err
	}
	switch f.Dist {
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
		return fail("min", "is missing; dist %s needs min and max", f.Dist)
	}
	if f.Max == nil {
		return fail("max", "is missing; dist %s needs min and max", f.Dist)
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
	if l.lo <= 0 && f.Dist != Uniform && f.Dist != Normal {
		return fail("min", "%v is not above 0, as dist %s needs", f.Min, f.Dist)
	}
	switch f.Dist {
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
	if f.Dist == Power2 && f.Step != nil {
		return l, doc.At("step").Errorf("powers of two have no step; drop it")
	}
	for _, c := range []struct {
		key string
		v   decimal
	}{{"min", *f.Min}, {"max", *f.Max}, {"step", step}} {
		if frac, _ := math.Frexp(c.v.float()); frac != 0.5 {
			return l, doc.At(c.key).Errorf("%v is no power of two, as dist %s needs", c.v, f.Dist)
		}
	}
	if f.Dist == Power2OrLog && l.hi/l.q >= maxValues {
		return l, doc.At("step").Errorf("%v gives more than %d values; choose a larger one", step, maxValues)
	}
	return l, nil
}

// MarshalYAML implements yaml.Marshaler: equally likely values are a list.
func (f distFile) MarshalYAML() (any, error) {
	if f.Dist == Values && f.Within == nil && f.Equals == "" {
		return strictyaml.List[decimal](f.Values), nil
	}
	type plain distFile
	return plain(f), nil
}

// narrowed returns the source conditioned on [lo, hi]; nil leaves an end open.
func (s source) narrowed(lo, hi *decimal) (source, error) {
	low, high := s.text.ends()
	if lo != nil && lo.float() > low.float() {
		low = *lo
	}
	if hi != nil && hi.float() < high.float() {
		high = *hi
	}
	text := s.text
	text.Within = []decimal{low, high}
	law := s.law.within(low.float(), high.float())
	if len(law.Values) == 0 {
		return source{}, fmt.Errorf("leaves none of the parent's values, %v to %v", s.law.Values[0], s.law.Values[len(s.law.Values)-1])
	}
	return source{text, law}, nil
}

// ends returns the range that the law is within.
func (f distFile) ends() (lo, hi decimal) {
	if f.Within != nil {
		return f.Within[0], f.Within[1]
	}
	if f.Dist != Values {
		return *f.Min, *f.Max
	}
	byValue := func(a, b decimal) int { return cmp.Compare(a.float(), b.float()) }
	return slices.MinFunc(f.Values, byValue), slices.MaxFunc(f.Values, byValue)
}

// unrestricted returns the description of the law without the part that is left of it.
func (f distFile) unrestricted() string {
	f.Within = nil
	return f.String()
}
