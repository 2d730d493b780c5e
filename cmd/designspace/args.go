package main

import (
	"fmt"
	"strings"

	"designspace/internal/suggest"
)

// flagNames says of each flag's name, without dashes, whether it takes a value.
type flagNames map[string]bool

// formerly holds the flags that had another name before, which still works.
var formerly = map[string]string{"to": "out", "format": "as"}

// current returns the name that a flag has now.
func (f flagNames) current(name string) string {
	_, known := f[name]
	if now, renamed := formerly[name]; renamed && !known {
		return now
	}
	return name
}

// reorder moves the flags among args before the positional arguments and
// separates the two by "--", so that flags may stand anywhere. The value of a
// flag follows it or is joined to it by "=". An argument "--" ends the flags;
// "-" is positional. It is an error if a flag is unknown or lacks its value.
func reorder(flags flagNames, args []string) ([]string, error) {
	var first, rest []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			rest = append(rest, arg)
			continue
		}
		name, value, joined := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		now := flags.current(name)
		takesValue, known := flags[now]
		switch {
		case !known:
			return nil, unknown(flags, arg, name)
		case now == name:
			first = append(first, arg)
		case joined:
			first = append(first, dashed(now)+"="+value)
		default:
			first = append(first, dashed(now))
		}
		if takesValue && !joined {
			i++
			if i == len(args) {
				return nil, fmt.Errorf("flag %s: no value follows it: write %s VALUE", arg, arg)
			}
			first = append(first, args[i])
		}
	}
	return append(append(first, "--"), rest...), nil
}

func unknown(flags flagNames, arg, name string) error {
	var names []string
	for n := range flags {
		names = append(names, n)
	}
	if near, ok := suggest.Nearest(name, names); ok {
		return fmt.Errorf("flag %s: unknown: did you mean %s?", arg, dashed(near))
	}
	return fmt.Errorf("flag %s: unknown: see --help", arg)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
