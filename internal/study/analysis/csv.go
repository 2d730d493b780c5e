package analysis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"designspace/internal/table"
)

// Tables are the names of the tables of a [Result], in the order of its JSON.
var Tables = []string{"populations", "tests", "bootstrap", "best_values", "epochs", "noise", "confirmed", "importance", "attained", "at_equal_cost"}

// WriteCSV writes one of the [Tables] with the names and values that JSON gives
// them, and a column of caveats.
func (r *Result) WriteCSV(w io.Writer, name string) error {
	switch name {
	case "populations":
		return writeCSV(w, r.Populations)
	case "tests":
		return writeCSV(w, r.Tests)
	case "bootstrap":
		return writeCSV(w, r.Bootstrap)
	case "best_values":
		return writeCSV(w, r.Best)
	case "epochs":
		return writeCSV(w, r.Epochs)
	case "noise":
		if r.Noise == nil {
			return writeCSV[NoiseOf](w, nil)
		}
		return writeCSV(w, r.Noise.Populations)
	case "confirmed":
		return writeCSV(w, r.Confirmed)
	case "importance":
		return writeCSV(w, r.importanceRows())
	case "attained":
		return writeCSV(w, r.Attained)
	case "at_equal_cost":
		return writeCSV(w, r.AtEqualCost)
	}
	return fmt.Errorf("table %s: no such table: choose %s", name, strings.Join(Tables, ", "))
}

// WriteCSV writes the comparison by population.
func (f *Fidelity) WriteCSV(w io.Writer) error { return writeCSV(w, f.Populations) }

// writeCSV writes rows with a column for every key of their JSON objects, those
// that some rows leave out before the caveats. The zero row names the columns where
// there is none.
func writeCSV[T any](w io.Writer, rows []T) error {
	header, _, err := members(*new(T))
	if err != nil {
		return err
	}
	objects := make([]map[string]string, len(rows))
	for i, row := range rows {
		keys, values, err := members(row)
		if err != nil {
			return err
		}
		objects[i] = map[string]string{}
		for k, key := range keys {
			if objects[i][key] = values[k]; !slices.Contains(header, key) {
				header = slices.Insert(header, len(header)-1, key)
			}
		}
	}
	out := table.NewWriter(w, header)
	for _, o := range objects {
		cells := make([]string, len(header))
		for k, key := range header {
			cells[k] = o[key]
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

// caveats is the key of a list that JSON leaves out where it is empty.
const caveats = "warnings"

// members returns the keys and values of a value's JSON object in their order, the
// caveats last: a null is empty, a list is joined.
func members(v any) (keys, values []string, err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if _, err := d.Token(); err != nil { // {
		return nil, nil, err
	}
	warnings := ""
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, nil, err
		}
		if key == caveats {
			warnings = cell(value)
			continue
		}
		keys, values = append(keys, key.(string)), append(values, cell(value))
	}
	return append(keys, caveats), append(values, warnings), nil
}

func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = cell(v[i])
		}
		return strings.Join(items, "; ")
	}
	return fmt.Sprint(value)
}
