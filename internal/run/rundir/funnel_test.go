package rundir

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFunnelRoundTrip(t *testing.T) {
	d := Dir(t.TempDir())
	want := []Step{{"a", "1M:3M", "candidates drawn", 100}, {"a", "1M:3M", "accepted", 8}, {"b", "", "candidates drawn", 9}}
	if err := SaveFunnel(d, want); err != nil {
		t.Fatal(err)
	}
	got, err := LoadFunnel(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := os.WriteFile(d.Funnel(), []byte("space,budget,step,candidates\na,,drawn,many\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFunnel(d); err == nil || !strings.Contains(err.Error(), "funnel.csv:2: candidates:") {
		t.Errorf("error %v", err)
	}
}
