package pages

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"probity/api/doors"
	"probity/api/gate"
	"probity/api/problem"
	"probity/api/see"
	"probity/pipeline/evidence"
)

// A going is a campaign with how its newest run stands.
type going struct {
	doors.Campaign
	Progress *doors.Progress
}

// Live reports whether a run is going on.
func (g going) Live() bool {
	return slices.Contains([]string{doors.Running, doors.Paused, doors.Closing}, g.State)
}

// Share is how much of what is known to be asked is settled, in percent.
func (g going) Share() int {
	if g.Progress == nil {
		return 0
	}
	settled := g.Progress.Done + g.Progress.Failed
	return 100 * settled / max(1, settled+g.Progress.Open)
}

func (p *Pages) going(ctx context.Context, c doors.Campaign) (going, error) {
	g := going{Campaign: c}
	pr, err := p.doors.Campaigns.Progress(ctx, c.Campaign.ID)
	if errors.Is(err, evidence.ErrNotFound) {
		return g, nil
	}
	g.Progress = &pr
	return g, err
}

func (p *Pages) campaigns(ctx context.Context, _ ask) (view, error) {
	all, err := p.doors.Campaigns.Campaigns(ctx)
	if err != nil {
		return view{}, err
	}
	var list []going
	for _, c := range all {
		g, err := p.going(ctx, c)
		if err != nil {
			return view{}, err
		}
		list = append(list, g)
	}
	return view{template: "campaigns.html", title: "采集 Campaigns", nav: "campaigns", data: list}, nil
}

func (p *Pages) campaign(ctx context.Context, a ask) (view, error) {
	c, err := p.doors.Campaigns.Campaign(ctx, a.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	g, err := p.going(ctx, c)
	if err != nil {
		return view{}, err
	}
	data := struct {
		going
		Queued   bool
		Report   *doors.Report
		Estimate doors.Estimate
		Force    doors.InForce
	}{going: g, Queued: a.URL.Query().Get("queued") != "" && !g.Live()}
	if data.Estimate, err = p.doors.Operations.Estimate(ctx, c.Campaign.ID); err != nil {
		return view{}, err
	}
	if data.Force, err = p.doors.Campaigns.InForce(ctx, c.Campaign.ID); err != nil {
		return view{}, err
	}
	for _, r := range c.Runs {
		report, err := p.doors.Campaigns.Report(ctx, r.ID)
		if errors.Is(err, evidence.ErrNotFound) {
			continue
		}
		if err != nil {
			return view{}, err
		}
		data.Report = &report
		break
	}
	return view{template: "campaign.html", title: "采集 " + c.Campaign.ID, nav: "campaigns", data: data}, nil
}

func (p *Pages) report(ctx context.Context, a ask) (view, error) {
	r, err := p.doors.Campaigns.Report(ctx, a.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	return view{template: "report.html", title: "采集报告 " + r.Run, nav: "campaigns", data: r}, nil
}

// order obeys a form: run, pause or resume.
func (p *Pages) order(w http.ResponseWriter, r *http.Request) {
	if err := p.ours(w, r); err != nil {
		p.Problem(w, r, err)
		return
	}
	if len(r.URL.RawQuery) > 0 {
		p.Problem(w, r, problem.New("invalid", "表单不带网址参数 this form takes no query"))
		return
	}
	verb, id := r.PostFormValue("verb"), r.PathValue("id")
	if !slices.Contains([]string{doors.Run, doors.Pause, doors.Resume}, verb) {
		p.Problem(w, r, problem.Wrong("verb", "run, pause, resume"))
		return
	}
	who := "form " + gate.From(r)
	if p.gate.Reader(r) == see.Operator {
		who = "operator"
	}
	if err := p.doors.Campaigns.Order(r.Context(), id, verb, who); err != nil {
		p.Problem(w, r, err)
		return
	}
	to := "/campaigns/" + url.PathEscape(id)
	if !p.begun(r.Context(), id, verb) {
		to += "?queued=1"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// patience is for how many looks a form waits for its order to be obeyed, so
// that the page it leads to shows what it did.
const patience = 15

// begun waits until the campaign is in the state that the order leads to.
func (p *Pages) begun(ctx context.Context, id, verb string) bool {
	want := map[string]string{doors.Run: doors.Running, doors.Resume: doors.Running, doors.Pause: doors.Paused}[verb]
	late := time.NewTimer(patience * p.poll)
	defer late.Stop()
	tick := time.NewTicker(p.poll)
	defer tick.Stop()
	for {
		c, err := p.doors.Campaigns.Campaign(ctx, id)
		if err != nil || c.State == want {
			return err == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-late.C:
			return false
		case <-tick.C:
		}
	}
}

// ours refuses what is no form of this site, or too large for one.
func (p *Pages) ours(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return problem.New("too-large", "")
		}
		return problem.New("invalid", "表单写法有误 malformed form")
	}
	if !p.gate.Form(r) {
		return problem.New("forbidden", "表单已失效：回到页面刷新后再试 this form is not ours or is stale: reload the page and try again")
	}
	return nil
}
