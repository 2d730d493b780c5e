package space

// A dimension is a parameter that spaces of a base can draw.
type dimension struct {
	name   string
	domain domain
	drawn  func(Block) bool // spaces of the block draw it; nil: it may be left out
	stage  *StageParam      // what it sets in every stage, nil for none
	staged bool             // each stage has a distribution
}

// extraParams are what every space may draw beside the architecture.
var extraParams = []struct {
	name   string
	domain domain
	value  value[Candidate]
}{
	{"input", domain{min: 1, max: maxInput, step: 1}, at[Candidate, int](func(c *Candidate) *int { return &c.Model.Input })},
	{"lr", domain{max: 1e15, positive: true}, at[Candidate, float64](func(c *Candidate) *float64 { return &c.LR })},
	{"weight_decay", domain{max: 1e15, positive: true}, at[Candidate, float64](func(c *Candidate) *float64 { return &c.WeightDecay })},
}

// dimensions returns the parameters of the space's base in the order of drawing:
// first those of stages or of a RegNet, last the extra ones.
func (s *Space) dimensions() []dimension {
	var list []dimension
	if s.Base == RegNetBase {
		for _, p := range regnetParams {
			list = append(list, dimension{name: p.Name, domain: p.domain, drawn: p.drawn})
		}
	}
	for i := range stageParams {
		p := &stageParams[i]
		if !p.Setting && !(p.regnet && s.Base == RegNetBase) {
			list = append(list, dimension{p.Name, p.domain, func(b Block) bool { return b.Has(p.Name) }, p, s.Base == AnyNetBase})
		}
	}
	for _, p := range extraParams {
		list = append(list, dimension{name: p.name, domain: p.domain})
	}
	return list
}

// split returns the parameter that a name is of and the stage, -1 for all.
func (s *Space) split(name string) (param string, stage int) {
	if p, stage, ok := splitStage(name); ok && s.Base == AnyNetBase {
		return stageParams[p].Name, stage
	}
	return name, -1
}

// names returns the names of dimensions.
func names(dims []dimension) []string {
	list := make([]string, len(dims))
	for i, d := range dims {
		list[i] = d.name
	}
	return list
}

// draws reports whether the space draws a dimension, if it is asked to.
func (s *Space) draws(d dimension) bool { return d.drawn == nil || d.drawn(s.net.Block) }

// A value is a number that a T has.
type value[T any] interface {
	get(*T) float64
	set(*T, float64)
}

// An at says where the number is.
type at[T any, N int | float64] func(*T) *N

func (a at[T, N]) get(x *T) float64    { return float64(*a(x)) }
func (a at[T, N]) set(x *T, v float64) { *a(x) = N(v) }
