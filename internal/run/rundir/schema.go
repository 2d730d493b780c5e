package rundir

import (
	"fmt"
	"slices"
)

// A Column describes a column of a table of a run.
type Column struct {
	Name    string `json:"name"` // "d1" stands for d1, d2, … of all stages
	Type    string `json:"type"` // text, integer or number
	Unit    string `json:"unit"` // "" for what has none
	Meaning string `json:"meaning"`
}

// A Schema describes a CSV file of a run.
type Schema struct {
	File    string   `json:"file"`
	Row     string   `json:"row"` // what a row is
	Columns []Column `json:"columns"`
}

// columns describes the columns of all files.
var columns = []Column{
	{"id", "text", "", "name of the model, unique in the run"},
	{"space", "text", "", "design space that it was drawn from"},
	{"budget", "text", "multiply-adds", "flops window that it was drawn for, empty without one"},
	{"candidate", "integer", "", "number of the candidate in the stream of its space, from 0"},
	{"status", "text", "", "`done`, `diverged` (counts with an error of 100), `failed` or `pending`"},
	{"error", "number", "%", "top-1 error on the held-out images after the last epoch"},
	{"error_best_epoch", "number", "%", "the least error after any epoch: optimistic, since chosen on the same images"},
	{"error_train", "number", "%", "error on the training images as they were augmented in the last epoch"},
	{"error_test", "number", "%", "error on the test images where `error` is that on validation images"},
	{"loss", "number", "nats", "mean cross-entropy on the training images of the last epoch, as they were augmented"},
	{"epochs", "integer", "", "epochs that it was trained"},
	{"seed", "integer", "", "seed of its training, made from the run's seed and the architecture"},
	{"flops", "integer", "multiply-adds", "of the forward pass of one image"},
	{"params", "integer", "", "trained parameters"},
	{"acts", "integer", "", "activations: elements of the outputs of convolutions, max-pools and the classifier for one image"},
	{"input", "integer", "pixels", "side of the input image"},
	{"classes", "integer", "", "classes that it tells apart"},
	{"stem", "text", "", "kind of the first convolution"},
	{"stem_width", "integer", "channels", "of the stem"},
	{"block", "text", "", "kind of block"},
	{"activation", "text", "", "relu or silu"},
	{"stages", "integer", "", "stages of the body"},
	{"depth", "integer", "blocks", "of all stages together"},
	{"width", "number", "channels", "mean over the blocks"},
	{"d1", "integer", "blocks", "depth of a stage"},
	{"w1", "integer", "channels", "width of a stage"},
	{"s1", "integer", "pixels", "stride of a stage's first block"},
	{"b1", "number", "", "bottleneck ratio of a stage: width over inner width"},
	{"g1", "integer", "channels", "group width of a stage's 3×3 convolutions"},
	{"e1", "integer", "", "expansion of a stage: inner width over that of a block's input; in runs with block mbconv"},
	{"k1", "integer", "pixels", "side of the kernel of a stage's depthwise convolutions; in runs with block mbconv"},
	{"se_ratio", "number", "", "width of squeeze-and-excitation over that of the block's input, 0 for none"},
	{"head_width", "integer", "channels", "of the 1×1 convolution before the pooling, 0 for none"},
	{"regnet_d", "integer", "blocks", "RegNet's depth d, empty for other models"},
	{"w0", "integer", "channels", "RegNet's initial width"},
	{"wa", "number", "channels a block", "RegNet's slope"},
	{"wm", "number", "", "RegNet's width multiplier"},
	{"regnet_b", "number", "", "RegNet's bottleneck ratio"},
	{"regnet_g", "integer", "channels", "RegNet's group width before it was fitted to the widths"},
	{"e_fit", "number", "", "mean log distance of the block widths to the nearest quantised line (RegNet paper, Fig. 8)"},
	{"lr", "number", "", "initial learning rate"},
	{"weight_decay", "number", "", "weight decay"},
	{"train_seconds", "number", "s", "time that the training took"},
	{"images_per_second", "number", "1/s", "training images over the time of the training steps, without evaluation"},
	{"eval_images_per_second", "number", "1/s", "held-out images over the time of evaluating them"},
	{"kernel", "text", "", "kernel set of the engine"},
	{"data", "text", "", "data set with a hash of what was read of it"},
	{"recipe", "text", "", "name of the recipe, with a hash where it is none of the presets"},
	{"version", "text", "", "version of the program"},
	{"epoch", "integer", "", "number of the epoch, from 1"},
	{"train_loss", "number", "nats", "mean cross-entropy on the training images of the epoch"},
	{"train_error", "number", "%", "error on the training images of the epoch"},
	{"repeat", "integer", "", "number of the training, 0 for the one in results.csv"},
	{"step", "text", "", "filter that the candidates passed"},
	{"candidates", "integer", "", "how many passed it"},
}

// curve describes columns that mean another thing in curves.csv than elsewhere.
var curve = []Column{
	{"lr", "number", "", "learning rate of the last step of the epoch"},
	{"error", "number", "%", "top-1 error on the held-out images after the epoch"},
}

// Schemas describes the CSV files of a run.
func Schemas() []Schema {
	var models, results, repeats []string
	l := layout{stages: 1, mbconv: true}
	for _, f := range modelFields(l) {
		models = append(models, f.name)
	}
	for _, f := range resultFields(l, true) {
		results = append(results, f.name)
	}
	for _, f := range repeatFields {
		repeats = append(repeats, f.name)
	}
	return []Schema{
		describe("results.csv", "a model", results),
		describe("models.csv", "a model", models),
		describe("curves.csv", "an epoch of a model", curveColumns, curve...),
		describe("repeats.csv", "a training of a model", repeats),
		describe("funnel.csv", "a filter for the candidates of a space and a budget", funnelColumns),
	}
}

func describe(file, row string, names []string, own ...Column) Schema {
	s := Schema{File: file, Row: row}
	all := slices.Concat(own, columns) // the first of a name counts
	for _, n := range names {
		i := slices.IndexFunc(all, func(c Column) bool { return c.Name == n })
		if i < 0 {
			panic(fmt.Sprintf("rundir: column %s has no description", n))
		}
		s.Columns = append(s.Columns, all[i])
	}
	return s
}
