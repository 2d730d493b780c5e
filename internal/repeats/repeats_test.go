package repeats

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read makes a table of rows separated by blanks and cells by commas.
func read(text string) Table {
	lines := strings.Fields(text)
	t := Table{Rows: len(lines) - 1, Columns: strings.Split(lines[0], ",")}
	t.Cells = func(column string) []string {
		var cells []string
		for _, l := range lines[1:] {
			cells = append(cells, strings.Split(l, ",")[slices.Index(t.Columns, column)])
		}
		return cells
	}
	return t
}

func TestFind(t *testing.T) {
	single := func(n int) (rows [][]int) {
		for i := range n {
			rows = append(rows, []int{i})
		}
		return rows
	}
	for _, c := range []struct {
		text string
		want Models
	}{
		{"id,seed,error a,1,5 a,2,6 b,1,7", Models{Trainings: [][]int{{0, 1}, {2}}, By: []string{"seed"}}},
		// In the order of the repeats, whatever that of the rows.
		{"id,repeat,error a,1,5 b,0,6 a,0,7", Models{Trainings: [][]int{{2, 0}, {1}}, By: []string{"repeat"}}},
		{"id,repeat,seed,error a,1,9,5 a,0,9,6", Models{Trainings: [][]int{{1, 0}}, By: []string{"repeat"}}},
		{"id,config.seed,depth a,1,2 a,2,2.0", Models{Trainings: [][]int{{0, 1}}, By: []string{"config.seed"}}},
		// Of two populations, and of two recipes.
		{"id,space,seed a,x,1 a,y,2", Models{Trainings: single(2)}},
		{"id,recipe,seed a,x,1 a,y,1", Models{Trainings: single(2)}},
		// Without a name for it, and a row without an id.
		{"id,error a,1 a,2 b,1", Models{Trainings: single(3), Clash: &Clash{1, 0, ""}}},
		{"id,seed ,1 ,2", Models{Trainings: single(2)}},
		{"id,seed a,1 a,1", Models{Trainings: single(2), Clash: &Clash{1, 0, ""}}},
		{"id,seed,depth a,1,2 b,1,2 a,2,3", Models{Trainings: single(3), Clash: &Clash{2, 0, "depth"}}},
		// One set of parameters.
		{"depth,seed,error 2,1,5 2,2,6 3,1,5 3,2,6", Models{Trainings: [][]int{{0, 1}, {2, 3}}, By: []string{"seed"}, Agree: []string{"depth"}}},
		{"id,depth,lr,seed a,2,0.1,1 b,2,0.10,2 c,3,0.1,1 d,3,0.1,2", Models{Trainings: [][]int{{0, 1}, {2, 3}}, By: []string{"seed"}, Agree: []string{"depth", "lr"}}},
		{"depth,repeat 2,0 3,0 2,1", Models{Trainings: [][]int{{0, 2}, {1}}, By: []string{"repeat"}, Agree: []string{"depth"}}},
		{"model,seed,error x,1,5 x,2,5 y,1,5", Models{Trainings: [][]int{{0, 1}, {2}}, By: []string{"seed"}, Agree: []string{"model"}}},
		{"name,depth,seed p,2,1 q,2,2 r,3,1 s,3,2", Models{Trainings: [][]int{{0, 1}, {2, 3}}, By: []string{"seed"}, Agree: []string{"depth"}}},
		// Seeds that were drawn with the models, which agree by chance.
		{"depth,seed 2,1 2,5 3,7", Models{Trainings: single(3)}},
		{"depth,seed 2,1 2,1 3,1", Models{Trainings: single(3)}},
		// Nothing tells the models apart.
		{"seed,error 1,5 2,6", Models{Trainings: single(2)}},
		{"space,seed x,1 x,2 y,1 y,2", Models{Trainings: single(4)}},
		{"depth,error 2,1 2,2", Models{Trainings: single(2)}},
		{"depth", Models{Trainings: [][]int{}}},
	} {
		m := Find(read(c.text))
		if diff := cmp.Diff(c.want, m); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
}

// Columns that are asked for tell models apart, and parameters that are named
// are all there are.
func TestFindAsAsked(t *testing.T) {
	tab := read("id,seed,epochs,depth a,1,5,2 a,1,9,2 a,2,5,2 a,2,9,2")
	tab.Apart = []string{"epochs"}
	if diff := cmp.Diff(Models{Trainings: [][]int{{0, 2}, {1, 3}}, By: []string{"seed"}}, Find(tab)); diff != "" {
		t.Error(diff)
	}
	tab = read("depth,map50,seed 2,7,1 2,8,2 3,9,1 3,6,2")
	if m := Find(tab); m.By != nil {
		t.Errorf("%+v", m)
	}
	tab.Parameters = []string{"depth"}
	if diff := cmp.Diff(Models{Trainings: [][]int{{0, 1}, {2, 3}}, By: []string{"seed"}, Agree: []string{"depth"}}, Find(tab)); diff != "" {
		t.Error(diff)
	}
}
