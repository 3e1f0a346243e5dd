package resolve

import (
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// A row is one record under resolution.
type row struct {
	state  *State // as known at the position asked for
	source evidence.Source
	typ    evidence.RecordType
	ties   []tie
}

// now is the version that counts for identity, events and standings.
func (r *row) now() Version { return r.state.Latest() }

// A tie says whom one party of one version of a record is.
type tie struct {
	version int
	party   evidence.Party
	anchor  identifier
	state   string
	maybe   []identifier // whom it might concern, unless tied
	reason  string
}

// States of a tie.
const (
	tied      = "tied"
	held      = "held"      // a person has to say so
	contested = "contested" // its identifier belongs to several
	mention   = "mention"   // a name alone
	nobody    = "nobody"    // of a shop before its first known holder
)

// A binder ties parties to anchors.
type binder struct {
	ids       *identities
	names     *namebook
	holdings  holdings
	registers []RegisterLook
	known     int64
	rules     Rules
	words     map[string]word
	holds     map[string]bool                    // decision keys that a person holds back
	byKey     map[string]map[string][]identifier // decision key -> folded name -> anchors of identified records
}

// A word is what persons said about one record.
type word struct {
	is  []Decision // same
	not []identifier
}

func readWords(decisions []Decision) map[string]word {
	out := map[string]word{}
	for _, d := range decisions {
		a, b := d.A, d.B
		if strings.HasPrefix(b, recordPrefix) {
			a, b = b, a
		}
		rec, ok := strings.CutPrefix(a, recordPrefix)
		id, isID := evidence.ParseIdentifier(b)
		if !ok || !isID || id.Scheme.Rank() == 99 {
			continue
		}
		w := out[rec]
		switch d.Verb {
		case Same:
			d.B = b
			w.is = append(w.is, d)
		case NotSame:
			w.not = append(w.not, id)
		}
		out[rec] = w
	}
	return out
}

// bind ties every version of every row: first those with identifiers, then
// those with a name alone, which may lean on the first.
func (b *binder) bind(rows []*row) {
	for _, alone := range []bool{false, true} {
		for _, r := range rows {
			b.bindRow(r, alone)
		}
		if !alone {
			b.indexKeys(rows)
		}
	}
}

func (b *binder) bindRow(r *row, alone bool) {
	first := len(r.state.Versions) - 1
	if r.typ.Shape == evidence.Snapshot {
		first = 0
	}
	for i := first; i < len(r.state.Versions); i++ {
		v := r.state.Versions[i]
		for _, p := range v.Record.Subjects() {
			if b.nameAlone(r, v, p) != alone {
				continue
			}
			t := b.tie(r, v, p, alone)
			t.version, t.party = i, p
			r.ties = append(r.ties, t)
		}
	}
}

func (b *binder) nameAlone(r *row, v Version, p evidence.Party) bool {
	if len(identity(p)) > 0 || len(b.words[r.state.ID].is) > 0 {
		return false
	}
	_, shop := b.shop(v.Record, p)
	return !shop && !hasScheme(p, evidence.Site)
}

func hasScheme(p evidence.Party, s evidence.Scheme) bool {
	return slices.ContainsFunc(p.Identifiers, func(id identifier) bool { return id.Scheme == s })
}

// shop returns the shop that a party is known by.
func (b *binder) shop(rec evidence.Record, p evidence.Party) (identifier, bool) {
	for _, id := range p.Identifiers {
		if id.Scheme == evidence.Shop {
			return id, true
		}
	}
	if rec.Type == "shop" || rec.Type == "review" {
		return shopOf(rec)
	}
	return identifier{}, false
}

func (b *binder) tie(r *row, v Version, p evidence.Party, alone bool) tie {
	t := b.evidenceSays(r, v, p, alone)
	if t.state == tied && b.holds[factKey(v.Record, b.rules)] {
		return tie{state: held, maybe: []identifier{t.anchor}, reason: "人工暂缓 held by a person"}
	}
	w := b.words[r.state.ID]
	for _, d := range w.is {
		if d.Party != "" && !writtenAs(p, d.Party) {
			continue
		}
		id, _ := evidence.ParseIdentifier(d.B)
		if anchors := b.ids.anchors(id); len(anchors) == 1 {
			return tie{anchor: anchors[0], state: tied}
		}
	}
	if t.state != tied {
		return t
	}
	for _, id := range w.not {
		if slices.Contains(b.ids.anchors(id), t.anchor) {
			return tie{state: held, maybe: nil, reason: "经人工认定并非该主体 a person said that it is not this one"}
		}
	}
	return t
}

// writtenAs reports whether a decision's words mean this party.
func writtenAs(p evidence.Party, said string) bool {
	if evidence.FoldName(p.Name) == evidence.FoldName(said) {
		return true
	}
	return slices.ContainsFunc(p.Identifiers, func(id identifier) bool { return id.String() == said || id.Value == said })
}

func (b *binder) evidenceSays(r *row, v Version, p evidence.Party, alone bool) tie {
	if alone {
		return b.byName(r, v, p)
	}
	shop, isShop := b.shop(v.Record, p)
	day := documentDate(v, r.state)
	// What is said of a shop concerns whoever held it then, whatever code
	// today's page bears.
	if isShop && dated(r.typ) && len(b.holdings[shop]) > 0 {
		if a, ok := b.holdings.on(shop, day); ok {
			return tie{anchor: a, state: tied}
		}
		return tie{state: nobody, reason: "该日期的网店经营者不明 who held the shop on that day is not known"}
	}
	anchors := anchorsOf(p, b.ids)
	switch {
	case len(anchors) > 1 && len(identity(p)) > 1:
		return tie{state: held, maybe: anchors, reason: "同一当事人写有两个不同代码 two codes of one rank for one party"}
	case len(anchors) > 1:
		return tie{state: contested, maybe: anchors, reason: "标识符归属有争议 " + identity(p)[0].String() + " is contested"}
	case len(anchors) == 1:
		if b.names.never(anchors[0], p) && !r.names() {
			return tie{state: held, maybe: anchors, reason: "登记主体从未使用过名称「" + p.Name + "」 a name that the registered entity never bore"}
		}
		return tie{anchor: anchors[0], state: tied}
	}
	return b.byThing(shop, isShop, v, p, day)
}

// byThing ties a party that only a shop or a site names.
func (b *binder) byThing(shop identifier, isShop bool, v Version, p evidence.Party, day evidence.Date) tie {
	if isShop {
		if v.Record.Type == "shop" || len(b.holdings[shop]) == 0 {
			return tie{anchor: shop, state: tied} // its natural person, or nobody told
		}
		if a, ok := b.holdings.on(shop, day); ok {
			return tie{anchor: a, state: tied}
		}
		return tie{state: nobody, reason: "该日期的网店经营者不明 who held the shop on that day is not known"}
	}
	for _, id := range p.Identifiers {
		if id.Scheme != evidence.Site {
			continue
		}
		if a, ok := b.holdings.on(id, day); ok {
			return tie{anchor: a, state: tied}
		}
	}
	return tie{state: mention}
}

// names reports whether the record is one that gives names: a register's row.
func (r *row) names() bool { return r.source.Register && r.now().Record.Type == "registration" }

// dated reports whether statements of a type are about a day in the life of a
// shop, and not about who holds it.
func dated(t evidence.RecordType) bool { return t.Name == "review" || t.Name == "complaint" }

// byName ties a record that has a name alone (MODEL 1, name).
func (b *binder) byName(r *row, v Version, p evidence.Party) tie {
	if p.Name == "" || p.Kind == natural {
		return tie{state: mention}
	}
	f := evidence.FoldName(p.Name)
	if hasNumber(v.Record) {
		if same := b.byKey[factKey(v.Record, b.rules)][f]; len(same) == 1 {
			return tie{anchor: same[0], state: tied}
		}
	}
	day := documentDate(v, r.state)
	looked := slices.ContainsFunc(b.registers, func(l RegisterLook) bool { return l.covers(day, b.known) })
	if a, ok := b.names.bearer(f, day); ok && looked {
		return tie{anchor: a, state: tied}
	}
	return tie{state: mention}
}

// indexKeys notes which identified records state which decision key under
// which name.
func (b *binder) indexKeys(rows []*row) {
	b.byKey = map[string]map[string][]identifier{}
	for _, r := range rows {
		rec := r.now().Record
		if !hasNumber(rec) {
			continue
		}
		key := factKey(rec, b.rules)
		for _, t := range r.ties {
			if t.state != tied || t.party.Name == "" {
				continue
			}
			if b.byKey[key] == nil {
				b.byKey[key] = map[string][]identifier{}
			}
			f := evidence.FoldName(t.party.Name)
			if !slices.Contains(b.byKey[key][f], t.anchor) {
				b.byKey[key][f] = append(b.byKey[key][f], t.anchor)
			}
		}
	}
}

// documentDate is the day that a version speaks of: its own date, else the day
// it was first seen (of a snapshot that version, of others the record).
func documentDate(v Version, s *State) evidence.Date {
	if d := ownDate(v.Record); d != "" {
		return d
	}
	if types[v.Record.Type].Shape == evidence.Snapshot {
		return v.Day()
	}
	return s.Versions[0].Day()
}
