package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"probity/api/doors"
)

func (r *rest) published(api huma.API) {
	huma.Register(api, get("/sources", "list-sources", "rules", "声明的来源 the declared sources"), r.sources)
	huma.Register(api, get("/standard", "get-standard", "rules", "公布的评价标准 the published standard", 404), r.standard)
	huma.Register(api, get("/stats", "get-stats", "rules", "现有多少 what there is, counted"), r.stats)
	huma.Register(api, op(http.MethodGet, "/healthz", "healthz", "rules", "是否可用 whether it can answer", 503), r.health)
}

// SourceList is all declared sources.
type SourceList struct {
	Sources []doors.Source `json:"sources"`
}

func (r *rest) sources(ctx context.Context, _ *struct{}) (*Of[SourceList], error) {
	all, err := r.Doors.Published.Sources(ctx)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[SourceList]{SourceList{all}}, nil
}

func (r *rest) standard(ctx context.Context, in *struct {
	ID string `query:"id" doc:"ID@VERSION；默认现行 the one in force by default"`
},
) (*Of[doors.Standard], error) {
	s, err := r.Doors.Published.Standard(ctx, in.ID)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[doors.Standard]{s}, nil
}

func (r *rest) stats(ctx context.Context, _ *struct{}) (*Of[doors.Stats], error) {
	s, err := r.Doors.Published.Stats(ctx)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[doors.Stats]{s}, nil
}

// Health says that the house can answer.
type Health struct {
	Status   string `json:"status" enum:"ok"`
	Position int64  `json:"position" doc:"of the ledger"`
}

func (r *rest) health(ctx context.Context, _ *struct{}) (*Of[Health], error) {
	s, err := r.Doors.Published.Stats(ctx)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[Health]{Health{"ok", s.Position}}, nil
}
