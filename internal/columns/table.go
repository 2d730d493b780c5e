package columns

import (
	"slices"

	"designspace/space"
)

// own are the columns of the files of a run.
var own = slices.Concat([]Column{
	{Name: "id", Type: Text, Role: ID, Meaning: "name of the model, unique in the run"},
	{Name: "space", Type: Text, Role: Parameter, Meaning: "design space that it was drawn from"},
	{Name: "budget", Type: Text, Unit: "multiply-adds", Role: Parameter, Meaning: "flops window that it was drawn for, empty without one"},
	{Name: "condition", Type: Text, Role: Parameter, Meaning: "the setting that varies, with its value; absent where none does"},
	{Name: "pair", Type: Text, Role: ID, Meaning: "id of the same architecture in the first condition; absent where no setting varies"},
	{Name: "stratum", Type: Integer, Role: ID, Meaning: "fifth of the candidates by predicted error, 1 for the lowest, from which it was drawn by `--tilt`; absent in other runs"},
	{Name: "weight", Type: Number, Role: ID, Meaning: "how many candidates it stands for in a run with `--tilt`: estimates count it so often; absent in other runs"},
	{Name: "chosen_of", Type: Integer, Role: ID, Meaning: "how many candidates it was chosen among for its low predicted error, by `train --best`: such models are no sample of their space; absent in other runs"},
	{Name: "candidate", Type: Integer, Role: ID, Meaning: "number of the candidate in the stream of its space, from 0"},
	{Name: "status", Type: Text, Role: Outcome, Meaning: "`done`, `diverged` (counts with an error of 100), `failed`, `pending`, or `unneeded` in a run that was decided without it"},
	{Name: "error", Type: Number, Unit: "%", Role: Outcome, Meaning: "top-1 error on the held-out images after the last epoch: on the validation images if there are any, else on the test images, with the training images that `--test-images` adds to them"},
	{Name: "error_best_epoch", Type: Number, Unit: "%", Role: Outcome, Meaning: "the least error after any epoch that was evaluated: optimistic, since chosen on the same images; with `--until decided` usually only the last is"},
	{Name: "error_ema", Type: Number, Unit: "%", Role: Outcome, Meaning: "error with averaged weights; in tables that other programs wrote"},
	{Name: "error_train", Type: Number, Unit: "%", Role: Outcome, Meaning: "error on the training images as they were augmented in the last epoch"},
	{Name: "error_test", Type: Number, Unit: "%", Role: Outcome, Meaning: "error on the test images where `error` is that on validation images"},
	{Name: "loss", Type: Number, Unit: "nats", Role: Outcome, Meaning: "mean cross-entropy on the training images of the last epoch, as they were augmented"},
	{Name: "epochs", Type: Integer, Role: Outcome, Alike: true, Meaning: "epochs that it was trained"},
	{Name: "seed", Type: Integer, Role: ID, Meaning: "seed of its training, made from the run's seed and the architecture"},
	{Name: "flops", Type: Integer, Unit: "multiply-adds", Role: Complexity, Log: true, Meaning: "of the forward pass of one image"},
	{Name: "params", Type: Integer, Role: Complexity, Log: true, Meaning: "trained parameters"},
	{Name: "acts", Type: Integer, Role: Complexity, Log: true, Meaning: "activations: elements of the outputs of convolutions, max-pools and the classifier for one image"},
	{Name: "input", Type: Integer, Unit: "pixels", Role: Parameter, Alike: true, Meaning: "side of the input image"},
	{Name: "classes", Type: Integer, Role: Parameter, Alike: true, Meaning: "classes that it tells apart"},
	{Name: "stem", Type: Text, Role: Parameter, Meaning: "kind of the first convolution"},
	{Name: "stem_width", Type: Integer, Unit: "channels", Role: Parameter, Meaning: "of the stem"},
	{Name: "block", Type: Text, Role: Parameter, Meaning: "kind of block"},
	{Name: "activation", Type: Text, Role: Parameter, Meaning: "relu or silu"},
	{Name: "stages", Type: Integer, Role: Parameter, Meaning: "stages of the body"},
	{Name: "depth", Type: Integer, Unit: "blocks", Role: Parameter, Meaning: "of all stages together"},
	{Name: "width", Type: Number, Unit: "channels", Role: Parameter, Log: true, Meaning: "mean over the blocks"},
}, stageColumns(), []Column{
	{Name: "se_ratio", Type: Number, Role: Parameter, Meaning: "width of squeeze-and-excitation over that of the block's input, 0 for none, empty where it differs between stages"},
	{Name: "head_width", Type: Integer, Unit: "channels", Role: Parameter, Meaning: "of the 1×1 convolution before the pooling, 0 for none"},
}, optionColumns(), []Column{
	{Name: "regnet_d", Type: Integer, Unit: "blocks", Role: Parameter, Meaning: "RegNet's depth d, empty for other models"},
	{Name: "w0", Type: Integer, Unit: "channels", Role: Parameter, Log: true, Meaning: "RegNet's initial width"},
	{Name: "wa", Type: Number, Unit: "channels a block", Role: Parameter, Log: true, Meaning: "RegNet's slope"},
	{Name: "wm", Type: Number, Role: Parameter, Meaning: "RegNet's width multiplier"},
	{Name: "regnet_b", Type: Number, Role: Parameter, Meaning: "RegNet's bottleneck ratio"},
	{Name: "regnet_g", Type: Integer, Unit: "channels", Role: Parameter, Meaning: "RegNet's group width before it was fitted to the widths"},
	{Name: "e_fit", Type: Number, Role: Parameter, Follows: true, Meaning: "mean log distance of the block widths to the nearest quantised line (RegNet paper, Fig. 8)"},
	{Name: "lr", Type: Number, Role: Parameter, Log: true, Meaning: "initial learning rate"},
	{Name: "weight_decay", Type: Number, Role: Parameter, Log: true, Meaning: "weight decay"},
	{Name: "train_seconds", Type: Number, Unit: "s", Role: Cost, Meaning: "time that the training took"},
	{Name: "images_per_second", Type: Number, Unit: "1/s", Role: Cost, Meaning: "training images over the time of the training steps, without evaluation"},
	{Name: "eval_images_per_second", Type: Number, Unit: "1/s", Role: Cost, Meaning: "held-out images over the time of evaluating them"},
	{Name: "kernel", Type: Text, Role: ID, Alike: true, Meaning: "arithmetic of the engine, which all its kernel sets share; of earlier versions the kernel set"},
	{Name: "data", Type: Text, Role: ID, Alike: true, Meaning: "data set with a hash of what was read of it"},
	{Name: "recipe", Type: Text, Role: ID, Alike: true, Meaning: "name of the recipe, with a hash where it is none of the presets"},
	{Name: "version", Type: Text, Role: ID, Meaning: "version of the program"},
	{Name: "epoch", Type: Integer, Role: ID, Meaning: "number of the epoch, from 1"},
	{Name: "train_loss", Type: Number, Unit: "nats", Role: Outcome, Meaning: "mean cross-entropy on the training images of the epoch"},
	{Name: "train_error", Type: Number, Unit: "%", Role: Outcome, Meaning: "error on the training images of the epoch"},
	{Name: "repeat", Type: Integer, Role: ID, Meaning: "number of the training, 0 for the one in results.csv"},
	{Name: "confirm", Type: Text, Role: ID, Meaning: "`true` if it was trained again for being one of the best, by `--confirm`; absent if none was"},
	{Name: "features", Type: Text, Role: ID, Meaning: "hash of what the error was predicted from"},
	{Name: "predicted_error", Type: Number, Unit: "%", Role: Parameter, Follows: true, Meaning: "error that was predicted before training; only differences within a population mean something"},
	{Name: "step", Type: Text, Role: ID, Meaning: "filter that the candidates passed"},
	{Name: "candidates", Type: Integer, Role: Outcome, Meaning: "how many passed it"},
})

