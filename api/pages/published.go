package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"probity/api/doors"
	"probity/api/problem"
	"probity/api/see"
	"probity/pipeline/evidence"
)

func (p *Pages) sources(ctx context.Context, _ ask) (view, error) {
	all, err := p.doors.Published.Sources(ctx)
	return view{template: "sources.html", title: "来源 Sources", nav: "sources", data: all}, err
}

// A standard is what the page shows of a standard's file: as it is written,
// numbers as their text.
type standard struct {
	Status     string        `json:"status"`
	From       evidence.Date `json:"effective_from"`
	Expires    evidence.Date `json:"expires"`
	Dimensions []struct {
		ID   string      `json:"id"`
		Name string      `json:"name"`
		Full json.Number `json:"full"`
	} `json:"dimensions"`
	Indicators []struct {
		ID            string          `json:"id"`
		Name          string          `json:"name"`
		Full          json.Number     `json:"full"`
		Method        string          `json:"method"`
		Rule          json.RawMessage `json:"rule"`
		Sources       []string        `json:"sources"`
		NotApplicable []string        `json:"not_applicable_to"`
		Window        *int            `json:"window_months"`
		Needs         string          `json:"needs"`
	} `json:"indicators"`
	Adjustments struct {
		Cap   json.Number       `json:"bonus_cap"`
		Items []json.RawMessage `json:"items"`
	} `json:"adjustments"`
	Severity map[string]json.RawMessage `json:"severity"`
	Decay    map[string]any             `json:"decay"`
	Missing  map[string]any             `json:"missing_data"`
	Grades   [][2]any                   `json:"grades"`
	Classes  map[string][]string        `json:"supervision_class"`
	Vetoes   []map[string]any           `json:"vetoes"`
	Workflow map[string]any             `json:"workflow"`
	Math     map[string]any             `json:"arithmetic"`
	Counting map[string]any             `json:"counting"`
}

// plain writes a piece of JSON for a person: names and values in the order of
// their names, without the signs.
func plain(v any) string {
	switch x := v.(type) {
	case json.RawMessage:
		var inner any
		d := json.NewDecoder(strings.NewReader(string(x)))
		d.UseNumber()
		if d.Decode(&inner) != nil {
			return string(x)
		}
		return plain(inner)
	case map[string]any:
		parts := make([]string, 0, len(x))
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, k+" = "+plain(x[k]))
		}
		return strings.Join(parts, "；")
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			if parts[i] = plain(e); strings.Contains(parts[i], "、") {
				parts[i] = "[" + parts[i] + "]"
			}
		}
		return strings.Join(parts, "、")
	case nil:
		return "∞"
	}
	return fmt.Sprint(v)
}

// standard shows the rules, which are public (measures art. 39).
func (p *Pages) standard(ctx context.Context, a ask) (view, error) {
	s, err := p.doors.Published.Standard(ctx, a.URL.Query().Get("id"))
	if err != nil {
		return view{}, err
	}
	data := struct {
		doors.Standard
		Says  standard
		Table []see.Row
	}{Standard: s, Table: see.Table()}
	d := json.NewDecoder(strings.NewReader(string(s.Body)))
	d.UseNumber()
	if err := d.Decode(&data.Says); err != nil {
		return view{}, fmt.Errorf("read standard %s: %w", s.ID, err)
	}
	return view{template: "standard.html", title: "评价标准 Standard", nav: "standard", data: data}, nil
}

// problems documents the types of problems.
func (p *Pages) problems(_ context.Context, a ask) (view, error) {
	all := problem.Kinds()
	if name := a.PathValue("name"); name != "" {
		all = slices.DeleteFunc(all, func(k problem.Kind) bool { return k.Name != name })
		if len(all) == 0 {
			return view{}, problem.New("not-found", name)
		}
	}
	return view{template: "problems.html", title: "问题类型 Problem types", data: all}, nil
}

func (p *Pages) login(_ context.Context, a ask) (view, error) {
	return view{template: "login.html", title: "运营者登录 Operator", nav: "login", data: struct {
		Next  string
		Wrong bool
	}{Next: inside(a.URL.Query().Get("next"))}}, nil
}

// admit takes the token out of a form and gives the cookie.
func (p *Pages) admit(w http.ResponseWriter, r *http.Request) {
	if err := p.ours(w, r); err != nil {
		p.Problem(w, r, err)
		return
	}
	next := inside(r.PostFormValue("next"))
	if !p.gate.Is(strings.TrimSpace(r.PostFormValue("token"))) {
		a := ask{Request: r, Today: evidence.DateOf(p.now())}
		p.render(w, r, a, view{template: "login.html", title: "运营者登录 Operator", nav: "login", status: http.StatusForbidden, data: struct {
			Next  string
			Wrong bool
		}{next, true}})
		return
	}
	p.gate.Admit(w, r)
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // inside keeps it within this site
}

func (p *Pages) dismiss(w http.ResponseWriter, r *http.Request) {
	if err := p.ours(w, r); err != nil {
		p.Problem(w, r, err)
		return
	}
	p.gate.Dismiss(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// inside keeps a way back within this site.
func inside(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}
