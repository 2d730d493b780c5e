package progress

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"time"
)

// A Log writes what happens as lines of JSON for other programs. What is written
// to it as text becomes the event "message", a line each; a [Display] on it tells
// what its models do.
type Log struct {
	mu   sync.Mutex
	w    io.Writer
	now  func() time.Time
	rest []byte // of a line that has not ended
}

// NewLog returns a log on w.
func NewLog(w io.Writer) *Log { return &Log{w: w, now: time.Now} }

// An Event is a line of a log. What does not belong to the kind of event is left
// out.
type Event struct {
	Time            time.Time `json:"time"`
	Event           string    `json:"event"` // message, start, finish or progress
	Text            string    `json:"text,omitempty"`
	Model           string    `json:"model,omitempty"`
	Finished        int       `json:"finished,omitempty"`          // models, with those of earlier calls
	Models          int       `json:"models,omitempty"`            // to be trained, with those
	ImagesPerSecond float64   `json:"images_per_second,omitempty"` // over all models
	SecondsLeft     float64   `json:"seconds_left,omitempty"`
}

// Write logs the lines of p.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, ended := bytes.Cut(l.rest, []byte("\n"))
		if !ended {
			return len(p), nil
		}
		if err := l.write(Event{Event: "message", Text: string(line)}); err != nil {
			return 0, err
		}
		l.rest = append(l.rest[:0], rest...)
	}
}

func (l *Log) event(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.write(e) // as a display that nobody can see
}

func (l *Log) write(e Event) error {
	e.Time = l.now().UTC().Truncate(time.Millisecond)
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = l.w.Write(append(line, '\n'))
	return err
}
