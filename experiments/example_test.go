package experiments_test

import (
	"fmt"
	"log"
	"strings"

	"designspace/experiments"
)

// A claim is stated before anything is trained, and then judged from the tables
// of its populations.
func Example() {
	definition, err := experiments.Parse("deep.yaml", []byte(`
name: deep
paper: arXiv 2003.13678
figure: "1"
claim: Deep networks have lower errors than wide ones.
hypothesis: The mean error of deep is below that of wide.
populations:
  - {label: deep, space: proxy/anynetxa}
  - {label: wide, space: proxy/regnetx}
statistic: {mean: {claims: [deep < wide]}}
confirms: The interval of the difference is below 0.
refutes: It is above 0.
`))
	if err != nil {
		log.Fatal(err)
	}
	var samples []*experiments.Sample
	for k, p := range definition.Populations {
		table := "error,status\n"
		for i := range 40 {
			table += fmt.Sprintf("%d,done\n", 30+10*k+i%10)
		}
		s, err := experiments.ReadSample(p.Label, p.Label+".csv", strings.NewReader(table))
		if err != nil {
			log.Fatal(err)
		}
		samples = append(samples, s)
	}
	outcome, err := definition.Judge(samples)
	if err != nil {
		log.Fatal(err)
	}
	f := outcome.Main()
	fmt.Printf("%s: %s is %.0f %s\n", outcome.Verdict, f.Quantity, f.Effect, f.Unit)
	// Output: confirmed: mean error of deep less that of wide is -10 percentage points
}

func ExampleFind() {
	d, err := experiments.Find("sharing")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, figure %s: %s\n", d.Paper, d.Figure, d.Claim)
	// Output: arXiv 2003.13678, figure 5 left: Sharing one bottleneck ratio, and one group width too, over all stages changes nothing.
}
