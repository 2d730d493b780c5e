package analysis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/edf"
)

// A parameter on which the error depends comes before one that is only noise,
// whatever the order of the columns, and flops are no parameter. A parameter
// with a value for each model has none to compare.
func TestOrder(t *testing.T) {
	var b strings.Builder
	b.WriteString("error,flops,noise,serial,b1,w1\n")
	for i := range 48 {
		fmt.Fprintf(&b, "%v,%d,%d,%d,%d,%d\n", 40+float64(i%2)+10*float64(i/2%2)+0.1*float64(i*7%11), 100+i, i/4%3, i, 1+i%2, 8+8*(i/2%2))
	}
	s, err := Load([]string{write(t, "r.csv", b.String())}, Options{Parameters: []string{"flops", "noise", "b1", "w1"}})
	if err != nil {
		t.Fatal(err)
	}
	order, err := s.Order(s.Populations[0])
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range order {
		got = append(got, fmt.Sprint(o.Name, " ", o.Flat))
	}
	if d := cmp.Diff([]string{"w1 false", "b1 true", "noise true"}, got); d != "" {
		t.Error(d)
	}
}

// Where importance was asked for, its order comes first: that of the shares by
// which the table was made.
func TestOrderByImportance(t *testing.T) {
	s, err := Load([]string{write(t, "r.csv", importanceTable(200))}, Options{Importance: true, Parameters: []string{"d1", "w1", "flops"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Analyze(edf.Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	order, err := s.Order(s.Populations[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(order) != 2 || order[0].Name != "w1" || order[1].Name != "d1" || order[0].Flat || !order[1].Flat || order[0].Share < 0.2 {
		t.Errorf("%+v", order)
	}
}
