package dashboard

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

// run returns a run of three models of which the first is trained and the second
// failed.
func run(t *testing.T) rundir.Dir {
	t.Helper()
	p, err := pipeline.Sample(t.Context(), pipeline.Draw{Spaces: []string{"proxy/regnetx"}, Budgets: []space.Range{space.Between(0, 60e3)}, N: 3, Seed: 1, Input: 8, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(t.TempDir())
	if err := p.Start(dir); err != nil {
		t.Fatal(err)
	}
	train(t, dir, "m0001")
	failed := trainer.NewOutcome("m0002", trainer.Failed)
	failed.Reason = "<b>no luck</b>"
	w := rundir.NewWriter(dir)
	if err := w.Append(failed); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return dir
}

func train(t *testing.T, dir rundir.Dir, id string) {
	t.Helper()
	err := pipeline.Train(t.Context(), dir, pipeline.Training{
		Images: pipeline.Images{Train: 32, Test: 20}, Kernel: "generic", Version: "test", Log: io.Discard, NoForecast: true, Only: []string{id},
		Recipe: func(r trainer.Recipe) (trainer.Recipe, error) { r.Epochs, r.WarmupEpochs = 1, 0; return r, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, h http.Handler, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", "http://localhost:80/state", nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func stateOf(t *testing.T, h http.Handler) (s State) {
	t.Helper()
	time.Sleep(lookEvery)
	w := get(t, h, nil)
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return s
}

// The state follows the journal and the leases.
func TestState(t *testing.T) {
	dir := run(t)
	h := Handler(dir, "", "localhost:80")
	s := stateOf(t, h)
	if s.Models != 3 || s.Done != 1 || s.Failed != 1 || s.Pending != 1 || len(s.Recent) != 2 || s.Recent[0].ID != "m0002" {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(s.EDF, "<svg") || len(s.Working) != 0 || s.SecondsLeft != 0 || s.Command != "designspace train "+string(dir) {
		t.Errorf("%+v", s)
	}
	leases := rundir.Leases{Dir: dir}
	lease, err := leases.Acquire(rundir.Key{ID: "m0003"})
	if err != nil {
		t.Fatal(err)
	}
	if s := stateOf(t, h); len(s.Working) != 1 || s.Working[0].ID != "m0003" || s.Working[0].Epoch != 0 || s.Working[0].Epochs != 1 || s.SecondsLeft <= 0 || s.Command != "" {
		t.Errorf("%+v", s)
	}
	// Its epochs show as they come.
	nan := math.NaN()
	time.Sleep(time.Second)
	lease.Heartbeat([]trainer.Epoch{{Epoch: 1, TrainError: 80, Error: nan}, {Epoch: 2, TrainError: 70, Error: nan}})
	if w := stateOf(t, h).Working[0]; w.Epoch != 2 || !w.Training || !slices.Equal(w.Curve, [][2]float64{{1, 80}, {2, 70}}) || w.Population != "proxy/regnetx 0:60K" {
		t.Errorf("%+v", w)
	}
	time.Sleep(time.Second)
	lease.Heartbeat([]trainer.Epoch{{Epoch: 1, TrainError: 80, Error: nan}, {Epoch: 2, TrainError: 70, Error: nan}, {Epoch: 3, TrainError: 60, Error: 75}})
	if w := stateOf(t, h).Working[0]; w.Epoch != 3 || w.Training || !slices.Equal(w.Curve, [][2]float64{{3, 75}}) {
		t.Errorf("%+v", w)
	}
	lease.Release()
	train(t, dir, "m0003")
	if s := stateOf(t, h); s.Done != 2 || s.Pending != 0 || s.Recent[0].ID != "m0003" || len(s.Working) != 0 || s.Report || s.Command != "designspace report "+string(dir) {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(dir.Report(), []byte("<p>all"), 0o666); err != nil {
		t.Fatal(err)
	}
	if s := stateOf(t, h); !s.Report || s.Command != "" {
		t.Errorf("%+v", s)
	}
	report := func(r *http.Request) { r.URL.Path = "/report" }
	if w := get(t, h, report); w.Body.String() != "<p>all" || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "sandbox allow-scripts") {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	os.Remove(dir.Report())
	if err := os.Symlink("/etc/passwd", dir.Report()); err != nil {
		t.Fatal(err)
	}
	if w := get(t, h, report); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	os.Remove(dir.Report())
	// A lease that is left, as of a process of another machine, is no training.
	if lease, err = leases.Acquire(rundir.Key{ID: "m0003"}); err != nil || lease == nil {
		t.Fatal(lease, err)
	}
	if s := stateOf(t, h); s.Pending != 0 || len(s.Working) != 0 {
		t.Errorf("%+v", s)
	}
	lease.Release()
	// A damaged file is named; once it is mended the page goes on.
	path := filepath.Join(dir.Journal(), "000001.jsonl")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte("x\n"), good...), 0o666); err != nil {
		t.Fatal(err)
	}
	time.Sleep(lookEvery)
	if w := get(t, h, nil); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "000001.jsonl:1: ") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if err := os.WriteFile(path, good, 0o666); err != nil {
		t.Fatal(err)
	}
	if s := stateOf(t, h); s.Done != 2 {
		t.Errorf("%+v", s)
	}
}

// Only who may see the run sees it, and nobody changes it.
func TestAccess(t *testing.T) {
	dir := run(t)
	open, guarded := Handler(dir, "", "localhost:80"), Handler(dir, "secret", "localhost:80")
	for _, c := range []struct {
		name   string
		h      http.Handler
		change func(*http.Request)
		want   int
	}{
		{"here", open, nil, 200},
		{"by address", open, func(r *http.Request) { r.Host = "127.0.0.1:8377" }, 200},
		{"by address of version 6", open, func(r *http.Request) { r.Host = "[::1]:8377" }, 200},
		{"a name from elsewhere", open, func(r *http.Request) { r.Host = "evil.example:8377" }, 403},
		{"a post", open, func(r *http.Request) { r.Method = "POST" }, 405},
		{"another path", open, func(r *http.Request) { r.URL.Path = "/run.yaml" }, 404},
		{"no token", guarded, nil, 401},
		{"another token", guarded, func(r *http.Request) { r.URL.RawQuery = "token=secre" }, 401},
		{"the token", guarded, func(r *http.Request) { r.URL.RawQuery = "token=secret" }, 303},
		{"the cookie", guarded, func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: cookieName(dir, "localhost:80"), Value: hashOf("secret")})
		}, 200},
		{"the cookie with the token itself", guarded, func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: cookieName(dir, "localhost:80"), Value: "secret"})
		}, 401},
		{"the cookie of another port", guarded, func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: cookieName(dir, "localhost:81"), Value: hashOf("secret")})
		}, 401},
		{"the cookie of another run", guarded, func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: cookieName(dir+"x", "localhost:80"), Value: hashOf("secret")})
		}, 401},
		{"an empty bearer", guarded, func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		{"an empty token", guarded, func(r *http.Request) { r.URL.RawQuery = "token=" }, 401},
		{"no report", open, func(r *http.Request) { r.URL.Path = "/report" }, 404},
		{"the report without the token", guarded, func(r *http.Request) { r.URL.Path = "/report" }, 401},
		{"a bearer", guarded, func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") }, 200},
		{"another bearer", guarded, func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401},
	} {
		if w := get(t, c.h, c.change); w.Code != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.want)
		}
	}
	for address, want := range map[string]bool{"localhost:1": true, "127.0.0.1:1": true, "[::1]:1": true, "0.0.0.0:1": false, ":1": false, "10.0.0.1:1": false} {
		if here, err := Loopback(address); here != want || err != nil {
			t.Errorf("%s: %v, %v", address, here, err)
		}
	}
	if _, err := Loopback("8080"); err == nil {
		t.Error("8080 is an address")
	}
	if a, b := NewToken(), NewToken(); len(a) < 20 || a == b {
		t.Errorf("tokens %s and %s", a, b)
	}
}

