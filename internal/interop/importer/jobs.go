package importer

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/interop/pycls"
	"designspace/internal/table"
	"designspace/space"
)

func number(v float64) string { return table.Float(v) }

// A source says where in a job a column of results.csv is found.
type source struct {
	column, path string
	reduce       func([]float64) float64
}

func last(x []float64) float64 { return x[len(x)-1] }

func sum(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
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
	{"epochs", "cfg.OPTIM.MAX_EPOCH", last},
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
func (p *Table) addSweep(r row, j job, o Options) error {
	if _, ok := j["cfg"]; !ok {
		return fmt.Errorf("cfg is missing: this is no job of pycls' sweep.json")
	}
	if log := j.text("log_file"); log != "" {
		p.set(r, "id", filepath.Base(filepath.Dir(log)))
	}
	path := "test_epoch.top1_err"
	if _, ok := j.at(path); !ok {
		path = "test_epoch.min_top1_err"
	}
	if err := p.common(r, j, path, sweepSources, o); err != nil {
		return err
	}
	cfg, err := json.Marshal(j["cfg"])
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
// the least one is given, that.
func (p *Table) addNDS(r row, j job, o Options) error {
	p.set(r, "id", j.text("job_id"))
	path := "test_ep_top1"
	if _, ok := j.at(path); !ok {
		path = "min_test_top1"
	}
	if err := p.common(r, j, path, ndsSources, o); err != nil {
		return err
	}
	net, _ := j["net"].(map[string]any)
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
	for _, k := range slices.Sorted(maps.Keys(net)) {
		column := "net_" + snake(k)
		if k == "depth" || k == "width" {
			column = k
		}
		p.set(r, column, job(net).text(k))
	}
	return nil
}

// common sets the outcome and what can be copied from a job.
func (p *Table) common(r row, j job, errorPath string, sources []source, o Options) error {
	sources = slices.Clone(sources)
	for _, c := range slices.Sorted(maps.Keys(o.Columns)) {
		if _, ok := j.at(o.Columns[c]); !ok {
			return fmt.Errorf("%s is missing, which was to give the column %s", o.Columns[c], c)
		}
		sources = append(slices.DeleteFunc(sources, func(s source) bool { return s.column == c }), source{c, o.Columns[c], last})
	}
	if o.Accuracy != "" {
		errorPath = o.Accuracy
	}
	if path, ok := o.Columns["error"]; ok {
		errorPath = path
	}
	errors, err := j.numbers(errorPath)
	if err != nil {
		return err
	}
	var value float64
	if len(errors) > 0 {
		value = o.percent(last(errors))
	}
	if err := p.outcome(r, "", value, len(errors) > 0); err != nil {
		return fmt.Errorf("%s: %w", errorPath, err)
	}
	for _, s := range sources {
		if s.column == "error" {
			continue
		}
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

// percent turns what a file gives into an error in percent.
func (o Options) percent(v float64) float64 {
	if o.Fraction {
		v *= 100
	}
	if o.Accuracy != "" {
		v = 100 - v
	}
	return v
}
