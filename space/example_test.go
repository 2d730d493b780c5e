package space_test

import (
	"fmt"
	"log"

	"designspace/space"
)

// How common re-implementations deviate from RegNetX-200MF and RegNetY-200MF,
// in counts.
func ExampleModel_Complexity() {
	load := func(name string) *space.Model {
		m, err := space.LoadModel(name)
		if err != nil {
			log.Fatal(err)
		}
		return m
	}
	show := func(what string, c space.Complexity) {
		fmt.Printf("%-27s %11d flops %9d params %9d acts\n", what, c.Flops, c.Params, c.Acts)
	}
	show("RegNetX-200MF", load("peers/regnetx-200mf").Complexity())

	groups := load("peers/regnetx-200mf")
	groups.RegNet = nil // the stages are no longer those of the parameters
	for i, w := range groups.Widths {
		groups.GroupWidths[i] = w / 8
	}
	show("eight groups", groups.Complexity())

	head := load("peers/regnetx-200mf")
	head.HeadWidth = 1280
	show("a 1280-wide head", head.Complexity())

	// SE counts two layers with biases on one pixel, to the squeeze width and
	// back.
	se := load("peers/regnety-200mf")
	show("RegNetY-200MF", se.Complexity())
	narrow := se.Complexity()
	for _, b := range se.Shapes() {
		squeeze := b.Inner / 16
		more := int64(2 * b.Inner * (squeeze - b.Squeeze))
		more += int64(squeeze - b.Squeeze)
		narrow.Flops += more
		narrow.Params += more
		narrow.Acts += int64(squeeze - b.Squeeze)
	}
	show("SE of 1/16 the inner width", narrow)

	// Output:
	// RegNetX-200MF                 199040872 flops   2684792 params   2164056 acts
	// eight groups                  250225096 flops   3624392 params   2164056 acts
	// a 1280-wide head              223033832 flops   4070392 params   2226776 acts
	// RegNetY-200MF                 199519076 flops   3162996 params   2168052 acts
	// SE of 1/16 the inner width    199174161 flops   2818081 params   2167521 acts
}

// The blocks, and the units of one of them in a network.
func ExampleBlocks() {
	for _, b := range space.Blocks() {
		fmt.Printf("%-7s  %s\n", b, b.About())
	}
	m, err := space.LoadModel("peers/regnety-200mf")
	if err != nil {
		log.Fatal(err)
	}
	b := m.Shapes()[1]
	fmt.Println()
	for _, u := range append(b.Units, b.Shortcut...) {
		fmt.Printf("%s.%-4s  %3d to %3d channels, %d×%d, stride %d, groups %d, SE %d, activation %q\n", b.Name(), u.Name, u.In, u.Out, u.Kernel, u.Kernel, u.Stride, u.Groups, u.Squeeze, u.Activation)
	}
	// Output:
	// x        1×1, act, grouped 3×3 (stride), act, [SE], 1×1, + shortcut, act
	// r        1×1, act, 3×3 (stride), act, [SE], 1×1, + shortcut, act
	// v        3×3 (stride), act
	// vr       3×3 (stride), + shortcut, act
	// basic    3×3 (stride), act, 3×3, [SE], + shortcut, act
	// vanilla  3×3 (stride), act, 3×3, act
	// linear   1×1, act, grouped 3×3 (stride), act, [SE], 1×1, + shortcut where the shape is kept
	// mbconv   [1×1, act], depthwise k×k (stride), act, [SE], 1×1, + shortcut where the shape is kept
	// presum   1×1, act, grouped 3×3 (stride), act, [SE], 1×1, act, + shortcut (act if projected)
	// preact   norm, act, 3×3 (stride), act, 3×3 without norm, + shortcut
	//
	// s2.b1.a      24 to  56 channels, 1×1, stride 1, groups 1, SE 0, activation "relu"
	// s2.b1.b      56 to  56 channels, 3×3, stride 2, groups 7, SE 6, activation "relu"
	// s2.b1.c      56 to  56 channels, 1×1, stride 1, groups 1, SE 0, activation ""
	// s2.b1.proj   24 to  56 channels, 1×1, stride 2, groups 1, SE 0, activation ""
}

// A child space is its parent and one more restriction.
func ExampleRead() {
	s, err := space.Read("rising.yaml", []byte(`
name: rising
extends: proxy/anynetxc
params:
  b: {max: 2}
constraints: {width: nondecreasing}
`))
	if err != nil {
		log.Fatal(err)
	}
	settings, dimensions, _ := s.Size()
	fmt.Println(s.Lineage)
	fmt.Println(settings, "settings of", dimensions, "dimensions")
	for _, p := range s.Params() {
		fmt.Println(p.Name, "is", p.Text)
	}
	// Output:
	// [proxy/anynetxa proxy/anynetxb proxy/anynetxc]
	// 158760960 settings of 10 dimensions
	// d is log-uniform 1..8
	// w is log-uniform 8..128 step 8
	// b is values 1 2 4 within 1..2
	// g is values 1 2 4 8 16
}
