package report

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/confirm"
	"designspace/internal/format"
	"designspace/internal/numeric"
	"designspace/internal/pagestyle"
	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/trainer"
)

// A Card is what is known of one model beyond its row in a table. What is not
// known is empty.
type Card struct {
	Row       int    `json:"row"`
	ID        string `json:"-"`
	Place     string `json:"place,omitempty"`     // its rank in its population
	Trainings string `json:"trainings,omitempty"` // errors of all its trainings, the first first
	Fresh     string `json:"fresh,omitempty"`     // mean over all seeds but the first, with its interval
	Course    string `json:"course,omitempty"`    // its learning curve in words
	Shape     string `json:"shape,omitempty"`     // the width of every block over depth, as an SVG path in a box of cardWidth by cardHeight
	Curve     string `json:"curve,omitempty"`     // error over epochs, likewise
	Run       int    `json:"run,omitempty"`       // the number of its run among those of the study, from 1; 0: of none
	Facts     []Fact `json:"-"`                   // of its row
	Commands  string `json:"-"`                   // to go on with it
}

// Size of the drawings of a card.
const (
	cardWidth  = 240
	cardHeight = 80
)

// Cards returns the cards of all rows of a study.
func Cards(s *analysis.Study) ([]Card, error) {
	cards := make([]Card, s.Len())
	unit := " %"
	if s.Metric().Name != "" {
		unit = ""
	}
	for row := range cards {
		c := &cards[row]
		c.Row = row
		c.train(s, unit)
		c.learn(s, unit)
	}
	for _, p := range s.Populations {
		for k, i := range numeric.Order(p.Errors) {
			cards[p.Rows[i]].Place = fmt.Sprintf("rank %d of %d in %s", k+1, len(p.Rows), p.Name)
		}
	}
	if err := confirmedPlaces(s, cards); err != nil {
		return nil, err
	}
	if err := identify(s, cards); err != nil {
		return nil, err
	}
	return cards, shape(s, cards)
}

// confirmedPlaces adds the ranks by fresh means of the models that have one.
func confirmedPlaces(s *analysis.Study, cards []Card) error {
	all, err := s.Confirmed()
	if err != nil {
		return err
	}
	for _, part := range confirm.Populations(all) {
		i := slices.IndexFunc(s.Populations, func(p edf.Population) bool { return p.Name == part[0].Population })
		for k, m := range confirm.Ranked(part) {
			if m.Seeds > 0 {
				cards[s.Populations[i].Rows[m.Place]].Place += fmt.Sprintf("; %d of %d by fresh means", k+1, len(part))
			}
		}
	}
	return nil
}

// train says what came of the trainings.
func (c *Card) train(s *analysis.Study, unit string) {
	all := s.AllTrainings(c.Row)
	if len(all) < 2 {
		return
	}
	var list []string
	for _, e := range all {
		text := "failed"
		if !math.IsNaN(e) {
			text = format.Percent(e)
		}
		list = append(list, text)
	}
	c.Trainings = strings.Join(list, ", ") + unit
	m := confirm.Again(all)
	if m.Seeds == 0 {
		return
	}
	c.Fresh = format.Percent(m.Mean)
	if lo, hi := m.Interval(); !math.IsNaN(lo) {
		c.Fresh += fmt.Sprintf(" [%s, %s]", format.Percent(lo), format.Percent(hi))
	}
	c.Fresh += fmt.Sprintf("%s over %s", unit, format.Count(m.Seeds, "other seed"))
}

// learn draws the learning curve, the axes from 0 to the last epoch and to the
// largest error, or the span of the values if there are negative ones.
func (c *Card) learn(s *analysis.Study, unit string) {
	curve := slices.DeleteFunc(slices.Clone(s.Curve(c.Row)), func(e trainer.Epoch) bool { return math.IsNaN(e.Error) || math.IsInf(e.Error, 0) })
	if len(curve) == 0 {
		return
	}
	first, last := curve[0], curve[len(curve)-1]
	c.Course = fmt.Sprintf("%s%s after epoch %d", format.Percent(last.Error), unit, last.Epoch)
	if len(curve) < 2 {
		return
	}
	c.Course = fmt.Sprintf("%s%s after epoch %d, ", format.Percent(first.Error), unit, first.Epoch) + c.Course
	least, most := 0.0, 0.0
	for _, e := range curve {
		least, most = min(least, e.Error), max(most, e.Error)
	}
	if least == most {
		most++
	}
	every := (len(curve) + 39) / 40 // of long curves a drawing shows no more
	for i, e := range curve {
		if i%every != 0 && i != len(curve)-1 {
			continue
		}
		c.Curve += fmt.Sprintf("%.0f %.0f ", cardWidth*float64(e.Epoch)/float64(last.Epoch), cardHeight*(1-(e.Error-least)/(most-least)))
	}
	c.Curve = "M" + strings.TrimSpace(c.Curve)
}

// identify gives the cards their ids and their runs.
func identify(s *analysis.Study, cards []Card) error {
	ids, err := idsOf(s)
	if err != nil {
		return err
	}
	runs := s.Runs()
	for i := range cards {
		cards[i].ID, cards[i].Run = ids[i], slices.Index(runs, s.RunOf(i))+1
	}
	return nil
}

