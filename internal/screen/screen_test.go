package screen

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWriter(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n\ttext: µ 木 ±\n":       "plain\n\ttext: µ 木 ±\n",
		"\x1b[31mred\x1b[0m\n":         `\u001b[31mred\u001b[0m` + "\n",
		"\x1b]0;title\a":               `\u001b]0;title\u0007`,
		"over\rwritten\b":              `over\u000dwritten\u0008`,
		"\u009b31m":                    `\u009b31m`,
		"\x9b31m":                      "\ufffd31m",
		"\x7f":                         `\u007f`,
		"\u202ecod.exe":                `\u202ecod.exe`,
		"a\x00b":                       `a\u0000b`,
		`{"a": "b"}` + "\n":            `{"a": "b"}` + "\n",
		"emoji \U0001f468\u200d\u2695": "emoji \U0001f468\u200d\u2695",
	} {
		var b bytes.Buffer
		if n, err := New(&b).Write([]byte(text)); n != len(text) || err != nil || b.String() != want {
			t.Errorf("%q: %q, %d, %v; want %q", text, b.String(), n, err, want)
		}
	}
}

// However a text is divided among calls, it comes out whole and harmless, and
// JSON with its meaning.
func TestAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.SampledFrom([]byte("aµ木\x1b\x9b\u009b\n\t\r\x00\xff\U0001f468"))).Draw(t, "text")
		var whole, parts bytes.Buffer
		w := New(&whole)
		w.Write(append(bytes.Clone(text), '.'))
		p := New(&parts)
		for _, c := range append(bytes.Clone(text), '.') {
			if n, err := p.Write([]byte{c}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		got := parts.String()
		if got != whole.String() {
			t.Fatalf("%q and %q", got, whole.String())
		}
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Fatalf("%q", got)
		}
		var s string
		value := rapid.String().Draw(t, "value")
		line, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		whole.Reset()
		New(&whole).Write(line)
		if err := json.Unmarshal(whole.Bytes(), &s); err != nil || s != value {
			t.Fatalf("%q: %q, %v", value, s, err)
		}
	})
}

func TestRaw(t *testing.T) {
	var b bytes.Buffer
	w := New(&b)
	if Raw(w) != &b || Raw(&b) != &b || Data(w) != &b || Terminal(w) != nil {
		t.Error("the writer below is another")
	}
	if f, err := os.Open("/dev/ptmx"); err == nil { // a terminal
		defer f.Close()
		w := New(f)
		if Terminal(w) != f || Data(w) != w {
			t.Error("a terminal is not recognised")
		}
	}
}
