package dashboard

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
	h := Handler(dir, "")
	s := stateOf(t, h)
	if s.Models != 3 || s.Done != 1 || s.Failed != 1 || s.Pending != 1 || len(s.Recent) != 2 || s.Recent[0].ID != "m0002" {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(s.EDF, "<svg") || len(s.Working) != 0 || s.SecondsLeft != 0 {
		t.Errorf("%+v", s)
	}
	leases := rundir.Leases{Dir: dir}
	lease, err := leases.Acquire(rundir.Key{ID: "m0003"})
	if err != nil {
		t.Fatal(err)
	}
	if s := stateOf(t, h); len(s.Working) != 1 || s.Working[0].ID != "m0003" || s.SecondsLeft <= 0 {
		t.Errorf("%+v", s)
	}
	lease.Release()
	train(t, dir, "m0003")
	if s := stateOf(t, h); s.Done != 2 || s.Pending != 0 || s.Recent[0].ID != "m0003" || len(s.Working) != 0 {
		t.Errorf("%+v", s)
	}
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
	open, guarded := Handler(dir, ""), Handler(dir, "secret")
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
		{"the cookie", guarded, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "designspace", Value: "secret"}) }, 200},
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

// Requests may come at once while the run goes on.
func TestManyRequests(t *testing.T) {
	dir := run(t)
	h := Handler(dir, "")
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
