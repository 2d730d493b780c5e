package importer

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read returns the population as CSV, and its notes.
func read(t *testing.T, name, data string, o Options) (string, []string) {
	t.Helper()
	p, err := Read(name, []byte(data), o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String(), p.Notes
}

const sweep = `[
{"cfg": {"MODEL": {"TYPE": "regnet", "NUM_CLASSES": 10}, "REGNET": {"DEPTH": 4, "W0": 8, "WA": 8.0, "WM": 2.0, "GROUP_W": 8, "STEM_TYPE": "res_stem_cifar", "STEM_W": 16},
  "OPTIM": {"BASE_LR": 0.1, "WEIGHT_DECAY": 5e-05, "MAX_EPOCH": 2}, "TRAIN": {"IM_SIZE": 32}, "RNG_SEED": 1},
 "complexity": {"flops": 1000, "params": 200, "acts": 30}, "log_file": "/sweeps/x/0001/stdout.log",
 "train_epoch": {"top1_err": [80.5, 70.25], "loss": [2.5, 2.0], "time_epoch": [1.5, 1.0]},
 "test_epoch": {"top1_err": [75.0, 76.5], "min_top1_err": [75.0, 75.0]}, "test_ema_epoch": {"min_top1_err": [78.0, 74.0]}},
{"cfg": {"MODEL": {"TYPE": "resnet"}, "OPTIM": {"BASE_LR": 0.2}},
 "complexity": {"flops": 1100, "params": 210, "acts": 31}, "log_file": "/sweeps/x/0002/stdout.log",
 "test_epoch": {"top1_err": [90.0, NaN], "min_top1_err": [90.0, 90.0]}}
]
`

func TestReadSweep(t *testing.T) {
	got, notes := read(t, "dir/sweep.json", sweep, Options{})
	want := `id,space,status,error,error_best_epoch,error_ema,error_train,loss,epochs,seed,flops,params,acts,input,classes,block,stages,depth,width,lr,weight_decay,train_seconds,d1,w1,d2,w2,d3,w3,b1,b2,b3,g1,g2,g3,se_ratio,regnet_d,w0,wa,wm
0001,sweep,done,76.5,75,74,70.25,2,2,1,1000,200,30,32,10,x,3,4,22,0.1,0.00005,2.5,1,8,1,16,2,32,1,1,1,8,8,8,0,4,8,8,2
0002,sweep,diverged,100,90,,,,,,1100,210,31,,,,,,,0.2,,,,,,,,,,,,,,,,,,,
`
	// By hand: u = 8, 16, 24, 32; log2(u/8) rounds to 0, 1, 2, 2.
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"a configuration gives no model, so depths, widths and the like are absent: MODEL.DEPTH: 0 cannot be read; 50, 101 and 152 can",
		"1 of 2 models have an error that is not a number and count as diverged, with 100 %",
	}, notes); diff != "" {
		t.Error(diff)
	}
	got, _ = read(t, "dir/sweep.json", sweep, Options{Columns: map[string]string{"error": "test_epoch.min_top1_err"}, Space: "s"})
	if !strings.Contains(got, "\n0001,s,done,75,75,") || !strings.Contains(got, "\n0002,s,done,90,90,") {
		t.Errorf("with the least error:\n%s", got)
	}
}

func TestReadSweepOfEfficientNets(t *testing.T) {
	const job = `[{"cfg": {"MODEL": {"TYPE": "effnet"}, "EN": {"DEPTHS": [1, 2], "WIDTHS": [16, 24], "STRIDES": [1, 2], "EXP_RATIOS": [1, 6], "KERNELS": [3, 5]}},
 "test_epoch": {"top1_err": [30]}}]`
	got, notes := read(t, "en.json", job, Options{})
	want := `id,space,status,error,block,stages,depth,width,d1,w1,d2,w2,e1,k1,e2,k2,se_ratio
m0001,en,done,30,mbconv,2,3,21.333333333333332,1,16,2,24,1,3,6,5,0.25
`
	if diff := cmp.Diff(want, got); diff != "" || notes != nil {
		t.Error(diff, notes)
	}
}

