package columns

import (
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for i, c := range slices.Concat(own, foreign) {
		if i == len(own) {
			clear(seen)
		}
		if c.Meaning == "" || !slices.Contains([]string{Text, Integer, Number}, c.Type) ||
			!slices.Contains([]Role{ID, Outcome, Parameter, Complexity, Cost}, c.Role) {
			t.Errorf("%+v", c)
		}
		if c.Staged != strings.HasSuffix(c.Name, "1") {
			t.Errorf("%s: staged %v", c.Name, c.Staged)
		}
		for _, name := range strings.Fields(c.Name) {
			if strings.Contains(strings.TrimSuffix(strings.TrimPrefix(name, "*_"), "_*"), "*") || seen[name] {
				t.Errorf("%s: twice, or another pattern than *_x and x_*", name)
			}
			seen[name] = true
		}
	}
	for _, c := range own {
		if got := Of(c.Name); got != c {
			t.Errorf("Of(%s) = %+v", c.Name, got)
		}
	}
}

func TestOf(t *testing.T) {
	for role, names := range map[Role]string{
		ID:         "id seed candidate repeat kernel Index run_id ID pid timestamp datetime_start node_ip rng_seed job_id number git_commit _wandb.runtime gpu notes logdir model Name",
		Outcome:    "error status loss epochs Epoch error_ema val_error train_loss top1 Top-5 top5_err val/acc metrics.val_f1 f1 AUC test_accuracy iterations_since_restore training_iteration min_top1_err error_test top1_error Loss accuracy top5 best_epoch value values_1 score timesteps_total episodes_total",
		Parameter:  "depth d1 d27 w0 wm b3 b lr dropout e_fit space block input warmup_epochs optimizer d1x params_depth Flops max_iterations groups2 timer width grid timestep stride topology wa",
		Complexity: "flops params acts param_count parameters/total GMACs",
		Cost:       "train_seconds images_per_second time_total_s time_this_iter_s wall_time Runtime duration latency total-seconds train_time time",
	} {
		for name := range strings.FieldsSeq(names) {
			if got := Of(name); got.Role != role || got.Name != name {
				t.Errorf("Of(%s) = %+v, want role %s", name, got, role)
			}
		}
	}
}

// The axes that are logarithmic, by the ranges that the papers sample on a
// logarithmic scale.
func TestLog(t *testing.T) {
	for name := range strings.FieldsSeq("w w0 w1 w12 wa width b b2 g g4 flops params acts lr weight_decay") {
		if !Of(name).Log {
			t.Errorf("%s is not logarithmic", name)
		}
	}
	for name := range strings.FieldsSeq("wm d d1 depth e1 k1 s1 regnet_d regnet_g e_fit se_ratio error wax b1x dropout") {
		if Of(name).Log {
			t.Errorf("%s is logarithmic", name)
		}
	}
}

func TestStage(t *testing.T) {
	for name, want := range map[string]string{"d1": "d", "w12": "w", "groups2": "groups", "w0": "", "top1": "", "f1": "", "d": "", "d01": "", "3": "", "e_fit": "", "bot_mul1": "", "w99999999999999999999": ""} {
		family, stage, ok := Stage(name)
		if family != want || ok != (want != "") || ok && stage < 1 {
			t.Errorf("Stage(%s) = %q, %d, %v; want %q", name, family, stage, ok, want)
		}
	}
}

func TestNames(t *testing.T) {
	if got := strings.Join(Names(Complexity), " "); got != "flops params acts" {
		t.Error(got)
	}
}
