package importer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/trainer"
)

// readPath reads a file or directory of testdata.
func readPath(path string, o Options) (*Table, error) {
	path = filepath.Join("testdata", path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return ReadDir(path, o)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Read(path, data, o)
}

// Tables that people have, in the shapes that public tools write, and by hand
// what they say.
func TestCases(t *testing.T) {
	fraction := Options{Fraction: true}
	by := func(k Kind, column string) Options { return Options{Metric: Metric{column, k}} }
	accuracy := func(column string) Options { o := by(Accuracy, column); o.Fraction = true; return o }
	const failed, pending = " failed, or have no error, and do not count", " are not finished and do not count"
	for _, c := range []struct {
		file  string
		o     Options
		want  string // CSV, or an error
		notes []string
	}{
		// The second job stopped after 2 of 50 epochs with an error.
		{"pycls-sweep-unfinished.json", Options{}, `id,space,status,error,error_best_epoch,epochs,flops,params,acts,input,classes,block,stages,depth,width,lr,d1,w1,d2,w2,se_ratio
0001,s,done,24,24,50,1000,200,30,32,10,basic,2,2,24,0.1,1,16,1,32,0
0002,s,failed,,75,2,1100,210,31,32,10,basic,2,3,26.666666666666668,0.2,1,16,2,32,0
`, []string{"1 of 2 models" + failed}},
		{"optuna-dashboard.csv", by(Error, "Value"), `id,space,status,error,flops,depth,lr
0,s,done,31.5,1000000,4,0.1
1,s,failed,,1200000,6,0.2
2,s,failed,,1300000,8,0.3
3,s,pending,,1400000,8,0.05
4,s,done,29,1100000,5,0.15
`, []string{"2 of 5 models" + failed, "1 of 5 models" + pending}},
		{"mlflow-search-runs.csv", Options{}, `id,space,status,error,depth,lr
aaa,s,done,22.5,4,0.1
bbb,s,failed,,6,0.1
ccc,s,done,24,8,0.2
`, []string{"1 of 3 models" + failed}},
		// The third trial is not done.
		{"ray-dataframe.csv", Options{}, `id,space,status,error,depth,time_this_iter_s,training_iteration,train_seconds,time_since_restore,timesteps_since_restore,iterations_since_restore,lr
d48b7_00000,s,done,31.5,4,4.0,10,40.0,40.0,0,10,0.1
d48b7_00001,s,done,29.5,5,4.1,10,41.0,41.0,0,10,0.2
d48b7_00002,s,pending,,6,4.2,2,8.0,8.0,0,2,0.3
`, []string{"1 of 3 models" + pending}},
		{"optuna-maximise.csv", fraction, "optuna-maximise.csv:1: nothing says whether little or much of value is good: say one of --error value, --accuracy value, --minimize value, --maximize value", nil},
		{"optuna-maximise.csv", accuracy("value"), `id,space,status,error,lr
0,s,done,17,0.0001
1,s,done,18,0.0002
2,s,done,50,0.9
3,s,done,16,0.00015
`, nil},
		{"optuna-maximise.csv", by(Maximize, "value"), `id,space,status,metric,value,lr
0,s,done,value:max,0.83,0.0001
1,s,done,value:max,0.82,0.0002
2,s,done,value:max,0.5,0.9
3,s,done,value:max,0.84,0.00015
`, nil},
		{"optuna-negative.csv", by(Error, "value"), "optuna-negative.csv:2: value: the error -0.91 is not within 0 to 100 percent; name the column of the error or of the accuracy, or give --minimize or --maximize", nil},
		{"optuna-negative.csv", accuracy("-value"), "id,space,status,error,lr\n0,s,done,9,0.1\n1,s,done,7,0.2\n", nil},
		{"optuna-negative.csv", by(Minimize, "value"), "id,space,status,metric,value,lr\n0,s,done,value:min,-0.91,0.1\n1,s,done,value:min,-0.93,0.2\n", nil},
		{"optuna-multiobjective.csv", Options{}, "optuna-multiobjective.csv:1: nothing says whether little or much of values_0 is good: say one of --error values_0", nil},
		{"optuna-multiobjective.csv", by(Error, "values_0"), `id,space,status,error,values_1,train_seconds,lr,nsga2_generation
0,s,done,31.5,1000000,60,0.1,0
1,s,done,29.5,1200000,60,0.2,0
`, nil},
		{"timm-params.csv", Options{Columns: map[string]string{"params": "param_count"}}, `id,space,status,error,params,model,img_size,top1,top5,top5_err,crop_pct,interpolation
m0001,s,done,9.944,305.08,big_net,448,90.056,99.054,0.946,1.000,bicubic
m0002,s,done,10.1,1014.45,huge_net,448,89.9,99.0,1.0,1.000,bicubic
m0003,s,done,20,25.6,small_net,224,80.0,95.0,5.0,0.875,bicubic
`, nil},
		{"percent-signs.csv", Options{}, "id,space,status,error,params,model\nm0001,s,done,24.3,4300000,a\nm0002,s,done,22.1,6300000,b\n", nil},
		{"wandb-nan-parameter.csv", Options{}, `id,space,status,error,name,train_seconds,lr,dropout
m0001,s,done,31.5,a,120,0.1,0.1
m0002,s,done,30.5,b,120,0.2,
m0003,s,done,29.5,c,120,0.3,0.3
`, nil},
		{"mlflow-runs.csv", accuracy("val_accuracy"), `id,space,status,error,depth,train_seconds,name,learning_rate,learning_rate.1
aaa111,s,done,19,4,72,run-a,0.1,0.01
bbb222,s,failed,,6,0.161,run-b,0.1,0.1
ccc333,s,pending,,6,,run-c,0.1,0.1
`, []string{"1 of 3 models" + failed, "1 of 3 models" + pending}},
		{"headerless.csv", Options{}, "headerless.csv:1: the names of the columns are missing: this line looks like data", nil},
		{"trailing-comma.csv", Options{}, "id,space,status,error,model\nm0001,s,done,24.3,a\nm0002,s,done,22.1,b\n", nil},
		{"semicolon.csv", Options{}, "id,space,status,error,params,model\nm0001,s,done,24.3,4300000,a\nm0002,s,done,22.1,6300000,b\n", nil},
		{"table.md", Options{}, "id,space,status,error,params,model\nm0001,s,done,34,3300000,a\n", nil},
		{"records.json", Options{}, "id,space,status,error,flops,params,model\nm0001,s,done,24,400000000,4000000,a\nm0002,s,done,22,800000000,6000000,b\n", nil},
		{"kerastuner-trial.json", accuracy("score"), "id,space,status,error,depth,lr,val_accuracy\n00,s,done,29,4,0.1,0.71\n", nil},
		{"nb301.json", by(Accuracy, "val_accuracy"), "id,space,status,error,epochs,layers,test_accuracy,info_train_accuracy,train_seconds,model_parameters\nm0001,s,done,8.5,98,8,92.1,95.0,4000.0,3.2\n", nil},
		{"wandb-api-docs.csv", by(Error, "summary.val_error"), "id,space,status,error,depth,lr,name\nm0001,s,done,31.5,4,0.1,bright-sun-1\nm0002,s,done,29.5,5,0.2,calm-sea-2\n", nil},
		{"wandb-chart.csv", Options{}, "id,space,status,error\nbright-sun-1,s,done,60.5\ncalm-sea-2,s,done,55\n",
			[]string{"a chart does not say which runs are unfinished: the last value of each counts; the table of runs knows more"}},
		{"timm-runs", by(Accuracy, "eval_top1"), "id,space,status,error,error_best_epoch,epochs,train_loss,eval_loss,eval_top5\na,s,done,55,55,2,1.9,1.7,90.0\nb,s,done,50,50,2,1.7,1.6,91.0\n",
			[]string{"the last epoch of each model counts; error_best_epoch has the least error"}},
		{"repeated-seeds.csv", Options{}, "id,space,status,error,seed,depth,repeat\narch-1,s,done,10.5,1,4,0\narch-1,s,done,10.9,2,4,1\narch-2,s,done,11.5,1,6,0\narch-2,s,done,11.1,2,6,1\n", nil},
	} {
		c.o.Space = "s"
		p, err := readPath(c.file, c.o)
		if err != nil {
			if got := strings.TrimPrefix(err.Error(), "testdata/"); !strings.HasPrefix(got, c.want) {
				t.Errorf("%s: %s, want %s", c.file, got, c.want)
			}
			continue
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, b.String()); diff != "" {
			t.Errorf("%s: %s", c.file, diff)
		}
		if diff := cmp.Diff(c.notes, p.Notes); diff != "" {
			t.Errorf("%s: notes: %s", c.file, diff)
		}
	}
}

// Every dialect is recognised by each of its marks.
func TestDialects(t *testing.T) {
	for _, d := range Dialects() {
		for _, marks := range d.marks {
			keys := append([]string{"x"}, marks...)
			for i := range keys {
				keys[i] = strings.Replace(keys[i], "*__MIN", "a - b__MIN", 1)
			}
			if got, err := recognise("", keys); err != nil || got.Format != d.Format {
				t.Errorf("%v: %v, %v, want %s", marks, got, err, d.Format)
			}
		}
		if got, err := recognise(d.Format, nil); err != nil || got.Format != d.Format || d.About == "" {
			t.Errorf("%s: %v, %v", d.Format, got, err)
		}
	}
}

func TestShapesOfJSON(t *testing.T) {
	const want = "id,space,status,error,net_depth,seed\na,s,done,5,2,1\nb,s,done,6,3,1\n"
	const records = `{"id": "a", "net": {"depth": 2}, "seed": 1, "err": 5}, {"id": "b", "net": {"depth": 3}, "seed": 1, "err": 6}`
	for name, data := range map[string]string{
		"a list in an object":  `{"results": [` + records + `]}`,
		"beside other things":  `{"version": 2, "results": [` + records + `], "by": {"x": 1}}`,
		"by name in an object": `{"version": 2, "models": {"a": {"net": {"depth": 2}, "seed": 1, "err": 5}, "b": {"net": {"depth": 3}, "seed": 1, "err": 6}}}`,
		"pandas, split":        `{"columns": ["id", "net.depth", "seed", "err"], "index": [0, 1], "data": [["a", 2, 1, 5], ["b", 3, 1, 6]]}`,
		"pandas, table":        `{"schema": {"fields": [{"name": "id", "type": "string"}], "primaryKey": ["index"]}, "data": [` + records + `]}`,
		"pandas, list":         `{"id": ["a", "b"], "net.depth": [2, 3], "seed": [1, 1], "err": [5, 6]}`,
		"lists":                `[["id", "net.depth", "seed", "err"], ["a", 2, 1, 5], ["b", 3, 1, 6]]`,
		"list":                 `[{"id": "a", "net": {"depth": 2}, "seed": 1, "err": 5}, {"id": "b", "net": {"depth": 3}, "seed": 1, "err": 6}]`,
		"by name":              `{"a": {"net": {"depth": 2}, "seed": 1, "err": 5}, "b": {"net": {"depth": 3}, "seed": 1, "err": 6}}`,
		"lines":                "{\"id\": \"a\", \"net\": {\"depth\": 2}, \"seed\": 1, \"err\": 5}\n{\"id\": \"b\", \"net\": {\"depth\": 3}, \"seed\": 1, \"err\": 6}\n",
		"pandas":               `{"id": {"0": "a", "1": "b"}, "net.depth": {"0": 2, "1": 3}, "seed": {"0": 1, "1": 1}, "err": {"0": 5, "1": 6}}`,
	} {
		p, err := Read("x", []byte(data), Options{Space: "s"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		got := strings.Replace(b.String(), "id,space,status,error,seed,net_depth", "id,space,status,error,net_depth,seed", 1)
		got = strings.NewReplacer("5,1,2", "5,2,1", "6,1,3", "6,3,1").Replace(got)
		if got != want {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
	}
}

// What a log of epochs, a NaN and null are; of a list of records that have
// nothing of a model, the record is the model.
func TestOddJSON(t *testing.T) {
	for data, want := range map[string]string{
		`{"loss": [3, 2], "val_err": [9, 8], "lr": [0.1, 0.01]}`:        "id,space,status,error,loss,lr1,lr2\nm0001,x,done,8,2,0.1,0.01\n",
		`[{"err": 1}, {"err": NaN}, {"err": null}, {"err": -Infinity}]`: "id,space,status,error\nm0001,x,done,1\nm0002,x,diverged,100\nm0003,x,failed,\nm0004,x,diverged,100\n",
		`[{"err": 1, "d": NaN}, {"err": 2, "d": 3}]`:                    "id,space,status,error,d\nm0001,x,done,1,\nm0002,x,done,2,3\n",
		`{"err": 2, "layers": [{"w": 8}, {"w": 16}]}`:                   "id,space,status,error,layers_w\nm0001,x,done,2,16\n",
		`[{"cfg": {"d": 2}, "err": 1}, {"cfg": {"d": 3}, "err": 2}]`:    "id,space,status,error,cfg_d\nm0001,x,done,1,2\nm0002,x,done,2,3\n",
		`{"a": {"err": 1}, "b": {"err": 2}}`:                            "id,space,status,error\na,x,done,1\nb,x,done,2\n",
		`{"x": [{"err": 1}], "y": [{"err": 2}]}`:                        "id,space,status,error,list\nm0001,x,done,1,x\nm0002,x,done,2,y\n",
	} {
		if got, _ := read(t, "x.json", data, Options{}); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", data, got, want)
		}
	}
	for data, want := range map[string]string{`{}`: "x: no models", `[[1, 2], [3, 4]]`: "x:1: item 1 of the list is no object", `[["err", "d"], [1]]`: "x:1: item 1 of the list is no object"} {
		if _, err := Read("x", []byte(data), Options{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", data, err, want)
		}
	}
}

// Complexities in the units that their cells or their header say.
func TestUnits(t *testing.T) {
	for data, want := range map[string]string{
		"error,FLOPs (M),#Params (k)\n1,0.8,5.5\n2,900,6\n":               "id,space,status,error,flops,params\nm0001,x,done,1,800000,5500\nm0002,x,done,2,900000000,6000\n",
		"error,flops,params\n1,0.8 GFLOPs,5.5M params\n2,900 MFLOPs,6M\n": "id,space,status,error,flops,params\nm0001,x,done,1,800000000,5500000\nm0002,x,done,2,900000000,6000000\n",
		"error,GFLOPs\n1,0.8\n2,0.9\n":                                    "id,space,status,error,gflops\nm0001,x,done,1,0.8\nm0002,x,done,2,0.9\n",
		"Top-1 Error (%),acc@5\n24.3 %,90\n22.1 %,91\n":                   "id,space,status,error,acc_5\nm0001,x,done,24.3,90\nm0002,x,done,22.1,91\n",
	} {
		if got, notes := read(t, "x.csv", data, Options{}); got != want || notes != nil {
			t.Errorf("%q:\n%s\n%q, want\n%s", data, got, notes, want)
		}
	}
	if _, notes := read(t, "x.csv", "error,params\n10,5.5m\n20,6m\n", Options{}); !slices.Equal(notes, []string{`the column params stays text: x.csv:2: "5.5m" is not a number: write it as 1234.5 or 1.2345e3`}) {
		t.Errorf("%q", notes)
	}
}

// Accuracies become errors with the digits that were read.
func TestPercent(t *testing.T) {
	for _, c := range []struct {
		v        float64
		k        Kind
		fraction bool
		want     float64
	}{{0.55, Accuracy, true, 45}, {0.71, Accuracy, true, 29}, {90.056, Accuracy, false, 9.944}, {0.07, Error, true, 7}, {0.29, Error, true, 29}, {1e-3, Accuracy, false, 99.999}} {
		if got := percent(c.v, c.k, c.fraction); got != c.want {
			t.Errorf("percent(%v, %v, %v) = %v, want %v", c.v, c.k, c.fraction, got, c.want)
		}
	}
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]string{
		"12": "12", "1.2min": "72", "161ms": "0.161", "0 days 00:01:02.5": "62.5", "1 days 01:00:00": "90000", "1h 20m": "4800", "1:02:03": "3723", "3 hours": "10800", "2d": "172800", "1h, 5s": "3605", "1.1min": "66", "2.3min": "138", "0.1h 0.2h": "1080", "0:00:00.3": "0.3",
	} {
		if got, err := duration(s); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", s, got, err, want)
		}
	}
	for _, s := range []string{"soon", "1:2", "1:99:00", "3 fortnights", "-1:00:00", "5x"} {
		if got, err := duration(s); err == nil {
			t.Errorf("%s: %s, want an error", s, got)
		}
	}
}

// Sums of times have no false digits: in binary 0.1 + 0.2 is 0.30000000000000004.
func TestSumOfTimes(t *testing.T) {
	got, _ := read(t, "x.json", `[{"cfg": {}, "train_epoch": {"time_epoch": [0.1, 0.2]}, "test_epoch": {"top1_err": [5]}}]`, Options{})
	if want := "id,space,status,error,train_seconds\nm0001,x,done,5,0.3\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A cell that is no number does not cost the column.
func TestOddCells(t *testing.T) {
	got, notes := read(t, "x.csv", "error,flops,depth,kind\n1,1M,2,7\n2,many,3,a\n3,3M,x,b\n4,4M,5,c\n5,5M,6,d\n", Options{})
	want := "id,space,status,error,flops,depth,kind\nm0001,x,done,1,1000000,2,7\nm0002,x,done,2,,3,a\nm0003,x,done,3,3000000,,b\nm0004,x,done,4,4000000,5,c\nm0005,x,done,5,5000000,6,d\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		`x.csv:3: flops: "many" is not a number: write it as 1234.5 or 1.2345e3; it is left empty`,
		`x.csv:4: depth: "x" is not a number: write it as 1234.5 or 1.2345e3; it is left empty`,
	}, notes); diff != "" {
		t.Error(diff)
	}
}

// Names that look like numbers stay, and of two columns of errors none is taken
// in silence.
func TestNames(t *testing.T) {
	got, _ := read(t, "x.csv", "model,error,size,status\n7B,10,7B,done\n13B,out of memory,13B,failed\n", Options{})
	if want := "id,space,status,error,model,size\nm0001,x,done,10,7B,7000000000\nm0002,x,failed,,13B,13000000000\n"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for data, want := range map[string]string{
		"error,error\n1,2\n":        "x.csv:1: two columns are named error: say --error error for the first, or --error error.1",
		"test_err,val_err\n1,2\n":   "",
		"error.1,error,lr\n1,2,3\n": "x.csv:1: two columns are named error: say --error error for the first, or --error error.1",
	} {
		p, err := Read("x.csv", []byte(data), Options{})
		if want == "" && (err != nil || !slices.Contains(p.Notes, "the error is test_err; for another, such as val_err, give --error")) || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%q: %v, want %s", data, err, want)
		}
	}
}

