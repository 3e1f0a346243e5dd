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

func TestEveryPanelAsksForMetricsThatExist(t *testing.T) {
	t.Parallel()
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
	known, shown, ids := map[string]bool{}, map[string]bool{}, map[int]bool{}
	names := gauge.New(gauge.Options{}).Names()
	for _, n := range names {
		known[n] = true
	}
	grammar := parser.NewParser(parser.Options{})
	for _, p := range d.Panels {
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
			parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
				v, ok := n.(*parser.VectorSelector)
				if !ok {
					return nil
				}
				shown[v.Name] = true
				if !known[v.Name] && !strings.HasPrefix(v.Name, "go_") && !strings.HasPrefix(v.Name, "process_") {
					t.Errorf("panel %q: nobody makes %s", p.Title, v.Name)
				}
				return nil
			})
		}
	}
	if len(shown) < 25 {
		t.Errorf("the dashboard shows %d metrics only", len(shown))
	}
}
