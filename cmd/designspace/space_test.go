package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

// Every space of the catalog, printed as YAML, is read back as the same space,
// from which the same models are drawn.
func TestSpaceYAML(t *testing.T) {
	for _, name := range space.Names() {
		file := filepath.Join(t.TempDir(), "space.yaml")
		if err := os.WriteFile(file, []byte(printed(t, "space", "show", name, "--format", "yaml")), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"yaml", "text"} {
			want, got := printed(t, "space", "show", name, "--format", format), printed(t, "space", "show", file, "--format", format)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s as %s:\n%s", name, format, diff)
			}
		}
		if diff := cmp.Diff(drawn(t, name), drawn(t, file)); diff != "" {
			t.Errorf("%s: models:\n%s", name, diff)
		}
	}
}

// drawn are a few models of a space.
func drawn(t *testing.T, source string) []rundir.Entry {
	t.Helper()
	p, err := pipeline.Sample(t.Context(), pipeline.Draw{Spaces: []string{source}, N: 2, Seed: 1, Version: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return p.Entries
}

// Every recipe, printed, is read back as the same recipe.
func TestRecipeYAML(t *testing.T) {
	for _, p := range trainer.Presets() {
		file := filepath.Join(t.TempDir(), "recipe.yaml")
		if err := os.WriteFile(file, []byte(printed(t, "recipe", "show", p.Name)), 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := pipeline.LoadRecipe(file)
		if err != nil || r != p.Recipe || r.Label() != p.Name || p.About == "" {
			t.Errorf("%s: %+v, %v", p.Name, r, err)
		}
	}
}
