package crawler

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"probity/crawler/traps"
	"probity/pipeline/evidence"
)

// wary is what a visitor remembers to stay out of traps: what was spent, and
// what error pages look like. It is this worker's own: in a fleet each worker
// has its own purse, so a budget there bounds what one worker spends.
type wary struct {
	purse  *traps.Purse
	errors *traps.Errors
	alike  *traps.Likes
}

// A payer is one who pays for a visit, with its budget.
type payer struct {
	traps.Spender
	budget evidence.Budget
}

func payers(src evidence.Source, l Lease) []payer {
	if src.Traps == nil {
		return nil
	}
	return []payer{
		{traps.Spender{Kind: "source", Name: src.ID, Run: l.Run}, src.Traps.Budget},
		{traps.Spender{Kind: "host", Name: src.ID + " " + l.Lead.Host(), Run: l.Run}, src.Traps.HostBudget},
	}
}

// afford refuses a visit that nobody can pay for. It is a dead letter with its
// reason, so that the run is partial and its report says why; the first of
// each spender is a warning.
func (v *Visitor) afford(ctx context.Context, src evidence.Source, l Lease) Outcome {
	for _, p := range payers(src, l) {
		reason, why, first := v.wary.purse.May(p.Spender, p.budget)
		if reason == "" {
			continue
		}
		if first {
			v.Log.WarnContext(ctx, "budget used up", slog.String("run", l.Run), slog.String("spender", p.String()), slog.String("why", why))
		}
		return Outcome{Result: Failed, Reason: reason, Detail: why}
	}
	return Outcome{}
}

// spend notes what a visit cost.
func (v *Visitor) spend(src evidence.Source, s Settlement, requests int, took time.Duration) {
	by := traps.Spent{Requests: requests, Time: took}
	if s.Capture != nil && s.Capture.Unchanged == "" {
		by.Bytes = s.Capture.Size
	}
	for _, p := range payers(src, s.Lease) {
		v.wary.purse.Spend(p.Spender, by)
	}
}

// probe adds the lead of a page that cannot exist, once a host, where the
// source declares that its error pages do not say so.
func (v *Visitor) probe(s *Settlement, src evidence.Source) {
	l := s.Lease.Lead
	if src.Traps == nil || !src.Traps.SoftErrors || l.Depth > 0 {
		return
	}
	u, err := url.Parse(l.URL)
	if err != nil {
		return
	}
	path, ok := v.wary.errors.Probe(l.Host(), s.Lease.Run)
	if !ok {
		return
	}
	lead, err := v.Scope.Admit(evidence.Lead{
		Method: http.MethodGet, URL: u.Scheme + "://" + u.Host + path, Source: src.ID, View: evidence.ProbeView, Depth: 1,
	})
	if err == nil { // an excluded path is none to ask for
		s.Follow = append(s.Follow, lead)
	}
}

// unmask marks an error page that bears a good status, and a page that leads
// in a circle of pages alike; it learns from those that say what they are.
func (v *Visitor) unmask(e *evidence.Exchange, src evidence.Source) {
	c := &e.Capture
	if src.Traps == nil || !c.IsHTML() {
		return
	}
	if most := src.Traps.Alike; most > 0 && c.OK() && c.Unchanged == "" && c.Lead.View != evidence.ProbeView {
		_, text := traps.TextOf(e.Body, c.Charset.Name)
		c.Alike = v.wary.alike.Beyond(most, c.Run+" "+src.ID+" "+c.Lead.Host(), c.ID, text)
	}
	if !src.Traps.SoftErrors {
		return
	}
	missing := c.Status == http.StatusNotFound || c.Status == http.StatusGone
	if !missing && !c.OK() {
		return
	}
	title, text := traps.TextOf(e.Body, c.Charset.Name)
	switch host := c.Lead.Host(); {
	case missing, c.Lead.View == evidence.ProbeView:
		v.wary.errors.Learn(host, title, text)
	case v.wary.errors.Is(host, title, text):
		c.SoftError = traps.SoftError
	}
}