const nds = `{"top": [{"job_id": 7, "rng_seed": 3, "net": {"ds": [1, 2], "ws": [16, 32], "ss": [1, 2], "bot_muls": [0.5, 0.5], "num_gs": [2, 4]},
  "optim": {"lr": 0.1, "wd": 0.0005, "max_ep": 2}, "params": 856000, "flops": 129000000, "min_test_top1": 6.5,
  "train_ep_loss": [1.5, 0.5], "train_ep_top1": [50, 5.25], "test_ep_top1": [20, 7]}],
 "mid": [{"job_id": 8, "net": {"genotype": {"normal": [1]}, "depth": 20, "width": 16, "aux": false}, "min_test_top1": 8, "flops": 5}]}`

func TestReadNDS(t *testing.T) {
	got, notes := read(t, "ResNeXt-A.json", nds, Options{})
	want := `id,space,status,error,error_best_epoch,error_train,loss,epochs,seed,flops,params,stages,depth,width,lr,weight_decay,d1,d2,w1,w2,s1,s2,bot_mul1,bot_mul2,groups1,groups2,net_aux
7,ResNeXt-A,done,7,6.5,5.25,0.5,2,3,129000000,856000,2,3,,0.1,0.0005,1,2,16,32,1,2,0.5,0.5,2,4,
8,ResNeXt-A,done,8,8,,,,,5,,,20,16,,,,,,,,,,,,,false
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if notes != nil {
		t.Errorf("notes %q", notes)
	}
}

func TestReadOptuna(t *testing.T) {
	const trials = `number,value,datetime_start,datetime_complete,duration,params_lr,params_Width,user_attrs_flops,state
0,0.25,2024-01-01 10:00:00,2024-01-01 10:01:02.5,0 days 00:01:02.500000,0.1,16,1000,COMPLETE
1,,2024-01-01 10:00:00,,1 days 01:00:00,0.2,32,1100,FAIL
2,,,,,0.3,32,1100,RUNNING
`
	got, notes := read(t, "t.csv", trials, Options{Metric: Metric{"value", Accuracy}, Fraction: true})
	want := `id,space,status,error,flops,width,train_seconds,lr
0,t,done,75,1000,16,62.5,0.1
1,t,failed,,1100,32,90000,0.2
2,t,pending,,1100,32,,0.3
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1 of 3 models failed, or have no error, and do not count", "1 of 3 models are not finished and do not count"}, notes); diff != "" {
		t.Error(diff)
	}
}

// What looks like fractions taken for percent is not silently wrong.
func TestReadFractions(t *testing.T) {
	const note = " are at most 1 percent: if they are fractions of one, give --fraction"
	for _, c := range []struct {
		data string
		o    Options
		want []string
	}{
		{"error\n0.2\n0.3\n", Options{}, []string{"all errors" + note}},
		{"error\n0.2\n0.3\n", Options{Fraction: true}, nil},
		{"error\n0.2\n1.3\n", Options{}, nil},
		{"acc\n0.91\n0.7\n", Options{Metric: Metric{"acc", Accuracy}}, []string{"all accuracies" + note}},
		{"acc\n0.91\n0.7\n", Options{Metric: Metric{"acc", Accuracy}, Fraction: true}, nil},
		{"acc\n91\n0.7\n", Options{Metric: Metric{"acc", Accuracy}}, nil},
		{"acc\nnan\n", Options{Metric: Metric{"acc", Accuracy}}, []string{"1 of 1 models have an error that is not a number and count as diverged, with 100 %"}},
	} {
		if _, notes := read(t, "x.csv", c.data, c.o); !slices.Equal(notes, c.want) {
			t.Errorf("%q, %+v: notes %q, want %q", c.data, c.o, notes, c.want)
		}
	}
}

