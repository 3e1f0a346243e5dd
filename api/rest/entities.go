package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"probity/api/doors"
	"probity/api/problem"
	"probity/pipeline/evidence"
)

// A FactOn is a fact with its state on the day asked for.
type FactOn struct {
	evidence.Fact
	State string `json:"state" enum:"in_force,repaired,annulled,expired,unpublished,superseded,not_yet" doc:"on the day asked for (MODEL 6)"`
}

// A DossierOn is everything that holds about an operator at a moment, as far
// as the asker may see it.
type DossierOn struct {
	Entity     evidence.Entity     `json:"entity"`
	Subject    evidence.Subject    `json:"subject"`
	Facts      []FactOn            `json:"facts"`
	Looks      []evidence.Look     `json:"looks"`
	Evaluation evidence.Evaluation `json:"evaluation"`
	Issued     bool                `json:"issued" doc:"the evaluation is the newest issue, not calculated for this question"`
	Issue      *IssueOn            `json:"issue,omitempty"`
	Issues     []IssueOn           `json:"issues"`
	Withheld   int                 `json:"withheld" doc:"facts that are no longer published and not listed here"`
	AsOf       evidence.Date       `json:"as_of"`
	Position   int64               `json:"known_at" doc:"position in the ledger"`
	Reread     bool                `json:"reread,omitempty" doc:"known_at lies in the past: today's reading of what was held then"`
}

// An IssueOn is an issue with its state on the day asked for.
type IssueOn struct {
	doors.Issue
	State string `json:"state" enum:"computed,noticed,in_publicity,standing,withdrawn"`
}

// An EvaluationOn is the evaluation alone, with its whole explanation.
type EvaluationOn struct {
	Evaluation evidence.Evaluation `json:"evaluation"`
	Issued     bool                `json:"issued"`
	Issue      *IssueOn            `json:"issue,omitempty"`
	Withheld   int                 `json:"withheld"`
}

func issues(all []doors.Issue, on evidence.Date) []IssueOn {
	out := make([]IssueOn, len(all))
	for i, x := range all {
		out[i] = IssueOn{x, x.State(on)}
	}
	return out
}

func dossierOn(d doors.Dossier, withheld int) DossierOn {
	out := DossierOn{
		Entity: d.Entity, Subject: d.Subject, Looks: d.Looks, Evaluation: d.Evaluation, Issued: d.Issued, Issues: issues(d.Issues, d.AsOf),
		Withheld: withheld, AsOf: d.AsOf, Position: d.Position, Reread: d.Reread, Facts: make([]FactOn, len(d.Facts)),
	}
	if d.Issue != nil {
		out.Issue = &IssueOn{*d.Issue, d.Issue.State(d.AsOf)}
	}
	for i, f := range d.Facts {
		out.Facts[i] = FactOn{f, f.State(d.AsOf)}
	}
	return out
}

type entityInput struct {
	Moment
	ID string `path:"id" maxLength:"200" doc:"编号、统一社会信用代码或其他标识符 id, USCC or another identifier"`
}

// A Located answers under another address than it was asked at.
type Located[T any] struct {
	ContentLocation string `header:"Content-Location"`
	Body            T
}

func (r *rest) entities(api huma.API) {
	huma.Register(api, get("/find", "find-entity", "entities", "一个名称、代码、网店或网站指谁 whom a name, code, shop or host means", 300, 308, 404), r.find)
	huma.Register(api, get("/entities", "list-entities", "entities", "按名称检索主体 search operators by name"), r.list)
	huma.Register(api, get("/dossier", "find-dossier", "entities", "按名称或标识符取档案 the dossier of whom a text means", 300, 308, 404), r.findDossier)
	huma.Register(api, get("/entities/{id}", "get-entity", "entities", "主体 one operator", 300, 308, 404), r.entity)
	huma.Register(api, get("/entities/{id}/dossier", "get-dossier", "entities", "信用档案 the dossier", 300, 308, 404), r.dossier)
	huma.Register(api, get("/entities/{id}/facts", "list-facts", "entities", "主体的事项 the facts of one operator", 300, 308, 404), r.facts)
	huma.Register(api, get("/entities/{id}/evaluation", "get-evaluation", "entities", "评价与解释 the evaluation with its explanation", 300, 308, 404), r.evaluation)
}

// ByText is asked for by what a person writes.
type ByText struct {
	Q string `query:"q" maxLength:"200" doc:"必填：名称、代码、网店 PLATFORM/ID、网站主机或编号 needed: name, code, shop, host or id"`
}

