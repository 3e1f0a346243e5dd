package resolve

import (
	"cmp"
	"slices"

	"probity/pipeline/evidence"
)

// A Result is what a set of records says, in a fixed order.
type Result struct {
	Entities []evidence.Entity   // by id
	Facts    []evidence.Fact     // by id
	Loose    []Loose             // parties that are tied to nobody, by record
	Tied     map[string][]string // record -> entity ids, sorted
}

// Loose is a party of a record that is tied to no entity: a mention, a held or
// contested record, or of a shop that nobody is known to have held.
type Loose struct {
	Record string
	Source string
	State  string
	Reason string
	Name   string   // folded
	Digest string   // of the mention
	Maybe  []string // entity ids that it might concern
}

// Resolve says what a set of records means: entities and facts as they are
// known at a position of the ledger, snapshots as of a day. It is a pure
// function; a permutation of the set changes nothing.
func Resolve(set Set, at At) Result {
	decisions := standing(set.Decisions, at.KnownAt)
	slices.SortFunc(decisions, func(a, b Decision) int { return cmp.Compare(a.ID, b.ID) })
	rows := open(set, at.KnownAt)
	ids := identify(rows, decisions)
	names := readNames(rows, ids)
	b := &binder{
		ids: ids, names: names, holdings: readHoldings(rows, ids, names), registers: set.Registers,
		known: at.KnownAt, rules: set.Rules, words: readWords(decisions), holds: map[string]bool{},
	}
	for _, d := range decisions {
		if d.Verb == Hold {
			b.holds[d.key(set.Rules)] = true
		}
	}
	b.bind(rows)
	drafts := draftFacts(rows, joinedFacts(rows, decisions, set.Rules), set.Rules, b.holdings, at.AsOf)
	wait := applyRepairs(drafts, repairRows(rows, set.Rules), decisions, names.of, set.Rules)
	applyAppeals(drafts)
	return assemble(rows, drafts, wait, b)
}

// open brings the records into order and looks up what they are.
func open(set Set, known int64) []*row {
	var rows []*row
	for _, s := range set.States {
		s = s.At(known)
		if len(s.Versions) == 0 {
			continue
		}
		rec := s.Latest().Record
		rows = append(rows, &row{state: s, source: set.Sources[rec.Source], typ: types[rec.Type]})
	}
	slices.SortFunc(rows, func(a, b *row) int { return cmp.Compare(a.state.ID, b.state.ID) })
	return rows
}

func assemble(rows []*row, drafts []*draft, wait []waiting, b *binder) Result {
	all := sketches(rows)
	res := Result{Tied: map[string][]string{}}
	for _, d := range drafts {
		if s := all[d.anchor]; s != nil {
			s.entity.Facts = append(s.entity.Facts, d.fact.ID)
		}
		d.fact.Records = append(d.fact.Records, d.mine...)
		slices.Sort(d.fact.Records)
		d.fact.Records = slices.Compact(d.fact.Records)
		res.Facts = append(res.Facts, d.fact)
	}
	for _, w := range wait {
		if s := all[w.anchor]; s != nil {
			s.entity.Held = append(s.entity.Held, evidence.HeldRecord{Record: w.record, Reason: w.reason})
		}
	}
	for _, r := range rows {
		res.loose(r, all)
	}
	has := b.holdings.byHolder()
	for _, s := range all {
		s.finish(b.ids, b.names, has[s.anchor])
		slices.Sort(s.entity.Facts)
		res.Entities = append(res.Entities, s.entity)
		for rec := range s.records {
			res.Tied[rec] = append(res.Tied[rec], s.entity.ID)
		}
	}
	for _, t := range res.Tied {
		slices.Sort(t)
	}
	slices.SortFunc(res.Entities, func(a, b evidence.Entity) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(res.Facts, func(a, b evidence.Fact) int { return cmp.Compare(a.ID, b.ID) })
	return res
}

// loose notes what of a row is tied to nobody, and lets the entities know that
// it may concern.
func (res *Result) loose(r *row, all map[identifier]*sketch) {
	for _, t := range r.ties {
		if t.state == tied || t.version != len(r.state.Versions)-1 {
			continue
		}
		src := r.state.Latest().Record.Source
		l := Loose{Record: r.state.ID, Source: src, State: t.state, Reason: t.reason}
		if t.party.Name != "" && t.party.Kind != natural {
			l.Name = evidence.FoldName(t.party.Name)
		}
		if t.state == mention {
			l.Digest = t.party.Mention(src)
		}
		for _, a := range t.maybe {
			l.Maybe = append(l.Maybe, evidence.EntityID(a))
			if s := all[a]; s != nil {
				s.entity.Held = append(s.entity.Held, evidence.HeldRecord{Record: r.state.ID, Reason: t.reason})
			}
		}
		res.Loose = append(res.Loose, l)
	}
}