func TestStatusOption(t *testing.T) {
	o := Options{Status: map[string]trainer.Status{"ok": trainer.Done, "PRUNED": trainer.Done}}
	p, err := Read("x.csv", []byte("error,status\n1,OK\n2,pruned\n3,failed\n"), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"done", "done", "failed"} {
		if got := p.rows[i]["status"]; got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
}

// Two trials of Keras Tuner, one a file, and runs of timm of which args.yaml
// says that one is not finished.
func TestReadDir(t *testing.T) {
	dir := t.TempDir()
	put := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put("kt/oracle.json", `{"ongoing_trials": {}}`)
	put("kt/trial_0/trial.json", `{"trial_id": "0", "hyperparameters": {"values": {"lr": 0.1}}, "score": 0.7, "status": "COMPLETED"}`)
	put("kt/trial_1/trial.json", `{"trial_id": "1", "hyperparameters": {"values": {"lr": 0.2}}, "score": null, "status": "INVALID"}`)
	put("timm/a/summary.csv", "epoch,train_loss,eval_top1,lr\n0,2,40,0.1\n1,1,60,0.05\n2,1,55,0.01\n")
	put("timm/a/args.yaml", "model: x\nepochs: 3\n")
	put("timm/b/summary.csv", "epoch,train_loss,eval_top1,lr\n0,2,40,0.1\n")
	put("timm/b/args.yaml", "model: y\nepochs: 3\nbetas: [1, 2]\noutput: there\n")
	put("one/summary.csv", "epoch,train_loss,eval_top1\n0,2,40\n1,1,60\n")
	for i := range 4 { // two seeds each of two rates
		put(fmt.Sprintf("seeds/%d/summary.csv", i), fmt.Sprintf("epoch,train_loss,eval_top1\n0,2,40\n1,1,%d\n", 60+i))
		put(fmt.Sprintf("seeds/%d/args.yaml", i), fmt.Sprintf("lr: %g\nmodel: 'x'\nseed: %d\nepochs: 2\n", 0.1*float64(1+i/2), i%2))
	}
	put("ray/a/result.json", `{"val_err": 9, "training_iteration": 1, "trial_id": "a", "done": false, "config": {"lr": 1}}`+"\n"+`{"val_err": 8, "training_iteration": 2, "trial_id": "a", "done": true, "config": {"lr": 1}}`+"\n")
	put("ray/b/result.json", `{"val_err": 7, "training_iteration": 1, "trial_id": "b", "done": false, "config": {"lr": 2}}`+"\n")
	for _, c := range []struct {
		dir  string
		o    Options
		want string
	}{
		{"kt", Options{Metric: Metric{"score", Accuracy}, Fraction: true}, "id,space,status,error,lr\n0,kt,done,30,0.1\n1,kt,failed,,0.2\n"},
		{"timm", Options{Metric: Metric{"eval_top1", Accuracy}}, "id,space,status,error,error_best_epoch,epochs,train_loss,lr,model\na,timm,done,45,40,3,1,,x\nb,timm,pending,,60,1,2,0.1,y\n"},
		{"one", Options{Metric: Metric{"eval_top1", Accuracy}}, "id,space,status,error,error_best_epoch,epochs,train_loss\none,one,done,40,40,2,1\n"},
		{"seeds", Options{Metric: Metric{"eval_top1", Accuracy}}, "id,space,status,error,error_best_epoch,epochs,seed,train_loss,lr\n0,seeds,done,40,40,2,0,1,0.1\n2,seeds,done,38,38,2,0,1,0.2\n"},
		{"ray", Options{}, "id,space,status,error,error_best_epoch,epochs,lr\na,ray,done,8,8,2,1\nb,ray,pending,,7,1,2\n"},
	} {
		p, err := ReadDir(filepath.Join(dir, c.dir), c.o)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := p.WriteResults(&b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, b.String()); diff != "" {
			t.Error(diff)
		}
		if c.dir == "timm" {
			var curves bytes.Buffer
			if err := p.WriteCurves(&curves); err != nil {
				t.Fatal(err)
			}
			want := "id,epoch,lr,train_loss,error\na,1,0.1,2,60\na,2,0.05,1,40\na,3,0.01,1,45\nb,1,0.1,2,60\n"
			if diff := cmp.Diff(want, curves.String()); diff != "" {
				t.Error(diff)
			}
		}
	}
	if _, err := ReadDir(dir+"/none", Options{}); err == nil || strings.Contains(err.Error(), "lstat") {
		t.Error(err)
	}
}

func TestReadFileRefusesDevices(t *testing.T) {
	for path, want := range map[string]string{"/dev/zero": "/dev/zero: is a device: name a file", "testdata": "testdata: is a directory: name a file", "none": "none: no such file or directory"} {
		if _, err := ReadFile(path); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// How a job of pycls ended: by its last epoch, and by what it wrote of errors.
func TestEnds(t *testing.T) {
	for tail, want := range map[string]string{
		`"err": "", "test_epoch": {"top1_err": [9, 8], "epoch_ind": [1, 2], "epoch_max": [2, 2]}`:              "done 8 2",
		`"err": "Warning: slow", "test_epoch": {"top1_err": [9, 8], "epoch_ind": [1, 2], "epoch_max": [2, 2]}`: "done 8 2",
		`"err": "", "test_epoch": {"top1_err": [9, 8], "epoch_ind": [1, 2], "epoch_max": [3, 3]}`:              "pending  2",
		`"err": "Traceback", "test_epoch": {"top1_err": [9, 8], "epoch_ind": [1, 2], "epoch_max": [3, 3]}`:     "failed  2",
		`"err": "Traceback", "test_epoch": {"top1_err": [9]}`:                                                  "failed  5",
		`"err": "", "test_epoch": {"top1_err": [9], "epoch_ind": [1]}`:                                         "pending  1",
		`"err": ""`:          "pending  ",
		`"err": "Traceback"`: "failed  ",
		`"err": "", "test_epoch": {"top1_err": [9, 8], "epoch": ["1/5", "2/5"]}`: "pending  2",
		`"err": "", "test_epoch": {"top1_err": [9, 8], "epoch": ["4/5", "5/5"]}`: "done 8 5",
		`"test_epoch": {"top1_err": [9]}`:                                        "done 9 5",
	} {
		data := `[{"cfg": {"OPTIM": {"MAX_EPOCH": 5}}, ` + tail + `}, {"cfg": {}, "test_epoch": {"top1_err": [1]}}]`
		p, err := Read("x.json", []byte(data), Options{})
		if err != nil {
			t.Errorf("%s: %v", tail, err)
			continue
		}
		if r := p.rows[0]; r["status"]+" "+r["error"]+" "+r["epochs"] != want {
			t.Errorf("%s: %s %s %s, want %s", tail, r["status"], r["error"], r["epochs"], want)
		}
	}
}

// A job that ended before it wrote its configuration, whatever is asked of it.
func TestJobsWithoutConfiguration(t *testing.T) {
	const data = `[{"log_file": "/s/0001/stdout.log", "err": "no CUDA"}, {"log_file": "/s/0002/stdout.log", "err": ""}, {"cfg": {}, "log_file": "/s/0003/stdout.log", "test_epoch": {"top1_err": [9], "min_top1_err": [8]}}]`
	got, _ := read(t, "x.json", data, Options{Metric: Metric{"test_epoch.min_top1_err", Error}})
	if want := "id,space,status,error,error_best_epoch\n0001,x,failed,,\n0002,x,pending,,\n0003,x,done,8,8\n"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Tables in other shapes of the same programs.
func TestShapesOfPrograms(t *testing.T) {
	for _, c := range []struct {
		name, data, want string
		o                Options
	}{
		{"Optuna, objectives with names", "number,values_val_error,values_flops,params_x,state\n0,30,100,1,COMPLETE\n1,32,50,2,TrialState.PRUNED\n",
			"id,space,status,error,flops,x\n0,x,done,30,100,1\n1,x,failed,,50,2\n", Options{}},
		{"Optuna, two levels", ",number,value,params,params,state\n,,,lr,depth,\n0,0,30,0.1,4,COMPLETE\n1,1,32,0.2,5,RUNNING\n",
			"id,space,status,error,depth,index,lr\n0,x,done,30,4,0,0.1\n1,x,pending,,5,1,0.2\n", Options{Metric: Metric{"value", Error}}},
		{"W&B, a chart over epochs", "epoch,a - val/error,a - val/error__MIN,a - val/error__MAX,b - val/error,b - val/error__MIN,b - val/error__MAX\n0,9,9,9,8,8,8\n1,7,7,7,6,6,6\n",
			"id,space,status,error\na,x,done,7\nb,x,done,6\n", Options{}},
		{"W&B, nested summaries", "name,summary,config\na,\"{'val': {'error': 31.5}, 'h': {'_type': 'histogram'}}\",\"{'opt': {'lr': 0.1}}\"\n",
			"id,space,status,error,name,opt_lr\nm0001,x,done,31.5,a,0.1\n", Options{}},
		{"Ax, a metric a row", "arm_name,metric_name,mean,sem,trial_index\n0_0,val_error,31.5,0.1,0\n0_0,flops,100,0,0\n1_0,val_error,30.5,0.1,1\n1_0,flops,110,0,1\n",
			"id,space,status,error,flops\n0_0,x,done,31.5,100\n1_0,x,done,30.5,110\n", Options{}},
		{"Ax", "trial_index,arm_name,trial_status,val_error\n0,0_0,TrialStatus.COMPLETED,31.5\n1,1_0,EARLY_STOPPED,60\n2,2_0,STAGED,\n",
			"id,space,status,error,trial_index\n0_0,x,done,31.5,0\n1_0,x,failed,,1\n2_0,x,pending,,2\n", Options{}},
		{"timm, the log of one run", "epoch,train_loss,eval_top1\n0,2,40\n1,1,60\n", "id,space,status,error,error_best_epoch,epochs,train_loss\nx,x,done,40,40,2,1\n", Options{Metric: Metric{"eval_top1", Accuracy}}},
	} {
		if got, _ := read(t, "x", c.data, c.o); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// Keys that NDS does not have are kept or named.
func TestOtherKeysOfNDS(t *testing.T) {
	got, notes := read(t, "x.json", `[{"min_test_top1": 5, "model": "a", "extra": {"b": 1}}]`, Options{Format: "nds"})
	if want := "id,space,status,error,error_best_epoch,model\nm0001,x,done,5,5,a\n"; got != want || !slices.Equal(notes, []string{"the key extra of the jobs is not read"}) {
		t.Errorf("%s, %q", got, notes)
	}
}

// What is looked up by column takes as long for many columns as for few, or this
// test takes minutes.
func TestManyColumns(t *testing.T) {
	const n = 100_000
	var b strings.Builder
	b.WriteString("id,seed,error")
	for i := range n {
		fmt.Fprintf(&b, ",p%d", i)
	}
	for row := range 4 {
		fmt.Fprintf(&b, "\n%d,%d,%d%s", row/2, row, 10+row, strings.Repeat(",7", n))
	}
	p, err := Read("x.csv", []byte(b.String()), Options{})
	if err != nil || p.Models != 2 || !p.Repeats {
		t.Errorf("%v", err)
	}
	b.Reset()
	b.WriteString("Step")
	for i := range n / 10 {
		fmt.Fprintf(&b, ",r%d - val/error,r%d - val/error__MIN", i, i)
	}
	b.WriteString("\n1" + strings.Repeat(",5,5", n/10))
	if p, err := Read("x.csv", []byte(b.String()), Options{}); err != nil || p.Models != n/10 {
		t.Errorf("%v", err)
	}
}
