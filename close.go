package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"probity/indexer/resolve"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
)

// closeRun ends a run in the order of MODEL 5: its looks go to the ledger,
// then that it is closed; absence is judged and anchors are resolved; then the
// touched entities are evaluated. Each step is done once however often it is
// begun, so a kill anywhere is made good by the next start.
func (h *house) closeRun(ctx context.Context, run campaign.Run) (report Report, err error) {
	h.shutting.Lock()
	defer h.shutting.Unlock()
	start := time.Now()
	defer func() { h.measure(func(m *gauge.Meter) { m.Closed(run.Campaign, time.Since(start), err) }) }()
	if run.State != campaign.Closing {
		run.State, run.Closed = campaign.Closing, h.now().UTC()
		if err := h.runs.Keep(ctx, run); err != nil {
			return Report{}, err
		}
	}
	sums, asked, read, err := h.sums(ctx, run)
	if err != nil {
		return Report{}, err
	}
	whole, err := h.whole(ctx, run, sums, asked)
	if err != nil {
		return Report{}, err
	}
	looks := campaign.Looks(run, h.set.Sources, whole, run.Closed)
	said := make([]campaign.Saying, 0, len(looks)+1)
	for _, l := range looks {
		said = append(said, campaign.Saying{Key: "look:" + l.ID, Kind: ledger.Look, Body: l})
	}
	word := closing{Run: run.ID, Closed: run.Closed, Results: h.results(run, sums), Read: read}
	said = append(said, campaign.Saying{Key: "run_closed:" + run.ID, Kind: ledger.RunClosed, Body: word})
	if run.Position, err = h.runs.Once(ctx, said...); err == nil {
		word, err = h.closing(ctx, run.Position) // of whoever said it first
	}
	if err != nil {
		return Report{}, fmt.Errorf("close %s: %w", run.ID, err)
	}
	run.Closed = word.Closed
	h.mark("close")
	changes, issued, err := h.conclude(ctx, run, word, looks)
	if err != nil {
		return Report{}, fmt.Errorf("close %s: %w", run.ID, err)
	}
	report = h.report(run, sums, word.Results, changes, issued)
	counts, err := h.frontier.Counts(ctx, run.ID)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) { // files that were handed in ask nobody
		return report, fmt.Errorf("close %s: %w", run.ID, err)
	}
	report.Figures.Requests = counts.Requests
	if report.Before, err = h.compared(ctx, run); err != nil {
		return report, fmt.Errorf("close %s: %w", run.ID, err)
	}
	if err := h.tell(ctx, run, report); err != nil {
		return report, fmt.Errorf("close %s: %w", run.ID, err)
	}
	run.State = campaign.Closed
	h.mark("closed")
	if err := h.runs.Keep(ctx, run); err != nil {
		return report, err
	}
	h.purge(ctx, run)
	return report, nil
}

// A reporting is the ledger's word that all which follows from a run was said.
type reporting struct {
	Run    string `json:"run"`
	Report string `json:"report"` // digest
}

// tell keeps the report, when others see what it tells of.
func (h *house) tell(ctx context.Context, run campaign.Run, report Report) error {
	if err := h.joint.told(ctx, run); err != nil {
		return err
	}
	digest, err := h.seal(ctx, report)
	if err != nil {
		return err
	}
	_, err = h.runs.Once(ctx, campaign.Saying{Key: "run_reported:" + run.ID, Kind: ledger.RunReported, Body: reporting{run.ID, digest}})
	if err != nil {
		return err
	}
	return h.runs.SetReport(ctx, run.ID, report)
}

// A closing is the ledger's word that a run is over and what it was worth.
type closing struct {
	Run     string            `json:"run"`
	Closed  time.Time         `json:"closed"`
	Results map[string]result `json:"results"`
	// Read are digests of lists: what the run had read when it closed, where
	// others may still come with more (a fleet).
	Read []string `json:"read,omitempty"`
}

// A result is what a run was worth for one source.
type result struct {
	Result string `json:"result"`
	Reason string `json:"reason,omitempty"`
	Scope  string `json:"scope"` // digest: absence is judged between equal ones
}

// closing reads the ledger's word that a run is over.
func (h *house) closing(ctx context.Context, position int64) (said closing, err error) {
	end := errors.New("read")
	err = h.ledger.Scan(ctx, position, func(e ledger.Entry) error {
		if err := json.Unmarshal(e.Body, &said); err != nil {
			return fmt.Errorf("ledger entry %d: %w", e.Seq, err)
		}
		return end
	})
	if errors.Is(err, end) {
		err = nil
	}
	return said, err
}

// conclude makes everything that follows from a closed run.
func (h *house) conclude(ctx context.Context, run campaign.Run, said closing, looks []evidence.Look) (resolve.Changes, int, error) {
	changes, err := h.joint.settle(ctx, run, said, looks)
	if err != nil {
		return changes, 0, err
	}
	h.mark("resolve")
	issued, err := h.evaluate(ctx, evidence.DateOf(run.Closed), run.Position)
	if err != nil {
		return changes, issued, err
	}
	return changes, issued, h.joint.label(ctx, run, changes.Entities)
}

// settle hands a closed run to those who resolve: the same from the live run
// and from a rebuild.
func (h *house) settle(ctx context.Context, run campaign.Run, sources map[string]evidence.Source, results map[string]result, looks []evidence.Look) (resolve.Changes, error) {
	c := resolve.Closing{Run: run.ID, ClosedAt: run.Closed, Position: run.Position}
	for _, id := range sortedKeys(run.Sources) {
		r := results[id]
		c.Sources = append(c.Sources, resolve.SourceClosing{Declaration: sources[id], Result: r.Result, ScopeDigest: r.Scope})
	}
	err := h.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, l := range looks {
			if err := h.store.AddLookTx(ctx, tx, l, run.Position); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return resolve.Changes{}, err
	}
	return h.store.Close(ctx, c)
}

