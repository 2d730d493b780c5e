package importer

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/interop/pycls"
	"designspace/internal/table"
	"designspace/space"
	"designspace/trainer"
)

// A source says where in a job a column of results.csv is found.
type source struct {
	column, path string
	reduce       func([]float64) float64
}

func last(x []float64) float64 { return x[len(x)-1] }

func sum(x []float64) float64 {
	total := new(big.Rat)
	for _, v := range x {
		if math.IsNaN(v) {
			return v
		}
		total.Add(total, decimal(v))
	}
	s, _ := total.Float64()
	return s
}

// least is the least number, NaN where there is none.
func least(x []float64) float64 {
	m := math.NaN()
	for _, v := range x {
		if !(v >= m) && !math.IsNaN(v) {
			m = v
		}
	}
	return m
}

// sweepSources are the places in a job of sweep.json.
var sweepSources = []source{
	{"error_best_epoch", "test_epoch.min_top1_err", least},
	{"error_ema", "test_ema_epoch.min_top1_err", least},
	{"error_train", "train_epoch.top1_err", last},
	{"loss", "train_epoch.loss", last},
	{"epochs", "test_epoch.epoch_ind", last},
	{"seed", "cfg.RNG_SEED", last},
	{"flops", "complexity.flops", last},
	{"params", "complexity.params", last},
	{"acts", "complexity.acts", last},
	{"input", "cfg.TRAIN.IM_SIZE", last},
	{"classes", "cfg.MODEL.NUM_CLASSES", last},
	{"lr", "cfg.OPTIM.BASE_LR", last},
	{"weight_decay", "cfg.OPTIM.WEIGHT_DECAY", last},
	{"train_seconds", "train_epoch.time_epoch", sum},
}

// addSweep reads a job of pycls' sweep.json. Its error is that of the last
// epoch; where only the least error so far was logged, that.
func (p *Table) addSweep(r row, j *object, o Options) error {
	log := j.text("log_file")
	if log != "" {
		p.set(r, "id", filepath.Base(filepath.Dir(log)))
	}
	if _, ok := j.values["cfg"].(*object); !ok {
		if log == "" {
			return fmt.Errorf("cfg is missing: this is no job of pycls' sweep.json")
		}
		status := trainer.Pending // it has not written its configuration yet
		if strings.TrimSpace(j.text("err")) != "" {
			status = trainer.Failed
		}
		return p.outcome(r, status, math.NaN(), false, o.metric().Kind, o)
	}
	path := "test_epoch.top1_err"
	if _, ok := j.at(path); !ok {
		path = "test_epoch.min_top1_err"
	}
	status, err := p.ended(j)
	if err != nil {
		return err
	}
	if err := p.common(r, j, path, status, sweepSources, o); err != nil {
		return err
	}
	if at, err := j.epochs(); err == nil && r["epochs"] == "" && at[0] > 0 {
		p.setFloat(r, "epochs", at[0])
	}
	if _, tested := j.values["test_epoch"]; tested && r["epochs"] == "" { // an old log, of which nothing says that it ended early
		p.set(r, "epochs", j.text("cfg.OPTIM.MAX_EPOCH"))
	}
	cfg, err := json.Marshal(j.values["cfg"])
	if err != nil {
		return err
	}
	m, err := pycls.Read("cfg", cfg)
	if err != nil {
		p.unread(err)
		return nil
	}
	p.model(r, m)
	return nil
}

// ended returns the status of a job of pycls that did not train all of its
// epochs: it failed if it wrote of an error, and is pending otherwise.
func (p *Table) ended(j *object) (trainer.Status, error) {
	at, err := j.epochs()
	if err != nil {
		return "", err
	}
	fault := j.text("err")
	traced := strings.Contains(fault, "Traceback") || strings.Contains(fault, "Error")
	switch {
	case at[0] < at[1] && strings.TrimSpace(fault) != "", at[1] == 0 && traced:
		return trainer.Failed, nil
	case at[0] < at[1]:
		return trainer.Pending, nil
	case traced:
		p.note("a job trained all of its epochs and wrote of an error all the same, in err; it counts as done")
	}
	return "", nil
}

