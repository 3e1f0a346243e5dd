package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// atOnce is how many touched records are resolved in one transaction; what is
// connected to them comes along.
const atOnce = 2000

// settle resolves what was touched and says what became of it. What a crash
// left over is settled with it, under its own cause.
func (s *Store) settle(ctx context.Context, cause string, today evidence.Date) (Changes, error) {
	for {
		var n int
		err := s.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
			n, err = s.settleSome(ctx, tx, today)
			return err
		})
		if err != nil {
			return Changes{}, fmt.Errorf("resolve: %w", err)
		}
		if n == 0 {
			break
		}
	}
	return s.Changes(ctx, cause)
}

// settleSome resolves some touched records and everything connected to them,
// and returns how many were touched.
func (s *Store) settleSome(ctx context.Context, tx *sqlitedb.Tx, today evidence.Date) (int, error) {
	var cause string
	err := tx.QueryRow(ctx, `SELECT cause FROM resolve_dirty ORDER BY cause LIMIT 1`).Scan(&cause)
	if errors.Is(err, evidence.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	seeds, err := column(ctx, tx, `SELECT record FROM resolve_dirty WHERE cause = ? ORDER BY record LIMIT ?`, cause, atOnce)
	if err != nil {
		return 0, err
	}
	set, ids, err := s.connected(ctx, tx, seeds)
	if err != nil {
		return 0, err
	}
	w := &writing{s: s, tx: tx, today: today, cause: cause, ids: ids, set: set}
	if err := w.write(ctx, Resolve(set, At{})); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM resolve_dirty WHERE record IN (SELECT value FROM json_each(?))`, list(append(seeds, ids...)))
	return len(seeds), err
}

// connected reads everything that shares tokens with the records, directly or
// by way of others: it can be resolved apart from the rest.
func (s *Store) connected(ctx context.Context, tx *sqlitedb.Tx, seeds []string) (Set, []string, error) {
	set := Set{Rules: s.rules}
	var err error
	if set.Decisions, err = decisions(ctx, tx); err != nil {
		return set, nil, err
	}
	linked := map[string][]string{} // token -> tokens of the same decision
	for _, d := range set.Decisions {
		all := d.Tokens(s.rules)
		for _, t := range all {
			linked[t] = append(linked[t], all...)
		}
	}
	records, tokens := map[string]bool{}, map[string]bool{}
	for next := seeds; len(next) > 0; {
		for _, id := range next {
			records[id] = true
		}
		fresh, err := column(ctx, tx, `SELECT DISTINCT token FROM resolve_tokens WHERE record IN (SELECT value FROM json_each(?))`, list(next))
		if err != nil {
			return set, nil, err
		}
		var ask []string
		for len(fresh) > 0 {
			t := fresh[len(fresh)-1]
			fresh = fresh[:len(fresh)-1]
			if !tokens[t] {
				tokens[t] = true
				ask, fresh = append(ask, t), append(fresh, linked[t]...)
			}
		}
		next, err = column(ctx, tx, `SELECT DISTINCT record FROM resolve_tokens WHERE token IN (SELECT value FROM json_each(?))`, list(ask))
		if err != nil {
			return set, nil, err
		}
		next = slices.DeleteFunc(next, func(id string) bool { return records[id] })
	}
	ids := sorted(records)
	if set.States, err = loadStates(ctx, tx, ids); err != nil {
		return set, nil, err
	}
	if set.Sources, err = sources(ctx, tx); err != nil {
		return set, nil, err
	}
	set.Registers, err = registers(ctx, tx)
	return set, ids, err
}

func registers(ctx context.Context, tx *sqlitedb.Tx) (out []RegisterLook, err error) {
	err = tx.Each(ctx, `SELECT body FROM resolve_registers ORDER BY source, position`, nil, func(r *sqlitedb.Rows) error {
		out = append(out, RegisterLook{})
		return scanJSON(r, &out[len(out)-1])
	})
	return out, err
}

// column reads a query of one text column.
func column(ctx context.Context, tx *sqlitedb.Tx, query string, args ...any) (out []string, err error) {
	err = tx.Each(ctx, query, args, func(r *sqlitedb.Rows) error {
		var s string
		err := r.Scan(&s)
		out = append(out, s)
		return err
	})
	return out, err
}

// A writing puts one resolution in the place of the one before.
type writing struct {
	s     *Store
	tx    *sqlitedb.Tx
	today evidence.Date
	cause string
	ids   []string // records
	set   Set
	names map[string]string // entity -> name
}

func (w *writing) write(ctx context.Context, res Result) error {
	old, err := column(ctx, w.tx, `SELECT DISTINCT entity FROM resolve_ties WHERE record IN (SELECT value FROM json_each(?))`, list(w.ids))
	if err != nil {
		return err
	}
	w.names = map[string]string{}
	all := slices.Clone(old)
	for _, e := range res.Entities {
		w.names[e.ID] = nameOf(e, "")
		all = append(all, e.ID)
	}
	if err := w.facts(ctx, res, all); err != nil {
		return err
	}
	fresh := w.freshness(res)
	for _, e := range res.Entities {
		if err := w.entity(ctx, e, fresh[e.ID]); err != nil {
			return err
		}
	}
	for _, id := range old {
		if _, stays := w.names[id]; !stays {
			if err := w.gone(ctx, id); err != nil {
				return err
			}
		}
	}
	if err := w.ties(ctx, res); err != nil {
		return err
	}
	return w.records(ctx, res)
}

// facts writes the facts that changed, and withdraws those that are no more.
func (w *writing) facts(ctx context.Context, res Result, entities []string) error {
	old := map[string][]byte{}
	owner := map[string]string{}
	err := w.tx.Each(ctx, `SELECT id, entity, body FROM resolve_facts WHERE entity IN (SELECT value FROM json_each(?))`, []any{list(entities)}, func(r *sqlitedb.Rows) error {
		var id, entity string
		var b []byte
		err := r.Scan(&id, &entity, &b)
		old[id], owner[id] = b, entity
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range res.Facts {
		b, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("write fact: %w", err)
		}
		before, known := old[f.ID]
		delete(old, f.ID)
		how := "changed"
		switch {
		case !known:
			how = "new"
		case string(before) == string(b):
			how = ""
		}
		if how != "" {
			if err := w.fact(ctx, f, b, how); err != nil {
				return err
			}
		}
		if err := w.s.put(ctx, w.tx, factDoc(f, w.names[f.Entity], w.today, b)); err != nil {
			return err
		}
	}
	for _, id := range sorted(old) {
		_, err := w.tx.Exec(ctx, `DELETE FROM resolve_facts WHERE id = ?`, id)
		if err == nil {
			_, err = w.tx.Exec(ctx, `DELETE FROM resolve_fact_records WHERE fact = ?`, id)
		}
		err = errors.Join(err, w.touch(ctx, "fact", id, "gone"), w.touch(ctx, "entity", owner[id], "fact"),
			w.withdraw(ctx, indexer.FactDoc, id, old[id]))
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) fact(ctx context.Context, f evidence.Fact, b []byte, how string) error {
	_, err := w.tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_facts (id, entity, type, body) VALUES (?, ?, ?, ?)`, f.ID, f.Entity, f.Type, b)
	if err == nil {
		_, err = w.tx.Exec(ctx, `DELETE FROM resolve_fact_records WHERE fact = ?`, f.ID)
	}
	for _, rec := range f.Records {
		if err == nil {
			_, err = w.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_fact_records (record, fact) VALUES (?, ?)`, rec, f.ID)
		}
	}
	return errors.Join(err, w.touch(ctx, "fact", f.ID, how), w.touch(ctx, "entity", f.Entity, "fact"))
}

// touch notes what a cause changed. What came first stands: a fact that is new
// in a run stays new in it.
func (w *writing) touch(ctx context.Context, kind, id, how string) error {
	_, err := w.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_touched (cause, kind, id, how) VALUES (?, ?, ?, ?)`, w.cause, kind, id, how)
	return err
}

// withdraw keeps a document that no longer holds, out of search.
func (w *writing) withdraw(ctx context.Context, kind, id string, body []byte) error {
	return w.s.put(ctx, w.tx, document{doc: indexer.Doc{Kind: kind, ID: id, Gone: true, Facets: map[string][]string{}}, body: json.RawMessage(body)})
}

// freshness is, by entity, the latest day on which a snapshot of it changed:
// from that day on what is resolved holds as it stands.
func (w *writing) freshness(res Result) map[string]evidence.Date {
	out := map[string]evidence.Date{}
	for _, st := range w.set.States {
		v := st.Latest()
		if types[v.Record.Type].Shape != evidence.Snapshot {
			continue
		}
		for _, e := range res.Tied[st.ID] {
			out[e] = max(out[e], v.Day())
		}
	}
	return out
}

func (w *writing) entity(ctx context.Context, e evidence.Entity, fresh evidence.Date) error {
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write entity: %w", err)
	}
	var before []byte
	var was string
	err = w.tx.QueryRow(ctx, `SELECT body, fresh FROM resolve_entities WHERE id = ?`, e.ID).Scan(&before, &was)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	if string(before) == string(b) && was == string(fresh) {
		return nil
	}
	_, err = w.tx.Exec(ctx, `INSERT OR REPLACE INTO resolve_entities (id, anchor, name, fresh, body) VALUES (?, ?, ?, ?, ?)`, e.ID, e.Anchor.String(), w.names[e.ID], string(fresh), b)
	if err != nil || string(before) == string(b) {
		return err
	}
	return errors.Join(err, w.known(ctx, e), w.touch(ctx, "entity", e.ID, "entity"), w.s.put(ctx, w.tx, entityDoc(e, b)))
}

