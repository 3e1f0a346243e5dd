// Package pages serves the site: Chinese first with English beside it, made on
// the server, readable without JavaScript, on paper and on a phone.
//
// A page answers one question and shows from where its answer comes; from a
// grade to the passage it rests on are at most three clicks, and from every
// passage the way leads back up. Nothing here decides: what a reader may see
// is package see's, what is asked package question's. Pages set no inline
// script or style, so that the policy can forbid both.
package pages

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"probity/api/doors"
	"probity/api/gate"
	"probity/api/problem"
	"probity/api/question"
	"probity/api/see"
	"probity/pipeline/evidence"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static
var static embed.FS

// Pages is the site.
type Pages struct {
	doors doors.Doors
	gate  *gate.Gate
	now   func() time.Time
	poll  time.Duration // between two looks at what is going on
	log   *slog.Logger
	tmpl  map[string]*template.Template
	names atomic.Pointer[map[string]string] // titles of sources
}

// New reads the templates.
func New(d doors.Doors, g *gate.Gate, now func() time.Time, poll time.Duration, log *slog.Logger) (*Pages, error) {
	p := &Pages{doors: d, gate: g, now: now, poll: poll, log: log, tmpl: map[string]*template.Template{}}
	files, err := templates.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	for _, f := range files {
		if f.Name() == "layout.html" || f.Name() == "parts.html" {
			continue
		}
		t, err := template.New("layout.html").Funcs(functions(p.source)).ParseFS(templates, "templates/layout.html", "templates/parts.html", "templates/"+f.Name())
		if err != nil {
			return nil, fmt.Errorf("read template %s: %w", f.Name(), err)
		}
		p.tmpl[f.Name()] = t
	}
	return p, nil
}

// Routes puts every page on a mux.
func (p *Pages) Routes(mux *http.ServeMux) {
	moment := question.Moment()
	mux.HandleFunc("GET /{$}", p.page(append(moment, "q"), nil, p.home))
	mux.HandleFunc("GET /evidence", p.page([]string{"q", "from", "to", "sort", "size", "cursor"}, question.Filters(), p.evidence))
	mux.HandleFunc("GET /entities/{id}", p.page(moment, nil, p.entity))
	mux.HandleFunc("GET /entities/{id}/why", p.page(moment, nil, p.why))
	mux.HandleFunc("GET /facts/{id}", p.page(moment, nil, p.fact))
	mux.HandleFunc("GET /records/{id}", p.page(nil, nil, p.record))
	mux.HandleFunc("GET /captures/{id}", p.page([]string{"start", "end", "all", "visit"}, nil, p.capture))
	mux.HandleFunc("GET /captures/{id}/original", p.original)
	mux.HandleFunc("GET /captures/{id}/attached/{kind}", p.attached)
	mux.HandleFunc("GET /campaigns", p.page(nil, nil, p.campaigns))
	mux.HandleFunc("GET /campaigns/{id}", p.page([]string{"queued"}, nil, p.campaign))
	mux.HandleFunc("POST /campaigns/{id}", p.order)
	mux.HandleFunc("GET /runs/{id}", p.page(nil, nil, p.report))
	p.operations(mux)
	p.visited(mux)
	mux.HandleFunc("GET /sources", p.page(nil, nil, p.sources))
	mux.HandleFunc("GET /standard", p.page([]string{"id"}, nil, p.standard))
	mux.HandleFunc("GET /problems", p.page(nil, nil, p.problems))
	mux.HandleFunc("GET /problems/{name}", p.page(nil, nil, p.problems))
	mux.HandleFunc("GET /login", p.page([]string{"next"}, nil, p.login))
	mux.HandleFunc("POST /login", p.admit)
	mux.HandleFunc("POST /logout", p.dismiss)
	mux.Handle("GET /static/", http.FileServerFS(static))
}

// An ask is one request for a page, with what every page needs of it.
type ask struct {
	*http.Request
	Role  see.Role
	When  doors.When
	Today evidence.Date
}

// A view is the answer: a template with its data, or a way elsewhere.
type view struct {
	template string
	title    string
	nav      string
	status   int    // 0: 200
	location string // of a redirect
	data     any
}

// A shell is what the layout shows around a view.
type shell struct {
	Title, Nav string
	Operator   bool
	FormToken  string
	When       doors.When
	Today      evidence.Date
	Here       string // this page, without its moment
	Data       any
}

// page makes a handler that knows its parameters.
func (p *Pages) page(names, many []string, f func(context.Context, ask) (view, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, a, err := p.answer(r, names, many, f)
		if err != nil {
			p.Problem(w, r, err)
			return
		}
		if v.location != "" {
			http.Redirect(w, r, v.location, v.status)
			return
		}
		p.render(w, r, a, v)
	}
}

func (p *Pages) answer(r *http.Request, names, many []string, f func(context.Context, ask) (view, error)) (view, ask, error) {
	a := ask{Request: r, Role: p.gate.Reader(r), Today: evidence.DateOf(p.now())}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return view{}, a, problem.New("invalid", "网址写法有误 malformed query")
	}
	if err := question.Known(q, names, many); err != nil {
		return view{}, a, err
	}
	if a.When, err = question.When(q.Get("as_of"), q.Get("known_at"), q.Get("standard"), p.now()); err != nil {
		return view{}, a, err
	}
	if err := p.learn(r.Context()); err != nil {
		return view{}, a, err
	}
	v, err := f(r.Context(), a)
	return v, a, err
}

// learn reads the titles of sources, once: declarations change with a start.
func (p *Pages) learn(ctx context.Context) error {
	if p.names.Load() != nil {
		return nil
	}
	all, err := p.doors.Published.Sources(ctx)
	if err != nil {
		return fmt.Errorf("read sources: %w", err)
	}
	names := map[string]string{}
	for _, s := range all {
		names[s.Source.ID] = s.Source.Title
	}
	p.names.Store(&names)
	return nil
}

// source is the title of a source; its id where there is none.
func (p *Pages) source(id string) string {
	if names := p.names.Load(); names != nil && (*names)[id] != "" {
		return (*names)[id]
	}
	return id
}

// render writes a view; nothing is sent before the whole page stands.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, a ask, v view) {
	s := shell{
		Title: v.title, Nav: v.nav, Operator: a.Role == see.Operator, FormToken: p.gate.FormToken(w, r),
		When: a.When, Today: a.Today, Here: r.URL.Path, Data: v.data,
	}
	var b bytes.Buffer
	if err := p.tmpl[v.template].Execute(&b, s); err != nil {
		p.log.ErrorContext(r.Context(), "page cannot be rendered", slog.String("template", v.template), slog.Any("error", err))
		http.Error(w, "内部故障 internal fault", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.status != 0 {
		w.WriteHeader(v.status)
	}
	_, _ = w.Write(b.Bytes())
}

// Problem shows what went wrong and what to do, as a page.
func (p *Pages) Problem(w http.ResponseWriter, r *http.Request, err error) {
	pr := problem.Of(err)
	if pr.Kind().Name == "fault" {
		p.log.ErrorContext(r.Context(), "page failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	maps.Copy(w.Header(), pr.Header)
	a := ask{Request: r, Role: p.gate.Reader(r), Today: evidence.DateOf(p.now()), When: doors.When{AsOf: evidence.DateOf(p.now())}}
	p.render(w, r, a, view{template: "problem.html", title: pr.Kind().Zh + " " + pr.Kind().En, status: pr.Status, data: struct {
		*problem.Problem
		Kind problem.Kind
		Next string
	}{pr, pr.Kind(), r.URL.RequestURI()}})
}
