package dashboard

import (
	"context"
	_ "embed" // of the page
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"designspace/internal/format"
	"designspace/internal/pagestyle"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
)

//go:embed tree.html
var treeText string

var treePage = template.Must(template.New("tree").Funcs(template.FuncMap{"percent": format.Percent, "list": func(names []string) string { return strings.Join(names, ", ") }}).Parse(treeText))

// listEvery is how long a list of runs is good enough.
const listEvery = 2 * time.Second

// A tree serves the runs below a directory.
type tree struct {
	root string

	mu      sync.Mutex
	runs    []standing
	err     error
	looked  time.Time
	readers map[string]*reader // of runs, by path
}

// A standing is a run in the list.
type standing struct {
	pipeline.Listing
	Name   string // its path below the root
	Link   string
	State  string // in words
	Report bool   // there is one

	reader *reader
}

func newTree(root string) *tree { return &tree{root: root, readers: map[string]*reader{}} }

// ServeHTTP serves the list, and a run under the path that the list gives it.
// What is not in the list is not served, whatever the path.
func (t *tree) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only reading", http.StatusMethodNotAllowed)
		return
	}
	runs, err := t.list(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == "/" {
		serveHTML(w, "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
		treePage.Execute(w, map[string]any{"Root": filepath.Base(t.absolute()), "Runs": runs, "Style": pagestyle.CSS()})
		return
	}
	for _, s := range runs {
		prefix := "/run/" + s.Name
		if path, ok := strings.CutPrefix(r.URL.Path, prefix); ok && (path == "/" || path == "/state" || path == "/report") {
			below := r.Clone(r.Context())
			below.URL.Path, below.URL.RawPath = path, ""
			routes(s.reader, strings.Repeat("../", strings.Count(s.Link, "/"))).ServeHTTP(w, below)
			return
		}
	}
	http.NotFound(w, r)
}

func (t *tree) absolute() string {
	if path, err := filepath.Abs(t.root); err == nil {
		return path
	}
	return t.root
}

// list returns the runs by now.
func (t *tree) list(ctx context.Context) ([]standing, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.looked) < listEvery {
		return t.runs, t.err
	}
	found, err := pipeline.List(ctx, t.root)
	if ctx.Err() != nil {
		return nil, err
	}
	t.runs, t.err = nil, err
	for _, l := range found {
		name, err := filepath.Rel(t.root, l.Run)
		if err != nil {
			name = l.Run
		}
		name = filepath.ToSlash(name)
		dir := rundir.Dir(l.Run)
		if t.readers[l.Run] == nil {
			t.readers[l.Run] = &reader{dir: dir}
		}
		s := standing{Listing: l, Name: name, Link: (&url.URL{Path: "run/" + name + "/"}).String(), reader: t.readers[l.Run]}
		s.State = s.state()
		info, err := os.Lstat(dir.Report())
		s.Report = err == nil && info.Mode().IsRegular()
		t.runs = append(t.runs, s)
	}
	t.looked = time.Now()
	return t.runs, t.err
}

// state says how far a run is, and who goes on with it.
func (s standing) state() string {
	models := s.Models - s.Unneeded
	switch {
	case s.Problem != "":
		return s.Problem
	case s.Pending == 0 && s.Failed > 0:
		return fmt.Sprintf("complete, %d failed", s.Failed)
	case s.Pending == 0:
		return "complete"
	}
	text := fmt.Sprintf("%d of %d have an outcome", models-s.Pending, models)
	now, err := s.reader.now()
	switch n := len(now.Working); {
	case err != nil:
		return text + "; " + err.Error()
	case n > 0:
		return fmt.Sprintf("%s, %d in training", text, n)
	}
	return text + ", nobody trains"
}
