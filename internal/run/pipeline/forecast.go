package pipeline

import (
	"context"
	"fmt"
	"time"

	"designspace/internal/format"
	"designspace/trainer"
)

// forecastTime is how long a model is trained to measure its speed.
const forecastTime = 200 * time.Millisecond

// forecast says how long the training will take.
func (s *session) forecast(ctx context.Context, pools []*trainer.Pool, jobs []trainer.Job) error {
	seconds, most := 0.0, int64(0)
	for _, p := range pools {
		jobs := suited(p, jobs)
		bytes, err := p.ModelMemory(jobs)
		if err != nil {
			return err
		}
		most = max(most, bytes)
		t, err := p.Forecast(ctx, jobs, forecastTime)
		if ctx.Err() != nil {
			return err
		}
		if err != nil { // the training will say of which models, and go on with others
			fmt.Fprintln(s.Log, "no forecast:", err)
			return nil
		}
		seconds += t
	}
	what := "models"
	if s.Repeats.N > 1 || len(s.best) > 0 {
		what = "trainings"
	}
	evaluated := ""
	if s.part.Recipe.EvalEvery > 0 && s.part.Recipe.LastOnly() {
		evaluated = ", evaluated after the last epoch only,"
	}
	_, err := fmt.Fprintf(s.Log, "%d %s%s will take about %s with %s kernels and %d MB at most for a model; Ctrl-C stops; the same command resumes\n",
		len(jobs), what, evaluated, format.Duration(time.Duration(seconds*float64(time.Second))), s.kernels.Name, (most+1<<20-1)>>20)
	return err
}
