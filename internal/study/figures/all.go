package figures

import (
	"os"
	"path/filepath"
	"strings"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/plots"
)

// SaveAll writes the figures of a study that its tables can give into a
// directory, as SVG.
func SaveAll(dir string, s *analysis.Study) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	save := func(name string, f *plots.Figure, err error) error {
		if err != nil {
			return err
		}
		return f.Save(filepath.Join(dir, name+".svg"))
	}
	for _, kind := range []string{"edf", "pareto", "complexity", "efficiency", "funnel"} {
		f, err := Draw(kind, s, Options{Band: len(s.Populations) <= 3})
		if err := save(kind, f, err); err != nil {
			return err
		}
	}
	for _, g := range s.Populations {
		for _, each := range []struct {
			kind string
			ok   bool
			draw func(*analysis.Study, edf.Population, Options) (*plots.Figure, error)
		}{{"params", HasParams(s, g), Params}, {"models", len(g.Rows) > 0, Models}, {"curves", HasCurves(s, g), Curves}, {"noise", HasNoise(s, g), Noise}} {
			if !each.ok {
				continue
			}
			f, err := each.draw(s, g, Options{})
			if err := save(each.kind+"-"+fileName(g.Name), f, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileName is the name of a population as a part of a file name.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, name)
}
