package crawler

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"probity/crawler/traps"
	"probity/pipeline/evidence"
)

// wary is what a visitor remembers to stay out of traps: what error pages look
// like, which pages are alike, and whose budget it has told to be used up.
type wary struct {
	errors *traps.Errors
	alike  *traps.Likes
	mu     sync.Mutex
	told   map[traps.Spender]bool
}

// A payer is one who pays for a visit, with its budget.
type payer struct {
	traps.Spender
	budget evidence.Budget
}

// payers are those of a source and its hosts that have a budget.
func payers(src evidence.Source, l Lease) []payer {
	if src.Traps == nil {
		return nil
	}
	return slices.DeleteFunc([]payer{
		{traps.Spender{Kind: "source", Name: src.ID, Run: l.Run}, src.Traps.Budget},
		{traps.Spender{Kind: "host", Name: src.ID + " " + l.Lead.Host(), Run: l.Run}, src.Traps.HostBudget},
	}, func(p payer) bool { return p.budget == evidence.Budget{} })
}

// afford refuses a visit that nobody can pay for. It is a dead letter with its
// reason, so that the run is partial and its report says why; the first of
// each spender here is a warning. Where nobody can say what was spent the lead
// is given back. Who pays is noted in s.
func (v *Visitor) afford(ctx context.Context, src evidence.Source, s *Settlement) Outcome {
	all := payers(src, s.Lease)
	if len(all) == 0 {
		return Outcome{}
	}
	for _, p := range all {
		s.payers = append(s.payers, p.Spender)
	}
	spent, err := v.Purse.Spent(ctx, s.payers...)
	if err != nil {
		v.Log.WarnContext(ctx, "what was spent is not known, the lead is given back", slog.String("url", s.Lease.Lead.URL), slog.Any("error", err))
		return Outcome{Result: Returned, After: v.Obey}
	}
	for i, p := range all {
		reason, why := traps.May(p.Spender, p.budget, spent[i])
		if reason == "" {
			continue
		}
		if v.wary.first(p.Spender) {
			v.Log.WarnContext(ctx, "budget used up", slog.String("run", p.Run), slog.String("spender", p.String()), slog.String("why", why))
		}
		return Outcome{Result: Failed, Reason: reason, Detail: why}
	}
	return Outcome{}
}

// mostTold is how many spenders are remembered as told.
const mostTold = 50_000

func (w *wary) first(s traps.Spender) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told[s] {
		return false
	}
	if w.told == nil || len(w.told) >= mostTold {
		w.told = map[traps.Spender]bool{}
	}
	w.told[s] = true
	return true
}

// spend notes what a visit costs; it is paid before it is settled.
func (s *Settlement) spend(requests int, took time.Duration) {
	by := traps.Spent{Requests: requests, Time: took}
	if s.Capture != nil && s.Capture.Unchanged == "" {
		by.Bytes = s.Capture.Size
	}
	s.spent = s.spent.And(by)
}

// pay lets the payers of a visit spend what it cost, once.
func (v *Visitor) pay(ctx context.Context, s *Settlement) error {
	if len(s.payers) == 0 || s.spent == (traps.Spent{}) {
		return nil
	}
	err := v.Purse.Spend(ctx, s.spent, s.payers...)
	if err == nil {
		s.payers = nil
	}
	return err
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
	if src.Traps == nil || src.Traps.Alike <= 0 && !src.Traps.SoftErrors || !c.IsHTML() {
		return
	}
	missing := c.Status == http.StatusNotFound || c.Status == http.StatusGone
	if !missing && !c.OK() {
		return
	}
	title, text := traps.TextOf(e.Body, c.Charset.Name)
	if most := src.Traps.Alike; most > 0 && !missing && c.Unchanged == "" && c.Lead.View != evidence.ProbeView {
		c.Alike = v.wary.alike.Beyond(most, c.Run+" "+src.ID+" "+c.Lead.Host(), c.ID, text)
	}
	if !src.Traps.SoftErrors {
		return
	}
	switch host := c.Lead.Host(); {
	case missing, c.Lead.View == evidence.ProbeView:
		v.wary.errors.Learn(host, title, text)
	case v.wary.errors.Is(host, title, text):
		c.SoftError = traps.SoftError
	}
}
