package redisfrontier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"probity/crawler/traps"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// Spent implements crawler.Purse.
func (f *Frontier) Spent(ctx context.Context, of ...traps.Spender) ([]traps.Spent, error) {
	out, err := f.purse(ctx, traps.Spent{}, of)
	return out, wrap("what was spent", err)
}

// Spend implements crawler.Purse. In a closed run nothing is spent.
func (f *Frontier) Spend(ctx context.Context, by traps.Spent, of ...traps.Spender) error {
	if by == (traps.Spent{}) {
		return nil
	}
	_, err := f.purse(ctx, by, of)
	return wrap("spend", err)
}

// purse asks for each spender the shard that its name says, so that no shard
// has them all.
func (f *Frontier) purse(ctx context.Context, by traps.Spent, of []traps.Spender) ([]traps.Spent, error) {
	if err := f.ready(ctx); err != nil {
		return nil, err
	}
	calls := make([]redisdb.Call, len(of))
	for i, s := range of {
		calls[i] = f.call(f.shard(s.Run+"\x00"+s.String()), f.scripts.purse, s.Run, by.Requests, by.Bytes, micros(by.Time), s.String())
	}
	out := make([]traps.Spent, len(of))
	var err error
	for i, r := range f.db.RunAll(ctx, calls...) {
		if r.Err != nil {
			err = errors.Join(err, r.Err)
			continue
		}
		words, e := redisdb.Texts(r.Value)
		if e != nil || len(words) != 1 {
			return nil, fmt.Errorf("purse in Redis: %w: %v", evidence.ErrInvalid, r.Value)
		}
		if words[0] == "" {
			continue
		}
		var took int64
		if _, e := fmt.Sscan(words[0], &out[i].Requests, &out[i].Bytes, &took); e != nil {
			return nil, fmt.Errorf("purse in Redis: %w: %q", evidence.ErrInvalid, words[0])
		}
		out[i].Time = time.Duration(took) * time.Microsecond
	}
	return out, err
}
