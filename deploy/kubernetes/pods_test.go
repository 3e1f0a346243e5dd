package kubernetes

import (
	"maps"
	"net/netip"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
)

func TestPodsMayDoNothingButTheirWork(t *testing.T) {
	t.Parallel()
	f := read(t)
	if auto := f.account.AutomountServiceAccountToken; auto == nil || *auto {
		t.Error("the service account's token is mounted")
	}
	if f.space.Labels["pod-security.kubernetes.io/enforce"] != "restricted" {
		t.Error("the namespace does not enforce the restricted standard")
	}
	for role, pod := range f.pods {
		p, c := pod.Spec.SecurityContext, pod.Spec.Containers[0].SecurityContext
		switch {
		case pod.Spec.ServiceAccountName != f.account.Name || pod.Spec.AutomountServiceAccountToken == nil || *pod.Spec.AutomountServiceAccountToken:
			t.Errorf("%s: it has a token of the cluster", role)
		case p == nil || p.RunAsNonRoot == nil || !*p.RunAsNonRoot || p.RunAsUser == nil || *p.RunAsUser == 0:
			t.Errorf("%s: it may run as root", role)
		case p.SeccompProfile == nil || p.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault:
			t.Errorf("%s: no seccomp profile", role)
		case c == nil || c.ReadOnlyRootFilesystem == nil || !*c.ReadOnlyRootFilesystem || c.AllowPrivilegeEscalation == nil || *c.AllowPrivilegeEscalation:
			t.Errorf("%s: it may write its image or gain rights", role)
		case c.Capabilities == nil || len(c.Capabilities.Drop) != 1 || c.Capabilities.Drop[0] != "ALL" || len(c.Capabilities.Add) > 0:
			t.Errorf("%s: it keeps capabilities", role)
		}
	}
}

func TestPodsAreProbedAndBounded(t *testing.T) {
	t.Parallel()
	for role, pod := range read(t).pods {
		c := pod.Spec.Containers[0]
		for what, probe := range map[string]struct {
			p    *core.Probe
			path string
		}{"startup": {c.StartupProbe, "/healthz"}, "liveness": {c.LivenessProbe, "/healthz"}, "readiness": {c.ReadinessProbe, "/readyz"}} {
			if probe.p == nil || probe.p.HTTPGet == nil || probe.p.HTTPGet.Path != probe.path || probe.p.HTTPGet.Port.String() != "metrics" {
				t.Errorf("%s: %s probe: want %s at the port metrics", role, what, probe.path)
			}
		}
		if r := c.Resources; r.Requests.Cpu().IsZero() || r.Requests.Memory().IsZero() || r.Limits.Memory().Cmp(*r.Requests.Memory()) < 0 {
			t.Errorf("%s: resources %v", role, r)
		}
		if g := pod.Spec.TerminationGracePeriodSeconds; g == nil || *g < 10 {
			t.Errorf("%s: no time to settle what it holds", role)
		}
	}
}

func TestPodsMountWhatTheyName(t *testing.T) {
	t.Parallel()
	f := read(t)
	for role, pod := range f.pods {
		volumes := map[string]bool{}
		for _, v := range pod.Spec.Volumes {
			volumes[v.Name] = true
		}
		if role == "crawl" { // unsealed segments need a volume that stays
			volumes[f.crawl.Spec.VolumeClaimTemplates[0].Name] = true
		}
		mounted := map[string]bool{}
		for _, m := range pod.Spec.Containers[0].VolumeMounts {
			mounted[m.Name] = true
		}
		if !maps.Equal(volumes, mounted) || !mounted["data"] {
			t.Errorf("%s: has volumes %v and mounts %v", role, volumes, mounted)
		}
	}
}

func TestSettingsStandInTheConfigMapAndSecretsInTheSecret(t *testing.T) {
	t.Parallel()
	for role, pod := range read(t).pods {
		for _, e := range pod.Spec.Containers[0].Env {
			if e.Value != "" || e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil && e.ValueFrom.FieldRef == nil {
				t.Errorf("%s: %s: settings stand in the ConfigMap, secrets in the Secret", role, e.Name)
			} else if s := e.ValueFrom.SecretKeyRef; s != nil && (s.Name != "probity" || s.Key != strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(e.Name, "PROBITY_"), "_", "-"))) {
				t.Errorf("%s: %s is taken from %s/%s", role, e.Name, s.Name, s.Key)
			}
		}
	}
}

// Only crawlers reach the web.
func TestNetworksAreClosedButForWhatIsNamed(t *testing.T) {
	t.Parallel()
	f := read(t)
	if deny := f.networks["deny"].Spec; len(deny.PolicyTypes) != 2 || len(deny.PodSelector.MatchLabels) > 0 || len(deny.Ingress)+len(deny.Egress) > 0 {
		t.Errorf("deny: %+v", deny)
	}
	for name, n := range f.networks {
		for _, rule := range n.Spec.Egress {
			for _, to := range rule.To {
				if to.IPBlock != nil && name != "crawl" {
					t.Errorf("%s: only crawlers reach the web", name)
				}
			}
			if len(rule.To) == 0 {
				t.Errorf("%s: a rule without to is to everywhere", name)
			}
		}
	}
}

func TestCrawlersReachTheWebAndNoAddressThatIsNotOfIt(t *testing.T) {
	t.Parallel()
	f := read(t)
	for _, a := range []string{
		"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "0.0.0.0",
		"168.63.129.16", "224.0.0.1", "255.255.255.255", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "2001:db8::1", "2002:a00:1::", "64:ff9b::a00:1",
	} {
		if f.reaches(t, a) {
			t.Errorf("crawlers reach %s", a)
		}
	}
	for _, a := range []string{"61.145.1.1", "114.114.114.114", "172.32.0.1", "2400:3200::1"} {
		if !f.reaches(t, a) {
			t.Errorf("crawlers do not reach %s", a)
		}
	}
}

// reaches reports whether the crawlers' policy lets them out to an address.
func (f *fleet) reaches(t *testing.T, address string) bool {
	t.Helper()
	a := netip.MustParseAddr(address)
	within := func(cidr string) bool {
		p, err := netip.ParsePrefix(cidr)
		if err != nil || p != p.Masked() {
			t.Errorf("%s is no block: %v", cidr, err)
		}
		return p.Contains(a)
	}
	for _, rule := range f.networks["crawl"].Spec.Egress {
		for _, to := range rule.To {
			if to.IPBlock == nil || !within(to.IPBlock.CIDR) {
				continue
			}
			barred := false
			for _, except := range to.IPBlock.Except {
				barred = within(except) || barred
			}
			if !barred {
				return true
			}
		}
	}
	return false
}
