package crawler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"probity/pipeline/evidence"
)

// An Order is an operator's word about a source, a campaign or a host: it holds at
// once, for every worker, until another about the same takes its place. That
// it was given, by whom and why, is also entered in the ledger by who gives it.
type Order struct {
	About   string        `json:"about"` // source:ID, campaign:ID or host:NAME
	Version int64         `json:"version"`
	Killed  bool          `json:"killed,omitempty"` // of a source: nothing of it is asked for any more, what is under way is cut
	Paused  bool          `json:"paused,omitempty"` // of a host: nothing is asked of it until it is resumed
	Gap     time.Duration `json:"gap,omitempty"`    // of a source or a host: in the place of the declared one; 0: as declared
	Budget  *Budget       `json:"budget,omitempty"` // of a campaign: in the place of the declared one; nil: as declared
	Who     string        `json:"who"`
	Why     string        `json:"why"`
	At      time.Time     `json:"at"`
}

// A Budget is evidence.Budget as an order names it.
type Budget = evidence.Budget

// AboutSource and AboutCampaign name what an order is about.
func AboutSource(id string) string { return "source:" + id }

// AboutCampaign does so for a campaign.
func AboutCampaign(id string) string { return "campaign:" + id }

// AboutHost does so for a host.
func AboutHost(name string) string { return "host:" + name }

// Check refuses an order that nobody could obey or answer for.
func (o Order) Check() error {
	kind, id, _ := strings.Cut(o.About, ":")
	switch {
	case id == "" || kind != "source" && kind != "campaign" && kind != "host":
		return fmt.Errorf("order about %q: %w: name source:ID, campaign:ID or host:NAME", o.About, evidence.ErrInvalid)
	case o.Who == "" || strings.TrimSpace(o.Why) == "":
		return fmt.Errorf("order about %s: %w: 请写明何人、何故 say who gives it and why", o.About, evidence.ErrInvalid)
	case o.Gap < 0 || o.Budget != nil && (o.Budget.Requests < 0 || o.Budget.Bytes < 0 || o.Budget.Minutes < 0):
		return fmt.Errorf("order about %s: %w: neither delay nor budget can be below zero", o.About, evidence.ErrInvalid)
	case kind != "campaign" && o.Budget != nil, kind == "campaign" && o.Gap > 0, kind != "source" && o.Killed, kind != "host" && o.Paused:
		return fmt.Errorf("order about %s: %w: a kill is a source's, a pause is a host's, a budget is a campaign's, a delay is a source's or a host's", o.About, evidence.ErrInvalid)
	}
	return nil
}

// Orders keeps the words that are in force, beside the leads, so that both
// reach every worker the same way. A frontier is one.
type Orders interface {
	// Order puts a word into force and returns its version, which grows with
	// every word.
	Order(ctx context.Context, o Order) (version int64, err error)
	// InForce returns all words in force, by what they are about, and the
	// version of the newest. Where that is since, it returns no words: they
	// are those that were returned for it.
	InForce(ctx context.Context, since int64) (all map[string]Order, version int64, err error)
	// Given returns the first words after a version, in their order, also those
	// that are in force no more.
	Given(ctx context.Context, after int64, limit int) ([]Order, error)
}

// standing are the words in force as a worker has read them last.
type standing struct {
	mu      sync.Mutex
	all     map[string]Order
	version int64
	asked   time.Time // when the last reading that succeeded began
}

// fresh is how old a reading may be when a request begins; with the time that
// a reading takes, a kill is obeyed within Obey.
func (v *Visitor) fresh() time.Duration { return v.Obey / 4 }

// word returns the word about a source as it was no longer than fresh ago. Who
// cannot read it begins nothing.
func (v *Visitor) word(ctx context.Context, source string) (Order, error) {
	if v.Orders == nil {
		return Order{}, nil
	}
	s := &v.standing
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked.IsZero() || time.Since(s.asked) >= v.fresh() {
		asked := time.Now()
		all, version, err := v.Orders.InForce(ctx, s.version)
		if err != nil {
			return Order{}, fmt.Errorf("orders in force: %w", err)
		}
		if version != s.version || s.all == nil {
			s.all, s.version = maps.Clone(all), version
		}
		s.asked = asked
	}
	return s.all[AboutSource(source)], nil
}

// killed is the reason of a lead whose source was killed.
const killedSource = "source_killed"

// errKilled ends a visit of a source that was killed meanwhile.
type killedError struct{ order Order }

func (k *killedError) Error() string {
	return fmt.Sprintf("来源已停止采集 the source was killed by %s: %s", k.order.Who, k.order.Why)
}

// cut is the outcome of a visit that a kill ended.
func cut(ctx context.Context) (Outcome, bool) {
	k, ok := errors.AsType[*killedError](context.Cause(ctx))
	if !ok {
		return Outcome{}, false
	}
	return Outcome{Result: Failed, Reason: killedSource, Detail: k.Error()}, true
}

// may is what the words in force leave of a visit: an outcome where it may not
// go on. A store that is away lets the lead wait, uncounted.
func (v *Visitor) may(ctx context.Context, source string) (Order, Outcome) {
	o, err := v.word(ctx, source)
	switch {
	case err != nil:
		return o, Outcome{Result: Returned, After: v.Obey, Detail: err.Error()}
	case o.Killed:
		return o, Outcome{Result: Failed, Reason: killedSource, Detail: (&killedError{o}).Error()}
	}
	return o, Outcome{}
}

// obey ends what is under way of sources that are killed, until ctx ends.
func (v *Visitor) obey(ctx context.Context) {
	if v.Orders == nil {
		return
	}
	tick := time.NewTicker(v.fresh())
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, h := range v.held.list() {
			o, err := v.word(ctx, h.lease.Lead.Source)
			if err != nil {
				break // nothing begins meanwhile, see may
			}
			if o.Killed {
				h.cancel(&killedError{o})
			}
		}
	}
}
