package evolve

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// However judgements come out, the levels of those that reject sum up to Level at
// most: of a child that is worse, only such a judgement makes no error.
func TestBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rounds, proposals := rapid.IntRange(1, 6).Draw(t, "rounds"), rapid.IntRange(1, 4).Draw(t, "proposals")
		b := budget{share: Level / float64(rounds*proposals)}
		spent := 0.0
		for range rounds {
			slots := proposals
			for range rapid.IntRange(0, proposals).Draw(t, "judgements") {
				slots--
				level := b.level()
				if level < b.share {
					t.Fatalf("level %v is below the share %v", level, b.share)
				}
				accepted := rapid.Bool().Draw(t, "accepted")
				b.judged(accepted)
				if accepted {
					break
				}
				spent += level
			}
			b.unused(slots)
		}
		if spent > Level*(1+1e-12) {
			t.Fatalf("%v was spent", spent)
		}
		if left := b.carried + spent; math.Abs(left-Level) > 1e-12 && left > Level {
			t.Fatalf("%v is left and spent", left)
		}
	})
}

// An accepted child gives its level to the next judgement, with the shares of
// judgements that did not take place; a rejected one gives nothing.
func TestBudgetByHand(t *testing.T) {
	b := budget{share: 0.01}
	for i, step := range []struct {
		accepted bool
		unused   int
		level    float64
	}{{false, 0, 0.01}, {true, 0, 0.01}, {true, 2, 0.02}, {false, 0, 0.05}, {false, 1, 0.01}, {false, 0, 0.02}} {
		if got := b.level(); math.Abs(got-step.level) > 1e-12 {
			t.Errorf("judgement %d at level %v, want %v", i, got, step.level)
		}
		b.judged(step.accepted)
		b.unused(step.unused)
	}
}
