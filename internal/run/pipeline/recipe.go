package pipeline

import (
	"os"
	"slices"
	"strings"

	"designspace/internal/strictyaml"
	"designspace/trainer"
)

// LoadRecipe returns the recipe of a name, or the default one with the changes
// that a YAML file makes.
func LoadRecipe(nameOrFile string) (trainer.Recipe, error) {
	isFile := strings.HasSuffix(nameOrFile, ".yaml") || strings.HasSuffix(nameOrFile, ".yml")
	if slices.Contains(trainer.PresetNames(), nameOrFile) || !isFile {
		return trainer.Preset(nameOrFile)
	}
	r, err := trainer.Preset("proxy")
	if err != nil {
		return r, err
	}
	data, err := os.ReadFile(nameOrFile)
	if err != nil {
		return r, err
	}
	return r, strictyaml.Unmarshal(nameOrFile, data, &r)
}
