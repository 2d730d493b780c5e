package pipeline

import (
	"strings"

	"designspace/internal/bounded"
	"designspace/internal/strictyaml"
	"designspace/trainer"
)

// IsRecipeFile reports whether LoadRecipe takes a name for that of a file.
func IsRecipeFile(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// LoadRecipe returns the recipe of a name, or the default one with the changes
// that a YAML file makes.
func LoadRecipe(nameOrFile string) (trainer.Recipe, error) {
	if !IsRecipeFile(nameOrFile) {
		return trainer.Preset(nameOrFile)
	}
	r, err := trainer.Preset("proxy")
	if err != nil {
		return r, err
	}
	data, err := bounded.ReadFile(nameOrFile, 1<<20)
	if err != nil {
		return r, err
	}
	return r, strictyaml.Unmarshal(nameOrFile, data, &r)
}
