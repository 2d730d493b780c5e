// Package space says what a network is and what a design space of networks is.
//
// # Models
//
// A [Model] is one network: stem, stages of equal blocks, head. It knows its
// shapes, its complexity in the counting of pycls, and a key that tells it from
// other networks. [ReadModel] reads one from YAML, [LoadModel] also from the
// catalog:
//
//	stem: cifar            # one of Stems
//	stem_width: 16
//	block: x               # one of Blocks, or y: x with se_ratio 0.25
//	depths: [1, 2, 4, 2]   # lists: one value, or one a stage
//	widths: [16, 32, 64, 128]
//	strides: [1, 2, 2, 2]
//	group_widths: 8
//	se_ratio: [0, 0, 0.25, 0.25]
//
// [Block.Has] says which of these a block has: mbconv wants expansions in place of
// group widths, and takes kernels:
//
//	expansions: [1, 6, 6, 6]
//	kernels: [3, 3, 5, 3]
//
// or, with stages that a [RegNet] generates,
//
//	regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, b: 1, g: 8}
//
// [Options] have keys of their own, and usual values where these are left out:
//
//	group_fix: torchvision  # or pycls
//	end_activation: model   # after the last block; or none
//	downsampling: maxpool   # after the last block of a stage; or stride, of its first
//	shortcut: avgpool       # before the 1×1 convolution of a shortcut; or stride, of that convolution
//
// # Spaces
//
// A [Space] is a set of networks and a distribution to draw them by. In YAML it has a
// name and a base, or a parent that it extends:
//
//	name: my/rising
//	about: widths that rise       # free text
//	extends: proxy/anynetxc       # a name of the catalog, or a path relative to this file
//	shared: [d]                   # one draw for all stages
//	params:
//	  b: {max: 2}                 # the parent's distribution, conditioned on a range
//	  w4: {min: 64}               # of one stage
//	  g: [4, 8, 16]               # or another distribution on values of the parent's
//	constraints:
//	  width: nondecreasing        # or constant, nonincreasing; depth likewise
//	  depth: {order: nondecreasing, max: 30}  # an order, and bounds on the blocks in all
//	  flops: {min: 2M, max: 2.4M} # bounds on any Property of the drawn model
//	  acts: {per_sqrt_flop: 205.5}  # at most 205.5·√flops; per_flop likewise
//
// A space that extends another can only restrict it, which is checked. With
// variant_of in place of extends it may also change settings, replace distributions and
// add lr, weight_decay or input. A space of its own gives everything:
//
//	name: my/base
//	base: anynet                  # or regnet
//	stem: cifar                   # settings: the keys of a model that are not about stages
//	stem_width: 16
//	block: x
//	strides: [1, 2, 2, 2]
//	stages: 4                     # for regnet also a range, as in [3, 5]
//	params:
//	  d: {dist: log-uniform, min: 1, max: 8}
//	  w: {dist: log-uniform, min: 8, max: 128, step: 8}
//	  b: [1, 2, 4]                # values, equally likely
//	  g: {dist: power2, min: 1, max: 16}
//	  lr: {dist: log-uniform, min: 0.01, max: 1, step: 0.01}
//
// Parameters are d, w, b and g of every stage for base anynet, with d1, w4 and
// so on for one stage; d, w0, wa, wm, b and g for base regnet, where wa: {equals:
// w0} ties one to another; and input, lr and weight_decay for both. Of b and g, and
// of e and k, the expansion and the kernel, a space draws those that its block has.
//
// Params restrict the draw, before the group fix. Constraints other than the
// orders hold for the model that comes of it, after the group fix.
//
// # Distributions
//
// [Dist] defines the distributions. Their values are exact multiples of the
// step, as it is written: 36.4 is 36.4. An order between stages, and a range of
// a child, condition the distribution as if draws outside were drawn again; chains of
// ordered stages are drawn from that distribution in one pass. Draws have the same bits
// on every machine.
//
// # How re-implementations deviate
//
// Four departures from RegNet are common. The example of [Model.Complexity]
// counts them for RegNetX-200MF (199 040 872 multiply-adds, 2 684 792
// parameters, 2 164 056 activations) and RegNetY-200MF:
//
//   - Eight groups in place of groups of eight channels: the 3×3 convolutions of
//     widths above 64 grow, to 250 225 096 multiply-adds (+26 %) and 3 624 392
//     parameters (+35 %) in all.
//   - SE that squeezes to 1/16 of the inner width in place of 1/4 of the block's
//     input width: 2 818 081 parameters for RegNetY-200MF in place of 3 162 996.
//   - A 1×1 head convolution 1280 wide: 223 033 832 multiply-adds (+12 %) and
//     4 070 392 parameters (+52 %).
//   - No ReLU after the addition of the shortcut: the same counts, another
//     network.
//
// Peers/regnetx-200mf-blog and regnety-200mf-blog are a re-implementation that has
// all of them, and no stem: its first block reads the image at full size, which
// makes five times the multiply-adds.
package space
