package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"designspace/internal/table"
)

// turnChart makes a row of each run of a chart, which has a column for each:
// "RUN - METRIC", with the value after each step.
func turnChart(t *table.Table) (*table.Table, error) {
	var runs []string
	metrics, place := []string{"run"}, map[string]int{"run": 0}
	values := map[string]map[int]string{} // of each run, by the places of metrics
	for _, c := range t.Columns() {
		i := strings.LastIndex(c, " - ")
		if i < 0 || strings.HasSuffix(c, "__MIN") || strings.HasSuffix(c, "__MAX") {
			continue
		}
		cells, err := t.Strings(c)
		if err != nil {
			return nil, err
		}
		run, metric := c[:i], c[i+3:]
		if _, ok := place[metric]; !ok {
			place[metric] = len(metrics)
			metrics = append(metrics, metric)
		}
		if values[run] == nil {
			values[run] = map[int]string{}
			runs = append(runs, run)
		}
		for _, cell := range cells {
			if cell != "" {
				values[run][place[metric]] = cell
			}
		}
	}
	out, err := table.New(t.Name(), metrics)
	if err != nil {
		return nil, err
	}
	cells := make([]string, len(metrics))
	for _, run := range runs {
		for k := range cells {
			cells[k] = values[run][k]
		}
		cells[0] = run
		if err := out.AddAt(1, cells); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// turnMetrics makes a row of each arm of the data of Ax, which have a row for
// each of its metrics.
func turnMetrics(t *table.Table) (*table.Table, error) {
	cells := map[string][]string{}
	for _, c := range []string{"arm_name", "metric_name", "mean"} {
		var err error
		if cells[c], err = t.Strings(c); err != nil {
			return nil, err
		}
	}
	header, place := []string{"arm_name"}, map[string]bool{}
	var arms []string
	line := map[string]int{}
	values := map[[2]string]string{}
	for i, arm := range cells["arm_name"] {
		metric := cells["metric_name"][i]
		if _, ok := line[arm]; !ok {
			line[arm] = t.Line(i)
			arms = append(arms, arm)
		}
		if metric == header[0] {
			return nil, t.Errorf(i, "metric_name: %s names a column", metric)
		}
		if !place[metric] {
			place[metric] = true
			header = append(header, metric)
		}
		values[[2]string{arm, metric}] = cells["mean"][i]
	}
	out, err := table.New(t.Name(), header)
	if err != nil {
		return nil, err
	}
	for _, arm := range arms {
		row := []string{arm}
		for _, metric := range header[1:] {
			row = append(row, values[[2]string{arm, metric}])
		}
		if err := out.AddAt(line[arm], row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// joinLevels joins the two lines that pandas writes for a header of two levels,
// of which the second stands where the first row belongs: params above lr.
func joinLevels(t *table.Table) (*table.Table, error) {
	names := t.Columns()
	header, cells := slices.Clone(names), make([][]string, len(names))
	joined := false
	for i, c := range names {
		var err error
		if cells[i], err = t.Strings(c); err != nil {
			return nil, err
		}
		upper := numbered.ReplaceAllString(c, "")
		switch first := cells[i][0]; {
		case first == "":
		case slices.Contains([]string{"params", "user_attrs", "system_attrs", "values", "intermediate_values"}, upper):
			header[i], joined = upper+"_"+first, true
		default:
			return t, nil
		}
	}
	if !joined {
		return t, nil
	}
	out, err := table.New(t.Name(), header)
	if err != nil {
		return nil, err
	}
	row := make([]string, len(header))
	for i := 1; i < t.Len(); i++ {
		for k := range header {
			row[k] = cells[k][i]
		}
		if err := out.AddAt(t.Line(i), row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// expand makes columns of those whose cells are dictionaries, as JSON or Python
// writes them: "config" with {"lr": 0.1} becomes "config.lr".
func expand(t *table.Table) (*table.Table, error) {
	dictionaries := map[string]bool{}
	for _, c := range t.Columns() {
		cells, err := t.Strings(c)
		if err != nil {
			return nil, err
		}
		filled := func(s string) bool { return s != "" }
		if slices.ContainsFunc(cells, filled) && !slices.ContainsFunc(cells, func(s string) bool { return s != "" && !dictionary(s) }) {
			dictionaries[c] = true
		}
	}
	if len(dictionaries) == 0 {
		return t, nil
	}
	records := make([]record, t.Len())
	for i := range records {
		records[i] = record{object: &object{values: map[string]any{}}, line: t.Line(i)}
	}
	for _, c := range t.Columns() {
		cells, err := t.Strings(c)
		if err != nil {
			return nil, err
		}
		nested := dictionaries[c]
		for i, cell := range cells {
			var v any = cell
			if nested && cell != "" {
				if v, err = parseDictionary(cell); err != nil {
					return nil, t.Errorf(i, "%s: %w", c, err)
				}
			}
			records[i].keys = append(records[i].keys, c)
			records[i].values[c] = v
		}
	}
	return tabulate(t.Name(), records)
}

func dictionary(s string) bool { return strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") }

func parseDictionary(s string) (any, error) {
	data := withoutNaN(pythonJSON([]byte(s)))
	r := &jsonReader{Decoder: json.NewDecoder(bytes.NewReader(data)), data: data, line: 1}
	r.UseNumber()
	v, err := r.next(0)
	if err != nil {
		return nil, fmt.Errorf("%q is no dictionary that can be read", table.Short(s))
	}
	return v, nil
}

// pythonJSON turns the text of a Python dictionary of plain values into JSON.
func pythonJSON(s []byte) []byte {
	words := map[string]string{"True": "true", "False": "false", "None": "null", "nan": "NaN", "inf": "Infinity"}
	var out []byte
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case b == '\'' || b == '"':
			n := stringEnd(s[i:])
			text := string(s[i : i+n])
			if b == '\'' && n > 1 {
				text = strconv.Quote(strings.ReplaceAll(text[1:n-1], `\'`, `'`))
			}
			out, i = append(out, text...), i+n
		case b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z':
			n := 1
			for i+n < len(s) && (s[i+n] >= 'A' && s[i+n] <= 'Z' || s[i+n] >= 'a' && s[i+n] <= 'z') {
				n++
			}
			word := string(s[i : i+n])
			if json, ok := words[word]; ok {
				word = json
			}
			out, i = append(out, word...), i+n
		case b == '(' || b == ')': // a tuple is a list
			out, i = append(out, map[byte]byte{'(': '[', ')': ']'}[b]), i+1
		default:
			out, i = append(out, b), i+1
		}
	}
	return out
}