func hashOf(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

// Any token opens the page by the address that is printed, and then by the
// cookie that comes with it.
func TestOddToken(t *testing.T) {
	const token = `a b&c;"=%+é#`
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- Serve(ctx, l, run(t), token) }()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := (&http.Client{Jar: jar}).Get(Address(l, token))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil || r.StatusCode != 200 || !strings.Contains(string(text), "<title>") || r.Request.URL.RawQuery != "" {
		t.Errorf("%s %v: %s", r.Status, r.Request.URL, text)
	}
	if r.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%v", r.Header)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// Who sends a request byte by byte, or does not read the answer, is left alone
// after a while: package net/http does it with these.
func TestTimesAreLimited(t *testing.T) {
	s := newServer(nil)
	for _, d := range []time.Duration{s.ReadTimeout, s.WriteTimeout, s.IdleTimeout} {
		if d <= 0 || d > time.Minute {
			t.Errorf("%v", d)
		}
	}
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request was complete") })
	s = newServer(h)
	s.ReadTimeout = 50 * time.Millisecond
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	defer s.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost:")
	if answer, err := io.ReadAll(c); err != nil {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestAddress(t *testing.T) {
	name, err := os.Hostname()
	if err != nil || name == "localhost" {
		t.Skip("this machine has no name")
	}
	for _, listen := range []string{":0", "localhost:0"} {
		l, err := net.Listen("tcp", listen)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		got := Address(l, "")
		if all := listen == ":0"; strings.HasPrefix(got, "http://"+name+":") != all || strings.Contains(got, "[::]") {
			t.Errorf("%s: %s", listen, got)
		}
	}
}

// Of more connections than there may be the others wait until one is closed, and
// closing the listener ends the wait.
func TestConnectionsAreLimited(t *testing.T) {
	below, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(below, 2)
	accepted := make(chan net.Conn)
	ended := make(chan error)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	for range 3 {
		c, err := net.Dial("tcp", below.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first := <-accepted
	<-accepted
	select {
	case <-accepted:
		t.Error("a third connection")
	case <-time.After(100 * time.Millisecond):
	}
	first.Close()
	first.Close() // counts once
	<-accepted
	l.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// The name of a run is a text of its page, and nothing else.
func TestNameOfRun(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), "<img src=x onerror=x()>`${x()}`'\"\\"))
	w := get(t, Handler(dir, "", "localhost:80"), func(r *http.Request) { r.URL.Path = "/" })
	text := w.Body.String()
	const script = `const run = "\u003cimg src=x onerror=x()\u003e` + "`${x()}`" + `'\"\\";` + "\n"
	if w.Code != 200 || strings.Contains(text, "<img") || !strings.Contains(text, script) || strings.Count(text, "${x()}") != 3 {
		t.Errorf("%d %s", w.Code, text)
	}
}

// Requests may come at once while the run goes on.
func TestManyRequests(t *testing.T) {
	dir := run(t)
	h := Handler(dir, "", "localhost:80")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if w := get(t, h, nil); w.Code != 200 {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			}
		})
	}
	train(t, dir, "m0003")
	all.Wait()
}
