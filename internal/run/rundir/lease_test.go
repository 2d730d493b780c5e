package rundir

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"designspace/trainer"
)

func acquire(t *testing.T, l *Leases, k Key) *Lease {
	t.Helper()
	lease, err := l.Acquire(k)
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

// A lease holds as long as its heartbeat goes on and then expires, by the clock of
// who looks.
func TestLeaseTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := Dir(t.TempDir())
		k := Key{ID: "a/b", Repeat: 1}
		holder := acquire(t, &Leases{Dir: d}, k)
		other := &Leases{Dir: d}
		for range 10 {
			if acquire(t, other, k) != nil {
				t.Fatal("a held lease was given to another")
			}
			time.Sleep(DefaultLeaseTimeout / 2)
			holder.Heartbeat(nil)
		}
		if acquire(t, other, k) != nil {
			t.Fatal("a lease was lost in spite of its heartbeat")
		}
		time.Sleep(DefaultLeaseTimeout - time.Second)
		if acquire(t, other, k) != nil {
			t.Fatal("a lease was lost too early")
		}
		time.Sleep(2 * time.Second)
		second := acquire(t, other, k)
		if second == nil {
			t.Fatal("a lease without a heartbeat does not expire")
		}
		// The first, awake again, disturbs nobody.
		holder.Heartbeat(nil)
		holder.Release()
		if acquire(t, &Leases{Dir: d}, k) != nil {
			t.Fatal("the old holder gave the new one's lease away")
		}
		second.Release()
		if files, _ := os.ReadDir(d.Journal()); len(files) > 0 {
			t.Errorf("%d files are left", len(files))
		}
		if acquire(t, other, k) == nil {
			t.Error("a lease that was given back cannot be had")
		}
	})
}

// Of many that take over one silent lease exactly one gets it.
func TestOneTakesOver(t *testing.T) {
	d := Dir(t.TempDir())
	k := Key{ID: "m0001"}
	acquire(t, &Leases{Dir: d}, k)
	var mu sync.Mutex
	got := 0
	var g sync.WaitGroup
	for range 16 {
		g.Go(func() {
			l := &Leases{Dir: d, Timeout: time.Millisecond}
			for range 2 { // see it, and see it silent
				lease, err := l.Acquire(k)
				if err != nil {
					t.Error(err)
				}
				if lease != nil {
					mu.Lock()
					got++
					mu.Unlock()
				}
				l.Timeout = time.Hour // the new holder's is alive
				for path, s := range l.seen {
					s.since = s.since.Add(-2 * time.Hour)
					if strings.HasSuffix(path, ".1.lease") {
						l.seen[path] = s
					}
				}
			}
		})
	}
	g.Wait()
	if got != 1 {
		t.Errorf("%d have the lease", got)
	}
}

// The holder's clock, and the files' times, say nothing: a count that moves is
// alive, and a clock that jumps changes no decision.
func TestLeaseIgnoresFileTimes(t *testing.T) {
	d := Dir(t.TempDir())
	k := Key{ID: "m0001"}
	acquire(t, &Leases{Dir: d}, k)
	for _, when := range []time.Time{time.Unix(0, 0), time.Now().Add(1000 * time.Hour)} {
		if err := os.Chtimes(filepath.Join(d.Journal(), k.file(1)), when, when); err != nil {
			t.Fatal(err)
		}
		if acquire(t, &Leases{Dir: d}, k) != nil {
			t.Errorf("a lease of %v was taken over", when)
		}
	}
}

// A lease of a process of this machine that ended is free at once.
func TestLeaseOfEndedProcess(t *testing.T) {
	d := Dir(t.TempDir())
	k := Key{ID: "m0001"}
	l := acquire(t, &Leases{Dir: d}, k)
	if l.Process == "" {
		t.Skip("/proc")
	}
	path := filepath.Join(d.Journal(), k.file(1))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ended := strings.Replace(string(text), l.Process, l.Process+"0", 1) // started at another time
	if err := os.WriteFile(path, []byte(ended), 0o666); err != nil {
		t.Fatal(err)
	}
	if acquire(t, &Leases{Dir: d}, k) == nil {
		t.Error("the lease of an ended process is not to be had")
	}
}

