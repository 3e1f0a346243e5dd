package redisfrontier

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// A Settlement is a lease and what its visit came to.
type Settlement struct {
	Lease   crawler.Lease
	Outcome crawler.Outcome
}

// Settle implements crawler.Frontier.
func (f *Frontier) Settle(ctx context.Context, l crawler.Lease, o crawler.Outcome) error {
	return f.SettleAll(ctx, Settlement{l, o})[0]
}

// SettleAll settles several leases in one round trip to each server, and
// returns an error, or none, for each: one that is lost hinders no other.
func (f *Frontier) SettleAll(ctx context.Context, all ...Settlement) []error {
	errs := make([]error, len(all))
	order := make([]int, 0, len(all))
	for i, s := range all {
		if err := known(s.Outcome); err != nil {
			errs[i] = fmt.Errorf("settle %s: %w", s.Lease.Lead.URL, err)
			continue
		}
		order = append(order, i)
	}
	shard := func(i int) int { s, _ := shardOf(all[i].Lease); return s % f.set.Shards }
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(shard(a), shard(b)), cmp.Compare(all[a].Lease.Fence, all[b].Lease.Fence))
	})
	for x := 1; x < len(order); x++ {
		if i := order[x]; all[i].Lease.Fence == all[order[x-1]].Lease.Fence { // comes twice
			errs[i] = lost(all[i].Lease)
		}
	}
	order = slices.DeleteFunc(order, func(i int) bool { return errs[i] != nil })
	var parts [][]int // of one shard each
	from := 0
	for x := range order {
		if x+1 == len(order) || shard(order[x+1]) != shard(order[x]) {
			parts, from = append(parts, order[from:x+1]), x+1
		}
	}
	calls := make([]redisdb.Call, len(parts))
	for c, part := range parts {
		calls[c] = f.settleCall(shard(part[0]), all, part)
	}
	for c, r := range f.db.RunAll(ctx, calls...) {
		err := r.Err
		if err == nil {
			err = f.settled(ctx, shard(parts[c][0]), r.Value, all, parts[c], errs)
		}
		for _, i := range parts[c] {
			if errs[i] == nil && err != nil {
				errs[i] = fmt.Errorf("settle %s: %w", all[i].Lease.Lead.URL, err)
			}
		}
	}
	return errs
}

// settled reads a shard's answer and does what has to follow elsewhere.
func (f *Frontier) settled(ctx context.Context, shard int, v any, all []Settlement, which []int, errs []error) error {
	reply, err := redisdb.List(v)
	if err != nil {
		return err
	}
	wait, err := redisdb.Int(reply[0])
	if err != nil {
		return err
	}
	f.memory.due(shard, wait)
	odd, err := redisdb.List(reply[1])
	if err != nil {
		return err
	}
	var bury, moved bool
	for x := 0; x+1 < len(odd); x += 2 {
		place, err := redisdb.Int(odd[x])
		if err != nil {
			return err
		}
		switch odd[x+1] {
		case int64(0):
			i := which[place-1]
			errs[i] = lost(all[i].Lease)
		case int64(2):
			bury = true
		case int64(3):
			moved = true
		}
	}
	runs, err := redisdb.Texts(reply[2])
	if err != nil {
		return err
	}
	for _, run := range runs {
		spent := map[int64]int{}
		for _, i := range which {
			if all[i].Lease.Run == run && errs[i] == nil {
				spent[all[i].Lease.Fence] = all[i].Outcome.Requests
			}
		}
		err = errors.Join(err, f.spend(ctx, run, spent))
	}
	if bury {
		err = errors.Join(err, f.bury(ctx, shard))
	}
	if moved {
		err = errors.Join(err, f.moveAll(ctx, shard))
	}
	return err
}

func known(o crawler.Outcome) error {
	if slices.Contains(results(), o.Result) && !strings.Contains(o.Reason, "\x00") {
		return nil
	}
	return fmt.Errorf("outcome %q: %w", o.Result, evidence.ErrInvalid)
}

func (f *Frontier) policyArgs() []any {
	p := f.policy
	return []any{micros(p.Backoff), micros(p.MaxBackoff), micros(p.Forget), p.Attempts, p.Strikes}
}

// results are outcomes as scripts know them.
func results() []crawler.Result {
	return []crawler.Result{crawler.Done, crawler.Failed, crawler.Refused, crawler.Retry, crawler.Returned}
}

