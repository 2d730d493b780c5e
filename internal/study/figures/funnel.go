package figures

import (
	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"errors"
	"io/fs"
	"strings"
)

// funnel draws what became of the candidates of the runs.
func funnel(s *analysis.Study, _ []edf.Population, o Options) (*plots.Figure, error) {
	as, err := allAcceptances(s)
	if err != nil {
		return nil, err
	}
	if len(as) == 0 {
		return nil, errors.New("plot funnel: no funnel.csv: name a run directory that was sampled")
	}
	return plots.Funnel(as, plots.FunnelOptions{Page: o.Page})
}

// hasFunnel reports whether a run says what became of its candidates, or fails
// to.
func hasFunnel(s *analysis.Study, _ []edf.Population) bool {
	as, err := allAcceptances(s)
	return err != nil || len(as) > 0
}

func allAcceptances(s *analysis.Study) ([]plots.Acceptance, error) {
	var as []plots.Acceptance
	for _, d := range s.Runs() {
		steps, err := rundir.LoadFunnel(d)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		as = append(as, acceptances(steps)...)
	}
	return as, nil
}

func acceptances(steps []rundir.Step) []plots.Acceptance {
	var as []plots.Acceptance
	for _, st := range steps {
		name := strings.TrimSpace(st.Space + " " + st.Budget)
		if len(as) == 0 || as[len(as)-1].Name != name {
			as = append(as, plots.Acceptance{Name: name})
		}
		a := &as[len(as)-1]
		a.Stages = append(a.Stages, plots.Stage{Name: st.Name, Count: st.Count})
	}
	return as
}
