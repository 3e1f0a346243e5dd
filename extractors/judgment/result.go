package judgment

import (
	"strings"

	"probity/extractors/norm"
)

// result is the outcome for party i, what it has to pay, and where that
// stands. It is lost when the ruling makes the party pay or stop, partly when
// it also dismisses claims of the other side, won when it owes nothing; a
// party that sued has lost when it gets nothing. Where a dismissed appeal
// does not repeat the ruling below, only who appealed tells: an appellant
// that was sued has lost.
func (t *text) result(i int, r ruling) (outcome, amount string, at span) {
	p := t.parties[i]
	if r.disposition == "remitted" {
		return "", "", r.at
	}
	if t.appeal && len(r.items) == 0 {
		if r.disposition == "upheld" && p.appellant && p.side == sideDefendant {
			return "lost", "", r.at
		}
		return "", "", r.at
	}
	s := t.sum(p, r)
	switch {
	case s.owed && s.softened:
		return "partly", s.amount(), s.at
	case s.owed:
		return "lost", s.amount(), s.at
	case p.side == sidePlaintiff:
		return plaintiff(s.gained, r.items), "", r.at
	}
	return "won", "", r.at
}

// A sum is what a ruling comes to for one party.
type sum struct {
	owed, softened, gained bool
	sums                   []string
	at                     span
}

func (s sum) amount() string {
	if len(s.sums) == 0 {
		return ""
	}
	total, err := norm.AddMoney(s.sums...)
	if err != nil {
		return ""
	}
	return total
}

func (t *text) sum(p party, r ruling) sum {
	s := sum{at: r.at}
	for _, it := range r.items {
		switch {
		case r.debtor(it, p):
			if !s.owed {
				s.at = span{it.start, it.end()}
			}
			s.owed, s.at.end = true, max(s.at.end, it.end())
			s.sums = append(s.sums, r.sumsOf(it)...)
		case it.kind == itemDuty:
			s.gained = s.gained || p.side == sidePlaintiff
		case it.kind == itemDismiss && !p.claims(it.text, t.parties):
			s.softened = true
		}
	}
	return s
}

// plaintiff is the outcome for a party that sued and owes nothing.
func plaintiff(gained bool, items []item) string {
	dismissed := false
	for _, it := range items {
		dismissed = dismissed || it.kind == itemDismiss
	}
	switch {
	case gained && dismissed:
		return "partly"
	case gained || !dismissed:
		return "won"
	}
	return "lost"
}

// sumsOf are the amounts of an item, and of those that it makes the party
// answer for as well.
func (r ruling) sumsOf(it item) []string {
	out := it.sums
	if len(out) > 0 {
		return out
	}
	for _, other := range r.items {
		if other.kind != itemDuty || other.start == it.start {
			continue
		}
		for _, n := range it.refer {
			if n == other.no || n == -1 && other.start < it.start {
				out = append(out, other.sums...)
			}
		}
	}
	return out
}

// claims reports whether a dismissed claim was the party's own: its name, or
// that of its side, stands before 诉讼请求. A dismissal that names nobody is of
// the plaintiff's claims.
func (p party) claims(dismissal string, all []party) bool {
	whose, _, _ := strings.Cut(dismissal, "请求")
	for _, q := range all {
		if q.named(whose) {
			return p.named(whose)
		}
	}
	if strings.Contains(whose, "双方") || strings.Contains(whose, "原、被告") {
		return false
	}
	if strings.Contains(whose, "被告") || strings.Contains(whose, "反诉原告") {
		return p.side == sideDefendant
	}
	return p.side == sidePlaintiff
}
