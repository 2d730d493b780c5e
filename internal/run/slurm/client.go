package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// A Client speaks with Slurm through its commands. The zero value runs them.
type Client struct {
	// Execute runs a command and returns what it prints.
	Execute func(ctx context.Context, input string, name string, args ...string) (string, error)
}

func (c Client) execute(ctx context.Context, input string, name string, args ...string) (string, error) {
	if c.Execute != nil {
		return c.Execute(ctx, input, name, args...)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(input)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%s: no such command here: use a machine from which jobs are submitted to Slurm: %w", name, err)
	case err != nil:
		return "", fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(errs.String()))
	}
	return string(out), nil
}

var jobNumber = regexp.MustCompile(`^\d+$`)

// submit hands a script to Slurm and returns the number of the job.
func (c Client) submit(ctx context.Context, script string) (string, error) {
	out, err := c.execute(ctx, script, "sbatch", "--parsable")
	if err != nil {
		return "", err
	}
	job, _, _ := strings.Cut(strings.TrimSpace(out), ";") // the name of the cluster may follow
	if !jobNumber.MatchString(job) {
		return "", fmt.Errorf("sbatch: it printed %q and no number of a job: see what it did with squeue --me", strings.TrimSpace(out))
	}
	return job, nil
}

// defaultMaxArraySize is that of Slurm.
const defaultMaxArraySize = 1001

var maxArraySize = regexp.MustCompile(`(?m)^MaxArraySize\s*=\s*(\d+)\s*$`)

// MaxArraySize returns the number that all task numbers must be below: Slurm's
// default if Slurm does not tell.
func (c Client) MaxArraySize(ctx context.Context) int {
	out, err := c.execute(ctx, "", "scontrol", "show", "config")
	if err != nil { // submitting will say what is wrong
		return defaultMaxArraySize
	}
	if m := maxArraySize.FindStringSubmatch(out); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n > 0 {
			return n
		}
	}
	return defaultMaxArraySize
}

// A task is a task of a job array as Slurm knows it.
type task struct {
	job    string
	number int
	state  string // such as PENDING
	reason string // why it waits or ended, "" for none
	name   string // of the job
}

// over are the states in which a task will not run any more.
var over = map[string]bool{
	"COMPLETED": true, "FAILED": true, "CANCELLED": true, "TIMEOUT": true, "NODE_FAIL": true, "OUT_OF_MEMORY": true,
	"BOOT_FAIL": true, "DEADLINE": true, "REVOKED": true, "PREEMPTED": true,
}

func (t task) live() bool { return !over[t.state] }

// tasks lists the user's array tasks that Slurm remembers.
func (c Client) tasks(ctx context.Context) ([]task, error) {
	out, err := c.execute(ctx, "", "squeue", "--me", "--noheader", "--array", "--states=all", "--format=%F|%K|%T|%r|%j")
	if err != nil {
		return nil, err
	}
	return parseTasks(out)
}

func parseTasks(text string) ([]task, error) {
	var tasks []task
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSpace(line), "|", 5)
		if len(fields) != 5 {
			return nil, fmt.Errorf("squeue: unexpected output %q", strings.TrimSpace(line))
		}
		number, err := strconv.Atoi(fields[1])
		if err != nil {
			continue // no array
		}
		if fields[3] == "None" {
			fields[3] = ""
		}
		tasks = append(tasks, task{fields[0], number, fields[2], fields[3], fields[4]})
	}
	return tasks, nil
}

// cancel ends jobs.
func (c Client) cancel(ctx context.Context, jobs []string) error {
	_, err := c.execute(ctx, "", "scancel", jobs...)
	return err
}
