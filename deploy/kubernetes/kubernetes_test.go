// Package kubernetes holds the manifests of a fleet, decoded strictly against
// the types of the Kubernetes API and held to what deploy/README.md promises
// of them.
package kubernetes

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	net "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

func roles() []string { return []string{"crawl", "evaluate", "extract", "serve"} }

// A fleet is all that the manifests ask for.
type fleet struct {
	files     []string
	pods      map[string]core.PodTemplateSpec // by role
	selectors map[string]map[string]string    // of the workloads, by role
	crawl     apps.StatefulSet
	settings  core.ConfigMap
	account   core.ServiceAccount
	space     core.Namespace
	services  map[string]core.Service
	budgets   map[string]policy.PodDisruptionBudget
	networks  map[string]net.NetworkPolicy
}

func read(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{
		pods: map[string]core.PodTemplateSpec{}, selectors: map[string]map[string]string{}, services: map[string]core.Service{},
		budgets: map[string]policy.PodDisruptionBudget{}, networks: map[string]net.NetworkPolicy{},
	}
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if name == "kustomization.yaml" {
			continue
		}
		f.files = append(f.files, name)
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for doc := range bytes.SplitSeq(b, []byte("\n---\n")) {
			f.add(t, name, doc)
		}
	}
	return f
}

// strict decodes a document in which every key must be one of the type's.
func strict[T any](t *testing.T, file string, doc []byte) (v T) {
	t.Helper()
	if err := yaml.UnmarshalStrict(doc, &v); err != nil {
		t.Errorf("%s: %v", file, err)
	}
	return v
}

func (f *fleet) add(t *testing.T, file string, doc []byte) {
	t.Helper()
	var is struct {
		Kind    string `json:"kind"`
		Version string `json:"apiVersion"`
	}
	if err := yaml.Unmarshal(doc, &is); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	switch is.Version + " " + is.Kind {
	case "v1 Namespace":
		f.space = strict[core.Namespace](t, file, doc)
	case "v1 ConfigMap":
		f.settings = strict[core.ConfigMap](t, file, doc)
	case "v1 ServiceAccount":
		f.account = strict[core.ServiceAccount](t, file, doc)
	case "v1 Service":
		s := strict[core.Service](t, file, doc)
		f.services[s.Name] = s
	case "apps/v1 StatefulSet":
		f.crawl = strict[apps.StatefulSet](t, file, doc)
		f.pods[f.crawl.Name], f.selectors[f.crawl.Name] = f.crawl.Spec.Template, f.crawl.Spec.Selector.MatchLabels
	case "apps/v1 Deployment":
		d := strict[apps.Deployment](t, file, doc)
		f.pods[d.Name], f.selectors[d.Name] = d.Spec.Template, d.Spec.Selector.MatchLabels
	case "policy/v1 PodDisruptionBudget":
		b := strict[policy.PodDisruptionBudget](t, file, doc)
		f.budgets[b.Name] = b
	case "networking.k8s.io/v1 NetworkPolicy":
		n := strict[net.NetworkPolicy](t, file, doc)
		f.networks[n.Name] = n
	default:
		t.Errorf("%s: %s %s is no kind that this test knows", file, is.Version, is.Kind)
	}
}

func TestAKeyThatTheAPIDoesNotKnowIsRefused(t *testing.T) {
	t.Parallel()
	var d apps.Deployment
	if err := yaml.UnmarshalStrict([]byte("kind: Deployment\nspec: {replica: 2}\n"), &d); err == nil {
		t.Error("spec.replica was taken")
	}
}

func TestEveryRoleRunsAndKustomizationNamesEveryFile(t *testing.T) {
	t.Parallel()
	f := read(t)
	for _, role := range roles() {
		pod, ok := f.pods[role]
		if !ok || len(pod.Spec.Containers) != 1 {
			t.Errorf("%s: want one container", role)
			continue
		}
		if args := pod.Spec.Containers[0].Args; !slices.Equal(args, []string{"-config", "/etc/probity/probity.yaml", "run", role}) {
			t.Errorf("%s runs %v", role, args)
		}
	}
	if len(f.pods) != len(roles()) {
		t.Errorf("%d workloads, want %d", len(f.pods), len(roles()))
	}
	b, err := os.ReadFile("kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	k := strict[struct {
		APIVersion string   `json:"apiVersion"`
		Kind       string   `json:"kind"`
		Namespace  string   `json:"namespace"`
		Resources  []string `json:"resources"`
		Images     []struct {
			Name    string `json:"name"`
			NewName string `json:"newName"`
			NewTag  string `json:"newTag"`
		} `json:"images"`
	}](t, "kustomization.yaml", b)
	slices.Sort(k.Resources)
	if !slices.Equal(k.Resources, f.files) || k.Namespace != f.space.Name {
		t.Errorf("kustomization: namespace %s, resources %v; want %s, %v", k.Namespace, k.Resources, f.space.Name, f.files)
	}
}

func TestSelectorsMeetTheirPods(t *testing.T) {
	t.Parallel()
	f := read(t)
	meets := func(what string, selector map[string]string, role string) {
		for r, pod := range f.pods {
			all := true
			for k, v := range selector {
				all = all && pod.Labels[k] == v
			}
			if all != (r == role) {
				t.Errorf("%s of %s: meets %s: %v", what, role, r, all)
			}
		}
	}
	for role, selector := range f.selectors {
		meets("workload", selector, role)
		meets("disruption budget", f.budgets[role].Spec.Selector.MatchLabels, role)
	}
	for name, s := range f.services {
		meets("service", s.Spec.Selector, name)
		for _, p := range s.Spec.Ports {
			if !slices.ContainsFunc(f.pods[name].Spec.Containers[0].Ports, func(c core.ContainerPort) bool { return c.Name == p.TargetPort.String() }) {
				t.Errorf("service %s: no port %s", name, p.TargetPort.String())
			}
		}
	}
	for _, role := range []string{"crawl", "serve"} {
		meets("network policy", f.networks[role].Spec.PodSelector.MatchLabels, role)
	}
	if f.crawl.Spec.ServiceName != f.services["crawl"].Name || f.services["crawl"].Spec.ClusterIP != core.ClusterIPNone {
		t.Error("a StatefulSet needs the headless service that it names")
	}
}

func TestOneMayGoAtATimeAndTwoStand(t *testing.T) {
	t.Parallel()
	for role, b := range read(t).budgets {
		if b.Spec.MaxUnavailable == nil && b.Spec.MinAvailable == nil {
			t.Errorf("%s: a budget that says nothing", role)
		}
		if n := b.Spec.MaxUnavailable; n != nil && n.IntValue() < 1 {
			t.Errorf("%s: nobody may go: a node could never be drained", role)
		}
	}
}

func TestAManifestNeverHoldsASecret(t *testing.T) {
	t.Parallel()
	for _, name := range read(t).files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			for _, word := range []string{"password:", "secret:", "token:", "person_key:", "kind: Secret"} {
				if strings.HasPrefix(strings.TrimSpace(line), word) {
					t.Errorf("%s: %s", name, line)
				}
			}
		}
	}
}
