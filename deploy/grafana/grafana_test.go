// Package grafana holds the dashboard of a fleet as data. It shows what the
// house counts, in its words, and asks for nothing that nobody makes.
package grafana

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"probity/pipeline/gauge"
)

type panel struct {
	ID      int    `json:"id"`
	Type    string `json:"type"`
	Title   string `json:"title"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
}

func panels(t *testing.T) []panel {
	t.Helper()
	b, err := os.ReadFile("dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d.Panels
}

func TestEveryPanelAsksForMetricsThatExist(t *testing.T) {
	t.Parallel()
	known, shown, ids := map[string]bool{}, map[string]bool{}, map[int]bool{}
	for _, n := range gauge.New(gauge.Options{}).Names() {
		known[n] = true
	}
	grammar := parser.NewParser(parser.Options{})
	for _, p := range panels(t) {
		if ids[p.ID] || p.Title == "" || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d %q: want an id of its own, a title and a question", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, q := range p.Targets {
			expr, err := grammar.ParseExpr(strings.ReplaceAll(q.Expr, "$__rate_interval", "5m"))
			if err != nil {
				t.Errorf("panel %q: %v", p.Title, err)
				continue
			}
			for _, name := range asked(expr) {
				shown[name] = true
				if !known[name] && !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
					t.Errorf("panel %q: nobody makes %s", p.Title, name)
				}
			}
		}
	}
	if len(shown) < 25 {
		t.Errorf("the dashboard shows %d metrics only", len(shown))
	}
}

// asked are the metrics that an expression asks for.
func asked(expr parser.Expr) (names []string) {
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			names = append(names, v.Name)
		}
		return nil
	})
	return names
}
