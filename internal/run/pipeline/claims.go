package pipeline

import (
	"cmp"
	"context"
	"sync"
	"time"

	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// claims are the trainings that a session has taken for itself.
type claims struct {
	leases   rundir.Leases
	journal  *rundir.Follower
	attempts map[rundir.Key]int // numbers of the attempts after the first, by key of that
	others   []trainer.Job      // refused because another process has them

	mu   sync.Mutex
	held map[rundir.Key]*rundir.Lease
}

// newClaims returns claims to the trainings that the journal does not have and
// to further attempts at those that have the status retry.
func newClaims(d rundir.Dir, timeout time.Duration, retry trainer.Status, j *rundir.Journal) *claims {
	c := &claims{
		leases: rundir.Leases{Dir: d, Timeout: timeout}, journal: rundir.NewFollower(d),
		attempts: map[rundir.Key]int{}, held: map[rundir.Key]*rundir.Lease{},
	}
	for _, r := range j.Records {
		if r.Status == retry {
			c.attempts[rundir.Key{ID: r.ID, Repeat: r.Repeat}] = min(r.Attempt+1, rundir.MaxAttempt)
		}
	}
	return c
}

func (c *claims) key(j trainer.Job) rundir.Key {
	k := rundir.Key{ID: j.ID, Repeat: j.Repeat}
	k.Attempt = c.attempts[k]
	return k
}

// take claims a job unless it is recorded or another process has it.
func (c *claims) take(j trainer.Job) (claimed, recorded bool, err error) {
	k := c.key(j)
	lease, err := c.leases.Acquire(k)
	if err != nil {
		return false, false, err
	}
	// After the lease: who had it before recorded before it gave the lease back.
	if recorded, err = c.recorded(j); recorded || err != nil {
		if lease != nil {
			lease.Release()
		}
		return false, recorded, err
	}
	if lease == nil {
		c.others = append(c.others, j)
		return false, false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[k] = lease
	return true, false, nil
}

func (c *claims) recorded(j trainer.Job) (bool, error) { return c.journal.Recorded(c.key(j)) }

// left returns the jobs that other processes have, once.
func (c *claims) left() []trainer.Job {
	jobs := c.others
	c.others = nil
	return jobs
}

// wait waits until it is time to look at them again.
func (c *claims) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(time.Second, cmp.Or(c.leases.Timeout, rundir.DefaultLeaseTimeout)/8)):
		return nil
	}
}

func (c *claims) lease(j trainer.Job) *rundir.Lease {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held[c.key(j)]
}

// heartbeat tells other processes that the job makes progress.
func (c *claims) heartbeat(j trainer.Job, curve []trainer.Epoch) {
	if l := c.lease(j); l != nil {
		l.Heartbeat(curve)
	}
}

func (c *claims) release(j trainer.Job) {
	if l := c.lease(j); l != nil {
		l.Release()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, c.key(j))
}

// close gives back what was not trained to its end.
func (c *claims) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.held {
		l.Release()
	}
}
