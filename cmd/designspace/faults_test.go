//go:build linux

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// A disk that fills up during a training loses no model that is recorded, says
// so, and once there is room the same command goes on.
func TestFullDisk(t *testing.T) {
	t.Chdir(t.TempDir())
	disk := small(t, "size=1m")
	sample := []string{"sample", "--space", "proxy/regnetx", "-n", "6", "--input", "8", "--flops", "30K:60K", "--out"}
	train := []string{"--train-images", "32", "--test-images", "20", "--epochs", "1", "--workers", "1"}
	command(t, append(sample, "whole")...)
	command(t, append([]string{"train", "whole"}, train...)...)

	run := filepath.Join(disk, "run")
	command(t, append(sample, run)...)
	command(t, append([]string{"train", run, "--only", "m0001", "--only", "m0002"}, train...)...)
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	out, err := exec.Command("designspace", append([]string{"train", run}, train...)...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no space left on device") {
		t.Errorf("%v: %s", err, out)
	}
	j, err := rundir.ReadJournal(rundir.Dir(run))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"m0001", "m0002"} {
		if r, ok := j.Outcome(id, 0); !ok || r.Status != trainer.Done {
			t.Errorf("%s is lost: %+v", id, r)
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	command(t, append([]string{"train", run}, train...)...)
	if diff := cmp.Diff(outcomes(t, "whole"), outcomes(t, run)); diff != "" {
		t.Error(diff)
	}
	command(t, "status", run, "--verify")
}

// A directory that has become read-only is an error that says so, can be looked
// at, and loses nothing.
func TestReadOnly(t *testing.T) {
	t.Chdir(t.TempDir())
	disk := small(t, "size=4m")
	run := filepath.Join(disk, "run")
	train := []string{"train", run, "--train-images", "32", "--test-images", "20", "--epochs", "1"}
	command(t, "sample", "--space", "proxy/regnetx", "-n", "3", "--input", "8", "--flops", "30K:60K", "--out", run)
	command(t, append(train, "--only", "m0002")...)
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("designspace", train...).CombinedOutput(); err == nil || !strings.Contains(string(out), "read-only file system") {
		t.Errorf("%v: %s", err, out)
	}
	for _, verb := range [][]string{{"status", run}, {"status", run, "--verify"}, {"analyze", run, "--no-plot"}} {
		command(t, verb...)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	command(t, train...)
	if got := outcomes(t, run)["status"]; !cmp.Equal(got, []string{"done", "done", "done"}) {
		t.Errorf("%q", got)
	}
}

// A run that is deleted during the training stops it with exit code 1 and what
// there was of it in another, which goes on.
func TestRunDeleted(t *testing.T) {
	t.Chdir(t.TempDir())
	command(t, "sample", "--space", "proxy/regnetx", "-n", "6", "--input", "8", "--flops", "30K:60K", "--out", "runs/a")
	train := exec.Command("designspace", "train", "runs/a", "--train-images", "400", "--test-images", "20", "--epochs", "2", "--workers", "1")
	var log bytes.Buffer
	train.Stderr = &log
	if err := train.Start(); err != nil {
		t.Fatal(err)
	}
	awaitRecords(t, "runs/a", 2)
	if err := errors.Join(os.Rename("runs/a", "gone"), os.RemoveAll("gone")); err != nil {
		t.Fatal(err)
	}
	if err := train.Wait(); err == nil || train.ProcessState.ExitCode() != 1 || !strings.Contains(log.String(), "outcomes are kept in runs/a-rescued-1: go on with designspace train runs/a-rescued-1") {
		t.Fatalf("%v: %s", err, &log)
	}
	j, err := rundir.ReadJournal("runs/a-rescued-1")
	if err != nil || len(j.Records) < 2 {
		t.Errorf("%d records, %v", len(j.Records), err)
	}
	command(t, "train", "runs/a-rescued-1")
	command(t, "status", "runs/a-rescued-1", "--verify")
	if got := outcomes(t, "runs/a-rescued-1")["status"]; len(got) != 6 || slices.Contains(got, "pending") {
		t.Errorf("%q", got)
	}
}

// small mounts a small disk, for which it takes the superuser.
func small(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, size); err != nil {
		t.Skipf("no small disk can be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 16; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
