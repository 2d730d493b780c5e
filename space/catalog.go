package space

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/bounded"
	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
)

//go:embed catalog
var catalog embed.FS

// Names returns the spaces of the catalog, sorted.
func Names() []string {
	return slices.DeleteFunc(catalogNames(), func(name string) bool { return strings.HasPrefix(name, peers) })
}

// ModelNames returns the models of the catalog, sorted.
func ModelNames() []string {
	return slices.DeleteFunc(catalogNames(), func(name string) bool { return !strings.HasPrefix(name, peers) })
}

// peers is where the catalog keeps published models.
const peers = "peers/"

func catalogNames() []string {
	files, err := fs.Glob(catalog, "catalog/*/*.yaml")
	if err != nil {
		panic(err) // the pattern is malformed
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(f, "catalog/"), ".yaml")
	}
	slices.Sort(files)
	return files
}

// maxFile bounds the files that are read, in bytes.
const maxFile = 1 << 20

// A part is the spaces or the models of the catalog.
type part struct {
	is    string
	other string // what the rest of the catalog is
	names func() []string
}

var (
	spaces = part{"a design space", "a model", Names}
	models = part{"a model", "a design space, from which sample draws models", ModelNames}
)

// open returns the YAML of a name of the catalog, or else of the file at path,
// and what its errors call it.
func (p part) open(name, path string) (file string, data []byte, err error) {
	if slices.Contains(p.names(), name) {
		data, err = catalog.ReadFile("catalog/" + name + ".yaml")
		return name, data, err
	}
	info, err := os.Stat(path)
	switch ext := filepath.Ext(name); {
	case err != nil && slices.Contains(catalogNames(), name):
		return "", nil, fmt.Errorf("%s: this is %s: name %s", name, p.other, p.is)
	case err != nil && ext != ".yaml" && ext != ".yml":
		return "", nil, fmt.Errorf("%s: neither in the catalog nor a file; %s", name, suggest.Known(name, p.names()))
	case err != nil:
		return "", nil, err
	case info.IsDir():
		return "", nil, fmt.Errorf("%s: this is a directory: name %s of the catalog or a YAML file", name, p.is)
	case ext == ".csv":
		return "", nil, fmt.Errorf("%s: this is a table: name %s of the catalog or a YAML file", name, p.is)
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return "", nil, fmt.Errorf("%s: not a file of YAML up to %d bytes", name, maxFile)
	}
	data, err = bounded.ReadFile(path, maxFile)
	return path, data, err
}

// check reports the first of the keys that only the other kind has.
func (p part) check(doc *strictyaml.Document, others ...string) error {
	for _, key := range others {
		if at := doc.At(key); at.Exists() {
			return at.Errorf("this is %s: name %s", p.other, p.is)
		}
	}
	return nil
}

// LoadModel reads a model of the catalog, such as peers/regnetx-200mf, or a
// file.
func LoadModel(nameOrPath string) (*Model, error) {
	file, data, err := models.open(nameOrPath, nameOrPath)
	if err != nil {
		return nil, err
	}
	m, err := ReadModel(file, data)
	if err == nil && slices.Contains(ModelNames(), nameOrPath) {
		m.Name = nameOrPath
	}
	return m, err
}

// Load reads a space of the catalog, such as proxy/regnetx, or a file.
func Load(nameOrPath string) (*Space, error) {
	file, data, err := spaces.open(nameOrPath, nameOrPath)
	if err != nil {
		return nil, err
	}
	return Read(file, data)
}

// Read reads a space in YAML. File stands in errors, and a relative path in
// extends or variant_of is relative to its directory.
func Read(file string, data []byte) (*Space, error) { return read(file, data, nil) }

// read is Read for a space from which the files in heirs derive.
func read(file string, data []byte, heirs []string) (*Space, error) {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	if err := spaces.check(doc, "depths", "regnet"); err != nil {
		return nil, err
	}
	ref, err := parentRef(doc)
	if err != nil {
		return nil, err
	}
	var parent *Space
	if ref.Exists() {
		if parent, err = readParent(ref, file, append(heirs, file)); err != nil {
			return nil, err
		}
	}
	return build(doc, parent)
}

// parentRef returns the value of extends or variant_of, if the space has one.
func parentRef(doc *strictyaml.Document) (*strictyaml.Document, error) {
	extends, variant := doc.At("extends"), doc.At("variant_of")
	if extends.Exists() && variant.Exists() {
		return nil, variant.Errorf("a space extends another or is a variant of one; keep one of the two")
	}
	if extends.Exists() {
		return extends, nil
	}
	return variant, nil
}

// maxLineage bounds how long a chain of spaces can be.
const maxLineage = 32

// readParent reads the space that ref names in a file.
func readParent(ref *strictyaml.Document, file string, heirs []string) (*Space, error) {
	var name string
	if err := ref.Decode(&name); err != nil {
		return nil, err
	}
	place := filepath.FromSlash(name)
	if !filepath.IsAbs(place) {
		place = filepath.Join(filepath.Dir(file), place)
	}
	parentFile, data, err := spaces.open(name, place)
	if err != nil {
		return nil, ref.Errorf("%v", err)
	}
	if slices.Contains(heirs, parentFile) || len(heirs) > maxLineage {
		return nil, ref.Errorf("%s derives from this space, or from too many others", name)
	}
	return read(parentFile, data, heirs)
}
