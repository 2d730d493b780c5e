package browsertest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The page of a run shows it, and what comes while it is open, also on a small
// screen: who trains what and how it goes, then how to go on, and at the end the
// report.
func TestDashboard(t *testing.T) {
	ctx := start(t)
	run := filepath.Join(t.TempDir(), "my run")
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
	b.shows("Nobody trains. To go on: designspace train '" + run + "'")
	b.shows("true") // the figure

	lease := filepath.Join(run, "journal", "m0003-0-0.1.lease") // as of a process of another machine
	curve := `{"epoch": 1, "train_error": 91, "error": 90.5}, {"epoch": 2, "train_error": 80, "error": null}, {"epoch": 3, "train_error": 70, "error": 61.25}`
	if err := os.WriteFile(lease, []byte(`{"host": "<b>node7</b>", "process": "", "beat": 9, "curve": [`+curve+"]}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	b.shows("<b>node7</b>")
	b.shows("3 of 4")
	b.shows("61.25")
	if points := eval[string](b, `document.querySelector(".curve polyline").getAttribute("points")`); len(strings.Fields(points)) != 2 {
		b.Errorf("the curve is %q", points)
	}
	b.fits("training")

	os.Remove(lease)
	train(t, run, "m0003")
	b.shows("3 of 3 models have an outcome")
	b.shows("All is trained. For a report: designspace report '" + run + "'")
	b.fits("trained")
	designspace(t, "report", run)
	b.shows("All is trained: see the report.")
	b.fits("reported")
	b.do(chromedp.Navigate(address + "report"))
	b.shows("proxy/regnetx")
	if origin := eval[string](b, "self.origin"); origin != "null" {
		b.Errorf("the report's origin is %s: it may read the page", origin)
	}
	b.do(chromedp.Navigate(address))
	b.shows("3 of 3 models have an outcome")
	stop()
	b.shows("The server has ended")
}

// Of a directory the runs are listed with their states, and each leads to its
// page and to its report, whose downloads work although it is kept apart.
func TestDirectoryOfRuns(t *testing.T) {
	ctx := start(t)
	dir := t.TempDir()
	for _, name := range []string{"one", "two"} {
		designspace(t, "sample", "--space", "proxy/regnetx", "-n", "2", "--input", "8", "--out", filepath.Join(dir, name))
	}
	train(t, filepath.Join(dir, "one"), "m0001")
	train(t, filepath.Join(dir, "one"), "m0002")
	designspace(t, "report", filepath.Join(dir, "one"))
	address, _ := serve(t, dir)
	b := open(ctx, t, address)
	b.shows("2 runs")
	b.shows("complete")
	b.shows("0 of 2 have an outcome, nobody trains")
	b.fits("runs")
	eval[chromedp.Void](b, `document.querySelector("a[href='run/two/']").click()`)
	b.shows("0 of 2 models have an outcome")
	eval[chromedp.Void](b, `document.querySelector("a").click()`)
	b.shows("2 runs")
	eval[chromedp.Void](b, `document.querySelector("a[href='run/one/report']").click()`)
	b.wait(func() bool { return during[bool](b, `Boolean(document.getElementById("csv")?.onclick)`) })
	file := b.downloads()
	eval[chromedp.Void](b, `document.getElementById("csv").click()`)
	if text := file("models.csv"); !strings.HasPrefix(string(text), "id,") || strings.Count(string(text), "\n") != 3 {
		t.Errorf("the table is\n%s", text)
	}
}

// fits checks that the page needs no sideways scrolling on large and small screens.
// With DESIGNSPACE_SCREENSHOTS, the name of a directory, it keeps pictures.
func (b *tab) fits(name string) {
	b.Helper()
	for _, width := range []int{1280, 390} {
		b.do(chromedp.EmulateViewport(int64(width), 900))
		if have := eval[int](b, "document.documentElement.scrollWidth"); have > width {
			b.Errorf("%s: the page is %d wide on a screen of %d", name, have, width)
		}
		if dir := os.Getenv("DESIGNSPACE_SCREENSHOTS"); dir != "" {
			picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), picture, 0o666); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func train(t *testing.T, run, id string) {
	t.Helper()
	designspace(t, "train", run, "--train-images", "32", "--test-images", "20", "--epochs", "4", "--recipe", "quick", "--only", id)
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
		text = during[string](b, `document.body?.innerText + document.title + !!document.querySelector("#edf svg path")`)
		if strings.Contains(text, want) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.Errorf("the page does not show %q:\n%s", want, text)
}
