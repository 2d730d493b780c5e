package rundir

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"designspace/internal/host"
	"designspace/trainer"
)

// DefaultLeaseTimeout is how long a lease holds without a heartbeat.
const DefaultLeaseTimeout = 2 * time.Minute

// Leases divide the trainings of a run among processes. They save work and
// decide nothing: of two records of a training the first stands, whoever had
// the lease.
//
// A lease is a file beside the journal that only one process can create. Its
// holder counts heartbeats in it as the training makes progress. Who sees the
// count stand still for as long as Timeout, by its own monotonic clock, takes the
// lease as expired and creates the file of the next generation, which again only
// one can. So no clocks are compared, no file is locked, and all of it works over
// NFS. The lease of a process of this machine that is known to have ended has
// expired at once.
type Leases struct {
	Dir     Dir
	Timeout time.Duration // 0: DefaultLeaseTimeout
	seen    map[string]sighting
}

// A sighting is what a lease's file said, and since when.
type sighting struct {
	text  string
	since time.Time
}

// A Key names one training: which of a model, and which attempt at it.
type Key struct {
	ID      string
	Repeat  int
	Attempt int
}

func (k Key) file(generation int) string {
	return fmt.Sprintf("%s-%d-%d.%d%s", url.PathEscape(k.ID), k.Repeat, k.Attempt, generation, leaseSuffix)
}

const leaseSuffix = ".lease"

// maxGeneration is more than there are of any lease; a file of a greater one is
// not ours.
const maxGeneration = 1 << 30

// A holder is the content of a lease's file.
type holder struct {
	Host      string `json:"host"`
	Process   string `json:"process"`
	Heartbeat int    `json:"beat"`

	Curve []trainer.Epoch `json:"curve,omitempty"` // so far, for who watches
}

// A Lease is held by this process until it is released or taken over. Its
// methods may be called concurrently.
type Lease struct {
	dir        Dir
	key        Key
	generation int
	interval   time.Duration // between two heartbeats, at least

	mu     sync.Mutex
	file   *os.File  // nil once released
	last   time.Time // of the latest heartbeat
	size   int       // of the file
	epochs int       // told
	holder
}

// Acquire returns the lease of a training, or nil if another process has it.
func (l *Leases) Acquire(k Key) (*Lease, error) {
	if err := l.Dir.makeJournal(); err != nil {
		return nil, err
	}
	held, err := generations(l.Dir, k)
	if err != nil {
		return nil, err
	}
	next := 1
	if len(held) > 0 {
		last := held[len(held)-1]
		if expired, err := l.expired(filepath.Join(l.Dir.Journal(), k.file(last))); !expired || err != nil {
			return nil, err
		}
		next = last + 1
	}
	f, err := os.OpenFile(filepath.Join(l.Dir.Journal(), k.file(next)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	name, _ := os.Hostname() // for a person to read
	lease := &Lease{
		dir: l.Dir, key: k, generation: next, interval: l.timeout() / 8, file: f,
		holder: holder{Host: name, Process: host.Process(os.Getpid())},
	}
	lease.Heartbeat(nil)
	return lease, nil
}

func (l *Leases) timeout() time.Duration { return cmp.Or(l.Timeout, DefaultLeaseTimeout) }

// expired reports whether the holder of a lease's file is taken to be gone.
func (l *Leases) expired(path string) (bool, error) {
	text, err := ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // released just now: look again later
	}
	if err != nil {
		return false, err
	}
	var h holder
	if json.Unmarshal(text, &h) == nil && host.Ended(h.Process) {
		return true, nil
	}
	if s, ok := l.seen[path]; ok && s.text == string(text) {
		return time.Since(s.since) > l.timeout(), nil
	}
	if l.seen == nil {
		l.seen = map[string]sighting{}
	}
	l.seen[path] = sighting{string(text), time.Now()}
	return false, nil
}

// generations lists the generations of a lease that there are, ascending.
func generations(d Dir, k Key) ([]int, error) {
	files, err := os.ReadDir(d.Journal())
	if err != nil {
		return nil, err
	}
	prefix := strings.TrimSuffix(k.file(0), "0"+leaseSuffix)
	var list []int
	for _, f := range files {
		number, ok := strings.CutPrefix(strings.TrimSuffix(f.Name(), leaseSuffix), prefix)
		if n, err := strconv.Atoi(number); ok && err == nil && n > 0 && n < maxGeneration {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list, nil
}

// maxTold is the most epochs that a heartbeat tells.
const maxTold = 200

// thin returns epochs at even distances, the last among them.
func thin(curve []trainer.Epoch) []trainer.Epoch {
	step := (len(curve) + maxTold - 1) / maxTold
	if step <= 1 {
		return curve
	}
	var some []trainer.Epoch
	for i := (len(curve) - 1) % step; i < len(curve); i += step {
		some = append(some, curve[i])
	}
	return some
}

// epochInterval is the least time between two heartbeats for an epoch each.
const epochInterval = time.Second

// Heartbeat tells others that the training goes on, and with what epochs so far;
// it writes only now and then.
// A heartbeat that cannot be written is left out: others may then repeat the
// work, which harms no result.
func (l *Lease) Heartbeat(curve []trainer.Epoch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	interval := l.interval
	if len(curve) > l.epochs {
		interval = min(interval, epochInterval)
	}
	if l.file == nil || !l.last.IsZero() && time.Since(l.last) < interval {
		return
	}
	l.last, l.epochs, l.Curve = time.Now(), len(curve), thin(curve)
	l.holder.Heartbeat++
	text, err := json.Marshal(l.holder)
	if err == nil {
		text = append(text, bytes.Repeat([]byte(" "), max(0, l.size-len(text)))...) // over what was longer
		l.size = len(text)
		_, err = l.file.WriteAt(append(text, '\n'), 0)
	}
	if err == nil {
		l.file.Sync()
	}
}

// Release gives the lease up. The outcome must be in the journal before, if
// there is one: who acquires the lease then looks there.
func (l *Lease) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return
	}
	l.file.Close()
	l.file = nil
	// What cannot be removed will expire.
	held, _ := generations(l.dir, l.key)
	for _, g := range held {
		if g <= l.generation {
			os.Remove(filepath.Join(l.dir.Journal(), l.key.file(g)))
		}
	}
}
