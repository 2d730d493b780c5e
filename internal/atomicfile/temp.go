package atomicfile

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"designspace/internal/host"
)

// tempName is the i-th name of a temporary file of this process for path. It
// tells others which process that is, so that they know when it has ended.
func tempName(path string, i int) string {
	dir, base := filepath.Split(path)
	return filepath.Join(dir, fmt.Sprintf("%s%s.%d.tmp", prefix(base), cmp.Or(host.Tag(os.Getpid()), "unknown"), i))
}

// prefix begins the names of temporary files for a file of this name, which is
// cut so that with what follows they are no longer than file systems take.
func prefix(base string) string { return "." + base[:min(len(base), 180)] + "." }

// Earlier versions did not name the process.
var tempPattern = regexp.MustCompile(`^\..+?(?:\.([0-9a-f]+-\d+-\d+|unknown))?\.\d+\.tmp$`)

// forgotten is the age at which a temporary file is taken to be nobody's:
// writing one takes seconds.
const forgotten = 24 * time.Hour

// IsTemp reports whether a file is named as the temporary files of this package,
// and whether it is abandoned: the process has ended that wrote it or, if that
// is not known, the file is old.
func IsTemp(path string) (temp, abandoned bool) {
	m := tempPattern.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return false, false
	}
	if host.TagEnded(m[1]) {
		return true, true
	}
	info, err := os.Lstat(path)
	return true, err == nil && time.Since(info.ModTime()) > forgotten
}

// Temps lists the temporary files for the file at path.
func Temps(path string) []string {
	dir, base := filepath.Split(path)
	var list []string
	entries, _ := os.ReadDir(filepath.Clean(dir)) // what cannot be listed stays
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if temp, _ := IsTemp(file); temp && strings.HasPrefix(e.Name(), prefix(base)) {
			list = append(list, file)
		}
	}
	return list
}

// sweep removes what killed processes left half written of the file at path.
func sweep(path string) {
	for _, file := range Temps(path) {
		if _, abandoned := IsTemp(file); abandoned {
			os.Remove(file)
		}
	}
}
