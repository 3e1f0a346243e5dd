package resolve

import (
	"context"
	"encoding/json"
	"fmt"

	"probity/pipeline/sqlitedb"
)

// ties writes which record speaks of whom, and which of nobody.
func (w *writing) ties(ctx context.Context, res Result) error {
	before := map[string]string{}
	err := w.tx.Each(ctx, `SELECT record, state, name FROM resolve_loose WHERE record IN (SELECT value FROM json_each(?))`, []any{list(w.ids)}, func(r *sqlitedb.Rows) error {
		var id, state, name string
		err := r.Scan(&id, &state, &name)
		before[id+state+name] = name
		return err
	})
	for _, table := range []string{"resolve_ties", "resolve_loose"} {
		if err == nil {
			_, err = w.tx.Exec(ctx, `DELETE FROM `+table+` WHERE record IN (SELECT value FROM json_each(?))`, list(w.ids))
		}
	}
	if err != nil {
		return err
	}
	for _, id := range w.ids {
		for _, e := range res.Tied[id] {
			if _, err := w.tx.Exec(ctx, `INSERT INTO resolve_ties (record, entity) VALUES (?, ?)`, id, e); err != nil {
				return err
			}
		}
	}
	named := map[string]bool{}
	for i, l := range res.Loose {
		b, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("write mention: %w", err)
		}
		if _, err := w.tx.Exec(ctx, `INSERT INTO resolve_loose (record, n, source, state, name, digest, body) VALUES (?, ?, ?, ?, ?, ?, ?)`, l.Record, i, l.Source, l.State, l.Name, l.Digest, b); err != nil {
			return err
		}
		key := l.Record + l.State + l.Name
		if _, had := before[key]; !had {
			named[l.Name] = true
		}
		delete(before, key)
	}
	for _, name := range before {
		named[name] = true
	}
	return w.concerned(ctx, named)
}

// concerned touches the entities of a name that mentions came to bear or lost.
func (w *writing) concerned(ctx context.Context, named map[string]bool) error {
	delete(named, "")
	for name := range named {
		_, err := w.tx.Exec(ctx, `INSERT OR IGNORE INTO resolve_touched (cause, kind, id, how) SELECT ?, 'entity', entity, 'undecided' FROM resolve_known WHERE key = ?`, w.cause, "n:"+name)
		if err != nil {
			return err
		}
	}
	return nil
}

// records puts the documents of records whose body or belonging changed.
func (w *writing) records(ctx context.Context, res Result) error {
	facts := map[string][]string{}
	for _, f := range res.Facts {
		for _, r := range f.Records {
			facts[r] = append(facts[r], f.ID)
		}
	}
	loose := map[string]string{}
	for _, l := range res.Loose {
		loose[l.Record] = l.State
	}
	for _, st := range w.set.States {
		v := st.Latest()
		t := tags{entities: res.Tied[st.ID], facts: facts[st.ID], state: "stated"}
		switch {
		case st.Absent():
			t.state = "absent"
		case len(t.entities) == 0 && loose[st.ID] != "":
			t.state = loose[st.ID]
		}
		if err := w.s.put(ctx, w.tx, recordDoc(st.ID, v.Digest, v.Record, t)); err != nil {
			return err
		}
	}
	return nil
}
