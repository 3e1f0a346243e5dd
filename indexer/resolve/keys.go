package resolve

import (
	"strings"

	"probity/pipeline/evidence"
)

// courts are the types whose number is a case number: since 2016 it names its
// court (法〔2015〕137号), so that a source that leaves the court out says the same.
func court(typ string) bool {
	t := types[typ]
	_, ok := t.Field("court")
	return ok
}

// numbered makes the decision key of a numbered document: type, deciding
// authority (never the publisher) and folded number, MODEL 1.
func numbered(typ, authority, number string, r Rules) string {
	n := evidence.FoldNumber(number)
	if types[typ].Shape == evidence.Standing {
		return typ + "|n:" + n
	}
	if court(typ) {
		return typ + "|" + n
	}
	return typ + "|" + r.authority(authority) + "|" + n
}

// factKey is what a record speaks of, in the name space of its type: the
// decision key of an event, list and case of a standing, the natural key of a
// snapshot. It begins with the type.
func factKey(rec evidence.Record, r Rules) string {
	f := rec.Fields
	switch types[rec.Type].Shape {
	case evidence.Snapshot:
		return rec.Type + "|" + snapshotKey(rec)
	case evidence.Standing:
		return standingKey(rec)
	case evidence.Event:
	}
	if n := f["number"]; n != "" && !masked(n) {
		return numbered(rec.Type, f["authority"], n, r)
	}
	// Joined over sources only by a person: the source stands in the key, its
	// view does not, so that list and detail of one row are one.
	return rec.Type + "|" + rec.Source + "|" + rec.Key
}

func standingKey(rec evidence.Record) string {
	f := rec.Fields
	tail := ""
	if f["tax_kind"] != "" { // an announcement has a line for each tax
		tail = "|" + evidence.FoldName(f["tax_kind"])
	}
	if n := f["number"]; n != "" && !masked(n) {
		return rec.Type + "|n:" + evidence.FoldNumber(n) + tail
	}
	if d := ownDate(rec); d != "" {
		return rec.Type + "|d:" + string(d) + tail
	}
	return rec.Type + "|-" + tail
}

func snapshotKey(rec evidence.Record) string {
	f := rec.Fields
	switch rec.Type {
	case "registration":
		return "" // one an entity
	case "shop":
		if id, ok := shopOf(rec); ok {
			return id.Value
		}
	case "site_probe", "site_listing":
		if f["host"] != "" {
			return strings.ToLower(f["host"])
		}
	default:
		if n := f["number"]; n != "" {
			return evidence.FoldNumber(n)
		}
	}
	return rec.Source + "|" + rec.Key
}

// hasNumber reports whether the key names a document that other sources can
// name too.
func hasNumber(rec evidence.Record) bool {
	n := rec.Fields["number"]
	return n != "" && !masked(n) && types[rec.Type].Shape != evidence.Snapshot
}

// target is the decision key that a repair names.
func target(rec evidence.Record, r Rules) string {
	f := rec.Fields
	if f["target_number"] == "" {
		return ""
	}
	return numbered(or(f["target_type"], "penalty"), f["target_authority"], f["target_number"], r)
}

// shopOf returns the shop that a record is about: as an identifier of a
// party, else by its fields platform and shop_id.
func shopOf(rec evidence.Record) (evidence.Identifier, bool) {
	for _, p := range rec.Parties {
		for _, id := range p.Identifiers {
			if id.Scheme == evidence.Shop {
				return id, true
			}
		}
	}
	if rec.Fields["platform"] != "" && rec.Fields["shop_id"] != "" {
		return evidence.Identifier{Scheme: evidence.Shop, Value: rec.Fields["platform"] + "/" + rec.Fields["shop_id"]}, true
	}
	return evidence.Identifier{}, false
}

// siteOf returns the site that a record ties to its subject.
func siteOf(rec evidence.Record) (evidence.Identifier, bool) {
	host := rec.Fields["host"]
	if host == "" || rec.Type != "site_listing" && rec.Type != "site_probe" {
		return evidence.Identifier{}, false
	}
	return evidence.Identifier{Scheme: evidence.Site, Value: strings.ToLower(host)}, true
}

// inner is the organisation code that a USCC states.
func inner(id evidence.Identifier) (evidence.Identifier, bool) {
	if id.Scheme != evidence.USCC || len(id.Value) != 18 {
		return evidence.Identifier{}, false
	}
	return evidence.Identifier{Scheme: evidence.OrgCode, Value: id.Value[8:17]}, true
}

// Tokens are what a record may share with another one that bears on the same
// entity or fact, over all its versions: resolving everything that is
// connected by tokens gives what resolving all would.
//
//	i:SCHEME:VALUE  an identifier of a subject
//	n:NAME          a folded name, of a register's row or of a subject without identifier
//	k:KEY           a decision key, stated or named by a repair
//	r:ID            the record itself, for decisions about it
func (s *State) Tokens(src map[string]evidence.Source, r Rules) []string {
	seen := map[string]bool{"r:" + s.ID: true}
	for _, v := range s.Versions {
		recordTokens(v.Record, src[v.Record.Source].Register, r, func(t string) { seen[t] = true })
	}
	return sorted(seen)
}

func recordTokens(rec evidence.Record, register bool, r Rules, add func(string)) {
	for _, p := range rec.Subjects() {
		known := false
		for _, id := range p.Identifiers {
			add("i:" + id.String())
			known = known || id.Scheme != evidence.Site
			if o, ok := inner(id); ok {
				add("i:" + o.String())
			}
		}
		if p.Name != "" && p.Kind != natural && (!known || register && rec.Type == "registration") {
			add("n:" + evidence.FoldName(p.Name))
		}
	}
	if register && rec.Type == "registration" {
		for _, n := range formerNames(rec.Fields["former_names"]) {
			add("n:" + evidence.FoldName(n.Name))
		}
	}
	if id, ok := shopOf(rec); ok {
		add("i:" + id.String())
	}
	if id, ok := siteOf(rec); ok {
		add("i:" + id.String())
	}
	if hasNumber(rec) {
		add("k:" + factKey(rec, r))
	}
	if t := target(rec, r); t != "" {
		add("k:" + t)
	}
}

// Tokens are those that a decision touches.
func (d Decision) Tokens(r Rules) []string {
	var out []string
	for _, s := range []string{d.A, d.B} {
		if id, ok := strings.CutPrefix(s, recordPrefix); ok {
			out = append(out, "r:"+id)
		} else if s != "" && d.Verb != Reverse {
			out = append(out, "i:"+s)
		}
	}
	if k := d.key(r); k != "" {
		out = append(out, "k:"+k)
	}
	return out
}
