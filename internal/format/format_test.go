package format

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for seconds, want := range map[int]string{0: "0s", 59: "59s", 60: "1m00s", 3599: "59m59s", 7625: "2h07m", 172800: "2d00h", 270000: "3d03h"} {
		if got := Duration(time.Duration(seconds) * time.Second); got != want {
			t.Errorf("Duration(%ds) = %s, want %s", seconds, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 models", 1: "1 model", 2: "2 models"} {
		if got := Count(n, "model"); got != want {
			t.Errorf("Count(%d) = %s, want %s", n, got, want)
		}
	}
}
