package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
)

// ends are the signals that stop the program.
var ends = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// untilSignal returns a context that the first signal ends. A later one ends the
// program at once.
func untilSignal() context.Context {
	heeded := slices.DeleteFunc(slices.Clone(ends), signal.Ignored) // as under nohup
	if len(heeded) == 0 {
		return context.Background()
	}
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, heeded...)
	go func() {
		<-signals
		first := time.Now()
		cancel()
		for s := range signals {
			if number, ok := s.(syscall.Signal); ok && time.Since(first) > echo(s) {
				os.Exit(128 + int(number)) // as a shell reports it
			}
		}
	}()
	return ctx
}

// echo is how soon after the first a signal is taken for the same: a batch system
// and the script that it runs may both pass one on.
func echo(s os.Signal) time.Duration {
	if s == os.Interrupt {
		return 200 * time.Millisecond
	}
	return time.Second
}

// toSave is how long a verb that saves or closes something when it is
// interrupted has for it.
const toSave = time.Minute

// interruptible ends the verb with the first signal, whatever it is doing. Files
// are written whole, so that it can be at once, unless the verb saves what it is
// at.
func interruptible(c *cli.Command) cli.ActionFunc {
	action := c.Action
	grace := time.Duration(0)
	if slices.Contains([]string{"train", "run", "evolve", "serve", "status"}, c.Name) { // also experiment run
		grace = toSave
	}
	return func(c *cli.Context) error {
		err := unlessDone(c.Context, grace, func() error { return action(c) })
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted")
		}
		return err
	}
}

// unlessDone returns the error of f, or that of the context if it is done and f
// has not returned within the grace.
func unlessDone(ctx context.Context, grace time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return ctx.Err()
	}
}