// known writes under what an entity may be asked for.
func (w *writing) known(ctx context.Context, e evidence.Entity) error {
	_, err := w.tx.Exec(ctx, `DELETE FROM resolve_known WHERE entity = ?`, e.ID)
	add := func(key, how, said string) {
		if err == nil {
			_, err = w.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_known (key, entity, how, said) VALUES (?, ?, ?, ?)`, key, e.ID, how, said)
		}
	}
	for _, id := range e.Identifiers {
		add("i:"+id.Value, "identifier", id.String())
	}
	for _, id := range e.Contested {
		add("i:"+id.Value, "contested", id.String())
		add(evidence.EntityID(id), "contested", id.String())
	}
	for _, r := range e.Relations {
		if r.Kind == "shop" || r.Kind == "site" {
			add("i:"+r.To.Value, r.Kind, r.To.String())
			add(evidence.EntityID(r.To), r.Kind, r.To.String())
		}
	}
	for _, n := range e.Names {
		add("n:"+evidence.FoldName(n.Name), "name", n.Name)
	}
	for _, a := range e.Aliases {
		add(a, "alias", "")
	}
	return err
}

// gone withdraws an entity that nothing stands on any more.
func (w *writing) gone(ctx context.Context, id string) error {
	var b []byte
	if err := w.tx.QueryRow(ctx, `SELECT body FROM resolve_entities WHERE id = ?`, id).Scan(&b); err != nil {
		return err
	}
	_, err := w.tx.Exec(ctx, `DELETE FROM resolve_entities WHERE id = ?`, id)
	if err == nil {
		_, err = w.tx.Exec(ctx, `DELETE FROM resolve_known WHERE entity = ?`, id)
	}
	return errors.Join(err, w.touch(ctx, "gone", id, "gone"), w.withdraw(ctx, indexer.EntityDoc, id, b))
}
