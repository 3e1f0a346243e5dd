package sqlitefrontier

import (
	"context"
	"errors"
	"time"

	"probity/crawler"
	"probity/crawler/traps"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Spent implements crawler.Purse.
func (f *Frontier) Spent(ctx context.Context, of ...traps.Spender) ([]traps.Spent, error) {
	out := make([]traps.Spent, len(of))
	err := f.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		for i, s := range of {
			var took int64
			err := tx.QueryRow(ctx, `SELECT requests, bytes, took FROM frontier_purse WHERE run = ? AND spender = ?`, s.Run, s.String()).
				Scan(&out[i].Requests, &out[i].Bytes, &took)
			if err != nil && !errors.Is(err, evidence.ErrNotFound) {
				return err
			}
			out[i].Time = time.Duration(took)
		}
		return nil
	})
	return out, wrap("what was spent", err)
}

// Spend implements crawler.Purse. In a closed run nothing is spent.
func (f *Frontier) Spend(ctx context.Context, by traps.Spent, of ...traps.Spender) error {
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, s := range of {
			_, err := tx.Exec(ctx, `INSERT INTO frontier_purse (run, spender, requests, bytes, took) SELECT ?1, ?2, ?3, ?4, ?5
				WHERE NOT EXISTS (SELECT 1 FROM frontier_run WHERE run = ?1 AND state = ?6)
				ON CONFLICT DO UPDATE SET requests = requests + ?3, bytes = bytes + ?4, took = took + ?5`,
				s.Run, s.String(), by.Requests, by.Bytes, int64(by.Time), crawler.Closed)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("spend", err)
}
