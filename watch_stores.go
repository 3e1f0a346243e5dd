package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"probity/crawler"
	"probity/crawler/crawlmeter"
	"probity/indexer"
	"probity/indexer/indexmeter"
	"probity/pipeline"
	"probity/pipeline/archive"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
	"probity/pipeline/flowmeter"
	"probity/pipeline/gauge"
)

// viewing reports whether a process of these roles answers from a view.
func (h *house) viewing() bool {
	return slices.Contains(h.vitals.roles, roleEvaluate) || slices.Contains(h.vitals.roles, roleServe)
}

// watchStores begins to count and to ask what the opened stores do; then the process
// is ready.
func (h *house) watchStores() {
	v := h.vitals
	if v == nil {
		return
	}
	m := v.meter
	m.Expect(gauge.Declared{
		Sources: sortedKeys(h.set.Sources), Campaigns: sortedKeys(h.set.Campaigns), Queues: []string{"captures"},
		Kinds: []string{indexer.ContentDoc, indexer.RecordDoc, indexer.FactDoc, indexer.EntityDoc, indexer.EvaluationDoc},
	})
	h.index = &indexmeter.Index{Index: h.index, Meter: m, Trace: v.trace}
	h.archive = watchedDepot{&flowmeter.Archive{Archive: h.archive, Meter: m, Trace: v.trace}, h.archive, h.archive}
	m.WatchDisk("data", uint64(max(0, h.config.Crawl.Free)), func() (uint64, error) { return datadir.Free(h.dir.Path()) })
	if f := h.fleet; f != nil && slices.Contains(v.roles, roleCrawl) {
		m.WatchUnsealed(f.unsealed)
	}
	if slices.Contains(v.roles, roleEvaluate) { // what all share one role asks for
		m.WatchQueue("captures", queueState(h.captures))
		if h.fleet != nil {
			m.WatchQueue("documents", queueState(h.fleet.refused))
		}
		m.WatchFrontier((&frontierWatch{house: h}).state)
		m.WatchCampaigns(h.campaignStates)
	}
	if h.viewing() {
		m.WatchSources(h.sourceStates)
		m.WatchLedger(h.positions)
	}
	v.open.Store(true)
}

// A watchedDepot is an archive that is counted.
type watchedDepot struct {
	archive.Archive
	archive.Logbook
	under depot
}

// Close implements depot.
func (d watchedDepot) Close() error { return d.under.Close() }

func (h *house) positions(ctx context.Context) (written, followed int64, err error) {
	head, err := h.ledger.Head()
	if err != nil || h.fleet == nil {
		return head.Size, head.Size, err
	}
	followed, err = h.runs.Told(ctx)
	return head.Size, followed, err
}

// queueState asks how a queue stands.
func queueState(q captures) func(context.Context) (gauge.QueueState, error) {
	return func(ctx context.Context) (gauge.QueueState, error) {
		c, err := q.Len(ctx, "")
		if err != nil {
			return gauge.QueueState{}, err
		}
		age, err := q.Oldest(ctx)
		return gauge.QueueState{Waiting: c.Waiting, Leased: c.Leased, Dead: c.Dead, Oldest: age}, err
	}
}

// unsealed is what this crawler holds on its own disk alone.
func (f *fleet) unsealed(ctx context.Context) (gauge.OpenState, error) {
	segments, bytes, oldest, err := f.archive.Waiting(ctx)
	s := gauge.OpenState{Segments: segments, Bytes: bytes}
	if !oldest.IsZero() {
		s.Oldest = max(0, time.Since(oldest)) // the file system's clock is the machine's
	}
	return s, err
}

// A frontierWatch asks how the frontier stands.
type frontierWatch struct {
	*house
	mu     sync.Mutex
	hosts  gauge.FrontierState // of which only hosts are counted, when they were last gone through
	alarm  crawler.Alarm
	next   time.Time // not to be gone through before
	asking bool
}

// frugal is the share of its time that a frontier spends at most on being gone
// through host by host for a number: there may be a hundred thousand of them.
const frugal = 100

func (w *frontierWatch) state(ctx context.Context) (s gauge.FrontierState, err error) {
	runs, err := w.runs.All(ctx)
	if err != nil {
		return s, err
	}
	for _, run := range runs {
		if run.State == campaign.Closed {
			continue
		}
		c, err := w.frontier.Counts(ctx, run.ID)
		if err != nil {
			continue // it has no lead yet
		}
		s.Open, s.Leased = s.Open+c.Open, s.Leased+c.Leased
		for _, n := range c.Failed {
			s.Dead += n
		}
	}
	hosts, alarm := w.seldom(ctx)
	s.Resting, s.Waiting, s.Paused, s.Held, s.Seen, s.Blown = hosts.Resting, hosts.Waiting, hosts.Paused, hosts.Held, alarm.Buckets, len(alarm.Blown)
	s.Flagged = hosts.Flagged
	orders, _, err := w.frontier.InForce(ctx, -1)
	s.Orders = standing(orders)
	return s, err
}

