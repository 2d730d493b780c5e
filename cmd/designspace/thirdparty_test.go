package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// thirdPartyHead is how THIRD_PARTY.md begins.
const thirdPartyHead = `# Work of others in the program

The program ` + "`designspace`" + ` is linked from these Go modules. Their licences stand in full in the sources of each, which
` + "`go mod download`" + ` fetches.

| module | version | licence | copyright |
|---|---|---|---|
`

// phrases tell licences by a sentence that only they have; the first counts.
var phrases = []struct{ licence, phrase string }{
	{"OFL-1.1", "SIL OPEN FONT LICENSE Version 1.1"},
	{"FTL or GPL-2.0-or-later", "The FreeType License, which is similar"},
	{"Apache-2.0", "Apache License Version 2.0"},
	{"CC-BY-4.0", "Creative Commons Attribution 4.0 International"},
	{"BSD-3-Clause", "endorse or promote products derived from this software"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce the above copyright"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
}

// licenceOf names a licence, "" if it is none that this program may be linked with.
func licenceOf(text string) string {
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "\n>", "\n")), " ")
	for _, p := range phrases {
		if strings.Contains(text, p.phrase) {
			return p.licence
		}
	}
	return ""
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)`)
	noticeFile  = regexp.MustCompile(`(?i)^notice`)
	copyright   = regexp.MustCompile(`(?im)^[>\s*]*((?:digitized data )?copyright (?:\(c\)|©|\d{4}).*?)(?: all rights reserved\.?)?[\s*]*$`)
)

// authors are those of modules whose licence files name no copyright.
var authors = map[string]string{
	"github.com/ajstarks/svgo":   "Anthony Starks",
	"github.com/golang/freetype": "The Freetype-Go Authors; portions of it are copyright © 1996-2010 The FreeType Project (www.freetype.org)",
}

// thirdPartyRow is the row of a module whose sources lie in dir.
func thirdPartyRow(module, version, dir string) (string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var licences, holders []string
	for _, f := range files {
		isLicence := licenceFile.MatchString(f.Name())
		if f.IsDir() || !isLicence && !noticeFile.MatchString(f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return "", err
		}
		if name := licenceOf(string(text)); isLicence {
			if name == "" {
				return "", fmt.Errorf("%s: %s is of no known licence", module, f.Name())
			}
			licences = append(licences, name)
		}
		for _, m := range copyright.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(m[1], "[yyyy]") { // of Apache's appendix
				holders = append(holders, m[1])
			}
		}
	}
	if unnamed := authors[module]; unnamed != "" {
		holders = append(holders, unnamed)
	}
	if len(licences) == 0 || len(holders) == 0 {
		return "", fmt.Errorf("%s names no licence or no copyright", module)
	}
	join := func(list []string) string {
		var once []string
		for _, s := range list {
			if !slices.Contains(once, s) {
				once = append(once, s)
			}
		}
		return strings.Join(once, "; ")
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", module, version, join(licences), join(holders)), nil
}

// THIRD_PARTY.md names every module that is linked, at its version, with a
// licence that is known. After a change of go.mod:
//
//	go test ./cmd/designspace -run ThirdParty -update
func TestThirdParty(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
		`{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`, ".")
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := slices.Collect(strings.Lines(string(out)))
	slices.Sort(modules)
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := thirdPartyRow("Go's standard library", "", strings.TrimSpace(string(root)))
	if err != nil {
		t.Fatal(err)
	}
	want = thirdPartyHead + want
	for _, m := range slices.Compact(modules) {
		f := strings.SplitN(strings.TrimSpace(m), " ", 3)
		row, err := thirdPartyRow(f[0], f[1], f[2])
		if err != nil {
			t.Fatal(err)
		}
		want += row
	}
	const path = "../../THIRD_PARTY.md"
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("THIRD_PARTY.md is not of the modules in go.mod: write it anew by go test ./cmd/designspace -run ThirdParty -update (-want +got):\n%s", d)
	}
}