func TestReadWandB(t *testing.T) {
	const runs = `"Name","State","Notes","User","Created","Runtime","Sweep","Learning Rate","val/error"
"a-1","finished","-","me","2024","62","s1","0.1","12.5"
"b-2","crashed","-","me","2024","3","s1","0.2",""
"c-3","finished","-","me","2024","3","s1","0.2","nan"
`
	got, _ := read(t, "w.csv", runs, Options{})
	want := `id,space,status,error,name,train_seconds,sweep,learning_rate
m0001,w,done,12.5,a-1,62,s1,0.1
m0002,w,failed,,b-2,3,s1,0.2
m0003,w,diverged,100,c-3,3,s1,0.2
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadErrors(t *testing.T) {
	value := Options{Metric: Metric{"value", Error}}
	for _, c := range []struct {
		name, data string
		o          Options
		want       string
	}{
		{"broken JSON", "[\n{\"cfg\": {}},\n{\"cfg\" 1}]", Options{}, "x:3: broken JSON: invalid character '1' after object key"},
		{"torn", "[{\"cfg\": {}", Options{}, "x:1: broken JSON: the file ends early"},
		{"syntax", "[\n{\"min_test_top1\" 1}]", Options{}, "x:2: broken JSON: invalid character '1' after object key"},
		{"no error", `{"a": 1}`, Options{}, "x:1: no column is known to be the error: say which with --error NAME, --accuracy NAME, --minimize NAME or --maximize NAME; there are a"},
		{"no object", `[3]`, Options{}, "x:1: item 1 of the list is no object: want one a model"},
		{"no cfg", `[{"cfg": 3, "test_epoch": {}}]`, Options{}, "x:1: job 1: cfg is missing: this is no job of pycls' sweep.json"},
		{"a key twice", "[{\"min_test_top1\": 1, \"net\": {\"a\": [\"x: \\\"\"]}},\n{\"min_test_top1\": 1, \"net\": {\"ds\": [1], \"ds\" : [2]}}]", Options{}, `x:2: the key "ds" appears twice in one object`},
		{"more", "[{\"min_test_top1\": 1}]\n[]", Options{}, "x:2: more follows the list of models"},
		{"more, broken", "[{\"min_test_top1\": 1}]\n]", Options{}, "x:2: more follows the list of models"},
		{"torn object", "{\"top\": [{\"min_test_top1\": 1}]", Options{}, "x:1: broken JSON: the file ends early"},
		{"deep", strings.Repeat("[", 300), Options{}, "x:1: values are nested more than 200 deep"},
		{"empty list", `[]`, Options{}, "x: no models"},
		{"word", "[{\"min_test_top1\": \"a\"}]", Options{}, `x:1: job 1: min_test_top1: "a" is no number`},
		{"large", "[{\"min_test_top1\": 1e999}]", Options{}, "x:1: job 1: min_test_top1: 1e999 is too large for a number"},
		{"outside", "[{\"min_test_top1\": 101}]", Options{}, "x:1: job 1: min_test_top1: the error 101 is not within 0 to 100 percent; name the column of the error or of the accuracy, or give --minimize or --maximize"},
		{"no path", "[{\"min_test_top1\": 1}]", Options{Columns: map[string]string{"lr": "opt.lr"}}, "x:1: job 1: opt.lr is missing, which was to give the column lr"},
		{"no metric", "[{\"min_test_top1\": 1}]", value, "x:1: job 1: value is missing, by which the models are to be compared"},
		{"twice", "[{\"job_id\": 1, \"min_test_top1\": 1},\n{\"job_id\": 1, \"min_test_top1\": 1}]", Options{}, "x:2: job 2: id: 1 is that of x:1: job 1, too, and no seed tells them apart: leave one out, or name the seed with --column seed=NAME"},
		{"the same seed", "id,seed,error\na,1,2\na,1,3\n", Options{}, "x:3: id: a is that of x:2, too, and no seed tells them apart"},
		{"another model", "id,seed,depth,error\na,1,2,2\na,2,3,3\n", Options{}, "x:3: id: a is that of x:2, too, which differs in depth: give them different ids"},
		{"no error column", "a,b\n1,2\n", Options{}, "x:1: no column is known to be the error: say which with --error NAME, --accuracy NAME, --minimize NAME or --maximize NAME; there are a, b"},
		{"no column", "a,error\n1,2\n", Options{Columns: map[string]string{"flops": "c"}}, "x:1: no column c: the columns are a, error"},
		{"path", "id,error\na,1\n/etc/x,2\n", Options{}, `x:3: id "/etc/x" is a path: give the model another name`},
		{"ragged", "a,error\n1\n", Options{}, "x:2: 1 cell where the header names 2 columns: every row needs one cell per column"},
		{"no number", "a,error\n1,2\n3,y\n", Options{}, `x:3: error: "y" is not a number: write it as 1234.5 or 1.2345e3`},
		{"nothing", "error\n\"\"\n", Options{}, "x: no model counts by its error: 1 failed and 0 are pending"},
		{"format", "error\n1\n", Options{Format: "xml"}, `x: format "xml": nearest are ax, nds, `},
		{"format of JSON", "error\n1\n", Options{Format: "pycls"}, "x: the format pycls is JSON, and this is a table: leave --from out"},
		{"accuracy", "val_acc,lr\n1,2\n", Options{}, "x:1: no column is known to be the error, and val_acc looks like an accuracy: give --accuracy val_acc, or the error with --error NAME"},
		{"open direction", "score,lr\n1,2\n", Options{}, "x:1: nothing says whether little or much of score is good: say one of --error score, --accuracy score, --minimize score, --maximize score"},
		{"status", "error,status\n1,great\n", Options{}, `x:2: status: what "great" means for a model is not known: say --status 'great=done', or failed, pending or diverged`},
	} {
		if _, err := Read("x", []byte(c.data), c.o); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
}

func TestWithoutNaN(t *testing.T) {
	for in, want := range map[string]string{
		`[NaN, -Infinity, Infinity]`: `["NaN", "-Infinity", "Infinity"]`,
		`["NaN", "a\"NaN", NaN]`:     `["NaN", "a\"NaN", "NaN"]`,
		`["NaN`:                      `["NaN`,
	} {
		if got := string(withoutNaN([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{sweep, nds, "number,value,state\n1,2,COMPLETE\n", "Name,State,error\na,finished,1\n", "error\n1\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read("x", data, Options{})
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
	})
}

// jobs returns a list of jobs like those that NDS published.
func jobs(n int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"job_id": %d, "rng_seed": 1, "net": {"ds": [%d, 2, 3], "ws": [16, 32, %d]}, "optim": {"lr": 0.1}, "params": %d, "flops": %d, "min_test_top1": %.2f, "test_ep_top1": [90, 50, %.2f]}`,
			i, 1+i%16, 8*(1+i%32), 1000+i, 100000+i, 5+float64(i%1000)/50, 5+float64(i%1000)/50)
	}
	b.WriteByte(']')
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	data := jobs(10000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if p, err := Read("x", data, Options{}); err != nil || p.Models != 10000 {
			b.Fatal(err)
		}
	}
}

