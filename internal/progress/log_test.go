package progress

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A display on a log writes events, a line of JSON each.
func TestLog(t *testing.T) {
	var b bytes.Buffer
	l := NewLog(&b)
	now := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	l.now = func() time.Time { return now }
	fmt.Fprint(l, "note: one\nnote: ")
	fmt.Fprintln(l, "two")
	d := New(l, Amount{2, 4}, Amount{})
	start := now
	d.start, d.last, d.now = start, start, func() time.Time { return now }
	d.Start("a", 2, 1, 100)
	d.Step("a", 0, 0)
	now = now.Add(20 * time.Second)
	d.Step("a", 0, 50)
	d.Finish("a", "a: error 3 %")
	d.Print("waiting")
	d.Close()
	var got []Event
	for decoder := json.NewDecoder(&b); decoder.More(); {
		var e Event
		if err := decoder.Decode(&e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	later := start.Add(20 * time.Second)
	want := []Event{
		{Time: start, Event: "message", Text: "note: one"},
		{Time: start, Event: "message", Text: "note: two"},
		{Time: start, Event: "start", Model: "a"},
		{Time: later, Event: "progress", Models: 2, ImagesPerSecond: 3, SecondsLeft: 60},
		{Time: later, Event: "finish", Model: "a", Text: "a: error 3 %", Finished: 1, Models: 2},
		{Time: later, Event: "message", Text: "waiting"},
		{Time: later, Event: "progress", Finished: 1, Models: 2, ImagesPerSecond: 3, SecondsLeft: 20},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