// A follower sees what is recorded after it looked, and no half line.
func TestFollower(t *testing.T) {
	d := writeJournal(t, map[string]string{"000001.jsonl": "{\"id\":\"a\",\"status\":\"failed\"}\n{\"id\":\"b\",\"status\":\"fai"})
	f := NewFollower(d)
	check := func(id string, want bool) {
		t.Helper()
		if got, err := f.Recorded(Key{ID: id}); got != want || err != nil {
			t.Errorf("%s recorded: %v, %v; want %v", id, got, err, want)
		}
	}
	check("a", true)
	check("b", false)
	check("c", false)
	file, err := os.OpenFile(filepath.Join(d.Journal(), "000001.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("led\"}\n"); err != nil {
		t.Fatal(err)
	}
	w := NewWriter(d)
	defer w.Close()
	if err := w.Append(trainer.NewOutcome("c", trainer.Failed)); err != nil {
		t.Fatal(err)
	}
	check("b", true)
	check("c", true)
}

// A later attempt supersedes an earlier one wherever it stands; of equal
// attempts the first record stands.
func TestAttempts(t *testing.T) {
	d := writeJournal(t, map[string]string{
		"000001.jsonl": "{\"id\":\"a\",\"status\":\"done\",\"error\":10,\"attempt\":1}\n{\"id\":\"a\",\"status\":\"failed\"}\n",
		"000002.jsonl": "{\"id\":\"a\",\"status\":\"done\",\"error\":20,\"attempt\":1}\n",
	})
	j, err := ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := j.Outcome("a", 0); !ok || r.Error != 10 || len(j.Records) != 1 {
		t.Errorf("outcome %+v of %d records, want the first of attempt 1", r, len(j.Records))
	}
}

// Whatever a heartbeat tells, the lease stays readable: also one that tells less
// than that before it.
func TestHeartbeatTellsTheCurve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := Dir(t.TempDir())
		lease := acquire(t, &Leases{Dir: d}, Key{ID: "a"})
		nan := math.NaN()
		for _, n := range []int{1, 3, 2, 0, 200 - 60, 500} {
			time.Sleep(DefaultLeaseTimeout / 4)
			curve := make([]trainer.Epoch, n)
			for i := range curve {
				curve[i] = trainer.Epoch{Epoch: i + 1, Error: 12.5, TrainError: nan, LR: nan, TrainLoss: nan}
			}
			lease.Heartbeat(curve)
			work, err := Working(d, &Journal{})
			if err != nil || len(work) != 1 || len(work[0].Curve) != min(n, 167) || n > 0 && work[0].Curve[len(work[0].Curve)-1].Epoch != n || n > 0 && work[0].Curve[0].Error != 12.5 {
				t.Errorf("of %d epochs: %+v, %v", n, work, err)
			}
		}
		lease.Release()
	})
}

// Whatever a lease's file holds, it is held or expired, and one that has changed
// is held.
func FuzzLease(f *testing.F) {
	f.Add([]byte(`{"host":"h","process":{"pid":1}}`), []byte(`{"beat":2}`))
	f.Add([]byte("{"), []byte(""))
	f.Fuzz(func(t *testing.T, first, then []byte) {
		l := &Leases{Timeout: time.Hour}
		path := filepath.Join(t.TempDir(), "lease")
		for _, text := range [][]byte{first, then} {
			if err := os.WriteFile(path, text, 0o666); err != nil {
				t.Fatal(err)
			}
			if _, err := l.expired(path); err != nil {
				t.Error(err)
			}
		}
	})
}

// Whatever the bytes, models are read that can be written and read again, or the
// place of what is wrong is named.
func FuzzReadModels(f *testing.F) {
	// designspace sample --space proxy/regnetx -n 1 --seed 1
	f.Add([]byte(`id,space,budget,candidate,flops,params,acts,input,classes,stem,stem_width,block,activation,stages,depth,width,d1,d2,d3,d4,w1,w2,w3,w4,s1,s2,s3,s4,b1,b2,b3,b4,g1,g2,g3,g4,se_ratio,head_width,regnet_d,w0,wa,wm,regnet_b,regnet_g,e_fit,lr,weight_decay
m0001,proxy/regnetx,,1,44157450,1049690,495626,32,10,cifar,16,x,relu,4,11,165.8181818181818,1,2,3,5,32,64,128,256,1,2,2,2,1,1,1,1,16,16,16,16,0,0,11,32,26,2.004,1,16,0,,
`))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := ReadModels("m.csv", bytes.NewReader(data))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "m.csv") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		for _, e := range entries {
			if err := e.Model.Validate(); err != nil {
				t.Error(err)
			}
		}
	})
}
