package apitest

import (
	"bufio"
	"bytes"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// fused is a compiler's instruction for x*y + z with one rounding, and where in
// the source it comes from.
var fused = regexp.MustCompile(`\((\S+\.go):(\d+)\)\s+FN?M(?:ADD|SUB)[SD]\s`)

// In what decides outcomes no product is fused with a sum unless it says so: a
// compiler may do that on arm64 and not on amd64, and the bits would differ. A
// line that does is rewritten with a conversion, as in float64(x*y) + z.
func TestNothingFused(t *testing.T) {
	packages := []string{
		"designspace/internal/numeric", "designspace/internal/seed", "designspace/sampler", "designspace/space",
		"designspace/trainer", "designspace/trainer/dataset", "designspace/trainer/engine", "designspace/trainer/engine/kernel",
	}
	for _, p := range packages {
		dir, err := build.Import(p, ".", build.FindOnly)
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command("go", "build", "-gcflags=-S", p)
		c.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		seen := map[string]bool{}
		for _, m := range fused.FindAllSubmatch(out, -1) {
			file, line := string(m[1]), string(m[2])
			if at := filepath.Base(file) + ":" + line; !seen[at] && strings.HasPrefix(file, dir.Dir) && !exact(t, file, line) {
				seen[at] = true
				t.Errorf("%s/%s is fused on arm64", p, at)
			}
		}
	}
}

// exact reports whether a line may be fused: it says so, or multiplies float32s
// as float64s, whose product has nothing to round.
func exact(t *testing.T, file, line string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(bytes.NewReader(text))
	for range number {
		s.Scan()
	}
	return strings.Contains(s.Text(), "math.FMA(") || strings.HasSuffix(filepath.Dir(file), "kernel") && strings.Contains(s.Text(), "*float64(b")
}
