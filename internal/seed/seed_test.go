package seed

import (
	"math/rand/v2"
	"testing"
)

// The digest of the single part "designspace" is computed outside Go:
//
//	printf 's\0\0\0\0\0\0\0\013designspace' | sha256sum
func TestUint64IsTheDigest(t *testing.T) {
	const want = 0xa730627d4f9ce4b4
	if got := Uint64("designspace"); got != want {
		t.Errorf("Uint64 = %#x, want %#x", got, uint64(want))
	}
}

func TestNewTakesTheDigestsFirstHalf(t *testing.T) {
	want := rand.New(rand.NewPCG(0xa730627d4f9ce4b4, 0x9473b1a1efd5f3ca)).Uint64()
	if got := New("designspace").Uint64(); got != want {
		t.Errorf("first draw = %#x, want %#x", got, want)
	}
}

func TestPartsDoNotRunTogether(t *testing.T) {
	seen := map[uint64][]any{}
	for _, parts := range [][]any{
		{"a", "bc"}, {"ab", "c"}, {"abc"}, {"abc", ""}, {"a", "b", "c"},
		{1, 2}, {12}, {2, 1}, {uint64(12)}, {"12"}, {},
	} {
		d := Uint64(parts...)
		if prev, ok := seen[d]; ok {
			t.Errorf("%v and %v share a seed", prev, parts)
		}
		seen[d] = parts
	}
}