func TestReadManyJobs(t *testing.T) {
	p, err := Read("ResNeXt-A.json", jobs(10000), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.Bytes(), []byte("\n")); n != 10001 {
		t.Errorf("%d lines, want 10001", n)
	}
	if want := "\n9999,ResNeXt-A,done,24.98,24.98,"; !strings.Contains(b.String(), want) {
		t.Errorf("no line begins with %q", want)
	}
}

// A status counts by the rule of every table, in the words of any program; what
// has no meaning is named.
func TestStatuses(t *testing.T) {
	for cells, want := range map[string]string{
		"FAILED,30": "failed,", "crashed,30": "failed,", "Finished,30": "done,30", "done,30": "done,30", ",30": "done,30", ",": "failed,",
		"Diverged,30": "diverged,100", ",nan": "diverged,100", "running,30": "pending,", "TrialState.PRUNED,30": "failed,", "preempted,30": "failed,", "EARLY_STOPPED,30": "failed,", "Early stopped,30": "failed,", "COMPLETE,nan": "diverged,100",
	} {
		p, err := Read("t.csv", []byte("id,status,error\na,"+cells+"\nb,done,20\n"), Options{Format: other})
		if err != nil {
			t.Errorf("%s: %v", cells, err)
			continue
		}
		if got := p.rows[0]["status"] + "," + p.rows[0]["error"]; got != want {
			t.Errorf("%s: %s, want %s", cells, got, want)
		}
	}
	for cells, want := range map[string]string{"great,30": `status: what "great" means`, "done,": "without an error"} {
		_, err := Read("t.csv", []byte("id,status,error\na,"+cells+"\nb,done,20\n"), Options{Format: other})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", cells, err, want)
		}
	}
}

