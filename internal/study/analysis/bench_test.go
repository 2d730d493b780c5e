package analysis

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"designspace/edf"
)

// A million models from the file to the text.
func BenchmarkAnalyzeMillion(b *testing.B) {
	path := filepath.Join(b.TempDir(), "million.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w, r := bufio.NewWriter(f), rand.New(rand.NewPCG(1, 1))
	fmt.Fprintln(w, "id,space,error,flops,params,depth,width,g,w0,wa")
	for i := range 1_000_000 {
		fmt.Fprintf(w, "m%d,%c,%.2f,%d,%d,%d,%d,%d,%d,%.4f\n", i, 'a'+i%2, 50+5*r.NormFloat64(),
			r.IntN(1e7), r.IntN(1e6), 2+r.IntN(30), 8+8*r.IntN(64), 1<<r.IntN(6), 8+8*r.IntN(32), 40*r.Float64())
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	f.Close()
	for b.Loop() {
		s, err := Load([]string{path}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		result, err := s.Analyze(edf.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := result.WriteText(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
