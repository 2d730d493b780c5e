package evolve

import (
	"designspace/edf"
	"designspace/space"
)

// A Lineage is an evolution and what speaks for it.
type Lineage struct {
	Options Options `json:"options"`
	Level   float64 `json:"level"`  // of all judgements together
	Spaces  []Node  `json:"spaces"` // the first space, then children in the order of their judgements
	Rounds  []Round `json:"rounds"`
	Stop    string  `json:"stop"` // why it ended; "" while it goes on

	End *End `json:"end,omitempty"` // nil: there was none
}

// An End is what came of it, by images that nothing was chosen by.
type End struct {
	Spaces      []edf.Summary    `json:"spaces"`      // the first, the last and others, by fresh models
	Comparisons []edf.Comparison `json:"comparisons"` // of each two
	Winners     []Winner         `json:"winners"`     // of the evolution, if it refined anything, and of random search in the first space
	Cost        Cost             `json:"cost"`        // of the fresh models and of the winners, which are no part of either search

	populations []Population
}

// A Winner is the best model that a search found.
type Winner struct {
	Search    string  `json:"search"`       // of what
	Run       string  `json:"run"`          // the last run of the search
	ID        string  `json:"id"`           // of the model in it
	Cost      Cost    `json:"cost"`         // of all the search
	Found     float64 `json:"found"`        // error that made it one of the best
	Fresh     float64 `json:"fresh"`        // mean error over fresh seeds, by which it was chosen
	Untouched float64 `json:"untouched"`    // mean error on untouched images
	Least     float64 `json:"untouched_lo"` // over trainings
	Most      float64 `json:"untouched_hi"`
	Trainings int     `json:"trainings"`
}

// A Node is a space of the lineage.
type Node struct {
	Name      string     `json:"name"`
	File      string     `json:"file,omitempty"`
	About     string     `json:"about"`
	Text      string     `json:"yaml,omitempty"`
	Parent    string     `json:"parent,omitempty"` // "" for the first
	Round     int        `json:"round,omitempty"`
	Moves     []string   `json:"moves,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Judgement *Judgement `json:"judgement,omitempty"` // nil for the first
}

// A Round is what was done in one.
type Round struct {
	Number    int      `json:"round"`
	Parent    string   `json:"parent"`
	Explorers int      `json:"explorers"` // that proposed, with those of earlier rounds
	Children  []string `json:"children"`
	Accepted  string   `json:"accepted,omitempty"`
	Cost      Cost     `json:"cost"`

	Considered []Considered `json:"considered"`           // for each parameter the move that promises most
	Importance []Importance `json:"importance,omitempty"` // of parameters for the explorers' errors

	space     *space.Space // parent
	explorers Population
}

// A Considered is a move and by how many points explorers expect it to improve the
// mean.
type Considered struct {
	Move string  `json:"move"`
	Gain float64 `json:"gain"`
	SE   float64 `json:"se"`
}

// Last is the space that the evolution has come to.
func (l *Lineage) Last() Node {
	last := l.Spaces[0]
	for _, n := range l.Spaces[1:] {
		if n.Judgement.Accepted {
			last = n
		}
	}
	return last
}

// Cost is that of all rounds.
func (l *Lineage) Cost() (c Cost) {
	for _, r := range l.Rounds {
		c = c.plus(r.Cost)
	}
	return c
}
