package plots_test

import (
	"bytes"
	"fmt"
	"math"

	"designspace/edf"
	"designspace/plots"
)

// Two populations, of which one model diverged and one has no error.
var populations = []edf.Population{
	{Name: "AnyNetXA", Errors: []float64{31.5, 36.2, 28.9, 41.0, 100, 33.3, math.NaN(), 35.1}},
	{Name: "RegNetX", Errors: []float64{27.4, 29.8, 26.1, 31.2, 28.8, 30.5, 27.9, 26.6}},
}

func ExampleEDF() {
	f, err := plots.EDF(populations, plots.EDFOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	width, height := f.Size()
	fmt.Printf("%.0f mm wide, %.0f mm high\n", width, height)
	for _, n := range f.Notes() {
		fmt.Println(n)
	}
	var svg bytes.Buffer
	if err := f.Write(&svg, "svg"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 85 mm wide, 73 mm high
	// AnyNetXA: 1 diverged model beyond the axis, counted in n, F and mean.
	// AnyNetXA: 1 value left out (not finite).
}

func ExampleTerminal() {
	text, err := plots.Terminal(populations, plots.TerminalOptions{Columns: 40, Rows: 10, ASCII: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(text)
	// Output:
	// 1.00 +            BBBBBBBBBBBBBBBBBBBBBB
	//      |          BB                     A
	//      |       BBB             AAAAAAAAAA
	// 0.50 +     BB         AAAAAAA
	//      |    B        AAA
	//      | BBB   AAAAAA
	// 0.00 +BAAAAAA
	//      +---------+----------+---------+---
	//               30         35        40
	//                   error (%)
	//             n| min|mean
	// A AnyNetXA  7|28.9|43.7
	// B RegNetX   8|26.1|28.5
	// AnyNetXA: 1 diverged model beyond the axis, counted in n, F and mean.
	// AnyNetXA: 1 value left out (not finite).
}

func ExampleParetoFront() {
	flops := []float64{2e6, 4e6, 4e6, 8e6}
	errors := []float64{35, 30, 33, 31}
	fmt.Println(plots.ParetoFront(flops, errors))
	// Output: [0 1]
}

func ExampleModels() {
	f, err := plots.Models([]plots.Model{{
		Name:   "RegNet, d = 5, w0 = 24, wa = 24, wm = 2",
		Depths: []int{1, 2, 2}, Widths: []int{24, 48, 96},
		Linear:    []float64{24, 48, 72, 96, 120},
		Quantised: []float64{24, 48, 48, 96, 96},
	}}, plots.ModelsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := f.Save("model.gif"); err != nil {
		fmt.Println(err)
	}
	// Output: model.gif: no figure format for extension "gif": use .svg, .png or .pdf
}