// seldom is how many hosts were in which state and how what was seen was held when they
// were last gone through, and has that done again, beside, when it is time.
func (w *frontierWatch) seldom(ctx context.Context) (gauge.FrontierState, crawler.Alarm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.asking && time.Now().After(w.next) {
		w.asking = true
		go w.goThrough(context.WithoutCancel(ctx))
	}
	return w.hosts, w.alarm
}

func (w *frontierWatch) goThrough(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	start := time.Now()
	hosts, err := w.frontier.Hosts(ctx)
	var s gauge.FrontierState
	for _, host := range hosts {
		if !host.Rests.IsZero() {
			s.Resting++
		}
		if host.Open > 0 {
			s.Waiting++
		}
		if host.State != crawler.Running {
			s.Paused++
		}
		if !host.Rests.IsZero() || host.State != crawler.Running {
			s.Held += host.Open
		}
	}
	flagged, untold := w.flagged(ctx)
	s.Flagged, err = len(flagged), errors.Join(err, untold)
	alarm, wrong := w.frontier.Alarm(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asking, w.next = false, time.Now().Add(frugal*time.Since(start))
	if err == nil {
		w.hosts = s
	}
	if wrong == nil {
		w.note(ctx, alarm)
	}
}

// standing counts the orders that change something; one by which something was
// taken back is the newest about it and changes nothing.
func standing(orders map[string]crawler.Order) (n int) {
	for _, o := range orders {
		if o.Killed || o.Paused || o.Gap > 0 || o.Budget != nil {
			n++
		}
	}
	return n
}

// note keeps an alarm, and says once that parts of what was seen were blown up.
func (w *frontierWatch) note(ctx context.Context, a crawler.Alarm) {
	if len(a.Blown) > 0 && len(w.alarm.Blown) == 0 {
		w.log.WarnContext(ctx, "Redis holds what was seen at several times its size: raise set-max-intset-entries to 4096",
			slog.Int("buckets", a.Buckets), slog.Int("blown", len(a.Blown)), slog.String("one", a.Blown[0]))
	}
	w.alarm = a
}

// sourceStates are how far back each declared source was looked at whole.
func (h *house) sourceStates(ctx context.Context) (map[string]gauge.SourceState, error) {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return nil, err
	}
	states := map[string]gauge.SourceState{}
	for id, src := range h.set.Sources {
		states[id] = gauge.SourceState{MaxAge: time.Duration(src.Covers.MaxAge) * 24 * time.Hour}
	}
	for _, run := range runs {
		var r Report
		if run.State != campaign.Closed || h.runs.Report(ctx, run.ID, &r) != nil {
			continue
		}
		for id, s := range r.Sources {
			if state, ok := states[id]; ok && s.Result == evidence.Complete && r.Closed.After(state.Last) {
				state.Last = r.Closed
				states[id] = state
			}
		}
	}
	return states, nil
}

// metered lets the crawler's parts be counted and traced; turn is called as
// long as it looks for leads, and may be nil.
func (h *house) metered(v *crawler.Visitor, turn func()) {
	w := h.vitals
	if w == nil {
		return
	}
	v.Frontier = &crawlmeter.Frontier{Frontier: v.Frontier, Meter: w.meter, Trace: w.trace, Turn: turn}
	v.Fetcher = &crawlmeter.Fetcher{Fetcher: v.Fetcher, Meter: w.meter, Trace: w.trace}
	v.Desk = &crawlmeter.Desk{Desk: v.Desk, Meter: w.meter, Trace: w.trace}
	v.Around = crawlmeter.Visits(w.trace)
}

// left counts leads that entered a run, or did not.
func (h *house) left(a crawler.Added) {
	h.measure(func(m *gauge.Meter) { m.Added(a.New, a.Seen, a.Shut) })
}

// meteredQueue is the queue of captures, counted.
func (h *house) meteredQueue() pipeline.Queue {
	if h.vitals == nil {
		return h.captures
	}
	return flowmeter.NewQueue(h.captures, "captures", h.vitals.meter, func(name string) func() { return h.vitals.pulse.Hold(name, 10*time.Minute) })
}

// traced makes one span of each name worked on.
func (h *house) traced(verb string, do func(context.Context, pipeline.Lease) error) func(context.Context, pipeline.Lease) error {
	if h.vitals == nil {
		return do
	}
	return flowmeter.Do(h.vitals.trace, verb, do)
}
