package sqlitequeue

import (
	"context"
	"fmt"
	"time"

	"probity/pipeline"
	"probity/pipeline/sqlitedb"
)

// Dead implements [pipeline.Letters].
func (q *Queue) Dead(ctx context.Context, group string) (letters []pipeline.Letter, err error) {
	err = q.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT grp, name, attempt, reason, ready FROM queue_items
			WHERE queue = ?1 AND state = 3 AND (?2 = '' OR grp = ?2) ORDER BY ready, turn`,
			[]any{q.name, group},
			func(r *sqlitedb.Rows) error {
				var l pipeline.Letter
				var at int64
				if err := r.Scan(&l.Group, &l.Name, &l.Attempts, &l.Reason, &at); err != nil {
					return err
				}
				l.Time = time.Unix(0, at).UTC()
				letters = append(letters, l)
				return nil
			})
	})
	return letters, err
}

// Retry implements [pipeline.Letters].
func (q *Queue) Retry(ctx context.Context, group string, names ...string) (n int, err error) {
	if len(names) == 0 {
		letters, err := q.Dead(ctx, group)
		if err != nil {
			return 0, err
		}
		for _, l := range letters {
			names = append(names, l.Name)
		}
	}
	err = q.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n = 0
		turn, err := q.count(ctx, tx, "turn", len(names))
		if err != nil {
			return err
		}
		for i, name := range names {
			changed, err := tx.Exec(ctx, `UPDATE queue_items SET state = 0, ready = ?1, turn = ?5, attempt = 0, reason = ''
				WHERE queue = ?2 AND name = ?3 AND state = 3 AND (?4 = '' OR grp = ?4)`,
				q.now().UnixNano(), q.name, name, group, turn+int64(i))
			if err != nil {
				return fmt.Errorf("retry %s: %w", name, err)
			}
			n += int(changed)
		}
		tx.OnCommit(q.rouse)
		return nil
	})
	return n, err
}
