package dashboard

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// A directory of runs is served as a list with their states, from which each run
// and its report can be reached, and nothing else that is there.
func TestTree(t *testing.T) {
	root := t.TempDir()
	half := filepath.Join(root, "deep", "half & <b>")
	for path, from := range map[string]rundir.Dir{half: run(t), filepath.Join(root, "whole"): run(t)} {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(string(from), path); err != nil {
			t.Fatal(err)
		}
	}
	whole := rundir.Dir(filepath.Join(root, "whole"))
	w := rundir.NewWriter(whole)
	last := trainer.NewOutcome("m0003", trainer.Done)
	last.Error = 12.5
	if err := w.Append(last); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for path, text := range map[string]string{whole.Report(): "the report", filepath.Join(root, "secret"): "x", filepath.Join(root, "broken", "run.yaml"): "sample: [\n"} {
		os.Mkdir(filepath.Dir(path), 0o777)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	h := Handler(rundir.Dir(root), "", "localhost:80")
	page := func(path string) (int, string) {
		w := get(t, h, func(r *http.Request) { r.URL.Path = path })
		return w.Code, w.Body.String()
	}
	code, list := page("/")
	for _, want := range []string{
		"3 runs", `<a href="run/whole/">whole</a>`, "complete, 1 failed", "12.50", `<a href="run/whole/report">report</a>`,
		`<a href="run/deep/half%20&amp;%20%3Cb%3E/">deep/half &amp; &lt;b&gt;</a>`, "2 of 3 have an outcome, nobody trains", "run.yaml:",
	} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in the list, code %d:\n%s", want, code, list)
		}
	}
	for path, want := range map[string]string{
		"/run/whole/": "<title>whole</title>", "/run/whole/report": "the report", "/run/whole/state": `"done":2`, "/run/deep/half & <b>/state": `"pending":1`, "/run/deep/half & <b>/": `<a href="../../../">All runs</a>`,
	} {
		if code, body := page(path); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: no %q, code %d", path, want, code)
		}
	}
	for _, path := range []string{"/state", "/report", "/secret", "/run/secret", "/run/../secret", "/run/whole/run.yaml", "/run/whole", "/run/deep/", "/run/nowhere/state"} {
		if code, body := page(path); code != 404 {
			t.Errorf("%s: code %d: %.40s", path, code, body)
		}
	}
	if w := get(t, h, func(r *http.Request) { r.Method = "POST" }); w.Code != 405 {
		t.Errorf("a post: %d", w.Code)
	}
	guarded := Handler(rundir.Dir(root), "secret", "localhost:80")
	if w := get(t, guarded, func(r *http.Request) { r.URL.Path = "/run/whole/state" }); w.Code != 401 {
		t.Errorf("without the token: %d", w.Code)
	}
}