// sums adds what the frontier knows of leads to what was read of captures. It
// also says which leads there were, by their keys.
func (h *house) sums(ctx context.Context, run campaign.Run) (campaign.Sums, map[string]bool, []string, error) {
	sums, asked, read, err := h.joint.sums(ctx, run)
	if err != nil {
		return nil, nil, nil, err
	}
	all := make(map[string]bool, len(asked))
	for key := range asked {
		all[key] = true
	}
	err = h.frontier.Leads(ctx, run.ID, func(l evidence.Lead, state, reason string) {
		all[l.Key()] = true
		delete(asked, l.Key())
		s := campaign.At(sums, l.Source, campaign.Subject(h.set.Sources[l.Source], l))
		s.Asked++
		switch state {
		case "open":
			s.Open++
		case "refused":
			s.Add(campaign.Sum{Passed: map[string]int{reason: 1}})
			if strings.HasPrefix(reason, "scope_") || strings.HasPrefix(reason, "hop_") {
				s.Outside++
			} else {
				s.Refused++
			}
		case "failed":
			add := campaign.Sum{Failed: map[string]int{reason: 1}}
			if reason == lost {
				add.Why = []string{l.URL + ": " + lostWords}
			}
			s.Add(add)
		}
	})
	if err != nil {
		return nil, nil, nil, err
	}
	for _, a := range asked { // what is done a frontier may have forgotten
		campaign.At(sums, a.Source, a.Subject).Asked++
	}
	return sums, all, read, h.unread(ctx, run.ID, sums)
}

// results judges each source of the run as a whole.
func (h *house) results(run campaign.Run, sums campaign.Sums) map[string]result {
	out := map[string]result{}
	for id, digest := range run.Sources {
		var whole campaign.Sum
		for _, s := range sums[id] {
			whole.Add(*s)
		}
		r := result{Scope: digest}
		r.Result, r.Reason = campaign.Judge(h.set.Sources[id], whole)
		switch {
		case run.Single && whole.Asked == 0:
			r.Result, r.Reason = evidence.Partial, "没有页面需要再访 none of its pages was asked for"
		case run.Cohort && r.Result == evidence.Complete:
			r.Result, r.Reason = evidence.Partial, "只看了一部分对象 a cohort is no whole scope"
		}
		out[id] = r
	}
	return out
}

// A Report ends every run.
type Report struct {
	Run       string                  `json:"run"`
	Campaign  string                  `json:"campaign"`
	Who       string                  `json:"who"`
	Opened    time.Time               `json:"opened"`
	Closed    time.Time               `json:"closed"`
	Position  int64                   `json:"position"`
	Sources   map[string]SourceReport `json:"sources"`
	Records   resolve.RecordChanges   `json:"records"`
	FactsNew  int                     `json:"facts_new"`
	FactsDiff int                     `json:"facts_changed"`
	FactsGone int                     `json:"facts_gone"`
	Entities  int                     `json:"entities_touched"`
	Issued    int                     `json:"evaluations_issued"`
	Figures   campaign.Figures        `json:"figures"`
	Before    *campaign.Comparison    `json:"before,omitempty"` // the campaign's last run; nil: this is the first
}

// compared sets a run beside the one before it.
func (h *house) compared(ctx context.Context, run campaign.Run) (*campaign.Comparison, error) {
	before, err := h.runs.Before(ctx, run)
	if err != nil || before.ID == "" {
		return nil, err
	}
	var was Report
	if err := h.runs.Report(ctx, before.ID, &was); errors.Is(err, evidence.ErrNotFound) {
		return nil, nil //nolint:nilnil // a run without a report has nothing to be compared with
	} else if err != nil {
		return nil, err
	}
	pages, err := h.runs.Compare(ctx, run.ID, before.ID)
	return &campaign.Comparison{Run: before.ID, Closed: before.Closed, Pages: pages, Figures: was.Figures}, err
}

// A SourceReport is a run's report on one source.
type SourceReport struct {
	Title  string `json:"title"`
	Result string `json:"result"`
	Reason string `json:"reason,omitempty"`
	campaign.Sum
	Changes resolve.RecordChanges `json:"changes"`
}

func (h *house) report(run campaign.Run, sums campaign.Sums, results map[string]result, c resolve.Changes, issued int) Report {
	r := Report{
		Run: run.ID, Campaign: run.Campaign, Who: run.Who, Opened: run.Opened, Closed: run.Closed, Position: run.Position, Sources: map[string]SourceReport{},
		Figures: campaign.FiguresOf(run, sums), FactsNew: c.FactsNew, FactsDiff: c.FactsChanged, FactsGone: c.FactsGone, Entities: len(c.Entities), Issued: issued,
	}
	for _, id := range sortedKeys(run.Sources) {
		s := SourceReport{Title: h.set.Sources[id].Title, Result: results[id].Result, Reason: results[id].Reason, Changes: c.Sources[id]}
		for _, part := range sums[id] {
			s.Add(*part)
		}
		r.Sources[id] = s
		r.Records.New += s.Changes.New
		r.Records.Changed += s.Changes.Changed
		r.Records.Gone += s.Changes.Gone
		r.Records.Back += s.Changes.Back
		r.Records.Unchanged += s.Changes.Unchanged
	}
	return r
}
