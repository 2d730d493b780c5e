package figures

import (
	"os"
	"path/filepath"
	"strings"

	"designspace/edf"
	"designspace/internal/study/analysis"
)

// SaveAll writes the figures that a run keeps into a directory, as SVG: those
// for which the tables of the study have the data.
func SaveAll(dir string, s *analysis.Study) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	save := func(k Kind, name string, o Options, ps ...edf.Population) error {
		if !k.Has(s, ps...) {
			return nil
		}
		f, err := k.Draw(s, o, ps...)
		if err != nil {
			return err
		}
		return f.Save(filepath.Join(dir, name+".svg"))
	}
	for _, k := range List() {
		switch {
		case !k.Saved:
		case k.Single:
			for _, p := range s.Populations {
				if err := save(k, k.Name+"-"+fileName(p.Name), Options{}, p); err != nil {
					return err
				}
			}
		default:
			if err := save(k, k.Name, Options{Band: len(s.Populations) <= 3}, s.Populations...); err != nil {
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
