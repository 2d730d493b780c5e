package analysis

import (
	"fmt"
	"slices"

	"designspace/edf"
)

// Chosen says that the models of the study were chosen for low predicted errors
// and are no sample of their spaces; "" if they are one.
func (s *Study) Chosen() string {
	i := slices.IndexFunc(s.Populations, func(p edf.Population) bool { return p.Chosen > 0 })
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("these models were chosen among %d candidates for low predicted errors (train --best) and are no sample: nothing is said of their spaces. "+
		"Train the best again with train --confirm, and write the best with export --best; for a statement about spaces sample another run, and train all of it", s.Populations[i].Chosen)
}

// sampleOnly refuses what supposes a sample.
func (s *Study) sampleOnly(what string) error {
	if text := s.Chosen(); text != "" {
		return fmt.Errorf("%s: %s", what, text)
	}
	return nil
}

// analyzeChosen says what there is to say of models that are no sample.
func (r *Result) analyzeChosen(s *Study, o edf.Options) (*Result, error) {
	switch {
	case o.Power > 0:
		return nil, s.sampleOnly("--power")
	case o.Margin > 0:
		return nil, s.sampleOnly("--margin")
	case s.options.Against != "":
		return nil, s.sampleOnly("--against")
	case s.options.Importance:
		return nil, s.sampleOnly("--importance")
	}
	for _, p := range s.Populations {
		if p.Chosen == 0 && len(p.Errors) > 0 {
			return nil, s.sampleOnly("beside " + p.Name)
		}
		summary, err := edf.Summarize(p, o)
		if err != nil {
			return nil, err
		}
		r.Populations = append(r.Populations, summary)
	}
	var err error
	if r.Confirmed, err = s.Confirmed(); err != nil {
		return nil, err
	}
	r.Warnings = append(r.Warnings, s.Chosen())
	r.restore(s.metric)
	r.collectWarnings(s, nil)
	return r, nil
}
