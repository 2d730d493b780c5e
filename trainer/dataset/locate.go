package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// systemRoot is where Debian's packages put data sets.
const systemRoot = "/usr/share/datasets"

// Path returns where the files of a specification lie, for programs that read
// them on their own: the directory in which [Open] finds them, else the one that
// the specification names, else the specification as it stands.
func Path(spec, root string) string {
	name, dir, _ := strings.Cut(spec, ":")
	sets := Sets()
	i := slices.IndexFunc(sets, func(s Set) bool { return s.Name == name })
	switch {
	case i >= 0 && sets[i].Own:
		return cmp.Or(dir, spec)
	case i < 0 || len(sets[i].Files) == 0:
		return spec
	}
	if found, err := sets[i].locate(dir, root); err == nil {
		return found
	}
	return cmp.Or(dir, spec)
}

// locate returns the directory that holds the files of src: dir itself or one
// of the usual directories in it if dir is given, else one of those below the
// root and the system's directory.
func (src Set) locate(dir, root string) (string, error) {
	var looked []string
	if dir != "" {
		info, err := os.Stat(dir)
		if err != nil {
			return "", fmt.Errorf("%s: %w", src.Name, err)
		}
		if !info.IsDir() {
			return "", fmt.Errorf("%s: %s is a file: name the directory that holds it", src.Name, dir)
		}
		looked = append(looked, dir)
		looked = append(looked, src.below(dir)...)
	} else {
		if root != "" {
			looked = append(looked, src.below(root)...)
		}
		looked = append(looked, src.below(systemRoot)...)
	}
	for _, d := range looked {
		for _, f := range src.Files {
			switch _, err := os.Stat(filepath.Join(d, f)); {
			case err == nil:
				return d, nil
			case !errors.Is(err, fs.ErrNotExist):
				return "", fmt.Errorf("%s: %w", src.Name, err)
			}
		}
	}
	hint := fmt.Sprintf("give the directory as %s:PATH", src.Name)
	if dir == "" && root == "" {
		hint += " or set DESIGNSPACE_DATA to the directory above it"
	}
	return "", fmt.Errorf("%s: no %s in %s: get %s, and %s", src.Name,
		strings.Join(src.Files, " or "), strings.Join(looked, ", "), src.Origin, hint)
}

// below returns the usual places of src in a directory of data sets. The files
// of an archive may lie in its own directory in the one of the data set.
func (src Set) below(root string) []string {
	var dirs []string
	for i, d := range src.dirs {
		dirs = append(dirs, filepath.Join(root, d))
		if i > 0 {
			dirs = append(dirs, filepath.Join(root, src.dirs[0], d))
		}
	}
	return dirs
}
