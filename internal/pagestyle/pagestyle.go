// Package pagestyle has the style sheet of every page that the program writes or
// serves.
package pagestyle

import (
	_ "embed" // of the style sheet
	"html/template"
)

//go:embed page.css
var css string

// CSS returns the style sheet.
func CSS() template.CSS { return template.CSS(css) }
