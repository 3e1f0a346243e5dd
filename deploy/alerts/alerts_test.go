// Package alerts holds the alert rules of a fleet as data, tried through
// Prometheus' own library: they parse, ask only for metrics that exist, fire
// when probity.test.yaml says so, and each has its paragraph for operators.
package alerts

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	common "github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"probity/pipeline/gauge"
)

func grammar() parser.Parser { return parser.NewParser(parser.Options{}) }

// rules are the alerts by name.
func rules(t *testing.T) map[string]rulefmt.Rule {
	t.Helper()
	groups, problems := rulefmt.ParseFile("probity.rules.yaml", false, common.UTF8Validation, grammar(), slog.New(slog.DiscardHandler))
	for _, err := range problems {
		t.Error(err)
	}
	if t.Failed() {
		t.FailNow()
	}
	all := map[string]rulefmt.Rule{}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			if _, twice := all[r.Alert]; twice || r.Alert == "" {
				t.Errorf("rule %q: want an alert with a name of its own", r.Alert)
			}
			all[r.Alert] = r
		}
	}
	return all
}

func TestEveryAlertHasASeverityAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, r := range rules(t) {
		if s := r.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s: severity %q", name, s)
		}
		if r.Annotations["summary"] == "" {
			t.Errorf("%s: no summary", name)
		}
	}
}

func TestAlertsAskOnlyForMetricsThatExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"up": true}
	for _, n := range gauge.New(gauge.Options{}).Names() {
		known[n] = true
	}
	for name, r := range rules(t) {
		expr, err := grammar().ParseExpr(r.Expr)
		if err != nil {
			t.Fatal(err)
		}
		parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
			if v, ok := n.(*parser.VectorSelector); ok && !known[metric(v)] {
				t.Errorf("%s: nobody makes %s", name, metric(v))
			}
			return nil
		})
	}
}

func metric(v *parser.VectorSelector) string {
	for _, m := range v.LabelMatchers {
		if m.Name == common.MetricNameLabel {
			return m.Value
		}
	}
	return v.Name
}

func TestEveryAlertHasItsParagraphForOperators(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	all := rules(t)
	for name := range all {
		_, after, found := strings.Cut(string(b), "\n#### "+name+"\n")
		paragraph, _, _ := strings.Cut(after, "\n#")
		if !found || !strings.Contains(paragraph, "**Means**") || !strings.Contains(paragraph, "**Do**") {
			t.Errorf("README.md: want a heading \"#### %s\" and below it what it means and what to do", name)
		}
	}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "#### Probity"); ok {
			if _, known := all["Probity"+name]; !known {
				t.Errorf("README.md explains Probity%s, which is no alert", name)
			}
		}
	}
}
