package refine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"designspace/space"
)

// Options say what the child is.
type Options struct {
	Name    string // of the child
	Extends string // how the child's file names its parent
	Source  string // where the population comes from, for comments

	Suggest bool     // restrict what the bootstrap suggests
	Keep    float64  // least share of the mass with which a listed value stays; 0 means [DefaultKeep]
	Only    []string // parameters that the bootstrap may restrict; none: all

	// By hand; the bootstrap leaves these parameters alone.
	Ranges       []space.Restriction
	Share        []string // parameters of which all stages share one draw
	Depth, Width space.Order
}

// A Refinement is a child and what speaks for it.
type Refinement struct {
	Text       space.Child // to be written
	Parent     *space.Space
	Child      *space.Space
	Suggestion *Suggestion // nil if the bootstrap was not asked
	Preview    *Preview    // nil without a population
	Warnings   []string
}

// ErrNothing is returned if a suggestion leaves the parent as it is.
var ErrNothing = errors.New("no parameter's range shrank, so the child would be its parent: train more models, or restrict by hand with --range, --share, --width or --depth")

// Refine makes a child of a space, of which p is a trained population, or nil.
func Refine(s *space.Space, p *Population, o Options) (*Refinement, error) {
	if o.Keep == 0 {
		o.Keep = DefaultKeep
	}
	if err := o.check(s, p); err != nil {
		return nil, err
	}
	r, err := o.child(s, p)
	if err != nil || p == nil {
		return r, err
	}
	if r.Preview, err = p.preview(r.Child); err != nil {
		return nil, err
	}
	if o.Suggest {
		r.Preview.CrossFit = p.crossFit(o, r.Preview, splits)
		if err := r.Suggestion.compare(p, o.Share); err != nil {
			return nil, err
		}
	}
	r.Warnings = slices.Concat(p.Warnings, r.Preview.warnings(p, r.Suggestion))
	return r, nil
}

// child makes the child alone.
func (o Options) child(s *space.Space, p *Population) (*Refinement, error) {
	r := &Refinement{Parent: s, Text: space.Child{Name: o.Name, Extends: o.Extends, About: o.about(s)}}
	err := o.restrict(&r.Text, s)
	if err != nil {
		return nil, err
	}
	if o.Suggest {
		if r.Suggestion, err = p.suggest(o); err != nil {
			return nil, err
		}
		r.Text.Params = append(r.Text.Params, r.Suggestion.restrictions()...)
	}
	if t := r.Text; t.Params == nil && t.Limits == nil && t.Shared == nil && t.Depth == "" && t.Width == "" {
		return nil, ErrNothing
	}
	if r.Child, err = s.Extend(o.Name, r.Text.Marshal()); err != nil {
		return nil, err
	}
	if o.Suggest {
		r.Suggestion.join(p, r.Child)
		r.Text.Head = r.Suggestion.head(o.Source)
	}
	return r, nil
}

// Check reports options that make no sense for any space.
func (o Options) Check() error {
	if !(o.Keep >= 0 && o.Keep <= 1) {
		return fmt.Errorf("--keep %v: it is a share, above 0 and at most 1", o.Keep)
	}
	for _, f := range []struct {
		name  string
		order space.Order
	}{{"width", o.Width}, {"depth", o.Depth}} {
		if f.order != space.Unordered && !slices.Contains(orders, f.order) {
			return fmt.Errorf("--%s %s: no such order: there are nondecreasing, constant, nonincreasing", f.name, f.order)
		}
	}
	return nil
}

var orders = []space.Order{space.Nondecreasing, space.Constant, space.Nonincreasing}

// check reports options that make no sense for a space.
func (o Options) check(s *space.Space, p *Population) error {
	if o.Name == s.Name {
		return fmt.Errorf("the name %s is the parent's: choose another --name, or --out", o.Name)
	}
	if err := o.Check(); err != nil {
		return err
	}
	for _, name := range o.Only {
		if distributionsOf(s, name) == nil {
			return fmt.Errorf("--only %s: no such parameter: known are %s", name, known(s))
		}
	}
	if o.Suggest && (p == nil || len(p.Models) == 0) {
		return errors.New("no errors to suggest from: name a run with trained models, or restrict by hand")
	}
	return nil
}

// about says in a line what the child is.
func (o Options) about(s *space.Space) string {
	var parts []string
	if o.Suggest {
		parts = append(parts, "what the bootstrap suggests")
	}
	for _, r := range o.Ranges {
		parts = append(parts, r.String())
	}
	for _, name := range o.Share {
		parts = append(parts, "one "+name+" for all stages")
	}
	if o.Depth != "" {
		parts = append(parts, "depths "+string(o.Depth))
	}
	if o.Width != "" {
		parts = append(parts, "widths "+string(o.Width))
	}
	return s.Name + ": " + strings.Join(parts, ", ")
}
