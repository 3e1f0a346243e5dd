// Package rest serves /api/v1 to programs, and the OpenAPI 3.1 document that
// is made from the very types that serve.
//
// Every answer can be asked for a moment (as_of, known_at), carries a strong
// ETag, and is refused by an RFC 9457 problem where it cannot be given. Lists
// go by opaque cursor, never by offset. Redirects are answers too: 308 where
// an operator was asked for by another name of its own, 300 with candidates
// and reasons where several bear it.
package rest

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"probity/api/doors"
	"probity/api/gate"
	"probity/api/problem"
	"probity/api/question"
	"probity/api/see"
	"probity/pipeline/evidence"
)

// Config is what the interface is made of.
type Config struct {
	Doors  doors.Doors
	Gate   *gate.Gate
	Now    func() time.Time
	Logger *slog.Logger
	Poll   time.Duration // between two looks at live progress
}

type rest struct{ Config }

// Version of the interface.
const Version = "1.0.0"

// Register puts the interface on a mux, with /openapi.json, /openapi.yaml and
// /healthz, and returns it so that its document can be written to a file.
func Register(mux *http.ServeMux, c Config) huma.API {
	r := &rest{c}
	api := humago.New(mux, r.settings())
	api.UseMiddleware(r.strict(api))
	r.entities(api)
	r.evidence(api)
	r.proof(api)
	r.campaigns(api)
	r.operations(api)
	r.visits(api)
	r.published(api)
	for _, theirs := range []string{"ErrorModel", "ErrorDetail"} { // our problems are described instead
		delete(api.OpenAPI().Components.Schemas.Map(), theirs)
	}
	return api
}

func (r *rest) settings() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", name)
	c := huma.DefaultConfig("诚鉴 Probity", Version)
	c.Components = &huma.Components{
		Schemas:         registry,
		SecuritySchemes: map[string]*huma.SecurityScheme{"operator": {Type: "http", Scheme: "bearer", Description: "运营者令牌 the operator's token"}},
	}
	c.Info.Description = "公开网页成为证据，证据得出等级，任何人都能从等级走回字节。 Public pages become evidence, evidence earns a grade, and anyone can walk back from the grade to the bytes."
	c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", nil
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.DefaultFormat = "application/json"
	c.OnAddOperation = append(c.OnAddOperation, describe)
	c.Transformers = []huma.Transformer{r.speak}
	c.Tags = []*huma.Tag{
		{Name: "entities", Description: "经营者、档案与评价 operators, dossiers, evaluations"},
		{Name: "evidence", Description: "证据 what a grade rests on"},
		{Name: "campaigns", Description: "采集 crawls"},
		{Name: "rules", Description: "来源与标准 what the house says of itself"},
	}
	return c
}

// describe says of every answer that is no success what it really is: a
// problem of ours, or a way elsewhere.
func describe(doc *huma.OpenAPI, op *huma.Operation) {
	for status, res := range op.Responses {
		switch {
		case strings.HasPrefix(status, "2"):
		case status == "308":
			res.Description = "本名在别处 it lives elsewhere"
			res.Headers = map[string]*huma.Param{"Location": {Schema: &huma.Schema{Type: huma.TypeString}}}
			res.Content = map[string]*huma.MediaType{"application/json": {Schema: doc.Components.Schemas.Schema(reflect.TypeFor[redirect](), true, "Redirect")}}
		default:
			res.Content = map[string]*huma.MediaType{"application/problem+json": {Schema: doc.Components.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, "Problem")}}
		}
	}
}

// name keeps the house's own word for what travels, and tells apart what the
// interface adds to it.
func name(t reflect.Type, hint string) string {
	n := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if strings.HasSuffix(t.PkgPath(), "api/doors") {
		return n + "Answer"
	}
	return n
}