// epochs returns how many epochs a job of pycls was trained and was to be, 0
// where it does not say so.
func (j *object) epochs() (at [2]float64, err error) {
	for i, path := range []string{"test_epoch.epoch_ind", "test_epoch.epoch_max", "cfg.OPTIM.MAX_EPOCH"} {
		values, err := j.numbers(path)
		if err != nil {
			return at, err
		}
		if len(values) > 0 && (i < 2 || at[1] == 0) {
			at[min(i, 1)] = last(values)
		}
	}
	if _, tested := j.values["test_epoch"]; at[0] > 0 || !tested {
		return at, nil
	}
	list, _ := j.at("test_epoch.epoch")
	if all, ok := list.([]any); ok && len(all) > 0 { // "2/50", as older logs have it
		fmt.Sscanf(fmt.Sprint(all[len(all)-1]), "%g/%g", &at[0], &at[1])
	}
	if at[0] == 0 {
		at[1] = 0
	}
	return at, nil
}

// unread notes, once for each reason, that a configuration was not understood.
func (p *Table) unread(err error) {
	_, reason, _ := strings.Cut(err.Error(), ": ")
	note := "a configuration gives no model, so depths, widths and the like are absent: " + reason
	if !slices.Contains(p.Notes, note) {
		p.Notes = append(p.Notes, note)
	}
}

// model sets the columns that describe a model.
func (p *Table) model(r row, m *space.Model) {
	p.set(r, "block", string(m.Block))
	p.setFloat(r, "stages", float64(len(m.Depths)))
	p.setFloat(r, "depth", float64(m.Depth()))
	var widths float64
	for i, d := range m.Depths {
		widths += float64(d * m.Widths[i])
		p.stage(r, "d", i, float64(d))
		p.stage(r, "w", i, float64(m.Widths[i]))
	}
	p.setFloat(r, "width", widths/float64(m.Depth()))
	for i := range m.Bottleneck {
		p.stage(r, "b", i, m.Bottleneck[i])
	}
	for i := range m.GroupWidths {
		p.stage(r, "g", i, float64(m.GroupWidths[i]))
	}
	for i := range m.Expansions {
		p.stage(r, "e", i, float64(m.Expansions[i]))
		p.stage(r, "k", i, float64(m.Kernels[i]))
	}
	p.setFloat(r, "se_ratio", m.SERatio)
	if g := m.RegNet; g != nil {
		p.setFloat(r, "regnet_d", float64(g.Depth))
		p.setFloat(r, "w0", float64(g.W0))
		p.setFloat(r, "wa", g.WA)
		p.setFloat(r, "wm", g.WM)
	}
}

func (p *Table) stage(r row, letter string, i int, v float64) {
	p.setFloat(r, fmt.Sprint(letter, i+1), v)
}

// ndsSources are the places in a job of NDS.
var ndsSources = []source{
	{"error_best_epoch", "min_test_top1", least},
	{"error_train", "train_ep_top1", last},
	{"loss", "train_ep_loss", last},
	{"epochs", "optim.max_ep", last},
	{"seed", "rng_seed", last},
	{"flops", "flops", last},
	{"params", "params", last},
	{"lr", "optim.lr", last},
	{"weight_decay", "optim.wd", last},
}

// ndsLists are the lists of net, a value a stage, and the letters of their columns.
var ndsLists = []struct{ key, letter string }{{"ds", "d"}, {"ws", "w"}, {"ss", "s"}, {"bot_muls", "bot_mul"}, {"num_gs", "groups"}}

