package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"designspace/internal/run/looks"
	"designspace/internal/run/rundir"
)

// completeUntil puts the design that is asked for into the train part. If the
// run has another or none, that is a conflict which setting the part reports.
func (o Training) completeUntil(p *preparation, s rundir.Sample) (err error) {
	if o.Until != nil {
		u := *o.Until
		if u.By == "" {
			u.Predicted = s.Predictor != nil
		}
		if p.part.Until, err = looks.Design(p.entries, u); err != nil {
			return err
		}
	}
	if p.part.Until != nil && p.part.Until.By == "" && len(o.Only) > 0 {
		return errors.New("only: the run is trained until it is decided, by the order of its models: leave it out, or train them in another run")
	}
	return nil
}

// untilDecided trains what one look after the other needs.
func (s *session) untilDecided(ctx context.Context) error {
	fmt.Fprintf(s.Log, "training ends when the comparisons are decided; looks at the first %s models of each population\n",
		strings.Trim(fmt.Sprint(s.part.Until.Looks), "[]"))
	for models := -1; ; {
		for _, line := range s.standing.Lines() {
			fmt.Fprintln(s.Log, line)
		}
		if s.standing.Over && len(s.jobs) == 0 || s.Idle && s.standing.Models == models {
			return nil
		}
		models = s.standing.Models
		if err := s.work(ctx); err != nil {
			return err
		}
		var err error
		if s.journal, err = rundir.ReadJournal(s.dir); err != nil {
			return err
		}
		s.Retry = "" // which was done before the next look
		if err := s.choose(s.dir, &s.preparation); err != nil {
			return err
		}
	}
}
