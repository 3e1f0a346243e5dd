package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"probity/api/doors"
	"probity/indexer"
	"probity/pipeline/evidence"
)

// Capture implements doors.Evidence: by capture id, or the newest capture of
// a content.
func (p proofs) Capture(ctx context.Context, id string) (doors.Capture, error) {
	var out doors.Capture
	seen, err := p.runs.Captures(ctx, id)
	if err != nil {
		return out, err
	}
	capture := id
	if n := len(seen); n > 0 {
		capture = seen[n-1].Capture
	}
	if out.Capture, _, err = p.archive.Capture(ctx, capture); err != nil {
		return out, noCapture().or(err, id)
	}
	if len(seen) == 0 {
		if seen, err = p.runs.Captures(ctx, out.Capture.Content); err != nil {
			return out, err
		}
	}
	for _, s := range seen {
		out.Seen = append(out.Seen, doors.Sighting{ID: s.Capture, Run: s.Run, Time: s.Time})
	}
	doc, err := p.index.Get(ctx, indexer.ContentDoc, out.Capture.Content)
	if errors.Is(err, evidence.ErrNotFound) {
		out.Withheld = "此页没有可读的文字 the page has no text that could be read"
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Title, out.Text = doc.Title, doc.Text
	var says struct {
		Leaves []evidence.Leaf `json:"leaves"`
	}
	if err := json.Unmarshal(doc.Body, &says); err != nil {
		return out, fmt.Errorf("document of %s: %w", id, err)
	}
	out.Leaves = says.Leaves
	return out, nil
}

// vault is the door to what only operators may see.
type vault struct{ *house }

// Original implements doors.Vault.
func (v vault) Original(ctx context.Context, capture string) (evidence.Exchange, error) {
	return v.archive.Open(ctx, capture)
}

// Note implements doors.Vault.
func (v vault) Note(ctx context.Context, a doors.Access) error {
	_, err := v.ledger.Append(ctx, "access", a)
	return err
}

// Campaigns implements doors.Campaigns.
func (c *conductor) Campaigns(ctx context.Context) ([]doors.Campaign, error) {
	var out []doors.Campaign
	for _, id := range sortedKeys(c.set.Campaigns) {
		one, err := c.Campaign(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// Campaign implements doors.Campaigns.
func (c *conductor) Campaign(ctx context.Context, id string) (doors.Campaign, error) {
	declared, ok := c.set.Campaigns[id]
	if !ok {
		return doors.Campaign{}, c.noCampaign(id)
	}
	out := doors.Campaign{Campaign: declared, State: doors.Planned, Next: c.next(declared)}
	runs, err := c.runs.All(ctx)
	if err != nil {
		return out, err
	}
	for _, r := range runs {
		if r.Campaign == id {
			out.Runs = append(out.Runs, doors.RunOf{ID: r.ID, State: c.stateOf(ctx, r), Who: r.Who, Opened: r.Opened, Closed: r.Closed})
		}
	}
	slices.SortFunc(out.Runs, func(a, b doors.RunOf) int { return cmp.Compare(b.Opened.UnixNano(), a.Opened.UnixNano()) })
	if len(out.Runs) > 0 {
		out.State = out.Runs[0].State
	}
	return out, nil
}

// Progress implements doors.Campaigns.
func (c *conductor) Progress(ctx context.Context, id string) (doors.Progress, error) {
	run, err := c.runs.Last(ctx, id)
	if _, declared := c.set.Campaigns[id]; err != nil && !declared {
		return doors.Progress{}, c.noCampaign(id)
	}
	if err != nil {
		return doors.Progress{}, noProgress().or(err, id)
	}
	p, _, err := c.joint.progress(ctx, run)
	if err != nil {
		return doors.Progress{}, err
	}
	p.State = c.stateOf(ctx, run)
	end := c.now()
	if !run.Closed.IsZero() {
		end = run.Closed
	}
	p.pace(end.Sub(run.Opened))
	return doors.Progress(p), nil
}

// Report implements doors.Campaigns.
func (c *conductor) Report(ctx context.Context, run string) (doors.Report, error) {
	var r Report
	if err := c.runs.Report(ctx, run, &r); err != nil {
		return doors.Report{}, noReport().or(err, run)
	}
	out := doors.Report{
		Run: r.Run, Campaign: r.Campaign, Who: r.Who, Opened: r.Opened, Closed: r.Closed, FactsNew: r.FactsNew, FactsDiff: r.FactsDiff, FactsGone: r.FactsGone,
		Entities: r.Entities, Issued: r.Issued, Changes: doors.Changes(r.Records),
	}
	out.Figures = figuresOf(r.Figures)
	if b := r.Before; b != nil {
		out.Before = &doors.Before{Run: b.Run, Closed: b.Closed, Pages: doors.PagesDiff(b.Pages), Figures: figuresOf(b.Figures)}
	}
	for _, id := range sortedKeys(r.Sources) {
		s := r.Sources[id]
		out.Sources = append(out.Sources, doors.SourceReport{
			ID: id, Title: s.Title, Result: s.Result, Reason: s.Reason, Asked: s.Asked, Fetched: s.Fetched, Unchanged: s.Unchanged, Refused: s.Refused,
			Failed: s.Failed, Why: s.Why, Records: s.Records, Quarantined: s.Quarantined, Skipped: s.Skipped, Unread: s.Unread, Passed: s.Passed, Flagged: s.Flagged, Changes: doors.Changes(s.Changes),
		})
	}
	return out, nil
}
