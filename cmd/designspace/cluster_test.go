package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// smaller makes a run of the guide small enough for a test.
var smaller = strings.NewReplacer(
	"-n 100 --flops 1M:3M", "-n 12 --input 8 --flops 30K:60K",
	"--epochs 5", "--epochs 1 --train-images 40 --test-images 20")

// clusterGuide returns CLUSTER.md with a smaller run and moves to a directory of
// its own.
func clusterGuide(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../CLUSTER.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	return smaller.Replace(string(data))
}

// The commands of the guide work, one after the other, and its settings are those
// of run.yaml.
func TestClusterGuide(t *testing.T) {
	if _, err := exec.LookPath("parallel"); err != nil {
		t.Skip("GNU parallel is not installed")
	}
	text := clusterGuide(t)
	for _, s := range sessions(text) {
		for _, c := range s {
			if out, err := exec.Command("bash", "-c", c.command).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", c.command, err, out)
			}
		}
	}
	checkTrained(t, "runs/a")
	settings := block(t, text, "cluster:")
	f, err := os.OpenFile("runs/a/run.yaml", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(settings); err != nil {
		t.Fatal(err)
	}
	f.Close()
	command(t, "train", "runs/a") // reads it
}

// block returns the YAML block of the guide that begins so.
func block(t *testing.T, text, begin string) string {
	t.Helper()
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(m[1], begin) {
			return m[1]
		}
	}
	t.Fatalf("no block that begins with %s", begin)
	return ""
}

func checkTrained(t *testing.T, run string) {
	t.Helper()
	for i, status := range outcomes(t, run)["status"] {
		if status != "done" {
			t.Errorf("model %d is %s", i+1, status)
		}
	}
}

// The containers of the indexed job train all parts of the run.
func TestKubernetesJob(t *testing.T) {
	var job struct {
		Spec struct {
			Completions int
			Template    struct {
				Spec struct {
					Containers []struct {
						Command    []string
						WorkingDir string `yaml:"workingDir"`
					}
				}
			}
		}
	}
	text := clusterGuide(t)
	if err := yaml.Unmarshal([]byte(block(t, text, "apiVersion: batch/v1")), &job); err != nil {
		t.Fatal(err)
	}
	for _, c := range sessions(text)[0] {
		command(t, strings.Fields(strings.TrimPrefix(c.command, "designspace "))...)
	}
	words := job.Spec.Template.Spec.Containers[0].Command
	for i := range job.Spec.Completions {
		t.Setenv("JOB_COMPLETION_INDEX", strconv.Itoa(i)) // as Kubernetes sets it
		command(t, words[1:]...)
	}
	checkTrained(t, "runs/a")
	journals, err := filepath.Glob("runs/a/journal/*.jsonl")
	if want := job.Spec.Completions + 1; err != nil || !cmp.Equal(len(journals), want) {
		t.Errorf("%d journals, want %d: a part was empty", len(journals), want)
	}
}
