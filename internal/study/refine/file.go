package refine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"designspace/space"
)

// A Parent is how a child's file names its parent.
type Parent struct {
	Extends string // what stands behind extends

	file       string // to be there before the child is read; "": nothing
	definition string // of the file
}

// ParentOf finds how the file out of a child names the space of a population:
// by its name if it is one of the catalog, or else by a file beside out, which
// is named after it. Out may be "" for a child that is not written.
func (p *Population) ParentOf(out string) (Parent, error) {
	name := p.Space.Name
	if slices.Contains(space.Names(), name) {
		if s, err := space.Load(name); err == nil && string(s.Marshal()) == p.Definition {
			return Parent{Extends: name}, nil
		}
	}
	base := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\: `, r) {
			return '-'
		}
		return r
	}, name) + ".yaml"
	file := filepath.Join(filepath.Dir(out), base)
	if file == filepath.Clean(out) {
		return Parent{}, fmt.Errorf("%s: the file of the parent has this name: choose another", out)
	}
	if s, err := space.Load(file); err == nil && string(s.Marshal()) == p.Definition {
		return Parent{Extends: base}, nil
	} else if _, err := os.Stat(file); out != "" && !errors.Is(err, fs.ErrNotExist) {
		return Parent{}, fmt.Errorf("%s: it is not the space %s that the run drew from, whose file belongs there: write the child into another directory", file, name)
	}
	return Parent{base, file, p.Definition}, nil
}

// ParentFile is how the file out of a child names a space of the catalog or a
// file.
func ParentFile(nameOrFile, out string) (Parent, error) {
	if slices.Contains(space.Names(), nameOrFile) || out == "" {
		return Parent{Extends: nameOrFile}, nil
	}
	from, err := filepath.Abs(filepath.Dir(out))
	if err != nil {
		return Parent{}, err
	}
	to, err := filepath.Abs(nameOrFile)
	if err != nil {
		return Parent{}, err
	}
	if rel, err := filepath.Rel(from, to); err == nil {
		to = rel
	}
	return Parent{Extends: filepath.ToSlash(to)}, nil
}

// Save writes the child to the file out, and the file of its parent if that has
// to be there.
func (r *Refinement) Save(out string, p Parent, write func(path string, text []byte) error) error {
	if p.file != "" {
		if err := write(p.file, []byte(p.definition)); err != nil {
			return err
		}
	}
	text := r.Text.Marshal()
	if _, err := space.Read(out, text); err != nil {
		return err
	}
	return write(out, text)
}
