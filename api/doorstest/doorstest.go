// Package doorstest is a small house behind the doors, made of literal
// values: two operators of like name, a shop, six facts in every state, four
// pages and two campaigns. Tests of the api ask it; it knows no rule and
// grades nobody.
package doorstest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"probity/api/doors"
	"probity/pipeline/evidence"
)

// A House answers every door from what stands in it. Tests may change it
// before they ask.
type House struct {
	mu        sync.Mutex
	Dossiers  map[string]doors.Dossier
	FactsByID map[string]doors.Fact
	Records   map[string]doors.Record
	Captures  map[string]doors.Capture // by content id
	Marks     map[string][]doors.Mark  // by content id
	Known     map[string]string        // alias or weaker identifier -> entity
	All       []doors.Campaign
	Progresses
	Accesses []doors.Access
	Orders   []string
	Slow     bool  // orders are obeyed some day
	Stuck    bool  // Stats waits until nobody does any more
	Fail     error // every door fails with it
}

// Progresses are what Progress says, one after the other; the last one stays.
type Progresses struct{ Steps []doors.Progress }

// Doors opens the house.
func (h *House) Doors() doors.Doors {
	return doors.Doors{Finder: h, Entities: h, Evidence: h, Vault: h, Campaigns: h, Published: h, Operations: h, Visited: h}
}

// Now is when the house is asked, unless a test says otherwise.
func Now() time.Time { return time.Date(2026, 11, 9, 10, 0, 0, 0, evidence.Shanghai) }

// Find knows ids, aliases, identifiers and parts of names.
func (h *House) Find(_ context.Context, text string) (doors.Found, error) {
	if h.Fail != nil {
		return doors.Found{}, h.Fail
	}
	if _, ok := h.Dossiers[text]; ok {
		return doors.Found{To: text}, nil
	}
	if id, ok := h.Known[text]; ok {
		return doors.Found{To: id, Moved: true}, nil
	}
	var found doors.Found
	for _, id := range sorted(h.Dossiers) {
		e := h.Dossiers[id].Entity
		if e.Anchor.Value == text {
			return doors.Found{To: id}, nil
		}
		for _, n := range e.Names {
			if strings.Contains(n.Name, text) {
				found.Candidates = append(found.Candidates, doors.Candidate{
					ID: id, Name: e.Names[0].Name, Anchor: e.Anchor, Kind: e.Kind, Area: h.Dossiers[id].Subject.Area,
					Grade: h.Dossiers[id].Evaluation.Grade, Reason: "名称「" + n.Name + "」 name",
				})
				break
			}
		}
	}
	switch len(found.Candidates) {
	case 0:
		return found, fmt.Errorf("find %q: %w", text, evidence.ErrNotFound)
	case 1:
		return doors.Found{To: found.Candidates[0].ID}, nil
	}
	return found, nil
}

// Dossier answers for the day asked.
func (h *House) Dossier(_ context.Context, id string, when doors.When) (doors.Dossier, error) {
	if h.Fail != nil {
		return doors.Dossier{}, h.Fail
	}
	if when.Standard != "" && when.Standard != StandardID {
		return doors.Dossier{}, fmt.Errorf("standard %s: %w", when.Standard, evidence.ErrNotFound)
	}
	if to, ok := h.Known[id]; ok {
		id = to
	}
	d, ok := h.Dossiers[id]
	if !ok {
		return d, fmt.Errorf("entity %s: %w", id, evidence.ErrNotFound)
	}
	d.AsOf, d.KnownAt, d.Issued, d.Reread = when.AsOf, when.KnownAt, !when.Asked, !when.KnownAt.IsZero()
	if when.Asked {
		d.Evaluation.AsOf = when.AsOf
	}
	return d, nil
}

// Refs names entities.
func (h *House) Refs(_ context.Context, ids []string) (refs []doors.Ref, err error) {
	for _, id := range ids {
		if d, ok := h.Dossiers[id]; ok {
			refs = append(refs, refOf(d))
		}
	}
	return refs, h.Fail
}

