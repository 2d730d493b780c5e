package importer

import (
	"designspace/internal/bounded"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Limits on what is read.
const (
	maxFile  = 1 << 30 // bytes of a file
	maxFiles = 200_000 // of a directory
)

// ReadFile reads a file that is not too large to be one of results.
func ReadFile(path string) ([]byte, error) {
	data, err := bounded.ReadFile(path, maxFile)
	if err != nil {
		err = cause(path, err)
	}
	return data, err
}

// cause is an error of a file without the name of the call that failed.
func cause(path string, err error) error {
	var p *fs.PathError
	if !errors.As(err, &p) {
		return err
	}
	return fmt.Errorf("%s: %w", path, p.Err)
}

// trialFiles are the names of the files in which programs keep a trial, the
// first of which that is found counts.
var trialFiles = []string{"trial.json", "summary.csv", "result.json", "progress.csv", "*.json", "*.jsonl"}

// ReadDir reads a population from the files of a directory and those below it,
// one a model. A model without an id has that of the path of its file.
func ReadDir(dir string, o Options) (*Table, error) {
	files, err := trials(dir)
	if err != nil {
		return nil, err
	}
	o.Space = spaceOf(filepath.Clean(dir), o)
	p := &Table{known: map[string]bool{}, args: map[string]row{}}
	for _, file := range files {
		data, err := ReadFile(file)
		if err != nil {
			return nil, err
		}
		id := idOf(dir, file)
		p.args[id] = arguments(file)
		before := p.Format
		if err := p.read(file, id, data, o); err != nil {
			return nil, err
		}
		if before != "" && p.Format != before {
			return nil, fmt.Errorf("%s: looks like %s, and the files before it like %s: name directories of one kind", file, p.Format, before)
		}
	}
	return p, p.finish(dir, o)
}

// trials returns the files of a directory that hold trials.
func trials(dir string) ([]string, error) {
	found := map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return cause(path, err)
		}
		if !e.Type().IsRegular() {
			return nil
		}
		for _, pattern := range trialFiles {
			if ok, _ := filepath.Match(pattern, e.Name()); !ok {
				continue
			}
			found[pattern] = append(found[pattern], path)
			if len(found[pattern]) > maxFiles {
				return fmt.Errorf("%s: holds more than %d files: name a directory of one study", dir, maxFiles)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, pattern := range trialFiles {
		if files := found[pattern]; files != nil {
			return files, nil
		}
	}
	return nil, fmt.Errorf("%s: holds no results: want files named %s", dir, strings.Join(trialFiles, ", "))
}

// idOf is the id of the model of a file: its path below the directory, without
// the name that all such files have.
func idOf(dir, file string) string {
	path, err := filepath.Rel(dir, file)
	if err != nil {
		path = filepath.Base(file)
	}
	path = filepath.ToSlash(path)
	if path == filepath.Base(file) && slices.Contains(trialFiles, path) {
		return filepath.Base(filepath.Clean(dir))
	}
	if slices.Contains(trialFiles, filepath.Base(file)) && strings.Contains(path, "/") {
		path = filepath.ToSlash(filepath.Dir(path))
	} else {
		path = strings.TrimSuffix(path, filepath.Ext(path))
	}
	return strings.ReplaceAll(path, "/", "-")
}

// argument is a line of args.yaml, in which timm keeps what a run was given.
var argument = regexp.MustCompile(`(?m)^([a-z][a-z0-9_]*): *'?([^'\n]*?)'? *\r?$`)

// arguments are those of the run of a file, none if nothing beside it has them.
func arguments(file string) row {
	data, err := ReadFile(filepath.Join(filepath.Dir(file), "args.yaml"))
	if err != nil {
		return nil
	}
	args := row{}
	for _, m := range argument.FindAllStringSubmatch(string(data), -1) {
		if value := m[2]; value != "null" && !strings.ContainsAny(value, "[]{}!&*|>") {
			args[m[1]] = value
		}
	}
	return args
}

// unchosen are arguments of timm that say nothing of a model.
var unchosen = []string{
	"epochs", "experiment", "output", "resume", "initial_checkpoint", "checkpoint_hist", "recovery_interval", "log_interval", "workers", "local_rank", "rank", "world_size", "device", "data_dir", "data",
}

// choose sets what was chosen of models by the arguments of their runs: those
// that differ between them.
func (p *Table) choose() {
	values, first := map[string]string{}, true
	differ := map[string]bool{}
	for _, r := range p.rows {
		args := p.args[r["id"]]
		for k, v := range args {
			if old, ok := values[k]; !ok && !first || ok && old != v {
				differ[k] = true
			}
			values[k] = v
		}
		for k := range values {
			if _, ok := args[k]; !ok {
				differ[k] = true
			}
		}
		first = false
	}
	for _, k := range sortedKeys(differ) {
		if slices.Contains(unchosen, k) {
			continue
		}
		for _, r := range p.rows {
			if v := p.args[r["id"]][k]; r[k] == "" {
				p.set(r, k, v)
			}
		}
	}
}
