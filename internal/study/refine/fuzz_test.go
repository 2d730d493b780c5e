package refine

import "testing"

// What is typed for a range is read, and bounds something, or refused.
func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"depth=10:20", "w4=64:", "b=1,2", "=", "d=::", "w=1e999:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := ParseRange(s); err == nil && (r.Name == "" || !r.Range.Bounded()) {
			t.Errorf("%q: %+v", s, r)
		}
	})
}
