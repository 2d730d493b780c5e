package figures

import (
	"crypto/sha256"
	"fmt"
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
	names := FileNames(s.Populations)
	for _, k := range List() {
		switch {
		case !k.Saved:
		case k.Single:
			for i, p := range s.Populations {
				if err := save(k, k.Name+"-"+names[i], Options{}, p); err != nil {
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

// longestName bounds a part of a file name, in bytes.
const longestName = 80

// FileNames are the names of populations as parts of file names, each another
// one, also where capitals do not count.
func FileNames(ps []edf.Population) []string {
	taken := map[string]bool{}
	var names []string
	for _, p := range ps {
		name := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
				return r
			}
			return '-'
		}, p.Name)
		if len(name) > longestName || taken[strings.ToLower(name)] {
			sum := sha256.Sum256([]byte(p.Name))
			name = fmt.Sprintf("%.*s-%x", longestName-9, name, sum[:4])
		}
		taken[strings.ToLower(name)] = true
		names = append(names, name)
	}
	return names
}