// stageColumns are those of the parameters of stages.
func stageColumns() []Column {
	var list []Column
	for _, p := range space.StageParams() {
		c := Column{Name: p.Name + "1", Type: Number, Unit: p.Unit, Role: Parameter, Staged: true, Log: p.Log, Meaning: p.Meaning}
		if p.Integer {
			c.Type = Integer
		}
		list = append(list, c)
	}
	return list
}

// optionColumns are those of the options of models.
func optionColumns() []Column {
	var list []Column
	for _, p := range space.ModelOptions() {
		list = append(list, Column{Name: p.Key, Type: Text, Role: Parameter, Meaning: p.Meaning})
	}
	return list
}

// foreign are columns that other programs write. A name is patterns of words in
// lower case, of which * stands for any others; the first match counts.
var foreign = []Column{
	{Name: "metric", Type: Text, Role: ID, Meaning: "the column that imported models are compared by, and what is good: NAME:min or NAME:max"},
	{Name: "*_id *_index *_seed pid *_pid trial trial_number number run fold", Type: Integer, Role: ID, Meaning: "number of a row, a process or a training"},
	{Name: "model name model_name run_name trial_name arch architecture", Type: Text, Role: ID, Names: true, Meaning: "name of a model or a run"},
	{Name: "timestamp *_timestamp date *_date datetime_* created created_* updated updated_* start_time end_time", Type: Text, Role: ID, Meaning: "when it ran"},
	{Name: "hostname host node node_ip artifact_uri user gpu gpu_* device logdir log_dir log_file", Type: Text, Role: ID, Meaning: "where it ran"},
	{Name: "commit git_* notes tags experiment_tag wandb_*", Type: Text, Role: ID, Meaning: "what somebody noted of a run"},
	{Name: "*_seconds *_time time_* *_latency *_duration *_runtime *_per_second", Type: Number, Role: Cost, Meaning: "time that something took"},
	{Name: "epoch epochs last_epoch best_* iterations iterations_* training_iteration global_step timesteps_* episodes_*", Type: Integer, Role: Outcome, Meaning: "how long it was trained"},
	{Name: "error_* train_* *_error *_err *_loss *_accuracy *_acc", Type: Number, Role: Outcome, Meaning: "error, loss or accuracy"},
	{Name: "*_top1 *_top_1 *_top5 *_top_5 top1_* top5_* *_f1 f1_* *_auc *_auroc *_perplexity metrics_*", Type: Number, Role: Outcome, Meaning: "another metric"},
	{Name: "value values_* *_objective *_score *_metric *_reward *_fitness *_recall *_iou *_miou *_bleu *_mse *_rmse *_mae", Type: Number, Role: Outcome, Meaning: "a metric, of which the name does not say what is good"},
	{Name: "param_count num_params n_params total_params trainable_params model_parameters num_parameters parameters parameters_total model_size macs gmacs gflops mflops", Type: Number, Role: Complexity, Log: true, Meaning: "of the model, in whatever unit"},
}
