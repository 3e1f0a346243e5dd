package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"probity/crawler"
	"probity/crawler/scope"
	"probity/pipeline/campaign"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
)

// An orderBook holds the orders in force, as this process read them last.
type orderBook struct {
	mu      sync.Mutex
	all     map[string]crawler.Order
	version int64
	asked   time.Time
}

// wordsLast is how old they may be where no request hangs on them; the
// visitor asks for itself before each.
const wordsLast = 500 * time.Millisecond

// word is the order in force about a source or campaign. A store that is away
// leaves the last that was read.
func (h *house) word(ctx context.Context, about string) crawler.Order {
	w := &h.orders
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all != nil && time.Since(w.asked) < wordsLast {
		return w.all[about]
	}
	all, version, err := h.frontier.InForce(ctx, w.version)
	if err == nil && (version != w.version || w.all == nil) {
		w.all, w.version = all, version
	}
	w.asked = time.Now()
	return w.all[about]
}

// inForce is a campaign with its budget as it is in force.
func (h *house) inForce(ctx context.Context, c evidence.Campaign) evidence.Campaign {
	if o := h.word(ctx, crawler.AboutCampaign(c.ID)); o.Budget != nil {
		c.Budget = *o.Budget
	}
	return c
}

// order gives an order about what is declared, and carries out at once what
// does not wait for a worker to read it.
func (h *house) order(ctx context.Context, about, who, why string, change func(*crawler.Order) error) (crawler.Order, error) {
	kind, id, _ := strings.Cut(about, ":")
	if err := h.orderable(ctx, kind, id); err != nil {
		return crawler.Order{}, err
	}
	all, _, err := h.frontier.InForce(ctx, -1)
	if err != nil {
		return crawler.Order{}, err
	}
	o := all[about] // what is not named stays
	o.About, o.Who, o.Why, o.Version, o.At = about, who, strings.TrimSpace(why), 0, h.now().UTC()
	if err := change(&o); err != nil {
		return o, err
	}
	if o.Version, err = h.frontier.Order(ctx, o); err != nil {
		return o, err
	}
	h.orders.forget()
	switch kind {
	case "source":
		return o, h.setGaps(ctx, id)
	case "host":
		return o, h.setHost(ctx, id, o)
	}
	return o, h.setBudgets(ctx, id)
}

// orderable refuses orders about what nobody declared, and about hosts to
// which no source leads: a misspelt name would be thought paused.
func (h *house) orderable(ctx context.Context, kind, id string) error {
	_, source := h.set.Sources[id]
	_, plan := h.set.Campaigns[id]
	switch {
	case kind == "source" && !source:
		return saying(evidence.ErrNotFound, "没有声明这个来源 no such source is declared: %s. 来源页列有全部 the page of sources lists all", short(id))
	case kind == "campaign" && !plan:
		return h.noCampaign(id)
	case kind != "host":
		return nil
	}
	for _, name := range sortedKeys(h.set.Sources) {
		if h.visits(h.set.Sources[name], id) {
			return nil
		}
	}
	known, err := h.frontier.Hosts(ctx, id)
	if err == nil && len(known) == 0 {
		err = noHost(id)
	}
	return err
}

// setHost brings a host to what is ordered of it. A host that is paused already
// takes the newest reason.
func (h *house) setHost(ctx context.Context, host string, o crawler.Order) error {
	target := crawler.Target{Host: host}
	err := h.setGap(ctx, host)
	if err == nil && o.Paused {
		return h.frontier.Pause(ctx, target, o.Who+": "+o.Why)
	}
	if err != nil {
		return err
	}
	known, err := h.frontier.Hosts(ctx, host)
	if err != nil || len(known) == 0 || known[0].State == crawler.Running {
		return err
	}
	return h.frontier.Resume(ctx, target)
}

func (w *orderBook) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = time.Time{}
}

