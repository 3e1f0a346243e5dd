package redisfrontier

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// Orders stand in the first shard: they are few, and asked for as one.
const ordersShard = 0

// Order implements crawler.Orders.
func (f *Frontier) Order(ctx context.Context, o crawler.Order) (int64, error) {
	if err := o.Check(); err != nil {
		return 0, err
	}
	body, err := json.Marshal(o)
	if err != nil {
		return 0, err
	}
	reply, err := f.run(ctx, ordersShard, f.scripts.orders, "give", o.About, body)
	if err != nil {
		return 0, wrap("order about "+o.About, err)
	}
	return redisdb.Int(reply[0])
}

// InForce implements crawler.Orders.
func (f *Frontier) InForce(ctx context.Context, since int64) (map[string]crawler.Order, int64, error) {
	words, version, err := f.words(ctx, "in force", since)
	if err != nil {
		return nil, 0, wrap("read orders", err)
	}
	all := make(map[string]crawler.Order, len(words))
	for _, o := range words {
		all[o.About] = o
	}
	return all, version, nil
}

// Given implements crawler.Orders.
func (f *Frontier) Given(ctx context.Context, after int64, limit int) ([]crawler.Order, error) {
	words, _, err := f.words(ctx, "given", max(0, after), limit) // versions are counted from 1, places in a list from 0
	return words, wrap("read orders", err)
}

func (f *Frontier) words(ctx context.Context, args ...any) ([]crawler.Order, int64, error) {
	reply, err := f.run(ctx, ordersShard, f.scripts.orders, args...)
	if err != nil {
		return nil, 0, err
	}
	version, err := redisdb.Int(reply[0])
	if err != nil {
		return nil, 0, err
	}
	texts, err := redisdb.Texts(reply[1:])
	if err != nil {
		return nil, 0, err
	}
	all := make([]crawler.Order, len(texts))
	for i, w := range texts {
		if all[i], err = word(w); err != nil {
			return nil, 0, err
		}
	}
	return all, version, nil
}

func word(w string) (o crawler.Order, err error) {
	n, rest, _ := strings.Cut(w, "\x00")
	at, body, _ := strings.Cut(rest, "\x00")
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		return o, fmt.Errorf("an order: %w: %w", evidence.ErrInvalid, err)
	}
	micros, err := strconv.ParseInt(at, 10, 64)
	if err == nil {
		o.Version, err = strconv.ParseInt(n, 10, 64)
	}
	if err != nil {
		return o, fmt.Errorf("an order: %w: %w", evidence.ErrInvalid, err)
	}
	o.At = time.UnixMicro(micros).UTC()
	return o, nil
}