func refOf(d doors.Dossier) doors.Ref {
	return doors.Ref{ID: d.Entity.ID, Name: d.Entity.Names[0].Name, Grade: d.Evaluation.Grade}
}

// Fact answers by id.
func (h *House) Fact(_ context.Context, id string, _ doors.When) (doors.Fact, error) {
	f, ok := h.FactsByID[id]
	if !ok {
		return f, fmt.Errorf("fact %s: %w", id, evidence.ErrNotFound)
	}
	return f, h.Fail
}

// Record answers by id.
func (h *House) Record(_ context.Context, id string) (doors.Record, error) {
	r, ok := h.Records[id]
	if !ok {
		return r, fmt.Errorf("record %s: %w", id, evidence.ErrNotFound)
	}
	return r, h.Fail
}

// Capture answers by content or capture id.
func (h *House) Capture(_ context.Context, id string) (doors.Capture, error) {
	for _, c := range h.Captures {
		if c.Capture.Content == id || c.Capture.ID == id {
			return c, h.Fail
		}
	}
	return doors.Capture{}, fmt.Errorf("capture %s: %w", id, evidence.ErrNotFound)
}

// Citing answers with the passages that overlap.
func (h *House) Citing(_ context.Context, content string, start, end int) (marks []doors.Mark, err error) {
	for _, m := range h.Marks[content] {
		if end == 0 || m.Citation.Place.Start < end && start < m.Citation.Place.End {
			marks = append(marks, m)
		}
	}
	return marks, h.Fail
}

// attach adds what a browser makes of a page.
func attach(x *evidence.Exchange) {
	x.Attach(evidence.AttachedDOM, "text/html; charset=utf-8", "Chrome/1", []byte("<script>alert('张三')</script>"))
	x.Attach(evidence.AttachedScreenshot, "image/png", "Chrome/1", []byte("\x89PNG\r\n\x1a\n"))
}

// Original gives bytes.
func (h *House) Original(ctx context.Context, id string) (evidence.Exchange, error) {
	c, err := h.Capture(ctx, id)
	x := evidence.Exchange{Capture: c.Capture, Body: []byte("<html>原始 original 张三</html>")}
	x.Capture.Attached = nil
	attach(&x)
	return x, err
}

// Note keeps an access.
func (h *House) Note(_ context.Context, a doors.Access) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Fail != nil {
		return h.Fail
	}
	h.Accesses = append(h.Accesses, a)
	return nil
}

// Campaigns lists them.
func (h *House) Campaigns(context.Context) ([]doors.Campaign, error) { return h.All, h.Fail }

// Campaign answers by id.
func (h *House) Campaign(_ context.Context, id string) (doors.Campaign, error) {
	for _, c := range h.All {
		if c.Campaign.ID == id {
			return c, h.Fail
		}
	}
	return doors.Campaign{}, fmt.Errorf("campaign %s: %w", id, evidence.ErrNotFound)
}

// Progress goes on one step whenever it is asked.
func (h *House) Progress(context.Context, string) (doors.Progress, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.Steps) == 0 {
		return doors.Progress{}, fmt.Errorf("progress: %w", evidence.ErrNotFound)
	}
	p := h.Steps[0]
	if len(h.Steps) > 1 {
		h.Steps = h.Steps[1:]
	}
	return p, h.Fail
}

// Order keeps what was ordered.
func (h *House) Order(_ context.Context, id, verb, who string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Orders = append(h.Orders, id+" "+verb+" "+who)
	for i, c := range h.All {
		if c.Campaign.ID == id && !h.Slow {
			h.All[i].State = map[string]string{doors.Run: doors.Running, doors.Pause: doors.Paused}[verb]
		}
	}
	if verb == doors.Resume {
		return fmt.Errorf("resume %s: %w: it is not paused", id, evidence.ErrConflict)
	}
	return h.Fail
}

func sorted[T any](m map[string]T) []string {
	var ids []string
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
