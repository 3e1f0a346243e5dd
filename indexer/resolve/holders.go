package resolve

import (
	"cmp"
	"slices"

	"probity/pipeline/evidence"
)

// A holding is somebody having a shop or a site on the days [From, Until).
type holding struct {
	thing  identifier
	holder identifier // an anchor; the shop itself where nobody else is known
	from   evidence.Date
	until  evidence.Date
	record string
	since  bool // the record says itself when it began

	seen evidence.Date // first
}

// holdings are all of them by shop or site.
type holdings map[identifier][]holding

// readHoldings reads who had which shop and site: by a shop's own page and a
// directory of sites, else by what was seen at the site, else by whatever
// states shop or site beside a code.
func readHoldings(rows []*row, ids *identities, names *namebook) holdings {
	h := holdings{}
	for _, kinds := range [][]string{{"shop", "site_listing"}, {"site_probe"}, nil} {
		found := holdings{}
		for _, r := range rows {
			r.holdings(kinds, ids, names, func(x holding) {
				if _, told := h[x.thing]; !told {
					found[x.thing] = append(found[x.thing], x)
				}
			})
		}
		for thing, all := range found {
			h[thing] = succession(all)
		}
	}
	return h
}

// holdings calls add with what the record's versions say, if it is of one of
// the kinds; without kinds, what it says beside a code on its own date.
func (r *row) holdings(kinds []string, ids *identities, names *namebook, add func(holding)) {
	if kinds != nil && !slices.Contains(kinds, r.now().Record.Type) {
		return
	}
	for _, v := range r.state.Versions {
		for _, p := range v.Record.Subjects() {
			anchors := anchorsOf(p, ids)
			if len(anchors) > 1 || len(anchors) == 1 && names.never(anchors[0], p) {
				continue
			}
			for _, thing := range things(v.Record, p, kinds == nil) {
				x := holding{thing: thing, record: r.state.ID, seen: v.Day()}
				switch {
				case len(anchors) == 1:
					x.holder = anchors[0]
				case thing.Scheme == evidence.Shop && kinds != nil:
					x.holder = thing
				default:
					continue
				}
				x.from, x.since = startOf(v)
				add(x)
			}
		}
	}
}

// things are the shops and sites that a record ties to a party.
func things(rec evidence.Record, p evidence.Party, beside bool) []identifier {
	var out []identifier
	if !beside {
		if rec.Type == "shop" {
			if id, ok := shopOf(rec); ok {
				return []identifier{id}
			}
		}
		if id, ok := siteOf(rec); ok {
			return []identifier{id}
		}
	}
	for _, id := range p.Identifiers {
		if id.Scheme == evidence.Shop || id.Scheme == evidence.Site {
			out = append(out, id)
		}
	}
	return out
}

// startOf is when a version says that the holding began: its own word, else
// the day it was first seen.
func startOf(v Version) (evidence.Date, bool) {
	if d := v.Record.Fields["operator_since"]; d != "" {
		return evidence.Date(d), true
	}
	return v.Day(), false
}

// succession puts holdings into order: each ends where another holder's
// begins. The first one is open at its beginning unless it says otherwise. A
// start that lies before an earlier holder's is no start: the day it was seen
// counts then.
func succession(all []holding) []holding {
	slices.SortFunc(all, func(a, b holding) int {
		// By day: which of two pages came first on a day must not matter.
		return cmp.Or(cmp.Compare(a.seen, b.seen), trueFirst(a.since, b.since), cmp.Compare(a.from, b.from), byStrength(a.holder, b.holder), cmp.Compare(a.record, b.record))
	})
	var out []holding
	first := all[0].seen
	for _, x := range all {
		if !x.since && x.seen == first {
			x.from = ""
		}
		n := len(out)
		late := n > 0 && x.seen > first
		if goesOn(out, x) {
			last := &out[n-1]
			if x.since && !last.since && last.holder == x.holder && (n == 1 || x.from > out[n-2].from) {
				last.from, last.since, last.record = x.from, true, x.record
			}
			continue
		}
		if late && x.from <= out[n-1].from {
			x.from, x.since = x.seen, false
		}
		out = append(out, x)
	}
	return ended(out)
}

// ended gives each holding its end: where the next one of another begins.
func ended(all []holding) []holding {
	for i := range all {
		x := &all[i]
		for _, y := range all {
			if y.holder != x.holder && y.from > x.from && (x.until == "" || y.from < x.until) {
				x.until = y.from
			}
		}
	}
	return all
}

// goesOn reports whether x only says again what holds: its holder is the last
// one of all, or the last one that this record named.
func goesOn(out []holding, x holding) bool {
	for i, o := range slices.Backward(out) {
		if o.holder == x.holder && (i == len(out)-1 || o.record == x.record) {
			return true
		}
		if o.record == x.record {
			return false
		}
	}
	return false
}

func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// on returns who held a thing on a day: nobody where none or several did.
func (h holdings) on(thing identifier, day evidence.Date) (identifier, bool) {
	var found []identifier
	for _, x := range h[thing] {
		if x.from <= day && (x.until == "" || day < x.until) && !slices.Contains(found, x.holder) {
			found = append(found, x.holder)
		}
	}
	if len(found) != 1 {
		return identifier{}, false
	}
	return found[0], true
}

// byHolder returns everybody's holdings, but for shops that are their own
// holder.
func (h holdings) byHolder() map[identifier][]holding {
	out := map[identifier][]holding{}
	for _, all := range h {
		for _, x := range all {
			if x.thing != x.holder {
				out[x.holder] = append(out[x.holder], x)
			}
		}
	}
	for _, all := range out {
		slices.SortFunc(all, func(a, b holding) int {
			return cmp.Or(byStrength(a.thing, b.thing), cmp.Compare(a.from, b.from))
		})
	}
	return out
}
