package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"probity/api/doors"
	"probity/api/problem"
	"probity/api/see"
	"probity/pipeline/evidence"
)

func (r *rest) operations(api huma.API) {
	const tag = "operations"
	huma.Register(api, get("/calendar", "get-calendar", tag, "两周之内的日程 what is due within two weeks, overlapping or blocked"), r.calendar)
	huma.Register(api, get("/hosts", "list-hosts", tag, "各主机怎样被访问 how hosts are visited: gap, back-off, next visit"), r.hosts)
	huma.Register(api, get("/orders", "list-orders", tag, "下过的指令 orders that were given, with who and why"), r.orders)
	huma.Register(api, get("/failures", "list-failures", tag, "按原因汇总的失败 failures by reason"), r.failures)
	huma.Register(api, get("/refusals", "list-refusals", tag, "未访问的页面及判定 pages not visited, by decision"), r.refusals)
	huma.Register(api, get("/disk", "get-disk", tag, "磁盘 room on the disk"), r.disk)
	huma.Register(api, get("/campaigns/{id}/estimate", "estimate-campaign", tag, "开始前的估计 what a run would come to", 404), r.estimate)
	huma.Register(api, get("/campaigns/{id}/in-force", "get-in-force", tag, "生效中的预算与间隔，何人何时所改 budget and delays in force, and who changed them when", 404), r.inForce)
	act := func(path, id, summary string) huma.Operation {
		o := op(http.MethodPost, "/api/v1"+path, id, tag, summary, 401, 403, 404, 409)
		o.Security = []map[string][]string{{"operator": {}}}
		o.DefaultStatus, o.MaxBodyBytes = http.StatusAccepted, 16<<10
		return o
	}
	huma.Register(api, act("/hosts/{id}/orders", "order-host", "暂停、恢复一台主机，改间隔 pause or resume a host, change its delay"), r.orderHost)
	huma.Register(api, act("/sources/{id}/orders", "order-source", "停止、恢复、改间隔 kill, resume, change the delay: in force at once"), r.orderSource)
	huma.Register(api, act("/campaigns/{id}/budget", "order-budget", "改预算 change the budget, also of the open run"), r.orderBudget)
	huma.Register(api, act("/runs/{id}/retry", "retry-run", "重试某原因的失败 open what a run gave up for a reason"), r.retry)
	huma.Register(api, act("/captures/{id}/visit", "visit-now", "立即再访问此页 visit this page once more, under its host's courtesy"), r.visit)
}

// allowed lets only the operator's token through.
func allowed(ctx context.Context) error {
	if role(ctx).May(see.OrderByToken) {
		return nil
	}
	p := problem.New("token-needed", "")
	p.Header = http.Header{"Www-Authenticate": {`Bearer realm="probity"`}}
	return p
}

func answer[T any](ctx context.Context, r *rest, v T, err error) (*Of[T], error) {
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return &Of[T]{v}, nil
}

func (r *rest) calendar(ctx context.Context, _ *struct{}) (*Of[doors.Calendar], error) {
	c, err := r.Doors.Operations.Calendar(ctx, 14)
	return answer(ctx, r, c, err)
}

// HostList is all hosts.
type HostList struct {
	Hosts []doors.Host `json:"hosts"`
}

func (r *rest) hosts(ctx context.Context, _ *struct{}) (*Of[HostList], error) {
	all, err := r.Doors.Operations.Hosts(ctx)
	return answer(ctx, r, HostList{all}, err)
}

// OrderList are orders, newest first.
type OrderList struct {
	Orders []doors.Given `json:"orders"`
}

func (r *rest) orders(ctx context.Context, _ *struct{}) (*Of[OrderList], error) {
	all, err := r.Doors.Operations.Given(ctx, 200)
	return answer(ctx, r, OrderList{all}, err)
}

// FailureList are failures or refusals.
type FailureList struct {
	Failures []doors.Failure `json:"failures"`
}

func (r *rest) failures(ctx context.Context, _ *struct{}) (*Of[FailureList], error) {
	all, err := r.Doors.Operations.Failures(ctx)
	return answer(ctx, r, FailureList{all}, err)
}

func (r *rest) refusals(ctx context.Context, _ *struct{}) (*Of[FailureList], error) {
	all, err := r.Doors.Operations.Refusals(ctx)
	return answer(ctx, r, FailureList{all}, err)
}

