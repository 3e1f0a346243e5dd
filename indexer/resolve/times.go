package resolve

import (
	"cmp"
	"slices"

	"probity/pipeline/evidence"
)

const firstSeen = "first seen"

// eventTime: an event holds from its document's date; it is unpublished while
// no source shows it (MODEL 2 and 3).
func (d *draft) eventTime() {
	d.dateOr(evidence.Date(d.merged[d.typ.Date]))
	d.fact.Presence = union(d.members)
}

func (d *draft) dateOr(own evidence.Date) {
	d.fact.Date = own
	if own != "" {
		return
	}
	d.fact.Date, d.fact.DateOf = d.members[0].first, firstSeen
	for _, m := range d.members {
		d.fact.Date = min(d.fact.Date, m.first)
	}
}

// standingTime: a standing holds from its own start, else first seen, to its
// own end, else to the first day on which no source shows it any more
// ("inferred"). Episodes that an absence parted stay apart.
func (d *draft) standingTime() {
	d.dateOr(evidence.Date(d.merged[d.typ.Date]))
	for _, m := range d.members {
		for _, a := range m.row.state.Absences {
			if a.Void == 0 && a.Until != "" && a.Own != "" {
				d.fact.Date = min(d.fact.Date, a.Own)
			}
		}
	}
	spans := union(d.members)
	if end := d.ownEnd(); end != "" {
		d.fact.End = end
	} else if n := len(spans); n > 0 && spans[n-1].To != "" {
		d.fact.End, d.fact.EndOf = spans[n-1].To, "inferred"
	}
	if len(spans) > 1 {
		d.fact.Presence = spans
	}
}

// ownEnd is the end that a publisher states. 有效期至 is the last day of a
// licence; all other ends are the first day without.
func (d *draft) ownEnd() evidence.Date {
	if d.typ.End == "" {
		return ""
	}
	end := evidence.Date(d.merged[d.typ.End])
	if d.typ.End == "valid_to" && end != "" {
		return end.AddDays(1)
	}
	return end
}

// snapshotTime: a snapshot is there from the day it was first seen. A shop
// that changed hands ends on the day the next one began.
func (d *draft) snapshotTime(h holdings) {
	d.dateOr("")
	ends := evidence.Date("")
	for _, m := range d.members {
		if m.end == "" {
			ends = ""
			break
		}
		ends = max(ends, m.end)
	}
	d.fact.End = ends
	if shop, ok := shopOf(d.members[0].record); ok && d.typ.Name == "shop" {
		for _, x := range h[shop] {
			if x.holder == d.anchor {
				d.fact.End = x.until
			}
		}
	}
}

// union merges the presence of the members; nil means throughout.
func union(members []member) []evidence.Interval {
	var all []evidence.Interval
	for _, m := range members {
		if len(m.presence) == 0 {
			return nil
		}
		all = append(all, m.presence...)
	}
	slices.SortFunc(all, func(a, b evidence.Interval) int {
		return cmp.Or(cmp.Compare(a.From, b.From), compareEnd(b.To, a.To))
	})
	var out []evidence.Interval
	for _, x := range all {
		n := len(out)
		if n == 0 || out[n-1].To != "" && out[n-1].To < x.From {
			out = append(out, x)
			continue
		}
		if out[n-1].To != "" && (x.To == "" || x.To > out[n-1].To) {
			out[n-1].To, out[n-1].Inferred = x.To, x.Inferred
		}
	}
	if len(out) == 1 && out[0].From == "" && out[0].To == "" {
		return nil
	}
	return out
}
