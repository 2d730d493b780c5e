package host

import (
	"os"
	"runtime"
	"strings"
)

// Facts are what a measurement on this machine should be read with.
type Facts struct {
	CPU    string `yaml:"cpu"` // model; "" if unknown
	Cores  int    `yaml:"cores"`
	System string `yaml:"system"` // operating system and architecture
	Go     string `yaml:"go"`
}

// Describe returns facts about this machine.
func Describe() Facts {
	return Facts{CPU: cpuModel("/proc/cpuinfo"), Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
}

func cpuModel(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
