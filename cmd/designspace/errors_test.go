package main

import (
	"os"
	"strings"
	"testing"
)

// Each mistake has the exit code of its kind and a message of one line that names
// what was typed.
func TestExitCodes(t *testing.T) {
	beside(t)
	for file, text := range map[string]string{
		"table.csv": "id,space,error,flops\n1,a,10,1e6\n2,a,20,2e6\n3,b,30,3e6\n4,b,40,4e6\n",
		"bad.yaml":  "name: [\n", "empty.csv": "", "words.csv": "id,error\n1,ten\n", "lr.yaml": "lr: -1\n",
		"acc.csv": "id,acc\n1,90\n2,80\n", "space.yaml": "name: mine\nextends: proxy/anynetxa\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		code int
		line string
		want string // in the message
	}{
		// A verb, a flag or an argument that there is not.
		{2, "trian runs/first", "trian: no such verb: did you mean train?"},
		{2, "version", "did you mean --version?"},
		{2, "describe peers/regnetx-400mf", "did you mean model describe?"},
		{2, "runs/first", "runs/first: no such verb: choose run, sample, "},
		{2, "space", "space: which verb? choose "},
		{2, "help smaple", "did you mean sample?"},
		{2, "train runs/first --epcohs 3", "--epcohs: no such flag: did you mean --epochs?"},
		{2, "train runs/first --Epochs 3", "did you mean --epochs?"},
		{2, "train runs/first --train_images 3", "did you mean --train-images?"},
		{2, "train", "train: no run directory given: see --help"},
		{2, "train runs/first runs/second", "runs/second is too many"},
		{2, "run runs/first", "remove runs/first"},
		{2, "analyze", "analyze: no run directory or CSV file given"},
		{2, "plot edf", "plot: give a kind and a run directory or CSV file"},
		{2, "plot edff table.csv --out x.svg", "did you mean edf?"},
		{2, "completion tcsh", "choose bash, zsh or fish"},
		{2, "schema resluts.csv", `did you mean "results.csv"?`},
		{2, "experiment show shareing", `did you mean "sharing"?`},

		// A value that its flag does not take, or the lack of one.
		{2, "sample --space proxy/regnetx -n", "-n: its value is missing: write -n 10"},
		{2, "sample --space proxy/regnetx", "sample: -n is missing: write -n 10"},
		{2, "sample -n 3", "sample: --space is missing: write --space proxy/regnetx"},
		{2, "sample --extend --out runs/first", "sample: -n is missing"},
		{2, "sample --space proxy/regnetx -n 0", "-n 0: want 1 or more"},
		{2, "sample --space proxy/regnetx -n 3 --input 0", "--input 0: want 1 or more"},
		{2, "sample --space proxy/regnetx -n 3 --flops 3M", "--flops 3M: want a range LO:HI, as in 1M:3M"},
		{2, "sample --space proxy/regnetx -n 3 --flops 3M:1M", "--flops 3M:1M: the low end is above the high end"},
		{2, "sample --space proxy/regnetx -n 3 --flops 1M-3M", "--flops 1M-3M: want a range LO:HI"},
		{2, "sample --space proxy/regnetx,mine.yaml -n 3", "give each its own flag: --space proxy/regnetx --space mine.yaml"},
		{2, "sample --space proxy/regnetx -n 3 --data cifar10 --input 64", "input 64: the images can be 32, 16 or 8 pixels wide"},
		{2, "sample --space proxy/regnetx -n 3 --params few:many", `--params few:many: "few" is no number`},
		{2, "sample --space proxy/regnetx -n 3 --vary x", `--vary "x": want a setting and different values`},
		{2, "sample --space proxy/regnetx -n 3 --data imagenet", "--data imagenet: no such data set; known are cifar10"},
		{2, "train runs/first --data cifar", `--data cifar: no such data set; did you mean "cifar10" or "cifar100"?`},
		{2, "train runs/first --epochs ten", "--epochs ten: want a whole number, as in --epochs 10"},
		{2, "train runs/first --epochs 0", "--epochs 0: want 1 or more"},
		{2, "train runs/first --batch 100000", "batch 100000: want 1 to 65536"},
		{2, "train runs/first --lr -1", "--lr -1: want a number above 0"},
		{2, "train runs/first --wd 2", "--wd 2: want 0 or more and less than 1"},
		{2, "train runs/first --train-images -5", "--train-images -5: want 1 or more"},
		{2, "train runs/first --recipe prxoy", `--recipe prxoy: no such recipe; did you mean "proxy"?`},
		{2, "train runs/first --lease 10", "--lease 10: want a time, as in --lease 10m"},
		{2, "train runs/first --shard 4/4", "--shard 4/4: want I/N with I from 0 to N-1"},
		{2, "train runs/first --trainer program", `--trainer "program": {model} is missing`},
		{2, "train runs/first --save-weights first", "--save-weights first: "},
		{2, "analyze table.csv --where flops", `--where "flops": no comparison`},
		{2, "analyze table.csv --margin 1%", "--margin 1%: want a number, as in --margin 0.5"},
		{2, "analyze table.csv --margin -1", "--margin -1: give a positive number"},
		{2, "analyze table.csv --format xml", "--format xml: no such format: choose text, json or csv"},
		{2, "plot edf table.csv", "plot: --out is missing: write --out FILE.svg"},
		{2, "plot edf table.csv --out x.jpg", "x.jpg: no "},
		{2, "plot edf table.csv --out x.svg --width 3", "--width 3: want 40 to 1000 mm"},
		{2, "plot edf table.csv --out x.svg --width 0", "--width 0: want a number above 0"},
		{2, "plot edf table.csv --out x.png --dpi 1", "--dpi 1: want 30 to 1200 dots per inch"},
		{2, "plot edf table.csv --out x.svg --dpi 300", "--dpi: goes only with --out FILE.png"},
		{2, "plot table.csv edf", "plot table.csv: the kind comes first: plot edf table.csv"},
		{2, "run --space proxy/regnetx -n 1 --recipe cifar --epochs 1 --out begun", "recipe: warmup_epochs 5: want 0 to epochs, 1"},
		{2, "analyze table.csv --metric flops:up", `--metric "flops:up": want NAME`},
		{2, "analyze acc.csv --metric acc", "--metric acc: it looks like an accuracy, of which more is better: write acc:max, or acc:min"},
		{2, "analyze table.csv --table tests", "--table tests: goes only with --format csv"},
		{2, "status runs/first --verify --watch", "status: --verify and --watch: give only one of them"},
		{2, "train runs/first --repeat-models 2", "--repeat-models 2: goes only with --repeats 2 or more"},
		{2, "train runs/first --trainer pytorch", "--trainer pytorch: did you mean torch? A command needs {model} and {out}"},
		{2, "sample --space proxy/regnetx -n 3 --predictor p.json", "sample: --predictor: goes only with --out"},
		{2, "sample --space proxy/regnetx -n 3 --candidates 9", "sample: --candidates: goes only with --out"},
		{2, "sample --space proxy/regnetx -n 3 --flops 1M:3M,4M:5M", "give each its own flag: --flops 1M:3M --flops 4M:5M"},
		{2, "experiment report --check --out x.html", "experiment report: --check writes nothing: leave out --out"},
		{2, "report", "report: no run directory or CSV file given"},
		{2, "report table.csv", "report: --out is missing"},
		{2, "report runs/first --out x.pdf", "--out x.pdf: "},
		{2, "refine runs/first --keep 3", "--keep 3: it is a share"},
		{2, "export runs/first --out best", "export: --format is missing: choose pytorch, "},
		{2, "export runs/first --format tensorflow --out best", "--format tensorflow: no such format: choose pytorch, "},
		{2, "export runs/first --format yaml", "export: --out is missing"},
		{2, "import table.csv --out x.csv --from excel", "--from excel: no such format: choose pycls, "},
		{2, "model scale peers/regnetx-200mf", "model scale: --flops is missing: write --flops 400M"},
		{2, "model scale peers/regnetx-200mf --flops 1M --rule x", "--rule x: no rule"},
		{2, "model bench peers/regnetx-200mf --batch 0", "--batch 0: want 1 or more"},
		{2, "model scale peers/regnetx-200mf --flops 1M --stem imagnet", `--stem imagnet: no such stem: did you mean "imagenet"?`},
		{2, "plot edf table.csv --best 3 --out x.svg", "--best: plot edf has no use for it"},
		{2, "analyze table.csv --where=", "--where: its value is empty: write --where 'flops<3e6"},
		{2, "analyze table.csv --top 3", "--top: goes only with --fidelity"},
		{2, "predict fit runs/first", "predict fit: --out is missing: write --out FILE"},
		{2, "recipe show qick", `did you mean "quick"?`},
		{2, "serve runs/first --listen 8080", "--listen 8080: want HOST:PORT, as in localhost:8080"},
		{2, "experiment run sharing --regime cifr", `--regime cifr: there is none; did you mean "cifar"?`},

		// What is in no file, or does not go with what there is.
		{1, "train runs/secnd", "runs/secnd: no run here: draw a population with designspace sample --out runs/secnd"},
		{1, "train runs/frist", "runs/frist: no run here: did you mean runs/first?"},
		{1, "status runs", "runs: no run here: did you mean runs/first?"},
		{1, "status table.csv", "table.csv: this is a file: name a run directory"},
		{1, "serve runs/first --listen localhost:99999", "--listen localhost:99999: "},
		{1, "serve runs/first --listen localhost:80x", "--listen localhost:80x: unknown port: choose another port"},
		{1, "analyze table.csv --parameters dpeth", "--parameters: no column dpeth"},
		{1, "analyze table.csv --normalize flosp", `--normalize: no column flosp: did you mean "flops"?`},
		{1, "refine runs/first --space proxy/regnet --suggest", "--space proxy/regnet: the run has no trained model of it: there are those of proxy/anynetxa, proxy/regnetx"},
		{1, "refine runs/first --space proxy/regnetx --range dpeth=2:8", "--range dpeth=2:8: no such parameter"},
		{1, "predict show table.csv", "table.csv: no predictor: no JSON at byte "},
		{1, "analyze absent.csv", "absent.csv: no such run directory or CSV file"},
		{1, "analyze tabel.csv", "tabel.csv: no run and no table: did you mean table.csv?"},
		{1, "report runs/frist", "runs/frist: no run and no table: did you mean runs/first?"},
		{1, "analyze table.csv --where space=c", `--where "space=c": no model satisfies it: no space is c; known are a, b`},
		{1, "analyze runs/first/curves.csv", "curves.csv:3 has another epoch of the id m0001 of line 2, and each row must be a model"},
		{1, "import table.csv --fraction --out x.csv", "the error 1000 is not within 0 to 100 percent: is it no fraction of 1? leave out --fraction"},
		{1, "sample --extend -n 3 --out runs/first", "-n 3: the run has 8 models of each space and budget: choose more"},
		{1, "train runs/first --trainer-timeout 5m", "--trainer-timeout: this run has no other trainer"},
		{1, "train runs/first --val-images 100", "data.val_images: the run has nothing, not 100"},
		{1, "model describe space.yaml", "space.yaml:2: extends: this is a design space, from which sample draws models: name a model"},
		{1, "export table.csv --format yaml --out best", "table.csv: this is a table: name a model of the catalog or a YAML file"},
		{1, "refine space.yaml --range d=1:2 --name mine", "the name mine is the parent's: choose another --name, or --out"},
		{1, "model scale peers/regnetx-400mf --flops 400", "--flops 400: the nearest that the rule reaches from this model is "},
		{1, "analyze empty.csv", "empty.csv"},
		{1, "analyze words.csv", `words.csv:2: error: "ten" is not a number`},
		{1, "analyze table.csv --by flosp", `did you mean "flops"?`},
		{1, "sample --space regnetx -n 3", `did you mean "proxy/regnetx" or "imagenet/regnetx"?`},
		{1, "sample --space bad.yaml -n 3", "bad.yaml:"},
		{1, "train runs/first --recipe absent.yaml", "absent.yaml: no such file or directory"},
		{1, "train runs/first --recipe lr.yaml", "lr -1: want a positive number"},
		{1, "train runs/first --epochs 7", "recipe.epochs: the run has 3, not 7"},
		{1, "train runs/first --only m99", "--only m99: no such model: runs/first/models.csv has m0001 to m0016"},
		{1, "train runs/first --only m0001,m0002", "; give each its own flag"},
		{1, "train runs/first --only m2", "did you mean m0002?"},
		{1, "export runs/first --id m17 --format yaml --out best", "--id m17: no such model"},
		{1, "model describe regnetx-400", `did you mean "peers/regnetx-400mf"`},
		{1, "model import absent.yaml", "absent.yaml: no such file or directory"},
		{1, "import absent.csv --out x.csv", "absent.csv: no such file or directory"},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), append([]string{"designspace"}, words(c.line)...), &out, &errs)
		if code != c.code || !strings.Contains(errs.String(), c.want) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%s: exit code %d, want %d; want %s in\n%s", c.line, code, c.code, c.want, errs.String())
		}
		if out.Len() > 0 {
			t.Errorf("%s: prints %.80q", c.line, out.String())
		}
	}
	if _, err := os.Stat("begun"); err == nil {
		t.Error("a run is begun that cannot be trained")
	}
}
