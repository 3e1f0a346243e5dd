package rest

import (
	"context"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"probity/api/contrast"
	"probity/api/doors"
)

func (r *rest) visits(api huma.API) {
	huma.Register(api, get("/captures/{id}/diff", "compare-captures", "evidence", "两次存档的差异：按字段，按文字 what changed between two captures: by field, by text", 404), r.diff)
	huma.Register(api, get("/captures/{id}/others", "list-captures", "evidence", "同一网址的存档，新的在前 captures of the same address, newest first", 404), r.others)
	huma.Register(api, get("/hosts/{id}", "get-host", "operations", "为何访问一台主机，如何访问 why a host is visited, and how", 404), r.neighbour)
	huma.Register(api, get("/hosts/{id}/visits", "list-visits", "operations", "对一台主机的每一次访问，新的在前 every visit to a host, newest first", 404), r.ofHost)
}

func (r *rest) diff(ctx context.Context, in *struct {
	ByID
	With string `query:"with" required:"true" maxLength:"200" doc:"相比的存档的编号；较早者为 a the capture to compare with; the earlier of the two is a"`
},
) (*Of[contrast.Comparison], error) {
	c, err := contrast.Captures(ctx, r.Doors.Evidence, role(ctx), in.With, in.ID)
	return answer(ctx, r, c, err)
}

type pageInput struct {
	ByID
	Size   int    `query:"size" minimum:"0" maximum:"500" doc:"每页条数，默认 100 visits a page; 100 by default"`
	Cursor string `query:"cursor" maxLength:"200" doc:"上一页的 next the next of the page before"`
}

func (in pageInput) size() int {
	if in.Size == 0 {
		return 100
	}
	return in.Size
}

// visitsPage names the next page in the header too.
func visitsPage(path string, v doors.Visits) *Paged[doors.Visits] {
	out := &Paged[doors.Visits]{Body: v}
	if v.Next != "" {
		out.Link = "</api/v1" + path + "?" + url.Values{"cursor": {v.Next}}.Encode() + `>; rel="next"`
	}
	return out
}

func (r *rest) others(ctx context.Context, in *pageInput) (*Paged[doors.Visits], error) {
	v, err := r.Doors.Visited.OfPage(ctx, in.ID, in.Cursor, in.size())
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return visitsPage("/captures/"+url.PathEscape(in.ID)+"/others", v), nil
}

func (r *rest) neighbour(ctx context.Context, in *ByID) (*Of[doors.Neighbour], error) {
	n, err := r.Doors.Visited.Neighbour(ctx, in.ID)
	return answer(ctx, r, n, err)
}

func (r *rest) ofHost(ctx context.Context, in *pageInput) (*Paged[doors.Visits], error) {
	v, err := r.Doors.Visited.OfHost(ctx, in.ID, in.Cursor, in.size())
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return visitsPage("/hosts/"+url.PathEscape(in.ID)+"/visits", v), nil
}
