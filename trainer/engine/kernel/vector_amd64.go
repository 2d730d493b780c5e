//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

//go:generate go run -C _generate . -out ../vector_amd64.s -stubs ../stubs_amd64.go -pkg kernel -dispatch ../sweeps_amd64.go

// Sets returns the sets that this machine can run, the fastest first.
func Sets() []*Set {
	var sets []*Set
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		if cpu.X86.HasAVX512F {
			sets = append(sets, vectors{wide: true}.set("avx512"))
		}
		sets = append(sets, vectors{}.set("avx2"))
	}
	return append(sets, Generic())
}

// vectors calls the assembly: that for 512-bit vectors where wide is set and there
// are lanes for it, else that for 256-bit ones.
type vectors struct{ wide bool }

func (v vectors) set(name string) *Set {
	return &Set{
		Name:     name,
		Conv:     v.conv,
		ConvGrad: v.convGrad,
		Stats:    v.stats,
		Norm:     v.norm,
		NormBack: v.normBack,
		Apply:    v.apply,
		Add:      v.add,
		AddBack:  v.addBack,
		Copy:     copyPixels,
		Pool:     v.pool,
		Spread:   v.spread,
		Gate:     v.gate,
		GateDot:  v.gateDot,
		GateBack: v.gateBack,
		Update:   v.update,
		Average:  v.average,
		Peak:     v.peak,
	}
}

// peak knows how many vectors the assembly multiplies and adds a round.
func (v vectors) peak(rounds int) int {
	if v.wide {
		peakZ(rounds)
		return rounds * 24 * 16 * 2
	}
	peakY(rounds)
	return rounds * 12 * 8 * 2
}
