// Package apitest checks what the packages of the module show to others.
package apitest

import (
	"encoding/json"
	"errors"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A listed is what the go command says of a package.
type listed struct {
	ImportPath, Name string
	Export           string // file of the compiler's export data
	Module           *struct{ Main bool }
}

// list returns the packages of the module with all that they import.
func list(t *testing.T) map[string]listed {
	t.Helper()
	c := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Name,Export,Module", "designspace/...")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]listed{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
}

// What a library user can call has no type that only this module can name.
func TestNoInternalTypes(t *testing.T) {
	packages := list(t)
	open := func(path string) (io.ReadCloser, error) { return os.Open(packages[path].Export) }
	imp := importer.ForCompiler(token.NewFileSet(), "gc", open)
	public := 0
	for path, p := range packages {
		if p.Module == nil || !p.Module.Main || p.Name == "main" || internal(path) {
			continue
		}
		public++
		pkg, err := imp.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		w := walker{t: t, pkg: pkg, seen: map[types.Type]bool{}}
		for _, name := range pkg.Scope().Names() {
			if o := pkg.Scope().Lookup(name); o.Exported() {
				w.walk(name, o.Type())
			}
		}
	}
	if public < 8 {
		t.Errorf("%d public packages were looked at", public)
	}
}

func internal(path string) bool { return strings.Contains("/"+path+"/", "/internal/") }

// A walker visits what a package shows.
type walker struct {
	t    *testing.T
	pkg  *types.Package
	seen map[types.Type]bool
}

// walk visits a type that is reached by exported names.
func (w *walker) walk(at string, t types.Type) {
	if w.seen[t] {
		return
	}
	w.seen[t] = true
	switch t := t.(type) {
	case *types.Alias:
		w.named(at, t.Obj(), t.TypeArgs())
		w.walk(at, t.Rhs())
	case *types.Named:
		w.named(at, t.Obj(), t.TypeArgs())
		if t.Obj().Pkg() != w.pkg {
			return
		}
		w.walk(at, t.Underlying())
		for m := range t.Methods() {
			if m.Exported() {
				w.walk(at+"."+m.Name(), m.Type())
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() || f.Embedded() {
				w.walk(at+"."+f.Name(), f.Type())
			}
		}
	case *types.Signature:
		for _, vars := range []*types.Tuple{t.Params(), t.Results()} {
			for v := range vars.Variables() {
				w.walk(at, v.Type())
			}
		}
		for p := range t.TypeParams().TypeParams() {
			w.walk(at, p.Constraint())
		}
	case *types.Interface:
		for m := range t.Methods() {
			w.walk(at+"."+m.Name(), m.Type())
		}
		for e := range t.EmbeddedTypes() {
			w.walk(at, e)
		}
	case *types.Map:
		w.walk(at, t.Key())
		w.walk(at, t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		w.walk(at, t.Elem())
	}
}

func (w *walker) named(at string, o *types.TypeName, args *types.TypeList) {
	if o.Pkg() != nil && internal(o.Pkg().Path()) {
		w.t.Errorf("%s.%s shows %s.%s", w.pkg.Path(), at, o.Pkg().Path(), o.Name())
	}
	for a := range args.Types() {
		w.walk(at, a)
	}
}
