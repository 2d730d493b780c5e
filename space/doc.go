// Package space says what a network is and what a design space of networks is.
//
// A [Model] is one network: stem, stages of equal blocks, head. It knows its
// shapes and its complexity in the counting of pycls.
package space
