//go:build !purego

package kernel

// Sets returns the sets that this machine can run, the fastest first.
func Sets() []*Set { return []*Set{{"neon", kernelsN}, Generic()} }
