package importer

import (
	"fmt"
	"slices"
	"strings"

	"designspace/internal/suggest"
	"designspace/internal/table"
)

// A Format is the name of a dialect.
type Format string

// A Dialect is how a program writes what it trained.
type Dialect struct {
	Format Format
	About  string // what of the program is read

	// marks are sets of columns, or keys of the first record, of which a file
	// has one as a whole.
	marks [][]string
	// columns are ours by theirs.
	columns map[string]string
	// prefixes and suffixes are cut off the names of columns.
	prefixes, suffixes []string
	// dropped are columns, or with a * at the end prefixes of them, that say
	// nothing of a model.
	dropped []string
	// turn makes a table of models of another table, and caveat what is then
	// to be noted.
	turn   func(*table.Table) (*table.Table, error)
	caveat string
	// job reads a record of JSON that is no row of a table.
	job func(p *Table, r row, j *object, o Options) error
}

// Dialects returns the dialects that [Read] knows, the last of which is any
// other table.
func Dialects() []Dialect {
	return []Dialect{{
		Format: "pycls", About: "sweep.json of pycls",
		marks: [][]string{{"cfg", "test_epoch"}, {"cfg", "complexity"}, {"log_file", "err"}},
		job:   (*Table).addSweep,
	}, {
		Format: "nds", About: `the job lists of "On Network Design Spaces for Visual Recognition"`,
		marks: [][]string{{"min_test_top1"}, {"test_ep_top1"}},
		job:   (*Table).addNDS,
	}, {
		Format: "optuna", About: "trials_dataframe of Optuna, and the CSV of its dashboard",
		marks:    [][]string{{"number", "state"}, {"Number", "State"}},
		columns:  map[string]string{"number": "id", "Number": "id", "state": "status", "State": "status", "duration": "train_seconds"},
		turn:     joinLevels,
		prefixes: []string{"values_", "params_", "user_attrs_", "system_attrs_", "Param ", "UserAttribute ", "SystemAttribute "},
		dropped:  []string{"datetime_start", "datetime_complete"},
	}, {
		Format: "wandb", About: "the table of runs of W&B, and what its API gives",
		marks:    [][]string{{"Name", "State"}, {"summary", "config"}, {"summary", "name"}},
		columns:  map[string]string{"Name": "name", "ID": "id", "State": "status", "state": "status", "Runtime": "train_seconds", "summary._runtime": "train_seconds"},
		prefixes: []string{"summary.", "config."},
		dropped:  []string{"*._type", "Notes", "User", "Tags", "Created", "Updated", "Hostname", "End Time", "Commit", "GitHub", "Job Type", "Group", "index", "summary._*"},
	}, {
		Format: "wandb-chart", About: "the CSV of a chart of W&B",
		marks: [][]string{{"*__MIN"}},
		turn:  turnChart, caveat: "a chart does not say which runs are unfinished: the last value of each counts; the table of runs knows more",
		columns: map[string]string{"run": "id"},
	}, {
		Format: "mlflow", About: "search_runs of MLflow, and the CSV of its page",
		marks:    [][]string{{"run_id", "experiment_id", "status"}, {"Run ID", "Status"}},
		columns:  map[string]string{"run_id": "id", "Run ID": "id", "status": "status", "Status": "status", "Duration": "train_seconds"},
		prefixes: []string{"params.", "metrics.", "tags."},
		dropped:  []string{"tags.mlflow.*", "artifact_uri", "experiment_id", "start_time", "end_time", "Start Time", "Source Type", "Source Name", "User"},
	}, {
		Format: "ray", About: "results of Ray Tune: dataframes, result.json and progress.csv",
		marks:    [][]string{{"trial_id", "training_iteration"}},
		columns:  map[string]string{"trial_id": "id", "time_total_s": "train_seconds"},
		prefixes: []string{"config/", "config."},
		dropped:  []string{"hostname", "node_ip", "logdir", "date", "timestamp", "pid", "experiment_id"},
	}, {
		Format: "ax-data", About: "the data of experiments of Ax, a metric a row",
		marks: [][]string{{"arm_name", "metric_name", "mean"}},
		turn:  turnMetrics, caveat: "the data do not say which trials are unfinished: the last mean of each counts",
		columns: map[string]string{"arm_name": "id"},
	}, {
		Format: "ax", About: "data frames of Ax",
		marks:   [][]string{{"trial_index", "trial_status"}, {"trial_index", "arm_name"}},
		columns: map[string]string{"arm_name": "id", "trial_status": "status"},
		dropped: []string{"generation_method", "generation_node"},
	}, {
		Format: "keras-tuner", About: "trial.json of Keras Tuner",
		marks:    [][]string{{"trial_id", "hyperparameters"}, {"trial_id", "hyperparameters.values"}},
		columns:  map[string]string{"trial_id": "id", "status": "status"},
		prefixes: []string{"hyperparameters.values.", "metrics.metrics."},
		suffixes: []string{".observations.value"},
		dropped:  []string{"hyperparameters.space*", "best_step", "message", "*.direction", "*.observations.step"},
	}, {
		Format: "nasbench301", About: "results of NAS-Bench-301, one a file",
		marks:    [][]string{{"optimized_hyperparamater_config"}},
		columns:  map[string]string{"budget": "epochs", "runtime": "train_seconds"},
		prefixes: []string{"optimized_hyperparamater_config.", "NetworkSelectorDatasetInfo:darts:"},
	}, {
		Format: "timm", About: "summary.csv of timm, one a run",
		marks: [][]string{{"epoch", "train_loss", "eval_top1"}},
	}, {
		Format: other, About: "any other table in CSV, Markdown or JSON",
	}}
}

