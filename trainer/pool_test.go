package trainer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"designspace/space"
)

// population returns jobs of rising cost.
func population(n int) []Job {
	var jobs []Job
	for i := range n {
		c := space.Candidate{Model: tiny(8 * (i + 1))}
		jobs = append(jobs, Job{ID: fmt.Sprint("m", i), Candidate: c, Seed: Seed(1, c, 0)})
	}
	return jobs
}

func pool(t *testing.T, workers int) *Pool {
	return &Pool{Recipe: recipe(2), Data: blobs(60, 0, 30), Kernels: kernels(t), Workers: workers}
}

func TestOutcomesDoNotDependOnTheWorkers(t *testing.T) {
	jobs := population(5)
	jobs[3].LR = 0.01
	outcomes := func(workers int, jobs []Job) map[string]Outcome {
		found := map[string]Outcome{}
		p := pool(t, workers)
		p.Done = func(j Job, o Outcome) error {
			found[j.ID] = o
			return nil
		}
		if err := p.Train(t.Context(), jobs); err != nil {
			t.Fatal(err)
		}
		return found
	}
	one := outcomes(1, jobs)
	slices.Reverse(jobs)
	if diff := equal(one, outcomes(3, jobs)); diff != "" {
		t.Errorf("(-one worker +three workers):\n%s", diff)
	}
	if len(one) != 5 {
		t.Errorf("%d outcomes of 5 models", len(one))
	}
	r := recipe(2)
	r.LR = 0.01
	alone, err := Train(t.Context(), tiny(32), Config{Data: blobs(60, 0, 30), Recipe: r, Seed: jobs[1].Seed})
	if err != nil {
		t.Fatal(err)
	}
	if diff := equal(alone, one["m3"], "ID", "Kernel", "Data", "Recipe"); diff != "" {
		t.Errorf("(-alone +in a pool):\n%s", diff)
	}
}

func TestCostliestFirst(t *testing.T) {
	jobs := population(4)
	var order []string
	p := pool(t, 1)
	p.Start = func(j Job) (bool, error) {
		order = append(order, j.ID)
		return false, nil
	}
	if err := p.Train(t.Context(), jobs); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "m3 m2 m1 m0" || jobs[0].ID != "m0" {
		t.Errorf("started %s; the caller's jobs begin with %s", got, jobs[0].ID)
	}
}

func TestPanicIsOneModelsFailure(t *testing.T) {
	p := pool(t, 2)
	p.Progress = func(j Job, _ Progress) {
		if j.ID == "m1" {
			panic("a bug")
		}
	}
	found := map[string]Outcome{}
	p.Done = func(j Job, o Outcome) error {
		found[j.ID] = o
		return nil
	}
	if err := p.Train(t.Context(), population(3)); err != nil {
		t.Fatal(err)
	}
	if o := found["m1"]; o.Status != Failed || !strings.Contains(o.Reason, "a bug") || !math.IsNaN(o.Error) {
		t.Errorf("the one with the bug: %+v", o)
	}
	if found["m0"].Status != Done || found["m2"].Status != Done {
		t.Errorf("the others: %+v, %+v", found["m0"], found["m2"])
	}
}

func TestRefusedJobsAreLeftOut(t *testing.T) {
	p := pool(t, 2)
	var done []string
	p.Start = func(j Job) (bool, error) { return j.ID != "m1", nil }
	p.Done = func(j Job, _ Outcome) error {
		done = append(done, j.ID)
		return nil
	}
	if err := p.Train(t.Context(), population(3)); err != nil {
		t.Fatal(err)
	}
	slices.Sort(done)
	if got := strings.Join(done, " "); got != "m0 m2" {
		t.Errorf("trained %s", got)
	}
}

func TestCallbacksStopThePool(t *testing.T) {
	full := errors.New("disk full")
	p := pool(t, 2)
	p.Done = func(Job, Outcome) error { return full }
	if err := p.Train(t.Context(), population(6)); !errors.Is(err, full) {
		t.Errorf("Done fails: error %v", err)
	}
	p.Done = func(Job, Outcome) error { t.Error("trained although Start failed"); return nil }
	p.Start = func(Job) (bool, error) { return true, full }
	if err := p.Train(t.Context(), population(6)); !errors.Is(err, full) {
		t.Errorf("Start fails: error %v", err)
	}
}

