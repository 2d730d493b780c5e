package rundir

import (
	"math"
	"os"
	"strings"
	"testing"

	"designspace/trainer"

	"github.com/google/go-cmp/cmp"
)

// The columns are a contract with whoever reads results.csv.
const resultsHeader = "id,space,budget,status,error,error_best_epoch,error_train,loss,epochs,seed,flops,params,acts,input,classes," +
	"block,stages,depth,width,d1,d2,d3,w1,w2,w3,b1,b2,b3,g1,g2,g3,se_ratio,regnet_d,w0,wa,wm,e_fit,lr,weight_decay," +
	"train_seconds,images_per_second,eval_images_per_second,kernel,data,recipe,version"

func TestResults(t *testing.T) {
	d := Dir(t.TempDir())
	es := entries()
	rec := done("m0001", 42.5)
	rec.ErrorBestEpoch, rec.ErrorTrain, rec.Loss, rec.Epochs, rec.Seed = 41, 30, 1.25, 2, 1<<63+1
	rec.LR, rec.WeightDecay, rec.TrainSeconds, rec.ImagesPerSecond, rec.EvalImagesPerSecond = 0.2, 0.0005, 3.5, 1000, 3000
	rec.Kernel, rec.Data, rec.Recipe, rec.Version = "generic", "synthetic", "proxy", "devel"
	rec.Curve = []trainer.Epoch{
		{Epoch: 1, LR: 0.2, TrainLoss: 2, TrainError: 80, Error: 50},
		{Epoch: 2, LR: 0.1, TrainLoss: math.NaN(), TrainError: 30, Error: 42.5},
	}
	w := NewWriter(d)
	if err := w.Append(rec); err != nil {
		t.Fatal(err)
	}
	save := func() (results, curves string) {
		t.Helper()
		j, err := ReadJournal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := SaveResults(d, es, j); err != nil {
			t.Fatal(err)
		}
		r, _ := os.ReadFile(d.Results())
		c, _ := os.ReadFile(d.Curves())
		return string(r), string(c)
	}
	c1, c2, c3 := es[0].Complexity, es[1].Complexity, es[2].Complexity
	counts := func(n ...int64) string {
		var b strings.Builder
		for _, n := range n {
			b.WriteString(intCell(int(n)) + ",")
		}
		return b.String()
	}
	want := resultsHeader + "\n" +
		"m0001,proxy/anynetxa,1M:3M,done,42.5,41,30,1.25,2,9223372036854775809," + counts(c1.Flops, c1.Params, c1.Acts) + "32,10," +
		"x,3,6,34.666666666666664,1,2,3,16,24,48,1,0.5,2,4,16,8,0.25,,,,,0.25,0.2,0.0005,3.5,1000,3000,generic,synthetic,proxy,devel\n" +
		"m0002,v,,pending,,,,,,," + counts(c2.Flops, c2.Params, c2.Acts) + "28,100," +
		"v,1,2,8,2,,,8,,,,,,,,,0,,,,,,0.1,0.00005,,,,,,,\n" +
		"m0003,proxy/regnetx,,pending,,,,,,," + counts(c3.Flops, c3.Params, c3.Acts) + "32,10," +
		"x,2,6,26.666666666666668,2,4,,16,32,,1,1,,16,16,,0,6,16,8.1,2.345,0,,,,,,,,,\n"
	results, curves := save()
	if diff := cmp.Diff(want, results); diff != "" {
		t.Error(diff)
	}
	wantCurves := "id,epoch,lr,train_loss,train_error,error\nm0001,1,0.2,2,80,50\nm0001,2,0.1,,30,42.5\n"
	if diff := cmp.Diff(wantCurves, curves); diff != "" {
		t.Error(diff)
	}

	tested := done("m0002", 20)
	tested.ErrorTest = 21
	if err := w.Append(tested); err != nil {
		t.Fatal(err)
	}
	results, _ = save()
	wantHeader := strings.Replace(resultsHeader, "error_train,", "error_train,error_test,", 1)
	if header, _, _ := strings.Cut(results, "\n"); header != wantHeader {
		t.Errorf("header with a test set: %s", header)
	}
}