// other is the dialect of tables that no known program wrote.
const other Format = "table"

// Formats are the names of the dialects.
func Formats() []string {
	var names []string
	for _, d := range Dialects() {
		names = append(names, string(d.Format))
	}
	return names
}

// recognise returns the dialect of a name, or that of a file with these columns
// or keys. A key has its inner keys behind a dot.
func recognise(name Format, keys []string) (*Dialect, error) {
	dialects := Dialects()
	if name != "" {
		i := slices.IndexFunc(dialects, func(d Dialect) bool { return d.Format == name })
		if i < 0 {
			return nil, fmt.Errorf("format %q: %s", name, suggest.Known(string(name), Formats()))
		}
		return &dialects[i], nil
	}
	has := map[string]bool{}
	chart := false
	for _, k := range keys {
		has[k] = true
		for i := range k {
			if k[i] == '.' {
				has[k[:i]] = true
			}
		}
		chart = chart || strings.HasSuffix(k, "__MIN") && strings.Contains(k, " - ")
	}
	has["*__MIN"] = chart
	for i, d := range dialects {
		for _, marks := range d.marks {
			if !slices.ContainsFunc(marks, func(m string) bool { return !has[m] }) {
				return &dialects[i], nil
			}
		}
	}
	return &dialects[len(dialects)-1], nil
}

// short returns the name of a column without what the program puts around it.
func (d *Dialect) short(column string) string {
	for _, prefix := range d.prefixes {
		if rest, ok := strings.CutPrefix(column, prefix); ok && strings.Trim(rest, "0123456789") != "" {
			column = rest
		}
	}
	for _, suffix := range d.suffixes {
		column = strings.TrimSuffix(column, suffix)
	}
	return column
}

// drops reports whether a column says nothing of a model.
func (d *Dialect) drops(column string) bool {
	return slices.ContainsFunc(d.dropped, func(pattern string) bool {
		if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
			return strings.HasPrefix(column, prefix)
		}
		if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
			return strings.HasSuffix(column, suffix)
		}
		return column == pattern
	})
}
