package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"probity/crawler"
	"probity/crawler/chromerender"
	"probity/crawler/robots"
	"probity/crawler/scope"
	"probity/pipeline/datadir"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
)

// An explanation says why an address would or would not be fetched.
type explanation struct {
	URL     string              `json:"url"` // canonical
	Fetched bool                `json:"fetched"`
	Sources []admission         `json:"sources,omitempty"`
	Else    int                 `json:"elsewhere"`        // sources in whose scope its host is not
	Robots  *robots.Explanation `json:"robots,omitempty"` // nil: the file is not known
	Seen    time.Time           `json:"robots_seen,omitzero"`
	States  []leadState         `json:"states,omitempty"` // in runs that are open
}

// An admission is what the scope of a source says.
type admission struct {
	Source string `json:"source"`
	Title  string `json:"title"`
	View   string `json:"view,omitempty"`
	Reason string `json:"reason,omitempty"` // of a refusal, in one word
	Detail string `json:"detail,omitempty"`
	Key    string `json:"key,omitempty"`   // of the declaration that decided, by its dotted path
	Place  string `json:"place,omitempty"` // file:line where that stands
	// Browser says of a page that needs its scripts why they could not be run.
	Browser string `json:"browser,omitempty"`
}

// A leadState is how a lead stands in an open run.
type leadState struct {
	Run    string `json:"run"`
	Source string `json:"source"`
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// doExplain tells source by source why an address would or would not be
// fetched. The exit code is 0 if it would, 1 if not, 2 where nothing can be
// said.
func doExplain(ctx context.Context, sh shell, c Config, args []string) error {
	w := newOptions("explain", &c)
	depth := w.Int("depth", 0, "as if so many `hops` from a start page")
	fetch := w.Bool("fetch", false, "ask the site for its robots.txt now; else the archive's last copy counts")
	rest, err := w.arguments(sh, args, 1, 1, "[-data DIR] [-depth N] [-fetch] [-json] URL")
	if err != nil {
		return err
	}
	x := explanation{}
	if x.URL, err = scope.Canonical(rest[0]); err != nil {
		return err
	}
	set, err := declarations(c)
	if err != nil {
		return err
	}
	for _, id := range sortedKeys(set.Sources) {
		if err := x.admit(set.Sources[id], *depth, c.chrome()); err != nil {
			return err
		}
	}
	x.places(set)
	err = with(ctx, sh, c, datadir.Command, func(h *house) error { return errors.Join(x.recall(ctx, h), x.states(ctx, h)) })
	if err != nil && !errors.Is(err, evidence.ErrNotFound) { // without a data directory the declarations are all there is
		return err
	}
	if *fetch {
		now, err := askSite(ctx, sh, c, x.URL, c.Crawl.Agent)
		if err != nil {
			return invalid("%w", err)
		}
		x.Robots, x.Seen = &now, sh.now().UTC()
	}
	admitted := false
	for _, s := range x.Sources {
		admitted = admitted || s.Reason == ""
	}
	x.Fetched = admitted && (x.Robots == nil || x.Robots.Decision.Allowed)
	if w.json {
		err = printJSON(sh.out, x)
	} else {
		err = x.tell(sh)
	}
	if err == nil && !x.Fetched {
		err = errNotFetched
	}
	return err
}

// errNotFetched ends a command whose answer is no.
var errNotFetched = errors.New("不会采集 it would not be fetched")

// admit asks the scope of a source.
func (x *explanation) admit(src evidence.Source, depth int, chrome *chromerender.Chrome) error {
	gate, err := scope.New(src)
	if err != nil {
		return err
	}
	l, err := gate.Admit(evidence.Lead{Method: http.MethodGet, URL: x.URL, Source: src.ID, Depth: depth})
	a := admission{Source: src.ID, Title: src.Title, View: l.View}
	if fault, ok := errors.AsType[*crawler.FaultError](err); ok {
		a.View, a.Reason, a.Detail = "", fault.Reason, err.Error()
	}
	if v, fault := src.View(a.View); fault == nil && v.Render != nil && err == nil {
		if missing := chrome.Ready(); missing != nil {
			a.Browser = missing.Error()
		}
	}
	a.Key = decided(src, a)
	if a.Reason == "scope_host" {
		x.Else++
		return nil
	}
	x.Sources = append(x.Sources, a)
	return nil
}

// places says where the declarations stand that decided.
func (x *explanation) places(set *declare.Set) {
	for i, s := range x.Sources {
		if s.Key != "" {
			x.Sources[i].Place = set.Place(s.Source, s.Key)
		}
	}
}

// decided is the key of a source's declaration that decided about an address;
// empty: a rule of the house did.
func decided(src evidence.Source, a admission) string {
	switch a.Reason {
	case "scope_depth":
		return "depth"
	case "scope_exclude":
		for i, pattern := range src.Exclude {
			if strings.Contains(a.Detail, fmt.Sprintf("excluded by %q", pattern)) {
				return fmt.Sprintf("exclude.%d", i)
			}
		}
		return "exclude"
	case "scope_include":
		return "include"
	case "scope_type":
		return "types"
	case "scope_view":
		return "views"
	case "":
		for i, v := range src.Views {
			if v.Name == a.View {
				return fmt.Sprintf("views.%d", i)
			}
		}
	}
	return ""
}

// recall judges by the last robots.txt of the address's origin that the
// archive holds.
func (x *explanation) recall(ctx context.Context, h *house) error {
	origin, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(x.URL, "http://"), "https://"), "/")
	at := x.URL[:strings.Index(x.URL, "://")+3] + origin + "/robots.txt"
	files, err := h.robotsFiles(ctx, at)
	last := files.last
	if err != nil || last.ID == "" {
		return err
	}
	x.Seen = last.Time
	switch {
	case last.OK():
		file, err := h.archive.Open(ctx, last.ID)
		if err != nil {
			return err
		}
		judged := robots.Explain(file.Body, h.config.Crawl.Agent, x.URL)
		x.Robots = &judged
	case last.Status == http.StatusTooManyRequests || last.Status >= 500:
		x.Robots = &robots.Explanation{URL: x.URL, Decision: evidence.RobotsDecision{Reason: "unavailable"}}
	case last.Status >= 400:
		x.Robots = &robots.Explanation{URL: x.URL, Decision: evidence.RobotsDecision{Allowed: true, Reason: "no file"}}
	}
	return nil
}

