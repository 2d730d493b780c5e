// Package host tells what the machine has to offer.
package host

import (
	"os"
	"strconv"
	"strings"
)

// AvailableMemory returns how many bytes the program may take without swapping,
// and whether that is known: on Linux the least of what is free and what its
// control group leaves.
func AvailableMemory() (int64, bool) {
	free, known := memInfo("/proc/meminfo")
	limit, limited := number("/sys/fs/cgroup/memory.max")
	used, counted := number("/sys/fs/cgroup/memory.current")
	if limited && counted && (!known || limit-used < free) {
		return max(limit-used, 0), true
	}
	return free, known
}

// memInfo reads the line MemAvailable, which is in kilobytes.
func memInfo(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "MemAvailable:" {
			continue
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		return n << 10, err == nil
	}
	return 0, false
}

func number(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}
