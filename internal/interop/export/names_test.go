package export

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/testpython"
	"designspace/space"
)

// No name of a model is run by the Python that reads what was exported.
func TestNamesAreNoCode(t *testing.T) {
	python := testpython.Find(t)
	for _, name := range []string{
		"\nHIT = 1", "\rHIT = 1", "\r\nHIT = 1", `"""` + "\nHIT = 1", `\"""` + "\nHIT = 1", "\u2028HIT = 1", "\fHIT = 1",
		"-*- coding: utf-7 -*- +AAo-HIT = 1+AAo-#", "vim: set fileencoding=utf_7 : +AAo-HIT = 1+AAo-#", "coding:coding: utf-7 +AAo-HIT = 1+AAo-#",
		"\n# coding: utf-7 +AAo-HIT = 1", `" + exit() + "`, "{{.Title}}", "\x00",
	} {
		m, err := space.ReadModel("m.yaml", []byte("{stem: simple, stem_width: 32, block: x, classes: 10, input: 32, regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, g: 8}}"))
		if err != nil {
			t.Fatal(err)
		}
		m.Name = name
		var timm, torch bytes.Buffer
		if err := Timm(&timm, m); err != nil {
			t.Fatal(err)
		}
		if err := PyTorch(&torch, m, nil, false); err != nil {
			t.Fatal(err)
		}
		for format, text := range map[string][]byte{"timm": timm.Bytes(), "pytorch": torch.Bytes()} {
			path := filepath.Join(t.TempDir(), "x.py")
			if err := os.WriteFile(path, text, 0o666); err != nil {
				t.Fatal(err)
			}
			const names = "import ast, sys; print([n.id for n in ast.walk(ast.parse(open(sys.argv[1], 'rb').read())) if isinstance(n, ast.Name)])"
			if out := testpython.Run(t, python, "-c", names, path); strings.Contains(string(out), "'HIT'") || strings.Contains(string(out), "'exit'") {
				t.Errorf("%s: %q is code:\n%.200s", format, name, text)
			}
		}
	}
}
