package traps

import (
	"fmt"
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

// A Purse keeps what spenders spent. Safe for concurrent use.
type Purse struct {
	mu    sync.Mutex
	spent map[Spender]*account
}

type account struct {
	Spent
	refused int
	why     string
}

// NewPurse returns a full one.
func NewPurse() *Purse { return &Purse{spent: map[Spender]*account{}} }

// May reports whether a spender has something left. If not, why says so for
// people, reason in one word, and first is true once: then it is reported.
func (p *Purse) May(s Spender, b evidence.Budget) (reason, why string, first bool) {
	if b == (evidence.Budget{}) {
		return "", "", false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.at(s)
	if reason = Over(s.Kind, b, a.Spent); reason == "" {
		return "", "", false
	}
	first = a.refused == 0
	a.refused++
	a.why = fmt.Sprintf("%s has used its budget of %s: %d requests, %d bytes, %s", s, limits(b), a.Requests, a.Bytes, a.Time.Round(time.Second))
	return reason, a.why, first
}

func limits(b evidence.Budget) string {
	return fmt.Sprintf("%d requests, %d bytes, %d minutes (0: no limit)", b.Requests, b.Bytes, b.Minutes)
}

func (p *Purse) at(s Spender) *account {
	a := p.spent[s]
	if a == nil {
		if len(p.spent) >= maxSpenders {
			for other := range p.spent {
				if other.Run != s.Run {
					delete(p.spent, other)
				}
			}
		}
		a = &account{}
		p.spent[s] = a
	}
	return a
}

// Spend notes what went.
func (p *Purse) Spend(s Spender, by Spent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.at(s)
	a.Requests += by.Requests
	a.Bytes += by.Bytes
	a.Time += by.Time
}

// Report calls each with every spender of a run that was refused something,
// how often, and in words why.
func (p *Purse) Report(run string, each func(s Spender, refused int, why string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s, a := range p.spent {
		if s.Run == run && a.refused > 0 {
			each(s, a.refused, a.why)
		}
	}
}

// Forget drops a run that has ended.
func (p *Purse) Forget(run string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.spent {
		if s.Run == run {
			delete(p.spent, s)
		}
	}
}
