package edf

import "testing"

func millions() (a, b []float64) {
	return formula(1_000_000, 7919, 13, 100.07), formula(1_000_000, 104729, 5, 100.3)
}

func BenchmarkNewMillion(b *testing.B) {
	errs, _ := millions()
	for b.Loop() {
		mustNew(b, errs)
	}
}

func BenchmarkCompareMillions(b *testing.B) {
	x, y := millions()
	for b.Loop() {
		compareTwo(b, x, y, Options{})
	}
}

func BenchmarkCompare500(b *testing.B) {
	x, y := normal(500, 20, 3, 1), normal(500, 21, 3, 2)
	for b.Loop() {
		compareTwo(b, x, y, Options{})
	}
}

// Without ties the band is cut at every step; with them the work is more.
func BenchmarkKS10000(b *testing.B) {
	x, y := normal(10_000, 20, 3, 1), normal(9_999, 20, 3, 2)
	for b.Loop() {
		KS(mustNew(b, x), mustNew(b, y))
	}
}

func BenchmarkAt(b *testing.B) {
	errs, _ := millions()
	f := mustNew(b, errs)
	for b.Loop() {
		f.At(31.4)
	}
}

func BenchmarkBestOfMillion(b *testing.B) {
	errs, _ := millions()
	f := mustNew(b, errs)
	for b.Loop() {
		if _, err := f.BestOf(64); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkModelsNeeded(b *testing.B) {
	x, y := mustNew(b, normal(500, 20, 3, 1)), mustNew(b, normal(500, 20.5, 3, 2))
	for b.Loop() {
		if _, err := ModelsNeeded(x, y, PowerOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