// setGaps brings the gap of each host of a source to what is in force: what was
// ordered of the host, else the longest of all sources that share it. Where
// none was ordered otherwise the host goes back to what is declared.
func (h *house) setGaps(ctx context.Context, id string) error {
	known, err := h.frontier.Hosts(ctx)
	if err != nil {
		return err
	}
	hosts := map[string]bool{}
	for _, s := range known {
		hosts[s.Host] = true
	}
	for _, name := range h.hostsOf(h.set.Sources[id]) {
		hosts[name] = true
	}
	for _, host := range sortedKeys(hosts) {
		if strings.Contains(host, "*") || !h.visits(h.set.Sources[id], host) {
			continue
		}
		if err := h.setGap(ctx, host); err != nil {
			return err
		}
	}
	return nil
}

// setGap brings the gap of one host to what is in force: what was ordered of
// it, else what was ordered of its sources.
func (h *house) setGap(ctx context.Context, host string) error {
	gap, ordered := time.Duration(0), false
	for _, name := range sortedKeys(h.set.Sources) {
		if src := h.set.Sources[name]; h.visits(src, host) {
			gap = max(gap, h.manners(ctx, src).Gap)
			ordered = ordered || h.word(ctx, crawler.AboutSource(name)).Gap > 0
		}
	}
	if own := h.word(ctx, crawler.AboutHost(host)).Gap; own > 0 {
		gap, ordered = max(own, h.config.Crawl.LeastGap), true
	}
	if !ordered {
		gap = 0
	}
	return h.frontier.SetGap(ctx, host, gap)
}

// hostsOf are the hosts that a source names, or those of its start pages.
func (h *house) hostsOf(src evidence.Source) []string {
	if len(src.Hosts) > 0 {
		return src.Hosts
	}
	starts, err := scope.Starts(src)
	if err != nil {
		return nil
	}
	names := map[string]bool{}
	for _, l := range starts {
		names[l.Host()] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// visits reports whether a host is one of a source's.
func (h *house) visits(src evidence.Source, host string) bool {
	return slices.ContainsFunc(h.hostsOf(src), func(name string) bool {
		suffix, wild := strings.CutPrefix(name, "*")
		return name == host || wild && strings.HasSuffix(host, suffix)
	})
}

// setBudgets gives the open runs of a campaign the budget in force.
func (h *house) setBudgets(ctx context.Context, id string) error {
	runs, err := h.runs.All(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.Campaign != id || run.State == campaign.Closed || run.State == campaign.Closing {
			continue
		}
		if err := h.frontier.SetBudget(ctx, run.ID, h.inForce(ctx, h.set.Campaigns[id]).Budget.Requests); err != nil {
			return err
		}
	}
	return nil
}

// enter enters orders that were given into the ledger, each once, with who and
// why. A commander cannot write there; who works or leads does it for him.
func (h *house) enter(ctx context.Context) error {
	for {
		given, err := h.frontier.Given(ctx, h.entered.Load(), 100)
		if err != nil || len(given) == 0 {
			return err
		}
		all := make([]campaign.Saying, len(given))
		for i, o := range given {
			id := fmt.Sprintf("%s@%d", o.About, o.Version)
			all[i] = campaign.Saying{Key: ledger.Order + ":" + id, Kind: ledger.Order, Body: entry{id, o}}
		}
		if _, err := h.runs.Once(ctx, all...); err != nil {
			return fmt.Errorf("enter orders: %w", err)
		}
		h.entered.Store(given[len(given)-1].Version)
	}
}

// An entry is an order as the ledger has it.
type entry struct {
	ID string `json:"id"`
	crawler.Order
}

// given are the newest orders about something, newest first.
func (h *house) given(ctx context.Context, about string, limit int) ([]crawler.Order, error) {
	var all []crawler.Order
	for after := int64(0); ; {
		some, err := h.frontier.Given(ctx, after, 500)
		if err != nil {
			return nil, err
		}
		if len(some) == 0 {
			break
		}
		for _, o := range some {
			if about == "" || o.About == about {
				all = append(all, o)
			}
		}
		after = some[len(some)-1].Version
	}
	slices.Reverse(all)
	return all[:min(limit, len(all))], nil
}
