package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// What manifests and compose call a setting must be one, or a fleet would not
// even start.
func TestDeployNamesOnlySettingsThatExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, name := range settings(reflect.TypeFor[Config](), "") {
		known[prefix+strings.ToUpper(strings.ReplaceAll(name, ".", "_"))] = true
	}
	variable := regexp.MustCompile(`\bPROBITY_[A-Z][A-Z_]*[A-Z]\b`)
	for _, pattern := range []string{"deploy/README.md", "deploy/kubernetes/*.yaml", "deploy/compose/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil || strings.HasSuffix(file, ".go") {
				continue // a folder, or a test of them
			}
			for _, v := range variable.FindAllString(string(b), -1) {
				if !known[v] {
					t.Errorf("%s: no setting %s", file, v)
				}
			}
		}
	}
}

func TestDeployedSettingsAreRead(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("deploy/kubernetes/settings.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var configMap struct {
		Data map[string]string `yaml:"data"`
	}
	if err := yaml.NewDecoder(strings.NewReader(string(b))).Decode(&configMap); err != nil {
		t.Fatal(err)
	}
	mapped := filepath.Join(t.TempDir(), "probity.yaml")
	if err := os.WriteFile(mapped, []byte(configMap.Data["probity.yaml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{mapped, "deploy/compose/probity.yaml"} {
		c, err := LoadConfig(file, nil, nil)
		if err != nil || c.Data != "/data" {
			t.Errorf("%s: %v", file, err)
		}
	}
}