// idsOf returns the ids of all rows, or what stands for one.
func idsOf(s *analysis.Study) ([]string, error) {
	ids := make([]string, s.Len())
	if s.Has("id") {
		var err error
		if ids, err = s.Strings("id"); err != nil {
			return nil, err
		}
	}
	ids = slices.Clone(ids)
	for i, id := range ids {
		if id == "" {
			ids[i] = "row " + strconv.Itoa(i+1)
		}
	}
	return ids, nil
}

// commands are those that go on with a model of a run.
func commands(run rundir.Dir, id string) string {
	return fmt.Sprintf("designspace export %s --id %s --format pytorch --out %s\ndesignspace train %s --only %s --repeats 4", run.Word(), id, id, run.Word(), id)
}

// shape draws the architectures, those whose stages are known: the blocks one
// beside the other, as high as they are wide.
func shape(s *analysis.Study, cards []Card) error {
	var depths, widths [][]float64
	for i := 1; s.Has(fmt.Sprintf("d%d", i)) && s.Has(fmt.Sprintf("w%d", i)); i++ {
		d, err := s.Floats(fmt.Sprintf("d%d", i))
		if err != nil {
			return nil // letters that stand for something else
		}
		w, err := s.Floats(fmt.Sprintf("w%d", i))
		if err != nil {
			return nil
		}
		depths, widths = append(depths, d), append(widths, w)
	}
	for row := range cards {
		depth, widest := 0.0, 0.0
		for k := range depths {
			if d, w := depths[k][row], widths[k][row]; d > 0 && w > 0 {
				depth, widest = depth+d, max(widest, w)
			}
		}
		if !(depth > 0) || math.IsInf(depth+widest, 0) {
			continue
		}
		x := 0.0
		var b strings.Builder
		for k := range depths {
			d, w := depths[k][row], widths[k][row]
			if !(d > 0 && w > 0) {
				continue
			}
			end := x + cardWidth*d/depth
			fmt.Fprintf(&b, "M%.0f %dV%.0fH%.0fV%dz", x, cardHeight, cardHeight*(1-w/widest), end, cardHeight)
			x = end
		}
		cards[row].Shape = b.String()
	}
	return nil
}

// describe fills in the facts of a row, as a page takes them from its table:
// values of stages are joined into lists.
func (c *Card) describe(s *analysis.Study) error {
	for _, name := range s.Columns() {
		_, err := s.Floats(name)
		text := err != nil
		if !tip(columns.Of(name), text) && name != s.Metric().Name && !slices.Contains([]string{"space", "data", "recipe", "kernel", "version"}, name) {
			continue
		}
		cells, err := s.Strings(name)
		if err != nil {
			return err
		}
		value := shown(cells[c.Row], text).Text
		if value == "" {
			continue
		}
		if name == "error" && s.Metric().Name == "" {
			name, value = s.Label(), format.Percent(s.Error(c.Row))
		}
		if family, stage, ok := columns.Stage(name); ok {
			name = family + "1, " + family + "2 …"
			if last := len(c.Facts) - 1; stage > 1 && last >= 0 && c.Facts[last].Key == name {
				c.Facts[last].Value += ", " + value
				continue
			}
		}
		c.Facts = append(c.Facts, Fact{name, value})
	}
	for _, f := range []Fact{{"trainings", c.Trainings}, {"fresh mean [95 %]", c.Fresh}} {
		if f.Value != "" {
			c.Facts = append(c.Facts, f)
		}
	}
	if c.Run == 0 {
		return nil
	}
	run := s.RunOf(c.Row)
	c.Commands = commands(run, c.ID)
	return c.descend(s, run)
}

// descend adds the spaces that the model's derives from, the oldest first.
func (c *Card) descend(s *analysis.Study, run rundir.Dir) error {
	spaces, err := s.Strings("space")
	if err != nil {
		return err
	}
	config, err := rundir.ReadConfig(run)
	if err != nil {
		return err
	}
	for _, def := range config.Sample.Spaces {
		if def.Name != spaces[c.Row] {
			continue
		}
		l, err := lineage(run.Config(), def)
		if err != nil {
			return err
		}
		var steps []string
		for _, step := range l.Steps {
			steps = append(steps, step.Name)
		}
		if len(steps) > 1 {
			c.Facts = append(c.Facts, Fact{"lineage", strings.Join(steps, " → ")})
		}
	}
	return nil
}

// WriteCard writes the card of the model with an id as a page of its own.
func WriteCard(w io.Writer, s *analysis.Study, id string) error {
	cards, err := Cards(s)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(cards, func(c Card) bool { return c.ID == id })
	if i < 0 {
		return fmt.Errorf("no model %s", id)
	}
	if err := cards[i].describe(s); err != nil {
		return err
	}
	return page.ExecuteTemplate(w, "card.html", struct {
		Card
		Style template.CSS
	}{cards[i], pagestyle.CSS()})
}
