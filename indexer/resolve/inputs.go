package resolve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Inputs returns what an evaluation of an entity depends on: what held on a
// day, as it is known at a position of the ledger (0: now). The entity may be
// asked for by any id that it had. A past position is today's reading of what
// was held then. evidence.ErrNotFound: it was not known then.
func (s *Store) Inputs(ctx context.Context, id string, asOf evidence.Date, knownAt int64) (evidence.Inputs, error) {
	if asOf == "" || knownAt < 0 {
		return evidence.Inputs{}, fmt.Errorf("inputs of %s: %w: want a day and a position of the ledger or 0", id, evidence.ErrInvalid)
	}
	var in evidence.Inputs
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		e, facts, err := s.asOf(ctx, tx, id, asOf, knownAt)
		if err != nil {
			return err
		}
		in = evidence.Inputs{Subject: s.subject(e, asOf), Facts: facts, AsOf: asOf, KnownAt: knownAt}
		if in.Looks, err = looks(ctx, tx, e, asOf, knownAt); err != nil {
			return err
		}
		return undecided(ctx, tx, e, in.Looks, knownAt)
	})
	if err != nil {
		return evidence.Inputs{}, fmt.Errorf("inputs of %s: %w", id, err)
	}
	return in, nil
}

// AsOf returns an entity and its facts as of a day and a position of the
// ledger, as Inputs does.
func (s *Store) AsOf(ctx context.Context, id string, asOf evidence.Date, knownAt int64) (e evidence.Entity, facts []evidence.Fact, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		e, facts, err = s.asOf(ctx, tx, id, asOf, knownAt)
		return err
	})
	return e, facts, err
}

// asOf takes what is resolved, where that holds on the day asked for, and
// resolves again where a snapshot changed later or less was known.
func (s *Store) asOf(ctx context.Context, tx *sqlitedb.Tx, id string, asOf evidence.Date, knownAt int64) (evidence.Entity, []evidence.Fact, error) {
	e, fresh, err := readEntity(ctx, tx, id)
	if err != nil {
		return e, nil, err
	}
	if knownAt == 0 && (asOf == "" || asOf >= fresh) {
		facts, err := factsOf(ctx, tx, e.ID)
		return e, facts, err
	}
	seeds, err := column(ctx, tx, `SELECT record FROM resolve_ties WHERE entity = ?`, e.ID)
	if err != nil {
		return e, nil, err
	}
	set, _, err := s.connected(ctx, tx, seeds)
	if err != nil {
		return e, nil, err
	}
	res := Resolve(set, At{AsOf: asOf, KnownAt: knownAt})
	then, ok := same(res, e)
	if !ok {
		return e, nil, fmt.Errorf("entity %s: %w at position %d", id, evidence.ErrNotFound, knownAt)
	}
	var facts []evidence.Fact
	for _, f := range res.Facts {
		if f.Entity == then.ID {
			facts = append(facts, f)
		}
	}
	return then, facts, nil
}

// same finds an entity in an earlier resolution: under its own anchor, else
// where one of its identifiers stood, the strongest first.
func same(res Result, e evidence.Entity) (evidence.Entity, bool) {
	for _, id := range append([]evidence.Identifier{e.Anchor}, e.Identifiers...) {
		for _, x := range res.Entities {
			if x.Anchor == id {
				return x, true
			}
		}
	}
	return evidence.Entity{}, false
}

func (s *Store) subject(e evidence.Entity, day evidence.Date) evidence.Subject {
	sub := evidence.Subject{ID: e.ID, Name: nameOf(e, day), Kind: e.Kind}
	sub.Area, sub.AreaInferred = areaOn(e, day)
	sub.Identifiers = namesOn(e, day)
	for _, id := range e.Identifiers {
		sub.Identifiers = append(sub.Identifiers, id.String())
	}
	shops, sites := 0, 0
	if e.Anchor.Scheme == evidence.Shop {
		shops++
	}
	for _, r := range e.Relations {
		switch {
		case !holdsOn(r, day):
		case r.Kind == "shop":
			shops++
		case r.Kind == "site":
			sites++
		}
	}
	if e.Kind == natural {
		sub.Traits = append(sub.Traits, "natural_person_shop")
	}
	if shops > 0 && sites == 0 { // sells through platforms only
		sub.Traits = append(sub.Traits, "platform_shop")
	}
	in := func(prefix string) bool { return strings.HasPrefix(sub.Area, prefix) }
	if sub.Area != "" && len(s.rules.Areas) > 0 && !slices.ContainsFunc(s.rules.Areas, in) {
		sub.OutOfScope = fmt.Sprintf("登记地区 %s 不在评价范围 %s registered outside the configured area", sub.Area, strings.Join(s.rules.Areas, "、"))
	}
	return sub
}

// undecided counts, look by look, what might concern the entity and is tied to
// nobody: mentions under one of its names, records held for it or contested,
// and rows that could not be read.
func undecided(ctx context.Context, tx *sqlitedb.Tx, e evidence.Entity, all []evidence.Look, known int64) error {
	names := folded(e)
	ids, err := column(ctx, tx, `SELECT DISTINCT record FROM resolve_loose WHERE state = ? AND name IN (SELECT value FROM json_each(?))`, mention, list(names))
	if err != nil {
		return err
	}
	for _, h := range e.Held {
		ids = append(ids, h.Record)
	}
	states, err := loadStates(ctx, tx, ids)
	if err != nil {
		return err
	}
	open := map[string]int{}
	for _, st := range states {
		if st = st.At(known); len(st.Versions) > 0 && !st.Absent() {
			open[st.Latest().Record.Source]++
		}
	}
	for _, id := range e.Identifiers {
		names = append(names, id.Value, id.String())
	}
	for i, l := range all {
		n, err := count(ctx, tx, `SELECT count(DISTINCT content || row) FROM resolve_quarantine_names WHERE name IN (SELECT value FROM json_each(?)) AND run = ? AND source = ?`, list(names), l.Run, l.Source)
		if err != nil {
			return err
		}
		all[i].Undecided = open[l.Source] + n
	}
	return nil
}

func folded(e evidence.Entity) []string {
	var out []string
	for _, n := range e.Names {
		out = append(out, evidence.FoldName(n.Name))
	}
	return out
}
