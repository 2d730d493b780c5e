package rundir

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"designspace/internal/strictyaml"
)

// A Setting is a value of run.yaml under the path of its keys, as in
// "recipe.lr". Lists of plain values are one setting.
type Setting struct{ Key, Value string }

// Settings lists the values of a part of run.yaml in the order of the file.
func Settings(part any) ([]Setting, error) {
	text, err := strictyaml.Marshal(part)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		return nil, err
	}
	return flatten(nil, "", doc.Content[0]), nil
}

func flatten(list []Setting, path string, n *yaml.Node) []Setting {
	join := func(key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	switch {
	case n.Kind == yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			list = flatten(list, join(n.Content[i].Value), n.Content[i+1])
		}
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind != yaml.ScalarNode:
		for i, c := range n.Content {
			list = flatten(list, join(fmt.Sprint(i+1)), c)
		}
	case n.Kind == yaml.SequenceNode:
		var values []string
		for _, c := range n.Content {
			values = append(values, c.Value)
		}
		list = append(list, Setting{path, strings.Join(values, ", ")})
	default:
		list = append(list, Setting{path, n.Value})
	}
	return list
}

// A Conflict is a setting that differs from what a run was started with.
type Conflict struct {
	File     string // run.yaml
	Key      string
	Has, Got string // "" for none
}

func (c *Conflict) Error() string {
	word := func(s string) string {
		switch {
		case s == "":
			return "nothing"
		case strings.Contains(s, "\n"):
			return "a text of " + fmt.Sprint(strings.Count(s, "\n")) + " lines"
		}
		return s
	}
	more := ""
	if c.Key == "models" {
		more = " add models with sample --extend,"
	}
	return fmt.Sprintf("%s: %s: the run has %s, not %s: keep to it,%s or start another run", c.File, c.Key, word(c.Has), word(c.Got), more)
}

// free are the settings that may differ: they do not decide the outcome.
var free = []string{"version", "data.source"}

// Compare reports the first setting in which got differs from what a file has, as
// a [Conflict], and the hash of the data only if nothing else says what is
// different.
func Compare(file string, has, got any) error {
	a, err := Settings(has)
	if err != nil {
		return err
	}
	b, err := Settings(got)
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, s := range b {
		values[s.Key] = s.Value
	}
	var hash error
	for _, s := range a {
		v := values[s.Key]
		delete(values, s.Key)
		switch {
		case v == s.Value || slices.Contains(free, s.Key):
		case s.Key == "data.hash":
			hash = &Conflict{file, s.Key, s.Value, v}
		default:
			return &Conflict{file, s.Key, s.Value, v}
		}
	}
	for _, s := range b {
		if v, ok := values[s.Key]; ok && !slices.Contains(free, s.Key) {
			return &Conflict{file, s.Key, "", v}
		}
	}
	return hash
}
