package format

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A shell reads the words that were meant, whatever they hold.
func TestCommand(t *testing.T) {
	if got, want := Command([]string{"designspace", "train", "runs/my run", "a=b", ""}), "designspace train 'runs/my run' a=b ''"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringOf(rapid.RuneFrom([]rune("ab =$`'\"\\;&|<>()*?[]{}#~!^%@-\n\té"))), 1, 5).Draw(t, "words")
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+Command(words)).Output()
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); err != nil || !slices.Equal(got, words) {
			t.Fatalf("%q: %q, %v", words, got, err)
		}
	})
}