// plain begins an outcome of which there is nothing more to say.
const plain = 6

// packOutcome writes an outcome as apply.lua reads it.
func packOutcome(o crawler.Outcome) string {
	b := make([]byte, 0, 64+len(o.Reason)+len(o.Detail))
	if o.Result == crawler.Done && o.Busy == nil && o.Delay <= 0 { // as most are
		b = binary.BigEndian.AppendUint32(append(b, plain), uint32(max(o.Requests, 0)))
		return string(binary.BigEndian.AppendUint64(b, math.Float64bits(float64(micros(o.Quiet)))))
	}
	b = append(b, byte(slices.Index(results(), o.Result)+1))
	b = binary.BigEndian.AppendUint32(b, uint32(max(o.Requests, 0)))
	number := func(d time.Duration) { b = binary.BigEndian.AppendUint64(b, math.Float64bits(float64(micros(d)))) }
	number(o.Quiet)
	number(o.Delay)
	number(o.After)
	busy := crawler.Busy{}
	if o.Busy == nil {
		b = append(b, 0)
	} else {
		b = append(b, 1)
		busy = *o.Busy
	}
	number(busy.Base)
	number(busy.RetryAfter)
	return string(append(append(append(b, o.Reason...), 0), o.Detail...))
}

// settleCall settles some of all at one shard, which it brings into the order
// of their runs: kinds of leases, groups, then fences, each in a row.
func (f *Frontier) settleCall(shard int, all []Settlement, which []int) redisdb.Call {
	slices.SortStableFunc(which, func(a, b int) int { return cmp.Compare(all[a].Lease.Run, all[b].Lease.Run) })
	n := len(which)
	args := make([]any, 3, 7+n)
	for x := 0; x < n; {
		first, same := all[which[x]], x
		for same < n && all[which[same]].Lease.Run == first.Lease.Run && all[which[same]].Outcome == first.Outcome {
			same++
		}
		args = append(args, first.Lease.Run, packOutcome(first.Outcome), same-x)
		x = same
	}
	args[0], args[1], args[2] = f.policyWords, n, (len(args)-3)/3
	for _, i := range which {
		args = append(args, all[i].Lease.Group)
	}
	fences := make([]byte, 0, fenceDigits*n)
	for x, i := range which {
		_, fence := shardOf(all[i].Lease)
		if fences = strconv.AppendInt(fences, fence, 10); len(fences) != fenceDigits*(x+1) { // nobody's
			fences = append(fences[:fenceDigits*x], strings.Repeat("0", fenceDigits)...)
		}
	}
	return f.call(shard, f.scripts.settle, append(args, fences)...)
}

func lost(l crawler.Lease) error {
	return fmt.Errorf("settle %s: %w: the lease is lost, drop the answer", l.Lead.URL, evidence.ErrConflict)
}

// Reap implements crawler.Frontier, a hundred leases of each shard at a time.
// It also finishes what others were cut off in.
func (f *Frontier) Reap(ctx context.Context) (int, error) {
	n := 0
	args := append(f.policyArgs(), "its worker did not come back in time")
	var todo []func() error
	err := f.all(ctx, f.scripts.reap, args, func(shard int, reply []any) error {
		k, err := redisdb.Int(reply[0])
		if err != nil {
			return err
		}
		n += int(k)
		if doomed, _ := redisdb.List(reply[1]); len(doomed) > 0 {
			todo = append(todo, func() error { return f.bury(ctx, shard) })
		}
		if reply[2] != int64(0) {
			todo = append(todo, func() error { return f.moveAll(ctx, shard) })
		}
		gone, err := redisdb.List(reply[3])
		for _, g := range gone {
			todo = append(todo, func() error { return f.unspent(ctx, shard, g) })
		}
		return err
	})
	if n > 0 {
		f.memory.forget()
	}
	for _, do := range todo {
		err = errors.Join(err, do())
	}
	return n, wrap("reap leases", err)
}

// unspent gives a budget back the share of a lease that expired.
func (f *Frontier) unspent(ctx context.Context, shard int, v any) error {
	e, err := redisdb.List(v)
	if err != nil || len(e) != 3 || e[2] == int64(0) {
		return err
	}
	run, _ := redisdb.Text(e[0])
	text, _ := redisdb.Text(e[1])
	fence, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return err
	}
	return f.spend(ctx, run, map[int64]int{fence<<shardBits | int64(shard): 0})
}
