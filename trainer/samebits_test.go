package trainer

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"designspace/sampler"
	"designspace/space"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

var update = flag.Bool("update", false, "write testdata/population.json")

const populationDigests = "testdata/population.json"

// drawn returns the trainings of models as studies draw them.
func drawn(t *testing.T, spaceName string, n int) (jobs []Job) {
	t.Helper()
	s, err := space.Load(spaceName)
	if err != nil {
		t.Fatal(err)
	}
	flops, err := space.ParseLimit("flops", "500K:600K")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sampler.Sample(t.Context(), s.WithData(16, 10), sampler.Options{N: n, Seed: 1, Windows: []space.Limit{flops}})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range p.Candidates {
		jobs = append(jobs, Job{ID: fmt.Sprintf("%s-%02d", spaceName, i), Candidate: c.Candidate, Seed: Seed(1, c.Candidate, 0)})
	}
	return jobs
}

// A population has the same bits in every kernel set, on every processor, for any
// number of workers, in shards, and with interruptions. The digests are those of
// plain Go:
//
//	go test -tags purego ./trainer -run TestPopulationHasTheSameBits -update
func TestPopulationHasTheSameBits(t *testing.T) {
	jobs := slices.Concat(drawn(t, "proxy/anynetxa", 12), drawn(t, "proxy/regnetx", 12))
	if testing.Short() {
		jobs = slices.Concat(jobs[:2], jobs[12:14])
	}
	d, err := dataset.Open("synthetic", dataset.Options{TrainImages: 40, TestImages: 20, Input: 16})
	if err != nil {
		t.Fatal(err)
	}
	r := recipe(2)
	r.Flip, r.Crop, r.Mixup, r.EMA, r.WarmupEpochs, r.WarmupFactor = true, 2, 0.2, 0.9, 1, 0.1
	trainings := []func(t *testing.T, p Pool){
		func(t *testing.T, p Pool) { trainShards(t, p, 1, jobs) },
		func(t *testing.T, p Pool) { trainShards(t, p, 3, jobs[1:], jobs[:1]) },
		func(t *testing.T, p Pool) {
			for i, j := range jobs {
				p.Checkpointer = &shelf{t: t, files: map[string][]byte{}}
				trainKept(t, p, j, rand.New(rand.NewPCG(1, uint64(i))))
			}
		},
	}
	var want map[string]string
	data, err := os.ReadFile(populationDigests)
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err != nil && !*update {
		t.Fatal(err)
	}
	for i, k := range slices.Backward(kernel.Sets()) {
		t.Run(k.Name, func(t *testing.T) {
			var one sync.Mutex
			got := map[string]string{}
			p := Pool{Recipe: r, Data: d, Kernels: k, Net: func(j Job, o *Outcome, n *engine.Net) error {
				h := fnv.New64a()
				for _, e := range o.Curve {
					fmt.Fprintln(h, e)
				}
				for _, p := range n.State() {
					if err := binary.Write(h, binary.LittleEndian, p.Values); err != nil {
						return err
					}
				}
				one.Lock()
				defer one.Unlock()
				got[j.ID] = fmt.Sprintf("%016x", h.Sum64())
				return nil
			}}
			trainings[i%len(trainings)](t, p)
			for _, j := range jobs {
				if !*update && (got[j.ID] == "" || got[j.ID] != want[j.ID]) {
					t.Errorf("%s: digest %s, want %s", j.ID, got[j.ID], want[j.ID])
				}
			}
			if *update {
				writeDigests(t, got)
			}
		})
	}
}

// trainShards trains each shard by so many workers.
func trainShards(t *testing.T, p Pool, workers int, shards ...[]Job) {
	t.Helper()
	p.Workers = workers
	for _, jobs := range shards {
		if err := p.Train(t.Context(), jobs); err != nil {
			t.Fatal(err)
		}
	}
}

func writeDigests(t *testing.T, digests map[string]string) {
	t.Helper()
	data, err := json.MarshalIndent(digests, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(populationDigests, append(data, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
}
