// Package seed derives independent random streams from names and numbers, so
// that every draw in the program is fixed by what it is for, not by when or
// where it happens.
package seed

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math/rand/v2"
)

// New returns a PCG generator seeded by the SHA-256 digest of parts. Parts are
// strings, ints or uint64s; they are hashed with their type and length, so
// ("a", "bc") and ("ab", "c") give unrelated streams. Any other type panics: it
// is a mistake of the caller, never of its input.
func New(parts ...any) *rand.Rand {
	d := digest(parts)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(d[:8]), binary.BigEndian.Uint64(d[8:16])))
}

// Uint64 returns a 64-bit seed derived from parts in the manner of [New].
func Uint64(parts ...any) uint64 {
	d := digest(parts)
	return binary.BigEndian.Uint64(d[:8])
}

func digest(parts []any) [sha256.Size]byte {
	h := sha256.New()
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			writeHeader(h, 's', uint64(len(p)))
			h.Write([]byte(p))
		case int:
			writeHeader(h, 'i', uint64(p))
		case uint64:
			writeHeader(h, 'u', p)
		default:
			panic(fmt.Sprintf("seed: part of type %T", p))
		}
	}
	var d [sha256.Size]byte
	h.Sum(d[:0])
	return d
}

func writeHeader(h hash.Hash, kind byte, n uint64) {
	var b [9]byte
	b[0] = kind
	binary.BigEndian.PutUint64(b[1:], n)
	h.Write(b[:])
}
