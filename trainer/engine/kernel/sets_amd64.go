//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// Sets returns the sets that this machine can run, the fastest first.
func Sets() []*Set {
	var sets []*Set
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
			sets = append(sets, &Set{"avx512", kernelsZ})
		}
		sets = append(sets, &Set{"avx2", kernelsY})
	}
	return append(sets, Generic())
}
