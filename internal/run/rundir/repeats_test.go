package rundir

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRepeatsFile(t *testing.T) {
	d := writeJournal(t, map[string]string{"000001.jsonl": `{"id":"m0003","status":"done","repeat":2,"error":7,"seed":12}
{"id":"m0001","status":"done","error":10,"error_best_epoch":9,"error_train":8,"loss":0.5,"epochs":3,"seed":11,"train_seconds":1.5}
{"id":"m0001","status":"diverged","repeat":1,"error":100,"seed":13}
{"id":"m0001","status":"done","repeat":1,"error":1,"seed":13}
{"id":"m0003","status":"failed","repeat":1,"seed":14}
`})
	es := entries()
	j, err := ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := SaveResults(d, es, j); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(d.Repeats())
	if err != nil {
		t.Fatal(err)
	}
	const want = "id,space,budget,repeat,seed,status,error,error_best_epoch,error_train,loss,epochs,train_seconds\n" +
		"m0001,proxy/anynetxa,1M:3M,0,11,done,10,9,8,0.5,3,1.5\n" +
		"m0001,proxy/anynetxa,1M:3M,1,13,diverged,100,,,,0,\n" +
		"m0003,proxy/regnetx,,1,14,failed,,,,,0,\n" +
		"m0003,proxy/regnetx,,2,12,done,7,,,,0,\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestRepeatOutOfRange(t *testing.T) {
	for _, repeat := range []string{"-1", "10000", "1e99", "0.5"} {
		d := writeJournal(t, map[string]string{"000001.jsonl": `{"id":"m0001","status":"done","error":10,"repeat":` + repeat + "}\n"})
		if _, err := ReadJournal(d); err == nil || !strings.Contains(err.Error(), "000001.jsonl:1: ") {
			t.Errorf("repeat %s: error %v", repeat, err)
		}
	}
}