// addNDS reads a job of NDS. Its error is that of the last epoch; where only
// the least one is given, that. Keys that NDS does not have become columns.
func (p *Table) addNDS(r row, j *object, o Options) error {
	p.set(r, "id", j.text("job_id"))
	path := "test_ep_top1"
	if _, ok := j.at(path); !ok {
		path = "min_test_top1"
	}
	if err := p.common(r, j, path, "", ndsSources, o); err != nil {
		return err
	}
	net, _ := j.values["net"].(*object)
	if net == nil {
		net = &object{}
	}
	for _, l := range ndsLists {
		values, err := j.numbers("net." + l.key)
		if err != nil {
			return err
		}
		for i, v := range values {
			p.stage(r, l.letter, i, v)
		}
		if l.key == "ds" && values != nil {
			p.setFloat(r, "stages", float64(len(values)))
			p.setFloat(r, "depth", sum(values))
		}
	}
	for _, k := range slices.Sorted(slices.Values(net.keys)) {
		column := "net_" + snake(k)
		if k == "depth" || k == "width" {
			column = k
		}
		p.set(r, column, net.text(k))
	}
	for _, k := range j.keys {
		switch column := snake(k); {
		case slices.Contains(ndsKeys, k) || r[column] != "":
		case j.text(k) != "":
			p.set(r, column, j.text(k))
		default:
			p.note("the key %s of the jobs is not read", k)
		}
	}
	return nil
}

// ndsKeys are the keys of a job of NDS.
var ndsKeys = []string{"job_id", "rng_seed", "net", "optim", "params", "flops", "min_test_top1", "test_ep_top1", "train_ep_loss", "train_ep_top1"}

// common sets the outcome and what can be copied from a job.
func (p *Table) common(r row, j *object, path string, status trainer.Status, sources []source, o Options) error {
	sources = slices.Clone(sources)
	ended := status == trainer.Failed || status == trainer.Pending // and may lack anything
	for _, c := range sortedKeys(o.Columns) {
		if c == "error" {
			continue
		}
		if _, ok := j.at(o.Columns[c]); !ok && !ended {
			return fmt.Errorf("%s is missing, which was to give the column %s", o.Columns[c], c)
		}
		sources = append(slices.DeleteFunc(sources, func(s source) bool { return s.column == c }), source{c, o.Columns[c], last})
	}
	metric := o.metric()
	if metric.Column != "" {
		path = metric.Column
		if _, ok := j.at(path); !ok && !ended {
			return fmt.Errorf("%s is missing, by which the models are to be compared", path)
		}
	}
	if metric.Kind.keepsName() {
		p.Metric = Metric{snake(path), metric.Kind}
	}
	values, err := j.numbers(path)
	if err != nil {
		return err
	}
	var value float64
	if len(values) > 0 {
		value = last(values)
	}
	if err := p.outcome(r, status, value, len(values) > 0, metric.Kind, o); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range sources {
		values, err := j.numbers(s.path)
		if err != nil {
			return err
		}
		if len(values) > 0 {
			p.setFloat(r, s.column, s.reduce(values))
		}
	}
	return nil
}

// at returns the value under a path of keys such as "cfg.OPTIM.BASE_LR"; a key
// may itself hold a dot.
func (o *object) at(path string) (any, bool) {
	if v, ok := o.values[path]; ok {
		return v, true
	}
	key, rest, ok := strings.Cut(path, ".")
	if !ok {
		return nil, false
	}
	inner, ok := o.values[key].(*object)
	if !ok {
		return nil, false
	}
	return inner.at(rest)
}

// numbers returns a number or a list of numbers; null and infinities are NaN.
func (o *object) numbers(path string) ([]float64, error) {
	v, ok := o.at(path)
	if !ok {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]float64, 0, len(list))
	for _, v := range list {
		x := math.NaN()
		switch v := v.(type) {
		case nil:
		case json.Number:
			var err error
			if x, err = v.Float64(); err != nil {
				return nil, fmt.Errorf("%s: %v is too large for a number", path, v)
			}
		case string:
			if table.Absent(v) || infinite(v) {
				break
			}
			return nil, fmt.Errorf("%s: %q is no number", path, table.Short(v))
		default:
			return nil, fmt.Errorf("%s: want a number or a list of numbers", path)
		}
		out = append(out, x)
	}
	return out, nil
}

// text returns a value that is one word or number, and "" for any other.
func (o *object) text(path string) string {
	switch v, _ := o.at(path); v := v.(type) {
	case string:
		return v
	case json.Number:
		if x, err := v.Float64(); err == nil {
			return table.Float(x)
		}
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}
