package host

import (
	"os"
	"os/exec"
	"testing"
)

func TestEnded(t *testing.T) {
	self := Process(os.Getpid())
	if self == "" {
		t.Skip("/proc")
	}
	if Ended(self) || Ended("") || Ended("other-boot pid:[1] 1 1") {
		t.Error("a running process, or one of another machine, is said to have ended")
	}
	c := exec.Command("sleep", "60")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	name := Process(c.Process.Pid)
	if Ended(name) {
		t.Error("ended while it runs")
	}
	c.Process.Kill()
	c.Wait()
	if !Ended(name) {
		t.Error("not ended after it was killed")
	}
}
