package evolve

import (
	_ "embed" // of the page
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"strings"

	"designspace/edf"
	"designspace/internal/atomicfile"
	"designspace/internal/format"
	"designspace/internal/pagestyle"
	"designspace/internal/run/rundir"
	"designspace/plots"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"percent": format.Percent, "level": func(x float64) string { return format.Number(100*x) + " %" }, "count": format.Count,
	"whole": func(x float64) string { return fmt.Sprintf("%.0f", x) },
	"short": func(x float64) string { return fmt.Sprintf("%.4f", x) },
	"mean":  meanOf, "difference": differenceOf,
}).Parse(pageText))

// Page is the page of the lineage.
func (d *Directory) Page() string { return filepath.Join(d.Dir, "evolve.html") }

// savePage writes the page.
func (d *Directory) savePage(l *Lineage) error {
	view := struct {
		*Lineage
		Setup   Setup
		Style   template.CSS
		Tree    []branch
		Final   template.HTML
		Command string
		Version string
	}{
		Lineage: l, Setup: d.Setup, Style: pagestyle.CSS(), Tree: l.tree(), Version: d.Version,
		Command: "designspace evolve --out " + rundir.Dir(d.Dir).Word(),
	}
	for i := range view.Tree {
		n := &view.Tree[i]
		if n.Judgement == nil {
			continue
		}
		var err error
		if n.Figure, err = figure(n.Judgement.populations, "Error distributions of parent and child, fresh models"); err != nil {
			return err
		}
	}
	if l.End != nil {
		var err error
		if view.Final, err = figure(l.End.populations, "Error distributions on untouched images"); err != nil {
			return err
		}
	}
	return atomicfile.Write(d.Page(), func(w io.Writer) error { return page.Execute(w, view) })
}

// A branch is a space where it stands in the tree.
type branch struct {
	Node
	Depth  int
	Figure template.HTML // "" if there is nothing to draw
}

// tree lists the spaces, each before its children.
func (l *Lineage) tree() (list []branch) {
	var below func(parent string, depth int)
	below = func(parent string, depth int) {
		for _, n := range l.Spaces {
			if n.Parent == parent {
				list = append(list, branch{Node: n, Depth: depth})
				below(n.Name, depth+1)
			}
		}
	}
	below("", 0)
	return list
}

func figure(ps []Population, text string) (template.HTML, error) {
	var list []edf.Population
	for _, p := range ps {
		if len(p.Errors) > 0 {
			list = append(list, p.Population)
		}
	}
	if len(list) == 0 {
		return "", nil
	}
	f, err := plots.EDF(list, plots.EDFOptions{Page: plots.Page{Width: 120}})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = f.Inline(&b, text)
	return template.HTML(b.String()), err
}

// Answer says in a sentence what came of it.
func (l *Lineage) Answer() string {
	last, cost := l.Last(), l.Cost()
	spent := fmt.Sprintf("%s of %s were trained for that", format.Count(cost.Models, "model"), format.Count(len(l.Spaces), "space"))
	if last.Parent == "" {
		return fmt.Sprintf("No refinement of %s is justified. %s.", last.Name, spent)
	}
	n := 0
	for _, s := range l.Spaces {
		if s.Judgement != nil && s.Judgement.Accepted {
			n++
		}
	}
	return fmt.Sprintf("%s of %s justified: the space is now %s. %s.", format.Count(n, "refinement"), l.Spaces[0].Name+map[bool]string{true: " is", false: " are"}[n == 1], last.Name, spent)
}
