package sampler

import (
	"testing"

	"designspace/space"
)

// BenchmarkCandidates draws, tests and counts candidates on one core. None is
// kept, since keeping costs what the population costs.
func BenchmarkCandidates(b *testing.B) {
	for _, name := range []string{"proxy/anynetxa", "proxy/anynetxe", "proxy/regnetx", "imagenet/anynetxa", "imagenet/anynetxe", "imagenet/regnetx", "imagenet/regnety"} {
		b.Run(name, func(b *testing.B) {
			s, err := space.Load(name)
			if err != nil {
				b.Fatal(err)
			}
			r, err := newRun(s, Options{N: 1, Windows: windows("flops 1:2")})
			if err != nil {
				b.Fatal(err)
			}
			c := &chunk{end: b.N}
			b.ReportAllocs()
			b.ResetTimer()
			if err := r.fill(b.Context(), c); err != nil {
				b.Fatal(err)
			}
		})
	}
}