// speak titles problems in the asker's language; what the layer below found
// wrong with a request becomes a problem of ours.
func (r *rest) speak(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*problem.Problem)
	if m, theirs := v.(*huma.ErrorModel); theirs {
		p, ok = r.ours(ctx, m), true
	}
	if !ok {
		return v, nil
	}
	said := *p
	said.Speak(ctx.Header("Accept-Language"))
	said.Instance = ctx.URL().Path
	return &said, nil
}

// strict refuses what nobody reads, by name, and wrong tokens.
func (r *rest) strict(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		var names, many []string
		for _, p := range ctx.Operation().Parameters {
			switch {
			case p.In != "query":
			case p.Schema != nil && p.Schema.Type == huma.TypeArray:
				many = append(many, p.Name)
			default:
				names = append(names, p.Name)
			}
		}
		u := ctx.URL()
		q, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			err = problem.New("invalid", "网址写法有误 malformed query")
		} else {
			err = question.Known(q, names, many)
		}
		role, wrong := r.Gate.Program(ctx.Header("Authorization"))
		if err == nil {
			err = wrong
		}
		if err != nil {
			r.refuse(api, ctx, problem.Of(err))
			return
		}
		next(huma.WithValue(ctx, roleKey{}, role))
	}
}

// refuse writes a problem where no operation runs.
func (r *rest) refuse(api huma.API, ctx huma.Context, p *problem.Problem) {
	for k, all := range p.Header {
		for _, v := range all {
			ctx.SetHeader(k, v)
		}
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	said, _ := r.speak(ctx, "", p)
	_ = api.Marshal(ctx.BodyWriter(), "application/json", said)
}

type roleKey struct{}

func role(ctx context.Context) see.Role {
	r, _ := ctx.Value(roleKey{}).(see.Role)
	return r
}

func (r *rest) today() evidence.Date { return evidence.DateOf(r.Now()) }

// fault turns an error into the problem that answers it; unexpected ones are
// logged, since nobody sees their text.
func (r *rest) fault(ctx context.Context, err error) error {
	p := problem.Of(err)
	if p.Kind().Name == "fault" {
		r.Logger.ErrorContext(ctx, "request failed", slog.Any("error", err))
	}
	return p
}

// Moment is which moment a question is about (MODEL 2).
type Moment struct {
	AsOf     string `query:"as_of" example:"2026-11-02" doc:"所问之日（上海），至当日终了；默认今天 the day in Asia/Shanghai whose end is asked for; today by default"`
	KnownAt  string `query:"known_at" example:"2026-11-02T10:00:00+08:00" doc:"只用当时已入账的；RFC 3339，默认现在 only what was in the ledger by then; RFC 3339, now by default"`
	Standard string `query:"standard" example:"SZ-ECOM-DEFAULT@2026.2" doc:"评价标准 ID@VERSION；默认现行 the standard to grade by; the one in force by default"`
}

func (m Moment) when(now time.Time) (doors.When, error) {
	return question.When(m.AsOf, m.KnownAt, m.Standard, now)
}

// op describes one operation.
func op(method, path, id, tag, summary string, status ...int) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Tags: []string{tag}, Summary: summary, Errors: append(status, http.StatusBadRequest, http.StatusInternalServerError)}
}

func get(path, id, tag, summary string, status ...int) huma.Operation {
	return op(http.MethodGet, "/api/v1"+path, id, tag, summary, status...)
}

// A Paged answer is one page of many.
type Paged[T any] struct {
	Link string `header:"Link" doc:"rel=next, where there is a next page (RFC 8288)"`
	Body T
}

// paged names the next page of a search in the header too.
func paged[T any](path string, s question.Search, next string, body T) *Paged[T] {
	if next == "" {
		return &Paged[T]{Body: body}
	}
	v := s.Values()
	v.Set("cursor", next)
	return &Paged[T]{"<" + path + "?" + v.Encode() + `>; rel="next"`, body}
}

// An Of is an answer with a body.
type Of[T any] struct{ Body T }
