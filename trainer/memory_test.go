package trainer

import (
	"context"
	"testing"
	"time"
)

func TestMemoryIsShared(t *testing.T) {
	m := newMemory(100)
	first, err := m.take(t.Context(), 60)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := m.take(ctx, 60); err == nil {
		t.Fatal("120 of 100 bytes were given out")
	}
	first()
	second, err := m.take(t.Context(), 60)
	if err != nil {
		t.Fatal(err)
	}
	second()
	if _, err := m.take(t.Context(), 101); err == nil {
		t.Error("101 of 100 bytes were given out")
	}
	if _, err := newMemory(0).take(t.Context(), 1<<50); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}
