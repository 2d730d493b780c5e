package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkPeak(b *testing.B) {
	for _, s := range Sets() {
		b.Run(s.Name, func(b *testing.B) {
			var flops int
			for range b.N {
				flops += s.Peak(10000)
			}
			b.ReportMetric(float64(flops)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkConv(b *testing.B) {
	for _, c := range []convCase{
		{1, 16, 16, 1, 8, 8, 1, 1}, {1, 16, 16, 1, 16, 16, 1, 1}, {1, 16, 16, 1, 32, 32, 1, 1}, {2, 8, 8, 1, 64, 64, 1, 1}, {4, 4, 4, 1, 128, 128, 1, 1},
		{1, 16, 16, 16, 1, 1, 3, 1}, {1, 16, 16, 8, 2, 2, 3, 1}, {1, 16, 16, 4, 4, 4, 3, 1}, {1, 16, 16, 2, 8, 8, 3, 1}, {1, 16, 16, 1, 16, 16, 3, 1}, {2, 4, 4, 16, 8, 8, 3, 1}, {1, 4, 4, 64, 1, 1, 3, 1}, {1, 32, 32, 16, 1, 1, 5, 1},
		{1, 16, 16, 1, 3, 16, 3, 1},
	} {
		for _, s := range Sets() {
			if s.Name == "generic" {
				continue
			}
			r := rand.New(rand.NewPCG(1, 1))
			x := padded(b, r, usual, c.n, c.groups*c.in, c.h, c.w, c.kernel/2)
			y := randomView(b, r, usual, c.n, c.groups*c.out, c.h, c.w)
			g := c.geometry(x)
			w := random(b, r, usual, g.Weights())
			k := NewWorker(s)
			flops := float64(2 * g.Weights() * c.n * Images * c.h * c.w)
			name := fmt.Sprintf("%dx%d/%d→%dx%d/%dx%d/%s", c.kernel, c.kernel, c.groups*c.in, c.groups, c.out, c.h, c.w, s.Name)
			run := func(kind string, f func()) {
				b.Run(kind+"/"+name, func(b *testing.B) {
					for range b.N {
						f()
					}
					b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
			run("conv", func() { k.Conv(y, x, w, g, false) })
			run("grad", func() { k.Grad(w, x, y, g) })
		}
	}
}
