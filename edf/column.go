package edf

// A Column is a statistic as tables for a person show it, with a row for every
// [Summary] or every [Comparison].
type Column[T any] struct {
	Name    string
	Meaning string // what it estimates, what its interval covers, and when not to believe it; "": what the name says
	Words   bool   // cells are no numbers

	cell    func(T) string
	heading func([]T) string // nil: the name
	shown   func(T) bool     // nil: always
}

// columnsOf returns those columns that say something of some of the rows, all if
// there are none.
func columnsOf[T any](all []Column[T], rows []T) []Column[T] {
	var cs []Column[T]
	for _, c := range all {
		if c.in(rows) {
			cs = append(cs, c)
		}
	}
	return cs
}

func (c Column[T]) in(rows []T) bool {
	if c.shown == nil || len(rows) == 0 {
		return true
	}
	for _, row := range rows {
		if c.shown(row) {
			return true
		}
	}
	return false
}

// Heading returns the heading of the column over some rows.
func (c Column[T]) Heading(rows []T) string {
	if c.heading == nil {
		return c.Name
	}
	return c.heading(rows)
}

// Cell returns what the column says of one.
func (c Column[T]) Cell(row T) string { return c.cell(row) }

// withInterval heads a column of estimates with their intervals.
func withInterval[T any](name string) func([]T) string {
	return func([]T) string { return name + " [95 %]" }
}

// SummaryColumns returns the columns of a table of populations, all that there
// are if it has none.
func SummaryColumns(rows []Summary) []Column[Summary] { return columnsOf(summaryColumns, rows) }

// ComparisonColumns returns the columns of a table of comparisons, all that there
// are if it has none.
func ComparisonColumns(rows []Comparison) []Column[Comparison] {
	return columnsOf(comparisonColumns, rows)
}
