package format

import "os"

func ExampleTable() {
	Table(os.Stdout, []string{"space", "n", "error", "verdict"}, [][]string{
		{"proxy/anynetxa", "8", "-1.5", "worse"},
		{"µ", "128", "", "~"},
		{"short", "-", ".25 (0–1)"},
	})
	// Output:
	// space             n      error  verdict
	// proxy/anynetxa    8       -1.5  worse
	// µ               128             ~
	// short             -  .25 (0–1)
}