func (r *rest) disk(ctx context.Context, _ *struct{}) (*Of[doors.Disk], error) {
	d, err := r.Doors.Operations.Disk(ctx)
	return answer(ctx, r, d, err)
}

func (r *rest) estimate(ctx context.Context, in *ByID) (*Of[doors.Estimate], error) {
	e, err := r.Doors.Operations.Estimate(ctx, in.ID)
	return answer(ctx, r, e, err)
}

func (r *rest) inForce(ctx context.Context, in *ByID) (*Of[doors.InForce], error) {
	f, err := r.Doors.Campaigns.InForce(ctx, in.ID)
	return answer(ctx, r, f, err)
}

// Done says that an order is in force.
type Done struct {
	Done bool `json:"done"`
}

func (r *rest) done(ctx context.Context, do func() error) (*Of[Done], error) {
	err := allowed(ctx)
	if err == nil {
		err = do()
	}
	return answer(ctx, r, Done{true}, err)
}

// HostOrder is a word about a host.
type HostOrder struct {
	Verb  string  `json:"verb" enum:"pause,resume,delay"`
	Delay float64 `json:"delay,omitempty" minimum:"0" maximum:"86400" doc:"seconds; 0: as its sources have it"`
	Why   string  `json:"why" minLength:"1" maxLength:"200"`
}

func (r *rest) orderHost(ctx context.Context, in *struct {
	ByID
	Body HostOrder
},
) (*Of[Done], error) {
	o := doors.Order{Verb: in.Body.Verb, Delay: time.Duration(in.Body.Delay * float64(time.Second)), Why: in.Body.Why}
	return r.done(ctx, func() error { return r.Doors.Operations.OrderHost(ctx, in.ID, o, "operator") })
}

// SourceOrder is a word about a source.
type SourceOrder struct {
	Verb  string  `json:"verb" enum:"kill,resume,delay"`
	Delay float64 `json:"delay,omitempty" minimum:"0" maximum:"86400" doc:"seconds; 0: as declared"`
	Why   string  `json:"why" minLength:"1" maxLength:"200"`
}

func (r *rest) orderSource(ctx context.Context, in *struct {
	ByID
	Body SourceOrder
},
) (*Of[Done], error) {
	o := doors.Order{Verb: in.Body.Verb, Delay: time.Duration(in.Body.Delay * float64(time.Second)), Why: in.Body.Why}
	return r.done(ctx, func() error { return r.Doors.Operations.OrderSource(ctx, in.ID, o, "operator") })
}

// BudgetOrder is a budget that takes the place of the declared one.
type BudgetOrder struct {
	Declared bool   `json:"declared,omitempty" doc:"take the order back"`
	Requests int    `json:"requests,omitempty" minimum:"0"`
	Bytes    int64  `json:"bytes,omitempty" minimum:"0"`
	Minutes  int    `json:"minutes,omitempty" minimum:"0"`
	Why      string `json:"why" minLength:"1" maxLength:"200"`
}

func (r *rest) orderBudget(ctx context.Context, in *struct {
	ByID
	Body BudgetOrder
},
) (*Of[Done], error) {
	b := &evidence.Budget{Requests: in.Body.Requests, Bytes: in.Body.Bytes, Minutes: in.Body.Minutes}
	if in.Body.Declared {
		b = nil
	}
	return r.done(ctx, func() error { return r.Doors.Operations.OrderCampaign(ctx, in.ID, b, in.Body.Why, "operator") })
}

// RetryOrder names what is to be tried again.
type RetryOrder struct {
	Reason string `json:"reason" minLength:"1" maxLength:"100"`
}

func (r *rest) retry(ctx context.Context, in *struct {
	ByID
	Body RetryOrder
},
) (*Of[doors.Retried], error) {
	if err := allowed(ctx); err != nil {
		return nil, r.fault(ctx, err)
	}
	done, err := r.Doors.Operations.Retry(ctx, in.ID, in.Body.Reason, "operator")
	return answer(ctx, r, done, err)
}

// Visiting names the run of a visit.
type Visiting struct {
	Run string `json:"run"`
}

func (r *rest) visit(ctx context.Context, in *ByID) (*Of[Visiting], error) {
	if err := allowed(ctx); err != nil {
		return nil, r.fault(ctx, err)
	}
	run, err := r.Doors.Operations.VisitNow(ctx, in.ID, "operator")
	return answer(ctx, r, Visiting{run}, err)
}
