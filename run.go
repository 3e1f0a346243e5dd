package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/crawler"
	"probity/crawler/scope"
	"probity/pipeline"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
)

// sortedKeys returns a map's keys in order.
func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// run goes through a campaign's sources, or goes on where the last run of it
// stopped, and closes the run. show is called now and then.
func (h *house) run(ctx context.Context, c evidence.Campaign, who string, show func(Progress)) (Report, error) {
	run, err := h.begin(ctx, c, beginning{who: who})
	if err != nil {
		return Report{}, err
	}
	if err := h.wake(ctx, run); err != nil {
		return Report{}, err
	}
	return h.goOn(ctx, run, c, show)
}

// goOn goes on with a run where it stopped, and closes it.
func (h *house) goOn(ctx context.Context, run campaign.Run, c evidence.Campaign, show func(Progress)) (Report, error) {
	if run.State != campaign.Closing {
		if err := h.room(); err != nil && h.fleet == nil { // in a fleet others crawl
			return Report{}, fmt.Errorf("run %s is not begun: %w", run.ID, err)
		}
		if err := h.seed(ctx, run, c); err != nil {
			return Report{}, err
		}
		if err := h.joint.await(ctx, run, c, show); err != nil {
			return Report{}, err
		}
	}
	return h.closeRun(ctx, run)
}

// A beginning is who begins a run and for which time of its schedule.
type beginning struct {
	who    string
	due    time.Time // zero: a person wished it
	missed int
	reason string
	single bool // only its pages, and not what they lead to
}

// begin opens a run, or takes up the one that is open; what it rests on goes
// to the ledger by digest, so that a rebuild needs nothing else.
func (h *house) begin(ctx context.Context, c evidence.Campaign, b beginning) (campaign.Run, error) {
	if err := h.enter(ctx); err != nil { // under which orders it begins
		return campaign.Run{}, err
	}
	b.single = b.single || c.Cohort != nil && c.Cohort.Pages > 0
	run := campaign.Run{
		Campaign: c.ID, Who: b.who, Opened: h.now().UTC(), Cohort: c.Cohort != nil, Sources: map[string]string{},
		Due: b.due, Missed: b.missed, Reason: b.reason, Beside: c.Overlap == evidence.OverlapAllow && !b.due.IsZero(), Single: b.single,
	}
	for _, id := range c.Sources {
		digest, err := h.seal(ctx, h.set.Sources[id])
		if err != nil {
			return run, fmt.Errorf("begin %s: %w", c.ID, err)
		}
		run.Sources[id] = digest
	}
	if run.Cohort && (h.fleet != nil || b.single) { // whom it chooses depends on the day, or is declared nowhere
		leads, err := h.starts(ctx, c)
		if err != nil {
			return run, fmt.Errorf("begin %s: %w", c.ID, err)
		}
		if run.Starts, err = h.seal(ctx, leads); err != nil {
			return run, fmt.Errorf("begin %s: %w", c.ID, err)
		}
	}
	run, _, err := h.runs.Begin(ctx, run)
	if err != nil {
		return run, fmt.Errorf("begin %s: %w", c.ID, err)
	}
	if n := h.inForce(ctx, c).Budget.Requests; n > 0 {
		err = h.frontier.SetBudget(ctx, run.ID, n)
	}
	return run, err
}

// seed puts the campaign's start pages into the frontier; those that are
// there already stay as they are.
func (h *house) seed(ctx context.Context, run campaign.Run, c evidence.Campaign) error {
	leads, err := h.startsOf(ctx, run, c)
	if err != nil {
		return err
	}
	if len(leads) == 0 { // nothing is due: the frontier knows the run, and that it is over
		_, err := h.frontier.Add(ctx, run.ID, h.config.Crawl.Manners)
		return err
	}
	return h.joint.leave(ctx, run.ID, leads)
}

// startsOf are the leads that a run began with.
func (h *house) startsOf(ctx context.Context, run campaign.Run, c evidence.Campaign) (leads []evidence.Lead, err error) {
	if run.Starts == "" {
		return h.starts(ctx, c)
	}
	b, err := h.ledger.Blob(run.Starts)
	if err == nil {
		err = json.Unmarshal(b, &leads)
	}
	return leads, err
}

// starts are the leads that a campaign begins with.
func (h *house) starts(ctx context.Context, c evidence.Campaign) ([]evidence.Lead, error) {
	if c.Cohort != nil {
		return h.cohort(ctx, c)
	}
	var leads []evidence.Lead
	for _, id := range c.Sources {
		some, err := scope.Starts(h.set.Sources[id])
		if err != nil {
			return nil, err
		}
		leads = append(leads, some...)
	}
	return leads, nil
}

const beat = 50 * time.Millisecond

// gather fetches and reads until nothing of the run is left to fetch or read,
// or ctx ends.
func (h *house) gather(ctx context.Context, run campaign.Run, c evidence.Campaign, show func(Progress)) error {
	visitor, err := h.visitor()
	if err != nil {
		return err
	}
	h.metered(visitor, nil)
	if _, err := h.captures.Retry(ctx, run.ID); err != nil { // what was given up before is tried once more
		return err
	}
	inner, stop := context.WithCancel(ctx)
	defer stop()
	g, inner := errgroup.WithContext(inner)
	g.Go(func() error { return visitor.Run(inner) })
	g.Go(func() error { return h.readCaptures(inner) })
	g.Go(func() error {
		defer stop()
		return h.watch(inner, run, c, show)
	})
	err = g.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("run %s stopped: the same command goes on with it: %w", run.ID, ctx.Err())
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// watch returns when the run is over, and shows its progress meanwhile.
func (h *house) watch(ctx context.Context, run campaign.Run, c evidence.Campaign, show func(Progress)) error {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	start := time.Now()
	for {
		p, over, err := h.joint.progress(ctx, run)
		if err != nil {
			return err
		}
		p.pace(time.Since(start))
		if lack := h.room(); lack != nil {
			p.Waits = lack.Error()
		}
		show(p)
		if over {
			return nil
		}
		if err := h.limit(ctx, c, p); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// errShut ends a command whose campaign's window closed while it ran.
var errShut = errors.New("采集时段已过 the window closed: the same command goes on in the next one")

// limit holds a run to its campaign's budget and window. What a budget cuts
// off makes the run partial; minutes are those of this working process.
func (h *house) limit(ctx context.Context, c evidence.Campaign, p Progress) error {
	if !h.hours(c).Open {
		return errShut
	}
	c = h.inForce(ctx, c)
	spent := c.Budget.Bytes > 0 && p.Bytes >= c.Budget.Bytes || c.Budget.Minutes > 0 && p.Seconds >= 60*float64(c.Budget.Minutes)
	if !spent || p.State == crawler.Killed {
		return nil
	}
	return h.frontier.Kill(ctx, crawler.Target{Run: p.Run}, "budget")
}

// progressOf is how a run stands by its leads and its captures.
func progressOf(run campaign.Run, counts crawler.Counts, queue pipeline.Counts) Progress {
	p := Progress{Run: run.ID, State: counts.State, Open: counts.Open + counts.Leased, Done: counts.Done, Unread: queue.Waiting + queue.Leased}
	p.Failed = counts.Total() - p.Open - p.Done
	return p
}

// seal keeps a value by its digest in the ledger's blobs.
func (h *house) seal(ctx context.Context, v any) (string, error) {
	return h.ledger.Seal(ctx, v)
}