// states looks for the address in the runs that are open.
func (x *explanation) states(ctx context.Context, h *house) error {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if !r.Closed.IsZero() {
			continue
		}
		err := h.frontier.Leads(ctx, r.ID, func(l evidence.Lead, state, reason string) {
			if l.URL == x.URL {
				x.States = append(x.States, leadState{r.ID, l.Source, state, reason})
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *explanation) tell(sh shell) error {
	p := printer{w: sh.out}
	verdict := "✗ 不会采集 it would not be fetched"
	if x.Fetched {
		verdict = "✓ 会采集，只要有页面引到它 it would be fetched, once a page leads to it"
	}
	p.line("%s  %s", verdict, x.URL)
	for _, s := range x.Sources {
		if s.Reason == "" {
			p.line("  来源 source           %s %s：在范围内，页面种类 in scope, view %s", s.Source, s.Title, s.View)
			if s.Browser != "" {
				p.line("  浏览器 browser         缺少浏览器，此页无法读 its scripts cannot be run: %s", s.Browser)
			}
			p.place(s)
			continue
		}
		p.line("  来源 source           %s %s：%s  %s", s.Source, s.Title, s.Reason, s.Detail)
		p.place(s)
	}
	if x.Else > 0 {
		p.line("  其他来源 others       %d 个来源不含此主机 sources do not reach this host", x.Else)
	}
	if x.Robots == nil {
		p.line("  robots.txt            存档中没有；加 -fetch 现在去取 none in the archive; with -fetch it is asked for now")
	} else {
		d := x.Robots.Decision
		said := map[bool]string{true: "允许 allowed", false: "拒绝 refused"}[d.Allowed]
		p.line("  robots.txt            %s（%s，%s 所见 as of then）", said, d.Reason, x.Seen.Format(time.RFC3339))
		if d.Line > 0 {
			p.line("                        第 %d 行 line %d: %s", d.Line, d.Line, d.Rule)
		}
	}
	for _, s := range x.States {
		p.line("  进行中的采集 open run  %s（%s）：%s %s", s.Run, s.Source, s.State, s.Reason)
	}
	return p.err
}

// place says where the declaration stands that decided.
func (p *printer) place(s admission) {
	if s.Place != "" {
		p.line("  声明 declared         %s（%s）", s.Place, s.Key)
	}
}
