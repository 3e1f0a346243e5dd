package rest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"probity/api/doors"
	"probity/api/problem"
	"probity/api/see"
	"probity/pipeline/evidence"
)

func (r *rest) campaigns(api huma.API) {
	huma.Register(api, get("/campaigns", "list-campaigns", "campaigns", "采集及其运行 campaigns with their runs"), r.listCampaigns)
	huma.Register(api, get("/campaigns/{id}", "get-campaign", "campaigns", "一项采集 one campaign", 404), r.campaign)
	huma.Register(api, get("/campaigns/{id}/progress", "get-progress", "campaigns", "现在的进度 how its newest run stands", 404), r.progress)
	huma.Register(api, get("/runs/{id}/report", "get-report", "campaigns", "采集报告 the report of a run", 404), r.report)
	order := op(http.MethodPost, "/api/v1/campaigns/{id}/orders", "order-campaign", "campaigns", "开始、暂停、继续 run, pause, resume", 401, 404, 409)
	order.Security = []map[string][]string{{"operator": {}}}
	order.DefaultStatus, order.MaxBodyBytes = http.StatusAccepted, 4<<10
	huma.Register(api, order, r.order)
	sse.Register(api, get("/campaigns/{id}/events", "watch-campaign", "campaigns", "实时进度 live progress, until the run ends", 404),
		map[string]any{"progress": doors.Progress{}, "end": End{}}, r.watch)
}

// CampaignList is all campaigns.
type CampaignList struct {
	Campaigns []doors.Campaign `json:"campaigns"`
}

func (r *rest) listCampaigns(ctx context.Context, _ *struct{}) (*Of[CampaignList], error) {
	all, err := r.Doors.Campaigns.Campaigns(ctx)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[CampaignList]{CampaignList{all}}, nil
}

func (r *rest) campaign(ctx context.Context, in *ByID) (*Of[doors.Campaign], error) {
	c, err := r.Doors.Campaigns.Campaign(ctx, in.ID)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[doors.Campaign]{c}, nil
}

func (r *rest) progress(ctx context.Context, in *ByID) (*Of[doors.Progress], error) {
	p, err := r.Doors.Campaigns.Progress(ctx, in.ID)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[doors.Progress]{p}, nil
}

func (r *rest) report(ctx context.Context, in *ByID) (*Of[doors.Report], error) {
	report, err := r.Doors.Campaigns.Report(ctx, in.ID)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[doors.Report]{report}, nil
}

// An Order is what a campaign shall do.
type Order struct {
	Verb string `json:"verb" enum:"run,pause,resume"`
}

func (r *rest) order(ctx context.Context, in *struct {
	ByID
	Body Order
},
) (*Of[doors.Campaign], error) {
	if !role(ctx).May(see.OrderByToken) {
		p := problem.New("token-needed", "")
		p.Header = http.Header{"Www-Authenticate": {`Bearer realm="probity"`}}
		return nil, p
	}
	if err := r.Doors.Campaigns.Order(ctx, in.ID, in.Body.Verb, "operator"); err != nil {
		return nil, r.fault(ctx, err)
	}
	return r.campaign(ctx, &in.ByID)
}

// End is the last event of a run.
type End struct {
	Run   string `json:"run"`
	State string `json:"state"`
	Error string `json:"error,omitempty"`
}

// watch sends how the newest run stands whenever that changed, and ends with
// the run or with the asker.
func (r *rest) watch(ctx context.Context, in *ByID, send sse.Sender) {
	tick := time.NewTicker(r.Poll)
	defer tick.Stop()
	var last doors.Progress
	for first := true; ; first = false {
		p, err := r.Doors.Campaigns.Progress(ctx, in.ID)
		switch {
		case errors.Is(err, evidence.ErrNotFound):
			_ = send.Data(End{State: doors.Planned})
			return
		case err != nil:
			_ = send.Data(End{State: "unknown", Error: problem.Of(err).Title})
			return
		}
		if first || p != last {
			if send.Data(p) != nil {
				return
			}
			last = p
		}
		if p.State == doors.Closed {
			_ = send.Data(End{Run: p.Run, State: p.State})
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
