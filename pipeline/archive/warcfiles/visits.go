package warcfiles

import (
	"context"
	"fmt"
	"math"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/sqlitedb"
)

// note adds a committed capture to what a host can ask for.
func note(ctx context.Context, tx *sqlitedb.Tx, e kept) error {
	if e.host == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, e.Date)
	if err != nil {
		return fmt.Errorf("capture %s: its date: %w", e.ID, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO archive_visits (host, time, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, e.host, at.UnixNano(), e.ID)
	return err
}

// forget takes the captures of a file out of the index.
func forget(ctx context.Context, tx *sqlitedb.Tx, file string) error {
	_, err := tx.Exec(ctx, `DELETE FROM archive_visits WHERE id IN (SELECT id FROM archive_captures WHERE file = ?)`, file)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM archive_captures WHERE file = ?`, file)
	}
	return err
}

// fillVisits makes the list of visits of an index from before there was one.
func (a *Files) fillVisits(ctx context.Context) error {
	var missing bool
	err := a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM archive_captures) AND NOT EXISTS (SELECT 1 FROM archive_visits)`).Scan(&missing)
	})
	if err != nil || !missing {
		return err
	}
	list, err := a.segments()
	if err != nil {
		return err
	}
	return a.o.DB.Write(ctx, func(tx *sqlitedb.Tx) error { // in one, so that a part is never taken for the whole
		for _, s := range list {
			if _, err := walk(ctx, s, 0, func(l archive.Listed) error { return note(ctx, tx, keptOf(l)) }); err != nil {
				return damaged(s, err)
			}
		}
		return nil
	})
}

// Visits implements [archive.Logbook]. Captures of one lead within a second
// may change places.
func (a *Files) Visits(ctx context.Context, q archive.Visits) ([]archive.Listed, error) {
	before, id, err := q.Check()
	if err != nil {
		return nil, err
	}
	query, args := `SELECT id FROM archive_visits WHERE host = ? AND (time, id) < (?, ?) ORDER BY time DESC, id DESC LIMIT ?`, []any{q.Host, int64(math.MaxInt64), "", q.N}
	if q.Before != "" {
		args[1], args[2] = before.UnixNano(), id
	}
	if q.Lead != "" {
		query = `SELECT id FROM archive_captures WHERE target = ? AND body > 0 AND (date, id) < (?, ?) ORDER BY date DESC, id DESC LIMIT ?`
		args[0], args[1] = q.Lead, "~"
		if q.Before != "" {
			args[1] = date(before)
		}
	}
	var ids []string
	err = a.o.DB.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, query, args, func(r *sqlitedb.Rows) error {
			ids = append(ids, "")
			return r.Scan(&ids[len(ids)-1])
		})
	})
	if err != nil {
		return nil, fmt.Errorf("visits: %w", err)
	}
	list := make([]archive.Listed, len(ids))
	for i, id := range ids {
		if list[i].Entry, err = a.Find(ctx, id); err != nil {
			return nil, err
		}
		if list[i].Capture, err = a.reader().Capture(ctx, list[i].Entry); err != nil {
			return nil, err
		}
	}
	return list, nil
}
