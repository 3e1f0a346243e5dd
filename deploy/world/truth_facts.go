package world

import (
	"math/big"
	"slices"
	"strings"
)

// facts joins what the watcher remembers into facts, as of a day.
func (v *watcher) facts(asOf Date) []Fact {
	members := map[string][]*memory{}
	var order []string
	for _, id := range v.order {
		m := v.rows[id]
		key := strings.Join([]string{m.anchor, m.last.typ, m.last.key}, "\x00")
		if members[key] == nil {
			order = append(order, key)
		}
		members[key] = append(members[key], m)
	}
	var out []Fact
	for _, key := range order {
		out = append(out, v.fact(members[key], asOf))
	}
	appeals(out, asOf)
	slices.SortFunc(out, func(a, b Fact) int {
		return strings.Compare(a.Anchor+"\x00"+a.Type+"\x00"+a.Key, b.Anchor+"\x00"+b.Type+"\x00"+b.Key)
	})
	return out
}

// precedence orders channels that state the same thing: what the first one
// says counts.
func precedence(channel string) int {
	return slices.Index([]string{CreditSite, PenaltyPages, Penalty2018, Penalty2015}, channel)
}

// fact makes one fact of what its rows say.
func (v *watcher) fact(rows []*memory, asOf Date) Fact {
	slices.SortStableFunc(rows, func(a, b *memory) int { return precedence(a.last.channel) - precedence(b.last.channel) })
	first := rows[0].last
	f := Fact{Anchor: rows[0].anchor, Type: first.typ, Key: first.key, Number: first.number, Date: first.date, End: first.end, Fields: map[string]string{}}
	gone, since, seen := true, Forever, Forever
	for _, m := range rows {
		for name, value := range m.last.fields {
			if f.Fields[name] == "" {
				f.Fields[name] = value
			}
			if name == "amount" && slipped(f.Fields[name], value) {
				f.Fields[name] = value // the larger one is shown until a person has decided
			}
		}
		f.Shown = append(f.Shown, m.last.channel)
		gone = gone && m.gone
		since, seen = min(since, m.since), min(seen, m.first)
	}
	slices.Sort(f.Shown)
	if gone {
		since = 0
		for _, m := range rows {
			since = max(since, m.since)
		}
	}
	switch shape(f.Type) {
	case "snapshot":
		f.Date, f.End = Day(seen), rows[0].handed
	case "standing":
		if gone && f.End == "" {
			f.End = Day(since)
		}
	}
	f.State = v.state(&f, gone && shape(f.Type) == "event" && Day(since) <= asOf, asOf)
	return f
}

// slipped reports whether b is a by a factor of 10,000 and the larger.
func slipped(a, b string) bool {
	x, y := rational(a), rational(b)
	return x.Sign() > 0 && y.Cmp(new(big.Rat).Mul(x, rat(10_000, 1))) == 0
}

// state derives a fact's state on a day: annulled outranks all, then what is
// dated later, then repaired, ended, no longer published.
func (v *watcher) state(f *Fact, unpublished bool, asOf Date) string {
	repaired := v.repaired(f, asOf)
	switch {
	case repaired == "annulled":
		return "annulled"
	case f.Date > asOf:
		return "not_yet"
	case repaired == "repaired":
		return "repaired"
	case f.End != "" && f.End <= asOf:
		return "expired"
	case unpublished:
		return "unpublished"
	}
	return "in_force"
}

// repaired follows the decisions about a fact in the order of their dates, and
// notes the items that are repaired.
func (v *watcher) repaired(f *Fact, asOf Date) string {
	var about []Repair
	for _, r := range v.repairs {
		if r.TargetType == f.Type && r.Party.Op >= 0 && v.w.anchorOf(r.Party.Op) == f.Anchor && folded(r.TargetNumber) == folded(f.Number) &&
			folded(r.TargetAuthority) == folded(f.Fields["authority"]) && f.Number != "" {
			about = append(about, r)
		}
	}
	slices.SortFunc(about, func(a, b Repair) int { return strings.Compare(string(a.Date)+a.ID, string(b.Date)+b.ID) })
	kinds := strings.Split(f.Fields["kinds"], ";")
	whole, items := false, map[string]bool{}
	for _, r := range about {
		switch {
		case r.Effect == "annulled":
			return "annulled" // at every date, once known
		case r.Date > asOf:
		case r.Effect == "repaired" && len(r.Items) == 0:
			whole = true
		case r.Effect == "repaired":
			for _, item := range r.Items {
				items[item] = true
			}
		case r.Effect == "repair_revoked":
			whole, items = false, map[string]bool{}
		}
	}
	left := 0
	for _, k := range kinds {
		if !items[k] {
			left++
		}
	}
	if whole || left == 0 {
		return "repaired"
	}
	for item := range items {
		f.Mended = append(f.Mended, item)
	}
	slices.Sort(f.Mended)
	return ""
}

// appeals let a judgment on appeal supersede the one below from its own date;
// upheld, it has the outcome and the amount of the one below.
func appeals(all []Fact, asOf Date) {
	for i := range all {
		high := &all[i]
		if high.Type != "judgment" || high.Fields["appealed"] == "" {
			continue
		}
		low := appealedFrom(all, *high)
		if low == nil {
			continue
		}
		if high.Date <= asOf && low.State == "in_force" {
			low.State = "superseded"
		}
		if high.Fields["disposition"] == "upheld" {
			high.Fields["outcome"] = low.Fields["outcome"]
			if a := low.Fields["amount"]; a != "" {
				high.Fields["amount"] = a
			}
		}
	}
}

// appealedFrom finds the judgment that another one appeals against.
func appealedFrom(all []Fact, high Fact) *Fact {
	for i := range all {
		low := &all[i]
		if low.Type == "judgment" && low.Anchor == high.Anchor && folded(low.Number) == folded(high.Fields["appealed"]) {
			return low
		}
	}
	return nil
}
