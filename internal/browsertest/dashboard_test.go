package browsertest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The page of a run shows it, and what comes while it is open.
func TestDashboard(t *testing.T) {
	ctx := start(t)
	run := filepath.Join(t.TempDir(), "run")
	designspace(t, "sample", "--space", "proxy/regnetx", "-n", "3", "--input", "8", "--out", run)
	train(t, run, "m0001")
	failure := []byte(`{"id": "m0002", "status": "failed", "reason": "<b>no luck</b>"}` + "\n")
	if err := os.WriteFile(filepath.Join(run, "journal/000009.jsonl"), failure, 0o666); err != nil {
		t.Fatal(err)
	}
	address, stop := serve(t, run)
	b := open(ctx, t, address)
	b.shows("2 of 3 models have an outcome")
	b.shows("m0002: <b>no luck</b>")
	b.shows("Nobody trains.")
	b.shows("true") // the figure
	train(t, run, "m0003")
	b.shows("3 of 3 models have an outcome")
	b.shows("All is trained.")
	stop()
	b.shows("The server has ended")
}

func train(t *testing.T, run, id string) {
	t.Helper()
	designspace(t, "train", run, "--train-images", "32", "--test-images", "20", "--epochs", "1", "--recipe", "quick", "--only", id)
}

// serve serves the page of a run until stop or the end of the test.
func serve(t *testing.T, run string) (address string, stop func()) {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, "serve", run, "--listen", "localhost:0")
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() { c.Process.Signal(os.Interrupt); c.Wait() }
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		stop()
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(line, "http://")
	host, _, _ := strings.Cut(rest, "/")
	return "http://" + host + "/", stop
}

// shows waits until the page shows a text.
func (b *tab) shows(want string) {
	b.Helper()
	text := ""
	for range 100 {
		text = eval[string](b, `document.body.innerText + document.title + !!document.querySelector("#edf svg path")`)
		if strings.Contains(text, want) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.Errorf("the page does not show %q:\n%s", want, text)
}
