package revisit

import (
	"cmp"
	"slices"
	"time"
)

// Habits are how often the pages of each view change, learned from all of
// them: the belief with which a page without a history begins. Views is by
// any name that parts pages of different habits, as source and view.
type Habits struct{ views map[string]*habit }

type habit struct {
	sum [grid]float64
	n   float64
}

// NewHabits knows nothing.
func NewHabits() *Habits { return &Habits{views: map[string]*habit{}} }

// few is how many pages of no particular habit a view is taken to have had
// before the first was known.
const few = 1

// passes are how often the habits of views are learned anew from beliefs that
// began with them.
const passes = 4

// Prior is the belief about a page of the view of which nothing is known.
func (h *Habits) Prior(view string) Belief {
	b := Ignorance()
	v := h.views[view]
	if v == nil {
		return b
	}
	for i := range b.p {
		b.p[i] = (v.sum[i] + few*b.p[i]) / (v.n + few)
	}
	return b
}

// Learn adds what a page of a view taught. A page is to be added once.
func (h *Habits) Learn(view string, b Belief) {
	v := h.views[view]
	if v == nil {
		v = &habit{}
		h.views[view] = v
	}
	v.n++
	for i, p := range b.p {
		v.sum[i] += p
	}
}

// Settle learns the habits of all pages from their histories: several times,
// since what one pass teaches about a view sharpens what its pages teach.
func Settle(pages []Page) *Habits {
	h := NewHabits()
	for range passes {
		next := NewHabits()
		for _, p := range pages {
			if len(p.Visits) > 1 {
				next.Learn(p.View, p.belief(h.Prior(p.View)))
			}
		}
		h = next
	}
	return h
}

// A Page is one that could be visited, and all that is known of it.
type Page struct {
	Key    string // of its lead
	View   string // whose habits it shares
	Visits []Visit

	// What a sitemap or feed said, when it was read: when the page changed,
	// and how often it does. Zero: nothing.
	Read     time.Time
	Modified time.Time
	Every    time.Duration

	Least, Most time.Duration // bounds of its interval; 0: none

	known known
}

// known is the belief about a page as it was reckoned last: most pages are
// weighed many times between two visits.
type known struct {
	habits *Habits
	visits int
	last   time.Time
	belief Belief
}

// Belief is what the page's history says, from the habits of its view. It is
// kept with the page until the history or the habits are others.
func (h *Habits) Belief(p *Page) Belief {
	now := known{habits: h, visits: len(p.Visits)}
	if now.visits > 0 {
		now.last = p.Visits[now.visits-1].At
	}
	if k := p.known; k.habits == h && k.visits == now.visits && k.last.Equal(now.last) {
		return k.belief
	}
	now.belief = p.belief(h.Prior(p.View))
	p.known = now
	return now.belief
}

func (p Page) belief(b Belief) Belief {
	if p.Every > 0 { // one change in that time: a word, no proof
		b = b.After(p.Every, true, p.Every)
	}
	for i := 1; i < len(p.Visits); i++ {
		v, last := p.Visits[i], p.Visits[i-1]
		since := time.Duration(-1)
		if v.Modified.After(last.At) && !v.Modified.After(v.At) {
			since = v.At.Sub(v.Modified)
		}
		b = b.After(v.At.Sub(last.At), v.Changed, since)
	}
	return b
}

// A Choice is a page that is to be visited.
type Choice struct {
	At    int     // of the pages
	Value float64 // days of truth
	Why   string  // new, longest, changed, value
}

// Reasons of a choice.
const (
	New     = "new"     // never visited
	Longest = "longest" // its longest interval has passed
	Changed = "changed" // its publisher says that it changed
	Worth   = "value"   // it is worth it
)

// Choose returns the n pages that most need a visit now, in order: new ones
// and those whose longest interval has passed, then by value. Pages within
// their least interval are left alone.
func Choose(h *Habits, pages []Page, now time.Time, n int) []Choice {
	choices := make([]Choice, 0, len(pages))
	for i := range pages {
		if c, ok := weigh(h, &pages[i], now); ok {
			c.At = i
			choices = append(choices, c)
		}
	}
	slices.SortFunc(choices, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Value, a.Value), cmp.Compare(pages[a.At].Key, pages[b.At].Key))
	})
	return choices[:min(n, len(choices))]
}

func rank(c Choice) int {
	switch c.Why {
	case New:
		return 0
	case Longest:
		return 1
	}
	return 2
}

func weigh(h *Habits, p *Page, now time.Time) (Choice, bool) {
	b := h.Belief(p)
	if len(p.Visits) == 0 {
		return Choice{Value: b.Outdated(), Why: New}, true
	}
	last := p.Visits[len(p.Visits)-1].At
	waited := now.Sub(last)
	switch {
	case waited <= 0 || waited < p.Least:
		return Choice{}, false
	case p.Most > 0 && waited >= p.Most:
		return Choice{Value: b.Value(waited), Why: Longest}, true
	case p.Modified.After(last):
		return Choice{Value: b.Outdated(), Why: Changed}, true
	case !p.Modified.IsZero() && p.Read.After(last):
		waited = now.Sub(p.Read) // then it was still the page that we have
	}
	return Choice{Value: b.Value(waited), Why: Worth}, true
}
