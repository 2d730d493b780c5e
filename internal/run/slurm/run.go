package slurm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"designspace/internal/atomicfile"
	"designspace/internal/run/rundir"
)

// A Job is a job array that was submitted for a run.
type Job struct {
	Job    string `json:"job"`            // number in Slurm
	Name   string `json:"name,omitempty"` // in Slurm, without which a number may be of another cluster
	Shards int    `json:"shards"`         // parts that the run was divided into
	Offset int    `json:"offset"`         // of the shard to the number of the task
	Tasks  string `json:"tasks"`
}

func jobsFile(d rundir.Dir) string { return filepath.Join(d.Slurm(), "jobs.json") }

// Jobs returns what was submitted for a run, the oldest first.
func Jobs(d rundir.Dir) ([]Job, error) {
	data, err := rundir.ReadFile(jobsFile(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var jobs []Job
	if err := json.Unmarshal(data, &jobs); err != nil {
		return nil, fmt.Errorf("%s: %w: remove it if no job of the run is queued", jobsFile(d), err)
	}
	return jobs, nil
}

func note(d rundir.Dir, j Job) error {
	jobs, err := Jobs(d)
	if err != nil {
		return err
	}
	return atomicfile.Write(jobsFile(d), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(append(jobs, j))
	})
}

// Submit submits the scripts of a run and notes their numbers.
func (c Client) Submit(ctx context.Context, d rundir.Dir, scripts []Script) ([]Job, error) {
	if err := os.MkdirAll(d.Slurm(), 0o777); err != nil {
		return nil, err
	}
	var jobs []Job
	for _, s := range scripts {
		if err := s.Check(); err != nil {
			return jobs, err
		}
		number, err := c.submit(ctx, s.String())
		if err != nil {
			return jobs, err
		}
		j := Job{number, s.Name, s.Shards, s.Array.Offset, ranges(s.Array.Tasks)}
		if err := note(d, j); err != nil {
			return jobs, fmt.Errorf("job %s is submitted, but could not be noted: %w", number, err)
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// A Queue is what Slurm says of the jobs of a run.
type Queue struct {
	Jobs   []JobState `json:"jobs"`
	shards int        // of the live tasks, 0 if there are none
	live   []int      // shards of these
}

// A JobState counts the tasks of a job by their state. Slurm forgets tasks some
// minutes after their end.
type JobState struct {
	Job
	States map[string]int `json:"states"`
	Reason string         `json:"reason,omitempty"` // why its tasks wait
}

// Queue asks Slurm for the jobs of a run; nil if none was ever submitted.
func (c Client) Queue(ctx context.Context, d rundir.Dir) (*Queue, error) {
	jobs, err := Jobs(d)
	if err != nil || jobs == nil {
		return nil, err
	}
	tasks, err := c.tasks(ctx)
	if err != nil {
		return nil, err
	}
	q := &Queue{}
	for _, j := range jobs {
		s := JobState{Job: j, States: map[string]int{}}
		for _, t := range tasks {
			if t.job != j.Job || j.Name != "" && t.name != j.Name {
				continue
			}
			s.States[t.state]++
			if t.live() {
				q.shards = j.Shards
				q.live = append(q.live, j.Offset+t.number)
			}
			if t.state == "PENDING" {
				s.Reason = cmp.Or(s.Reason, t.reason)
			}
		}
		q.Jobs = append(q.Jobs, s)
	}
	slices.Sort(q.live)
	return q, nil
}

// Live returns the shards that tasks train or will train, and how many shards
// there are; 0 if no task does. A nil Queue has none.
func (q *Queue) Live() (shards []int, of int) {
	if q == nil {
		return nil, 0
	}
	return q.live, q.shards
}

// Cancel ends all jobs of a run that are not over, and returns their numbers.
func (c Client) Cancel(ctx context.Context, d rundir.Dir) ([]string, error) {
	q, err := c.Queue(ctx, d)
	if err != nil || q == nil {
		return nil, err
	}
	var jobs []string
	for _, j := range q.Jobs {
		for state := range j.States {
			if !over[state] && !slices.Contains(jobs, j.Job.Job) {
				jobs = append(jobs, j.Job.Job)
			}
		}
	}
	if len(jobs) == 0 {
		return nil, nil
	}
	return jobs, c.cancel(ctx, jobs)
}
