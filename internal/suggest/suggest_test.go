package suggest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNearest(t *testing.T) {
	spaces := []string{"proxy/anynetxa", "proxy/anynetxb", "proxy/anynetxa-shared", "proxy/regnetx", "imagenet/regnetx"}
	verbs := []string{"run", "report", "refine", "space", "space list", "space show", "model show"}
	flags := []string{"--seed", "--space", "--share", "--train-images", "--out", "-n"}
	for _, c := range []struct {
		word  string
		names []string
		want  []string
	}{
		// By what a name begins with, the nearest in length first.
		{"proxy/any", spaces, []string{"proxy/anynetxa", "proxy/anynetxb", "proxy/anynetxa-shared"}},
		{"proxy/anynetxa-s", spaces, []string{"proxy/anynetxa-shared"}},
		{"rep", verbs, []string{"report"}},
		{"--tr", flags, []string{"--train-images"}},
		{"s", flags, []string{"--seed", "--share", "--space"}},
		{"a", []string{"aa", "ab", "ac", "ad"}, nil}, // too many for a letter

		// By the last part.
		{"regnetx", spaces, []string{"proxy/regnetx", "imagenet/regnetx"}},
		{"anynetxb", spaces, []string{"proxy/anynetxb"}},
		{"any", spaces, []string{"proxy/anynetxa", "proxy/anynetxb", "proxy/anynetxa-shared"}},
		{"show", verbs, []string{"model show", "space show"}},

		// By distance, of the whole or of the last part.
		{"proxy/regntex", spaces, []string{"proxy/regnetx"}},
		{"regntex", spaces, []string{"imagenet/regnetx", "proxy/regnetx"}},
		{"-sapce", flags, []string{"--space"}},

		// However it is written.
		{"Proxy/RegNetX", spaces, []string{"proxy/regnetx"}},
		{"train_images", flags, []string{"--train-images"}},

		{"quux", spaces, nil},
		{"n", []string{"m"}, nil},
		{"", spaces, nil},
	} {
		if got := Nearest(c.word, c.names); !cmp.Equal(got, c.want) {
			t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}

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
		{"proxy/any", spaces, `did you mean "proxy/anynetxa" or "proxy/anynetxb"?`},
		{"proxy/regntex", spaces, `did you mean "proxy/regnetx"?`},
		{"n", []string{"m"}, "known are m"},
		{"", []string{"b", "a"}, "known are a, b"},
		{"quux", spaces[:2], "known are proxy/anynetxa, proxy/anynetxb"},
		{"xq", letters[1:], "nearest are qqq, xxx, bbb, ccc, ddd, eee, fff, ggg, hhh, iii, jjj, kkk"},
		{"x", nil, "known are "},
	} {
		if got := Known(c.word, c.names); got != c.want {
			t.Errorf("Known(%q) = %s, want %s", c.word, got, c.want)
		}
	}
}

func TestOr(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a or b"}, {[]string{"a", "b", "c"}, "a, b or c"}} {
		if got := Or(c.words); got != c.want {
			t.Errorf("Or(%q) = %q, want %q", c.words, got, c.want)
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
