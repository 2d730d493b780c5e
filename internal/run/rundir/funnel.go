package rundir

import (
	"io"
	"strconv"

	"designspace/internal/atomicfile"
	"designspace/internal/table"
)

// Funnel is the file that says what became of the candidates that were drawn.
func (d Dir) Funnel() string { return d.join("funnel.csv") }

// A Step is a filter that candidates of a space passed or not, for one budget.
type Step struct {
	Space, Budget string
	Name          string // what they passed
	Count         int    // how many did
}

var funnelColumns = []string{"space", "budget", "step", "candidates"}

// SaveFunnel writes funnel.csv of the run: the steps of each population in
// order.
func SaveFunnel(d Dir, steps []Step) error {
	return atomicfile.Write(d.Funnel(), func(w io.Writer) error {
		out := table.NewWriter(w, funnelColumns)
		for _, s := range steps {
			if err := out.Write([]string{s.Space, s.Budget, s.Name, strconv.Itoa(s.Count)}); err != nil {
				return err
			}
		}
		return out.Flush()
	})
}

// LoadFunnel reads what [SaveFunnel] wrote.
func LoadFunnel(d Dir) ([]Step, error) {
	t, err := ReadTable(d.Funnel())
	if err != nil {
		return nil, err
	}
	steps := make([]Step, t.Len())
	for col, at := range map[string]func(*Step) *string{
		"space":  func(s *Step) *string { return &s.Space },
		"budget": func(s *Step) *string { return &s.Budget },
		"step":   func(s *Step) *string { return &s.Name },
	} {
		cells, err := t.Strings(col)
		if err != nil {
			return nil, err
		}
		for i, c := range cells {
			*at(&steps[i]) = c
		}
	}
	counts, err := table.Column(t, "candidates", func(s []byte) (int, error) { return strconv.Atoi(string(s)) })
	for i, n := range counts {
		steps[i].Count = n
	}
	return steps, err
}
