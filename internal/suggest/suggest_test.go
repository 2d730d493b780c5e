package suggest

import "testing"

func TestKnown(t *testing.T) {
	spaces := []string{"proxy/anynetxa", "proxy/anynetxb", "proxy/regnetx", "imagenet/regnetx"}
	var letters []string
	for c := 'a'; c <= 'z'; c++ {
		letters = append(letters, string(c)+string(c)+string(c))
	}
	for _, c := range []struct {
		word  string
		names []string
		want  string
	}{
		{"proxy/any", spaces, `did you mean "proxy/anynetxa"?`},
		{"regnetx", spaces, `did you mean "imagenet/regnetx"?`},
		{"anynetxb", spaces, `did you mean "proxy/anynetxb"?`},
		{"proxy/regntex", spaces, `did you mean "proxy/regnetx"?`},
		{"n", []string{"m"}, "known are m"},
		{"spcae", []string{"space", "seed"}, `did you mean "space"?`},
		{"", []string{"b", "a"}, "known are a, b"},
		{"quux", spaces[:2], "known are proxy/anynetxa, proxy/anynetxb"},
		{"q", letters[1:], "nearest are qqq, bbb, ccc, ddd, eee, fff, ggg, hhh, iii, jjj, kkk, lll"},
		{"x", nil, "known are "},
	} {
		if got := Known(c.word, c.names); got != c.want {
			t.Errorf("Known(%q) = %s, want %s", c.word, got, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	// The classic examples of Wagner and Fischer's distance.
	for _, c := range []struct {
		a, b string
		want int
	}{{"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"", "abc", 3}, {"abc", "", 3}, {"same", "same", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
