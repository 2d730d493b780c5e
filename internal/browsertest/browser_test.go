// Package browsertest looks at the pages of designspace in Chromium. It is a
// module of its own, so that what drives the browser is no dependency of the
// program, and it knows the program only as a command.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// program is the path of the command that the tests run.
var program string

func TestMain(m *testing.M) {
	os.Exit(build(m))
}

// build compiles the command and runs the tests.
func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "designspace")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "designspace")
	c := exec.Command("go", "build", "-o", program, "./cmd/designspace")
	c.Dir, c.Stderr = "../..", os.Stderr
	if err := c.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "go build:", err)
		return 1
	}
	return m.Run()
}

// designspace runs the command.
func designspace(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("designspace %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

const chromium = "/usr/bin/chromium"

// A tab shows a page in Chromium and keeps what the browser said of it.
type tab struct {
	*testing.T
	ctx      context.Context
	events   context.CancelFunc
	requests chan string
	messages chan string
}

// start starts Chromium. The test is skipped without it.
func start(t *testing.T) context.Context {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Skipf("no browser: %v: install chromium", err)
	}
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()),
	}
	for _, name := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		flags = append(flags, chromedp.Flag(name, true))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, flags...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx) })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// open shows the page at an address.
func open(ctx context.Context, t *testing.T, address string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx}
	b.listen()
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address))
	return b
}

// listen gathers the requests and the messages of the tab until close.
func (b *tab) listen() {
	ctx, cancel := context.WithCancel(b.ctx)
	b.events, b.requests, b.messages = cancel, make(chan string, 1000), make(chan string, 1000)
	requests, messages := chromedp.Events(ctx, network.RequestWillBeSent), chromedp.Console(ctx)
	go func() {
		defer close(b.requests)
		for e, err := range requests {
			if err != nil {
				return
			}
			b.requests <- e.Request.URL
		}
	}()
	go func() {
		defer close(b.messages)
		for m, err := range messages {
			if err != nil {
				return
			}
			b.messages <- m.String()
		}
	}()
}

// quiet checks that the page had nothing to say and asked for nothing but
// itself.
func (b *tab) quiet() {
	b.Helper()
	b.events()
	for m := range b.messages {
		b.Errorf("the console says: %s", m)
	}
	page := 0
	for r := range b.requests {
		switch {
		case strings.HasPrefix(r, "file:") && strings.HasSuffix(r, "/report.html"):
			page++
		case r != "data:,":
			b.Errorf("the page asks for %s", r)
		}
	}
	if page == 0 {
		b.Error("no request for the page itself was seen, so others may have been missed")
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// eval returns the value of a script.
func eval[T any](b *tab, js string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		b.Fatalf("%s: %v", js, err)
	}
	return v
}

// during is eval while a click may be replacing the page by another, which has no
// value then.
func during[T any](b *tab, js string) (v T) {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil && b.ctx.Err() != nil {
		b.Fatalf("%s: %v", js, err)
	}
	return v
}
