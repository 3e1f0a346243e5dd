package sqlitefrontier

import (
	"context"
	"encoding/json"
	"fmt"

	"probity/crawler"
	"probity/pipeline/sqlitedb"
)

// Order implements crawler.Orders.
func (f *Frontier) Order(ctx context.Context, o crawler.Order) (int64, error) {
	if err := o.Check(); err != nil {
		return 0, err
	}
	o.At = f.now().UTC()
	err := f.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) + 1 FROM frontier_order`).Scan(&o.Version); err != nil {
			return err
		}
		body, err := json.Marshal(o)
		if err != nil {
			return err
		}
		f.change(tx)
		_, err = tx.Exec(ctx, `INSERT INTO frontier_order (version, about, body) VALUES (?, ?, ?)`, o.Version, o.About, body)
		return err
	})
	return o.Version, wrap("order about "+o.About, err)
}

// InForce implements crawler.Orders.
func (f *Frontier) InForce(ctx context.Context, since int64) (all map[string]crawler.Order, version int64, err error) {
	err = f.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		all = map[string]crawler.Order{}
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM frontier_order`).Scan(&version); err != nil || version == since {
			return err
		}
		return orders(ctx, tx, func(o crawler.Order) { all[o.About] = o },
			`SELECT body FROM frontier_order WHERE version IN (SELECT max(version) FROM frontier_order GROUP BY about)`)
	})
	return all, version, wrap("read orders", err)
}

// Given implements crawler.Orders.
func (f *Frontier) Given(ctx context.Context, after int64, limit int) (all []crawler.Order, err error) {
	err = f.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		all = nil
		return orders(ctx, tx, func(o crawler.Order) { all = append(all, o) },
			`SELECT body FROM frontier_order WHERE version > ? ORDER BY version LIMIT ?`, after, limit)
	})
	return all, wrap("read orders", err)
}

func orders(ctx context.Context, tx *sqlitedb.Tx, visit func(crawler.Order), query string, args ...any) error {
	return tx.Each(ctx, query, args, func(r *sqlitedb.Rows) error {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return err
		}
		var o crawler.Order
		if err := json.Unmarshal(body, &o); err != nil {
			return fmt.Errorf("an order: %w", err)
		}
		visit(o)
		return nil
	})
}
