package redisfrontier

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// thirst is how long a run is passed over here after its budget was found to
// be under way; whatever frees a share ends it.
const thirst = 200 * time.Millisecond

// dryRuns are the runs that are passed over just now.
func (f *Frontier) dryRuns() []any {
	var out []any
	now := time.Now()
	f.dry.Range(func(run, until any) bool {
		if t, ok := until.(time.Time); ok && now.Before(t) {
			out = append(out, run)
		} else {
			f.dry.Delete(run)
		}
		return true
	})
	return out
}

// share takes a share of the budget for each lease; those that get none are
// given back and leave the batch.
func (f *Frontier) share(ctx context.Context, leases []crawler.Lease, b *crawler.Batch) error {
	by := map[string][]crawler.Lease{}
	for _, l := range leases {
		by[l.Run] = append(by[l.Run], l)
	}
	var back []Settlement
	for run, ls := range by {
		args := []any{run, "take", ls[0].Expires.UnixMicro()}
		for _, l := range ls {
			args = append(args, l.Fence)
		}
		granted, err := f.run(ctx, f.shard(run), f.scripts.budget, args...)
		if err != nil {
			return err
		}
		for i, l := range ls {
			if granted[i] != int64(1) {
				back = append(back, Settlement{l, crawler.Outcome{Result: crawler.Returned}})
				b.Leases = slices.DeleteFunc(b.Leases, func(o crawler.Lease) bool { return o.Fence == l.Fence })
			}
		}
	}
	if len(back) == 0 {
		return nil
	}
	calls := make([]redisdb.Call, len(back))
	for i, s := range back {
		shard, _ := shardOf(s.Lease)
		calls[i] = f.settleCall(shard, back, []int{i})
		f.dry.Store(s.Lease.Run, time.Now().Add(thirst))
	}
	for _, r := range f.db.RunAll(ctx, calls...) {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

// spend counts requests of leases that ended, by fence. A share that was not
// used lets other hosts of the run go on; a budget that is used up kills it.
func (f *Frontier) spend(ctx context.Context, run string, requests map[int64]int) error {
	args, unused := []any{run, "spend"}, false
	for fence, n := range requests {
		args = append(args, fence, n)
		unused = unused || n == 0
	}
	if len(requests) == 0 {
		return nil
	}
	v, err := f.db.Run(ctx, f.scripts.budget, f.prefix[f.shard(run):f.shard(run)+1], args...)
	if err != nil {
		return err
	}
	if v == int64(1) {
		return f.orderRun(ctx, run, crawler.Killed, "budget")
	}
	if unused {
		f.dry.Delete(run)
		return f.orderRun(ctx, run, "wake", "")
	}
	return nil
}

// SetBudget implements crawler.Control. It may be set before the first lead.
func (f *Frontier) SetBudget(ctx context.Context, run string, requests int) error {
	if requests < 0 || run == "" {
		return wrap("set budget of run "+run, errors.Join(evidence.ErrInvalid, errors.New(strconv.Itoa(requests)+" requests")))
	}
	return wrap("set budget of run "+run, f.setBudget(ctx, run, requests))
}

func (f *Frontier) setBudget(ctx context.Context, run string, requests int) error {
	if err := f.orderRun(ctx, run, "budget", strconv.Itoa(requests)); err != nil {
		return err
	}
	c, err := f.counts(ctx, run)
	if err != nil {
		return err
	}
	if c.State == crawler.Closed {
		return crawler.ErrClosed
	}
	home := f.shard(run)
	v, err := f.db.Run(ctx, f.scripts.budget, f.prefix[home:home+1], run, "set", requests, c.Requests)
	if err != nil {
		return err
	}
	f.dry.Delete(run)
	if v == int64(1) {
		return f.orderRun(ctx, run, crawler.Killed, "budget")
	}
	return f.orderRun(ctx, run, "wake", "")
}
