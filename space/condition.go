package space

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Varied is a setting of models or of their recipe that takes several values,
// each a condition in which the same architectures are trained.
type Varied struct {
	Key    string
	Values []string
}

// recipeKeys are the settings of a training that a candidate may have of its own.
var recipeKeys = []string{"lr", "weight_decay", "epochs", "train_images"}

// fixedKeys are settings of a model that are its architecture or decided by the
// data.
var fixedKeys = []string{"name", "regnet", "depths", "widths", "classes"}

// ParseVaried reads "key=value,value,...".
func ParseVaried(text string) (Varied, error) {
	key, list, _ := strings.Cut(text, "=")
	v := Varied{strings.TrimSpace(key), nil}
	for value := range strings.SplitSeq(list, ",") {
		value = strings.TrimSpace(value)
		if value == "" || strings.ContainsAny(value, "\n\r") || slices.Contains(v.Values, value) {
			return v, fmt.Errorf("vary %q: want a setting and different values, as in activation=relu,silu", text)
		}
		v.Values = append(v.Values, value)
	}
	if v.Key == "" || len(v.Values) < 2 {
		return v, fmt.Errorf("vary %q: want a setting and two values or more, as in activation=relu,silu", text)
	}
	if slices.Contains(fixedKeys, v.Key) {
		return v, fmt.Errorf("vary %q: %s makes another architecture: vary a setting, such as activation, block, se_ratio, input, lr, epochs or train_images", text, v.Key)
	}
	return v, nil
}

// Condition names the setting with one of its values.
func (v Varied) Condition(value string) string { return v.Key + "=" + value }

// With returns a copy of the candidate in which a setting has another value: a
// key of a model's YAML, lr, weight_decay or epochs of its recipe, or train_images,
// on how many it is trained. The error says why the candidate cannot have it.
func (c *Candidate) With(key, value string) (Candidate, error) {
	d := c.Clone()
	if !slices.Contains(recipeKeys, key) {
		var err error
		d.Model, err = c.Model.with(key, value)
		return d, err
	}
	if whole := map[string]*int{"epochs": &d.Epochs, "train_images": &d.TrainImages}[key]; whole != nil {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return d, fmt.Errorf("%s %s: want a whole number, 1 or more", key, value)
		}
		*whole = n
		return d, nil
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || !(x > 0 && x < 1e6) {
		return d, fmt.Errorf("%s %s: want a positive number", key, value)
	}
	if key == "lr" {
		d.LR = x
	} else {
		d.WeightDecay = x
	}
	return d, nil
}

// Same reports whether two candidates are the same architecture with the same
// settings.
func (c *Candidate) Same(d Candidate) bool {
	a, b := *c, d
	a.Model, b.Model = nil, nil
	return a == b && bytes.Equal(MarshalModel(c.Model), MarshalModel(d.Model))
}

// with returns the model that its YAML describes with one other line.
func (m *Model) with(key, value string) (*Model, error) {
	text := MarshalModel(m)
	line := []byte(key + ": " + value)
	has := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(key) + `:.*$`)
	if at := has.FindIndex(text); at != nil {
		text = slices.Concat(text[:at[0]], line, text[at[1]:])
	} else {
		text = slices.Concat(bytes.TrimRight(text, "\n"), []byte("\n"), line, []byte("\n"))
	}
	return ReadModel(key+"="+value, text)
}
