package rest

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"probity/api/doors"
	"probity/api/question"
	"probity/pipeline/evidence"
)

type searchInput struct {
	Q      string   `query:"q" maxLength:"200" doc:"词，空格分开都须出现；“引号”连在一起 words, all must occur; \"quoted\" ones stay together"`
	Source []string `query:"source,explode" doc:"来源 source ids"`
	Class  []string `query:"class,explode" doc:"第十条类别 class 1 to 5 of article 10"`
	Type   []string `query:"type,explode" doc:"记录类型 record types"`
	Entity []string `query:"entity,explode" doc:"主体编号 entity ids"`
	Grade  []string `query:"grade,explode" doc:"主体现等级 grades of the operators concerned, now"`
	Fact   []string `query:"fact,explode" doc:"事项编号 fact ids"`
	State  []string `query:"state,explode" doc:"状态 states"`
	From   string   `query:"from" doc:"日期自 the thing's own date, from"`
	To     string   `query:"to" doc:"日期至 to, included"`
	Sort   string   `query:"sort" doc:"newest（默认 by default）或 or oldest"`
	Size   int      `query:"size" doc:"每页条数，默认 20，至多 100 hits a page"`
	Cursor string   `query:"cursor" doc:"上一页的 next，原样交回 the next of the page before, as it was given"`
}

func (in *searchInput) search() question.Search {
	s := question.Search{Q: in.Q, Filter: map[string][]string{}, From: in.From, To: in.To, Sort: in.Sort, Size: in.Size, Cursor: in.Cursor}
	for k, v := range map[string][]string{"source": in.Source, "class": in.Class, "type": in.Type, "entity": in.Entity, "grade": in.Grade, "fact": in.Fact, "state": in.State} {
		if len(v) > 0 {
			s.Filter[k] = v
		}
	}
	return s
}

// A HitOf is one document with where the words stand in it.
type HitOf struct {
	Kind        string          `json:"kind" enum:"record,content,fact,entity,evaluation"`
	ID          string          `json:"id"`
	Title       string          `json:"title,omitempty"`
	Date        evidence.Date   `json:"date,omitempty"`
	Type        string          `json:"type,omitempty"`
	Source      string          `json:"source,omitempty"`
	Class       int             `json:"class,omitempty"`
	Entities    []doors.Ref     `json:"entities,omitempty"`
	Facts       int             `json:"facts,omitempty" doc:"how many facts it states"`
	Provisional bool            `json:"provisional,omitempty"`
	Withheld    bool            `json:"withheld,omitempty" doc:"what it states is no longer published: nothing else is said of it"`
	Passages    []doors.Passage `json:"passages,omitempty"`
	Content     string          `json:"content,omitempty" doc:"the capture's content, see /captures/{id}"`
	Start       int             `json:"start,omitempty" doc:"runes of that content's text"`
	End         int             `json:"end,omitempty"`
}

// A Group are the hits of one page that state the same fact.
type Group struct {
	Fact *doors.FactRef `json:"fact,omitempty" doc:"absent: hits that state no fact"`
	Hits []HitOf        `json:"hits"`
}

// An EvidencePage is one page of a search.
type EvidencePage struct {
	Total  int                      `json:"total" doc:"exact"`
	Groups []Group                  `json:"groups"`
	Facets map[string][]doors.Count `json:"facets" doc:"exact counts over all hits"`
	Next   string                   `json:"next,omitempty" doc:"cursor of the next page; absent: no more"`
}

func (r *rest) evidence(api huma.API) {
	huma.Register(api, get("/evidence", "search-evidence", "evidence", "检索证据，按事项归组 search the evidence, hits grouped by fact"), r.searchEvidence)
}

// kinds of documents that evidence is.
func kinds() []string { return []string{"record", "content"} }

func (r *rest) searchEvidence(ctx context.Context, in *searchInput) (*Paged[EvidencePage], error) {
	s := in.search()
	page, err := r.search(ctx, s, kinds()...)
	if err != nil {
		return nil, err
	}
	out := EvidencePage{Total: page.Total, Facets: page.Facets, Next: s.Wrap(page.Next, kinds()...), Groups: []Group{}}
	at := map[string]int{}
	for _, h := range page.Hits {
		x, fact, err := r.hit(ctx, h)
		if err != nil {
			return nil, err
		}
		if fact == nil {
			out.Groups = append(out.Groups, Group{Hits: []HitOf{x}})
			continue
		}
		i, ok := at[fact.ID]
		if !ok {
			i = len(out.Groups)
			at[fact.ID] = i
			out.Groups = append(out.Groups, Group{Fact: fact})
		}
		out.Groups[i].Hits = append(out.Groups[i].Hits, x)
	}
	return paged("/api/v1/evidence", s, out.Next, out), nil
}

func (r *rest) search(ctx context.Context, s question.Search, kinds ...string) (doors.Page, error) {
	q, err := s.Query(kinds...)
	if err != nil {
		return doors.Page{}, err
	}
	page, err := r.Doors.Finder.Search(ctx, q)
	if err != nil {
		return page, r.fault(ctx, err)
	}
	return page, nil
}

// hit is what the asker may see of a hit, and the fact that it is grouped by.
func (r *rest) hit(ctx context.Context, h doors.Hit) (HitOf, *doors.FactRef, error) {
	x, err := role(ctx).Hit(ctx, r.Doors.Evidence, h)
	if err != nil {
		return HitOf{}, nil, r.fault(ctx, err)
	}
	return HitOf{
		Kind: x.Kind, ID: x.ID, Title: x.Title, Date: x.Date, Type: x.Type, Source: x.Source, Class: x.Class, Entities: x.Entities, Facts: len(x.Facts),
		Provisional: x.Provisional, Withheld: x.Withheld, Passages: x.Passages, Content: x.Content, Start: x.Start, End: x.End,
	}, x.Fact, nil
}

type listInput struct {
	Q      string   `query:"q" maxLength:"200" doc:"名称里的字；空则全部 part of a name; all if empty"`
	Grade  []string `query:"grade,explode" doc:"现等级 grades, now"`
	Size   int      `query:"size" doc:"每页条数，默认 20，至多 100 a page"`
	Cursor string   `query:"cursor" doc:"上一页的 next the next of the page before"`
}

// An EntityPage is one page of operators.
type EntityPage struct {
	Total    int           `json:"total"`
	Entities []doors.Ref   `json:"entities"`
	Grades   []doors.Count `json:"grades" doc:"how many have each grade"`
	Next     string        `json:"next,omitempty"`
}

func (r *rest) list(ctx context.Context, in *listInput) (*Paged[EntityPage], error) {
	s := question.Search{Q: in.Q, Filter: map[string][]string{}, Size: in.Size, Cursor: in.Cursor}
	if len(in.Grade) > 0 {
		s.Filter["grade"] = in.Grade
	}
	page, err := r.search(ctx, s, "entity")
	if err != nil {
		return nil, err
	}
	out := EntityPage{Total: page.Total, Grades: page.Facets["grade"], Next: s.Wrap(page.Next, "entity"), Entities: []doors.Ref{}}
	for _, h := range page.Hits {
		if len(h.Entities) > 0 {
			out.Entities = append(out.Entities, h.Entities[0])
		} else {
			out.Entities = append(out.Entities, doors.Ref{ID: h.ID, Name: h.Title})
		}
	}
	return paged("/api/v1/entities", s, out.Next, out), nil
}
