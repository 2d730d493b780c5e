//go:build !linux

package engine

// hugePage is the alignment of an arena in floats: a cache line.
const hugePage = align

func adviseHuge([]float32) {}
