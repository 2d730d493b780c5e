package results_test

import (
	"fmt"
	"log"
	"strings"

	"designspace/edf"
	"designspace/trainer/results"
)

// The error distribution of every population of a table. A model that diverged
// counts with an error of 100, one that failed does not count.
func ExampleReadCSV() {
	table := strings.NewReader(`space,error,status
wide,31.5,done
wide,44.0,done
wide,,diverged
deep,28.0,done
deep,35.5,done
deep,,failed
`)
	populations, err := results.ReadCSV(table, results.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range populations {
		f, err := edf.New(p.Errors)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: n %d, failed %d, median %.1f %%, F(40) = %.2f\n", p.Name, f.Len(), p.Failed, f.Median(), f.At(40))
	}
	// Output:
	// wide: n 3, failed 0, median 44.0 %, F(40) = 0.33
	// deep: n 2, failed 1, median 31.8 %, F(40) = 1.00
}
