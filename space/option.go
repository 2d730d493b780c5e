package space

import "slices"

// A Choice is the word that a model has for an [Option]; "" is the usual one.
type Choice string

// Options are settings that most models leave as they are. Their zero values
// stand for the first values of the table of options.
type Options struct {
	GroupFix      Choice `yaml:"group_fix,omitempty" json:"group_fix,omitempty"`
	EndActivation Choice `yaml:"end_activation,omitempty" json:"end_activation,omitempty"`
	Downsampling  Choice `yaml:"downsampling,omitempty" json:"downsampling,omitempty"`
	Shortcut      Choice `yaml:"shortcut,omitempty" json:"shortcut,omitempty"`
}

// Choices of options.
const (
	TorchvisionFix Choice = "torchvision" // of GroupFix
	Activated      Choice = "model"       // of EndActivation
	MaxPooled      Choice = "maxpool"     // of Downsampling
	AvgPooled      Choice = "avgpool"     // of Shortcut
)

// An Option is an entry of the table of options.
type Option struct {
	Key     string   // in the YAML of models and spaces, in JSON and in columns
	Meaning string   // of its column
	Values  []Choice // the first is the usual one

	value  func(*Options) *Choice
	refuse func(*kind) string // why models of the block keep to the usual choice, "" if they need not; nil: none does
}

// options is the table of options.
var options = []Option{
	{
		Key: "group_fix", Values: []Choice{"pycls", TorchvisionFix},
		Meaning: "whose rounding fits widths to group widths: pycls or torchvision",
		value:   func(o *Options) *Choice { return &o.GroupFix },
	}, {
		Key: "end_activation", Values: []Choice{"none", Activated},
		Meaning: "activation after the last block: none, or that of the model",
		value:   func(o *Options) *Choice { return &o.EndActivation },
		refuse: func(k *kind) string {
			if k.end || k.tail != nil || k.main[len(k.main)-1].is&activated != 0 {
				return "ends with the activation already"
			}
			return ""
		},
	}, {
		Key: "downsampling", Values: []Choice{"stride", MaxPooled},
		Meaning: "what halves the size in a stage of stride 2: its first block, or a 2×2 max-pool after its last",
		value:   func(o *Options) *Choice { return &o.Downsampling },
	}, {
		Key: "shortcut", Values: []Choice{"stride", AvgPooled},
		Meaning: "what halves the size on a shortcut: its 1×1 convolution, or a 2×2 average pool before it",
		value:   func(o *Options) *Choice { return &o.Shortcut },
		refuse: func(k *kind) string {
			if k.pooled == nil {
				return "has no 1×1 convolution on its shortcut, or another one"
			}
			return ""
		},
	},
}

// ModelOptions returns the table of options in the order of columns.
func ModelOptions() []Option { return slices.Clone(options) }

// Of returns the model's choice.
func (p *Option) Of(m *Model) Choice {
	if c := *p.value(&m.Options); c != "" {
		return c
	}
	return p.Values[0]
}

// Usual reports whether the model's choice is the usual one.
func (p *Option) Usual(m *Model) bool { return p.Of(m) == p.Values[0] }

// Set makes a choice for the model.
func (p *Option) Set(m *Model, c Choice) {
	if c == p.Values[0] {
		c = ""
	}
	*p.value(&m.Options) = c
}

// setOptions makes the choices of a file.
func (m *Model) setOptions(o Options) {
	for _, p := range options {
		p.Set(m, *p.value(&o))
	}
}

func (m *Model) validateOptions() error {
	for _, p := range options {
		if c := p.Of(m); !slices.Contains(p.Values, c) {
			return invalid(p.Key, "%q: want one of %s", c, join(p.Values))
		}
		if p.refuse == nil || p.Usual(m) {
			continue
		}
		if reason := p.refuse(m.Block.kind()); reason != "" {
			return invalid(p.Key, "block %s %s; drop the line, or choose another block", m.Block, reason)
		}
	}
	return nil
}
