package sampler_test

import (
	"context"
	"fmt"
	"log"

	"designspace/sampler"
	"designspace/space"
)

// Draws three networks of a space within a window of multiply-adds.
func ExampleSample() {
	s, err := space.Load("proxy/regnetx")
	if err != nil {
		log.Fatal(err)
	}
	flops, err := space.ParseLimit("flops", "600K:1.2M")
	if err != nil {
		log.Fatal(err)
	}
	p, err := sampler.Sample(context.Background(), s, sampler.Options{N: 3, Seed: 1, Windows: []space.Limit{flops}})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range p.Candidates {
		fmt.Println(c.Model.Depths, c.Model.Widths, c.Complexity.Flops)
	}
	// Output:
	// [1 1 3 1] [8 16 32 64] 1072778
	// [1 1 2 1] [8 16 32 56] 1188858
	// [1 1 3 5] [8 16 32 64] 1171594
}
