package numeric

import (
	"math"
	"testing"
)

func TestMarshalJSON(t *testing.T) {
	type half float64
	for _, c := range []struct {
		value any
		want  string
	}{
		{struct{}{}, `{}`},
		{struct {
			A float64 `json:"a"`
			B float64 `json:"b"`
			C float64
			D half `json:"d"`
			E *int `json:"e,omitempty"`
			F []float64
		}{math.NaN(), 0.1, math.Inf(-1), half(math.Inf(1)), nil, []float64{1e21, -0.5}}, `{"a":null,"b":0.1,"C":null,"d":null,"F":[1e+21,-0.5]}`},
	} {
		got, err := MarshalJSON(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%+v: %s, %v; want %s", c.value, got, err, c.want)
		}
	}
	if got, err := MarshalJSON(struct{ X []float64 }{[]float64{math.NaN()}}); err == nil {
		t.Errorf("a slice with NaN: %s", got)
	}
}
