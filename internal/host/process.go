package host

import (
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"strings"
)

// Process names a running process of this machine, so that [Ended] can tell
// later whether it still runs: the machine's boot, the process's namespace, its
// id and its start. It is "" where that is not known, as elsewhere than on Linux.
func Process(pid int) string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// proc(5): the name, in parentheses, may have spaces; 22 is the start time
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fmt.Sprintf("%s %s %d %s", strings.TrimSpace(string(boot)), space, pid, fields[19])
}

// Ended reports whether the process of a name that [Process] gave is known to
// have ended: it ran in this boot and namespace, and does no more.
func Ended(name string) bool {
	var boot, space, start string
	var pid int
	if n, _ := fmt.Sscan(name, &boot, &space, &pid, &start); n != 4 {
		return false
	}
	self := Process(os.Getpid())
	return strings.HasPrefix(self, boot+" "+space+" ") && Process(pid) != name
}

// Tag is what [Process] names a process by in so few characters that it goes into
// the name of a file: "" where that is "".
func Tag(pid int) string {
	f := strings.Fields(Process(pid))
	if len(f) != 4 {
		return ""
	}
	place := fnv.New32a()
	place.Write([]byte(f[0] + f[1]))
	return fmt.Sprintf("%08x-%s-%s", place.Sum32(), f[2], f[3])
}

// TagEnded reports whether the process of a tag is known to have ended.
func TagEnded(tag string) bool {
	f := strings.Split(tag, "-")
	if len(f) != 3 {
		return false
	}
	pid, err := strconv.Atoi(f[1])
	return err == nil && strings.HasPrefix(Tag(os.Getpid()), f[0]+"-") && Tag(pid) != tag
}