func (r *rest) find(ctx context.Context, in *ByText) (*Located[doors.Ref], error) {
	id, err := r.resolve(ctx, in.Q, "/api/v1/entities/", "")
	if err != nil {
		return nil, err
	}
	refs, err := r.Doors.Entities.Refs(ctx, []string{id})
	if err != nil || len(refs) == 0 {
		return nil, r.fault(ctx, errors.Join(err, evidence.ErrNotFound))
	}
	return &Located[doors.Ref]{"/api/v1/entities/" + id, refs[0]}, nil
}

// resolve says which one entity a text means, or returns the redirect, the
// candidates or the problem that answers instead.
func (r *rest) resolve(ctx context.Context, text, before, after string) (string, error) {
	if text == "" {
		return "", problem.Wrong("q", "不能为空 must not be empty")
	}
	found, err := r.Doors.Finder.Find(ctx, text)
	switch {
	case err != nil:
		return "", r.fault(ctx, err)
	case found.To == "":
		detail := "名称有多个主体 several operators bear it"
		if found.Contested {
			detail = "标识符归属有争议 sources disagree whose identifier it is"
		}
		p := problem.New("several-bearers", detail)
		p.Candidates = found.Candidates
		return "", p
	case found.Moved:
		return "", moved(before + url.PathEscape(found.To) + after)
	}
	return found.To, nil
}

// A redirect is an answer whose Location is what matters.
type redirect struct {
	Location string `json:"location" doc:"as in the header of that name"`
}

func moved(to string) error { return &redirect{to} }

// Error makes it something that ends an operation.
func (m *redirect) Error() string { return "moved to " + m.Location }

// GetStatus is 308: the same question, asked there.
func (m *redirect) GetStatus() int { return http.StatusPermanentRedirect }

// GetHeaders says where.
func (m *redirect) GetHeaders() http.Header { return http.Header{"Location": {m.Location}} }

// read finds the entity of a path and reads what the asker may see of it.
func (r *rest) read(ctx context.Context, in *entityInput, after string) (doors.Dossier, int, error) {
	when, err := in.when(r.Now())
	if err != nil {
		return doors.Dossier{}, 0, err
	}
	query := momentQuery(in.Moment)
	id, err := r.resolve(ctx, in.ID, "/api/v1/entities/", after+query)
	if err != nil {
		return doors.Dossier{}, 0, err
	}
	d, err := r.Doors.Entities.Dossier(ctx, id, when)
	if err != nil {
		return d, 0, r.fault(ctx, err)
	}
	d, withheld := role(ctx).Dossier(d, r.today())
	return d, withheld, nil
}

func momentQuery(m Moment) string {
	v := url.Values{}
	for k, x := range map[string]string{"as_of": m.AsOf, "known_at": m.KnownAt, "standard": m.Standard} {
		if x != "" {
			v.Set(k, x)
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

func at(id, after string) string { return "/api/v1/entities/" + url.PathEscape(id) + after }

func (r *rest) entity(ctx context.Context, in *entityInput) (*Located[evidence.Entity], error) {
	d, _, err := r.read(ctx, in, "")
	if err != nil {
		return nil, err
	}
	return &Located[evidence.Entity]{at(d.Entity.ID, ""), d.Entity}, nil
}

func (r *rest) dossier(ctx context.Context, in *entityInput) (*Located[DossierOn], error) {
	d, withheld, err := r.read(ctx, in, "/dossier")
	if err != nil {
		return nil, err
	}
	return &Located[DossierOn]{at(d.Entity.ID, "/dossier"), dossierOn(d, withheld)}, nil
}

func (r *rest) findDossier(ctx context.Context, in *struct {
	ByText
	Moment
},
) (*Located[DossierOn], error) {
	return r.dossier(ctx, &entityInput{Moment: in.Moment, ID: in.Q})
}

// Facts of one operator.
type Facts struct {
	Facts    []FactOn      `json:"facts"`
	Withheld int           `json:"withheld"`
	AsOf     evidence.Date `json:"as_of"`
}

func (r *rest) facts(ctx context.Context, in *entityInput) (*Located[Facts], error) {
	d, withheld, err := r.read(ctx, in, "/facts")
	if err != nil {
		return nil, err
	}
	return &Located[Facts]{at(d.Entity.ID, "/facts"), Facts{dossierOn(d, withheld).Facts, withheld, d.AsOf}}, nil
}

func (r *rest) evaluation(ctx context.Context, in *entityInput) (*Located[EvaluationOn], error) {
	d, withheld, err := r.read(ctx, in, "/evaluation")
	if err != nil {
		return nil, err
	}
	all := dossierOn(d, withheld)
	if d.Evaluation.Grade == "" {
		return nil, problem.New("not-found", "尚无公开的评价 no evaluation is public yet")
	}
	return &Located[EvaluationOn]{at(d.Entity.ID, "/evaluation"), EvaluationOn{all.Evaluation, all.Issued, all.Issue, withheld}}, nil
}