// Rows of one set of parameters, and rows that count their repeats, are
// trainings of one model; the first of each counts.
func TestRepeats(t *testing.T) {
	for _, c := range []struct {
		data, results, all string
		notes              []string
	}{
		{"id,repeat,error\na,1,5\na,0,6\nb,0,7\n", "id,space,status,error\na,x,done,6\nb,x,done,7\n", "id,space,status,error,repeat\na,x,done,5,1\na,x,done,6,0\nb,x,done,7,0\n", nil},
		{"number,state,value,params_lr,params_seed\n0,COMPLETE,5,0.1,1\n1,COMPLETE,6,0.1,2\n2,COMPLETE,7,0.2,1\n3,FAIL,,0.2,2\n",
			"id,space,status,error,seed,lr\n0,x,done,5,1,0.1\n2,x,done,7,1,0.2\n",
			"id,space,status,error,seed,lr,repeat\n0,x,done,5,1,0.1,0\n0,x,done,6,2,0.1,1\n2,x,done,7,1,0.2,0\n2,x,failed,,2,0.2,1\n",
			[]string{"1 of 4 models failed, or have no error, and do not count", "4 rows are trainings of 2 models, which agree in lr and are told apart by seed"}},
		{"id,epoch,seed,error\na,1,1,9\na,2,1,8\na,1,2,7\na,2,2,6\n", "id,space,status,error,error_best_epoch,epochs,seed\na,x,done,8,8,2,1\n",
			"id,space,status,error,error_best_epoch,epochs,seed,repeat\na,x,done,8,8,2,1,0\na,x,done,6,6,2,2,1\n", []string{"the last epoch of each model counts; error_best_epoch has the least error"}},
	} {
		o := Options{Space: "x"}
		if strings.Contains(c.data, "value") {
			o.Metric = Metric{"value", Error}
		}
		p, err := Read("x.csv", []byte(c.data), o)
		if err != nil {
			t.Errorf("%s: %v", c.data, err)
			continue
		}
		var results, all bytes.Buffer
		if err := p.WriteResults(&results); err != nil {
			t.Fatal(err)
		}
		if err := p.Write(&all); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.results, results.String()); diff != "" {
			t.Errorf("%s: %s", c.data, diff)
		}
		if diff := cmp.Diff(c.all, all.String()); diff != "" {
			t.Errorf("%s: %s", c.data, diff)
		}
		if diff := cmp.Diff(c.notes, p.Notes); diff != "" {
			t.Errorf("%s: notes %s", c.data, diff)
		}
	}
}

// Whatever stands in cells, dictionaries, durations and arguments are read or
// refused.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"{'a': {'b': nan, 'c': (1, 2)}}", "1 days 00:01:02.5", "1h 20m", "{\"a\": \"\\u00e9\"}", "a: 'b'\nc: [1]", "0.8 GFLOPs"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if dictionary(s) {
			parseDictionary(s)
		}
		if v, err := duration(s); err == nil {
			if _, err := duration(v); err != nil {
				t.Errorf("%q became %q: %v", s, v, err)
			}
		}
		argument.FindAllStringSubmatch(s, -1)
		ofModel.ReplaceAllString(s, "")
	})
}

// Whatever a dialect is said to be.
func FuzzDialects(f *testing.F) {
	for i := range Dialects() {
		f.Add(i, []byte("id,epoch,seed,error,Step,a - b,a - b__MIN,arm_name,metric_name,mean,status,done\n1,1,1,5,1,2,2,x,y,3,done,true\n1,2,1,4,1,2,2,x,z,3,failed,false\n"))
		f.Add(i, []byte(`[{"cfg": {}, "min_test_top1": 5, "err": 5, "epoch": [1]}, {"err": null}]`))
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		all := Dialects()
		o := Options{Format: all[uint(i)%uint(len(all))].Format, Metric: Metric{"error", Kind(uint(i) % 4)}}
		p, err := Read("x", data, o)
		if err != nil {
			return
		}
		var b bytes.Buffer
		for _, write := range []func(io.Writer) error{p.Write, p.WriteResults, p.WriteCurves} {
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
		}
		if p.Models < 1 || p.Models > len(p.rows) {
			t.Errorf("%d models of %d rows", p.Models, len(p.rows))
		}
	})
}