// The callbacks that record never overlap; go test -race sees to the rest.
func TestCallbacksTakeTurns(t *testing.T) {
	var busy sync.Mutex
	turn := func() {
		if !busy.TryLock() {
			t.Error("two callbacks at once")
			return
		}
		time.Sleep(time.Millisecond)
		busy.Unlock()
	}
	p := pool(t, 4)
	p.Recipe.Epochs = 1
	p.Start = func(Job) (bool, error) { turn(); return true, nil }
	p.Done = func(Job, Outcome) error { turn(); return nil }
	if err := p.Train(t.Context(), population(6)); err != nil {
		t.Fatal(err)
	}
}

func TestPoolStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := pool(t, 2)
	p.Recipe.Epochs = 1000
	p.Progress = func(_ Job, now Progress) {
		if now.Images > 100 {
			cancel()
		}
	}
	p.Done = func(j Job, _ Outcome) error {
		t.Errorf("%s has an outcome", j.ID)
		return nil
	}
	if err := p.Train(ctx, population(6)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestProgress(t *testing.T) {
	p := pool(t, 1)
	var got [][2]int
	p.Progress = func(_ Job, now Progress) {
		got = append(got, [2]int{now.Epoch, now.Images})
		if len(now.Curve) != now.Epoch || now.Epoch > 0 && !(now.Curve[0].TrainLoss > 0) {
			t.Errorf("%+v", now)
		}
	}
	if err := p.Train(t.Context(), population(1)); err != nil {
		t.Fatal(err)
	}
	// 60 images in four steps of 15.
	want := [][2]int{{0, 0}, {0, 15}, {0, 30}, {0, 45}, {0, 60}, {1, 75}, {1, 90}, {1, 105}, {1, 120}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestPoolChecksBeforeItTrains(t *testing.T) {
	for _, c := range []struct {
		change func(*Pool, []Job)
		want   string
	}{
		{func(p *Pool, _ []Job) { p.Recipe.Batch = 0 }, "model m0: recipe: batch 0"},
		{func(_ *Pool, j []Job) { j[1].LR = -1 }, "model m1: recipe: lr -1"},
		{func(_ *Pool, j []Job) { j[1].Model.Classes = 5 }, "model m1: input 8 and classes 5"},
		{func(_ *Pool, j []Job) { j[1].Model.GroupWidths = nil }, "model m1: "},
	} {
		p, jobs := pool(t, 1), population(2)
		p.Done = func(Job, Outcome) error { t.Errorf("%s: trained", c.want); return nil }
		c.change(p, jobs)
		if err := p.Train(t.Context(), jobs); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if err := pool(t, 2).Train(t.Context(), nil); err != nil {
		t.Errorf("no jobs: %v", err)
	}
}

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		times   []float64
		workers int
		want    float64
	}{
		{[]float64{5, 4, 3, 3, 3}, 1, 18},
		{[]float64{5, 4, 3, 3, 3}, 2, 10}, // 5+3, 4+3+3
		{[]float64{5, 4, 3, 3, 3}, 9, 5},
	} {
		if got := plan(c.times, c.workers); got != c.want {
			t.Errorf("%v on %d workers: %v, want %v seconds", c.times, c.workers, got, c.want)
		}
	}
}

func TestWork(t *testing.T) {
	r := recipe(5)
	r.EvalEvery = 2 // epochs 2, 4 and 5
	if got, want := r.work(blobs(100, 0, 30)), 500+3*30/3.0; got != want {
		t.Errorf("%v images, want %v", got, want)
	}
	if got, want := r.work(blobs(100, 60, 30)), 500+(3*60+30)/3.0; got != want {
		t.Errorf("with validation %v images, want %v", got, want)
	}
}

func TestForecast(t *testing.T) {
	p := pool(t, 2)
	f, err := p.Forecast(t.Context(), population(4), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if !(f > 0) {
		t.Errorf("%v seconds", f)
	}
	if f, err := p.Forecast(t.Context(), nil, time.Second); err != nil || f != 0 {
		t.Errorf("no jobs: %v, %v", f, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	if _, err := p.Forecast(ctx, population(4), time.Hour); err != nil {
		t.Errorf("of less work than an hour: %v", err)
	}
	cancel()
	if _, err := p.Forecast(ctx, population(4), time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestCostGrows(t *testing.T) {
	jobs := population(6)
	if !slices.IsSortedFunc(jobs, func(a, b Job) int { return cmp.Compare(Cost(a.Model), Cost(b.Model)) }) {
		t.Error("wider models should cost more")
	}
}
