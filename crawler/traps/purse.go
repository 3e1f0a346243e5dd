package traps

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"probity/pipeline/evidence"
)

// A Spender is what has a budget of its own.
type Spender struct {
	Kind string // host, source, campaign
	Name string
	Run  string // budgets are of one run
}

// String is the spender as people write it.
func (s Spender) String() string { return s.Kind + " " + s.Name }

// maxSpenders is when the runs that are not running are forgotten.
const maxSpenders = 50_000

// Spent is what went: requests sent, bytes received, time under way.
type Spent struct {
	Requests int
	Bytes    int64
	Time     time.Duration
}

// Over returns the reason, in one word with the spender's kind, for which a
// budget is used up, or "": budget_host_requests, budget_source_bytes, …
func Over(kind string, b evidence.Budget, s Spent) string {
	switch {
	case b.Requests > 0 && s.Requests >= b.Requests:
		return "budget_" + kind + "_requests"
	case b.Bytes > 0 && s.Bytes >= b.Bytes:
		return "budget_" + kind + "_bytes"
	case b.Minutes > 0 && s.Time >= time.Duration(b.Minutes)*time.Minute:
		return "budget_" + kind + "_minutes"
	}
	return ""
}

// May says why a spender who has spent so much may not go on: reason in one
// word, why for people; or "".
func May(s Spender, b evidence.Budget, spent Spent) (reason, why string) {
	if reason = Over(s.Kind, b, spent); reason == "" {
		return "", ""
	}
	return reason, fmt.Sprintf("%s has used its budget of %s: %d requests, %d bytes, %s", s, limits(b), spent.Requests, spent.Bytes, spent.Time.Round(time.Second))
}

func limits(b evidence.Budget) string {
	return fmt.Sprintf("%d requests, %d bytes, %d minutes (0: no limit)", b.Requests, b.Bytes, b.Minutes)
}

// And is what went in all.
func (s Spent) And(by Spent) Spent {
	return Spent{Requests: s.Requests + by.Requests, Bytes: s.Bytes + by.Bytes, Time: s.Time + by.Time}
}

// A Purse keeps what spenders spent as long as its process lives. Safe for
// concurrent use.
type Purse struct {
	mu    sync.Mutex
	spent map[Spender]Spent
}

// NewPurse returns a full one.
func NewPurse() *Purse { return &Purse{spent: map[Spender]Spent{}} }

// Spent returns what each has spent.
func (p *Purse) Spent(_ context.Context, of ...Spender) ([]Spent, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Spent, len(of))
	for i, s := range of {
		out[i] = p.spent[s]
	}
	return out, nil
}

// Spend notes what went, for each of the spenders.
func (p *Purse) Spend(_ context.Context, by Spent, of ...Spender) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range of {
		if len(p.spent) >= maxSpenders {
			maps.DeleteFunc(p.spent, func(other Spender, _ Spent) bool { return other.Run != s.Run })
		}
		p.spent[s] = p.spent[s].And(by)
	}
	return nil
}
