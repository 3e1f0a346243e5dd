// Package compose holds a fleet on one machine: a compose file with official
// images and the image of probity itself. It is read strictly here, as far as
// it uses the format; to run it is in deploy/README.md.
package compose

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

type service struct {
	Image, Restart string
	Build          struct{ Context, Dockerfile string }
	Command        any
	Grace          string            `yaml:"stop_grace_period"`
	ReadOnly       bool              `yaml:"read_only"`
	CapDrop        []string          `yaml:"cap_drop"`
	SecurityOpt    []string          `yaml:"security_opt"`
	EnvFile        []string          `yaml:"env_file"`
	Environment    map[string]string `yaml:"environment"`
	Volumes        []string
	Tmpfs          []string
	Secrets        []string
	Ports          []string
	Networks       []string
	Profiles       []string
	Ulimits        map[string]any
	Deploy         struct{ Replicas int }
	DependsOn      map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck    struct {
		Test              []string
		Interval, Timeout string
		Retries           int
		StartPeriod       string `yaml:"start_period"`
	}
}

type file struct {
	Name     string
	Probity  any `yaml:"x-probity"`
	Crawl    any `yaml:"x-crawl"`
	Services map[string]service
	Secrets  map[string]struct{ File string }
	Networks map[string]struct{ Internal bool }
	Volumes  map[string]struct{}
}

func read(t *testing.T) (f file) {
	t.Helper()
	b, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

// ours tells the services that run probity, by role.
func (f file) ours(t *testing.T) map[string][]service {
	t.Helper()
	roles := map[string][]service{}
	for name, s := range f.Services {
		if s.Image != "probity:latest" {
			continue
		}
		command, ok := s.Command.([]any)
		role, _ := command[len(command)-1].(string)
		if !ok || !strings.HasPrefix(name, role) {
			t.Errorf("%s runs %v", name, s.Command)
		}
		for range max(1, s.Deploy.Replicas) {
			roles[role] = append(roles[role], s)
		}
	}
	return roles
}

func TestTwoOfEachRoleRunWithoutRights(t *testing.T) {
	t.Parallel()
	roles := read(t).ours(t)
	for _, role := range []string{"crawl", "extract", "evaluate", "serve"} {
		if len(roles[role]) != 2 {
			t.Errorf("%d of %s", len(roles[role]), role)
		}
		for _, s := range roles[role] {
			if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.SecurityOpt) == 0 || s.Grace == "" || len(s.Healthcheck.Test) == 0 || len(s.DependsOn) != 3 {
				t.Errorf("%s: %+v", role, s)
			}
		}
	}
	if len(roles) != 4 {
		t.Errorf("%d roles", len(roles))
	}
}

// What a crawler has not uploaded stands on its own volume alone.
func TestEveryCrawlerHasANameAndAVolumeOfItsOwn(t *testing.T) {
	t.Parallel()
	f, seen := read(t), map[string]bool{}
	for name, s := range f.Services {
		if !strings.HasPrefix(name, "crawl") {
			continue
		}
		at := slices.IndexFunc(s.Volumes, func(v string) bool { return strings.HasSuffix(v, ":/data") })
		if at < 0 || s.Environment["PROBITY_WORKER"] != name || seen[s.Volumes[at]] || s.Deploy.Replicas > 1 {
			t.Errorf("%s: worker %q, volumes %v", name, s.Environment["PROBITY_WORKER"], s.Volumes)
			continue
		}
		seen[s.Volumes[at]] = true
	}
}

func TestWhatIsNamedIsThere(t *testing.T) {
	t.Parallel()
	f := read(t)
	for name, s := range f.Services {
		f.holdNames(t, name, s)
		f.holdVolumes(t, name, s)
	}
}

func (f file) holdNames(t *testing.T, name string, s service) {
	t.Helper()
	if _, tag, ok := strings.Cut(s.Image, ":"); !ok || tag == "latest" && s.Build.Dockerfile == "" {
		t.Errorf("%s: image %s: want a version", name, s.Image)
	}
	for _, n := range s.Networks {
		if _, ok := f.Networks[n]; !ok {
			t.Errorf("%s: no network %s", name, n)
		}
	}
	for _, x := range s.Secrets {
		if f.Secrets[x].File == "" {
			t.Errorf("%s: no secret %s", name, x)
		}
	}
	for d, how := range s.DependsOn {
		if len(f.Services[d].Healthcheck.Test) == 0 || how.Condition != "service_healthy" {
			t.Errorf("%s waits for %s, which cannot say when it is healthy", name, d)
		}
	}
}

func (f file) holdVolumes(t *testing.T, name string, s service) {
	t.Helper()
	for _, v := range s.Volumes {
		from, _, _ := strings.Cut(v, ":")
		if _, ok := f.Volumes[from]; !ok && !strings.HasPrefix(from, ".") {
			t.Errorf("%s: no volume %s", name, from)
		}
		if _, err := os.Stat(from); strings.HasSuffix(v, "yaml:ro") && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingIsOpenToOthersAndStoresHaveNoWayOut(t *testing.T) {
	t.Parallel()
	f := read(t)
	for name, s := range f.Services {
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to others", name, p)
			}
		}
		for k, v := range s.Environment {
			if secret := strings.Contains(k, "PASSWORD") || strings.Contains(k, "SECRET") || strings.Contains(k, "TOKEN"); secret && !strings.HasPrefix(v, "/run/secrets/") {
				t.Errorf("%s: %s: a secret comes from a file", name, k)
			}
		}
	}
	for _, store := range []string{"redis", "elasticsearch", "s3"} {
		if s := f.Services[store]; !slices.Equal(s.Networks, []string{"fleet"}) || len(s.Ports) > 0 {
			t.Errorf("%s: networks %v, ports %v", store, s.Networks, s.Ports)
		}
	}
	if !f.Networks["fleet"].Internal {
		t.Error("fleet has a way out")
	}
}
