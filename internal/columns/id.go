package columns

import (
	"fmt"
	"slices"
	"strings"
)

// CheckID reports an id that is no name of a model but a path to somewhere: one
// with a part that is empty or begins with a dot, or with a zero byte. Names such
// as timm/regnetx_002 are good, and so is "", for a model without one.
func CheckID(id string) error {
	parts := strings.Split(strings.ReplaceAll(id, `\`, "/"), "/")
	astray := func(part string) bool { return part == "" || part[0] == '.' }
	if id != "" && slices.ContainsFunc(parts, astray) || strings.Contains(id, "\x00") {
		return fmt.Errorf("id %q is a path: give the model another name", id)
	}
	return nil
}
