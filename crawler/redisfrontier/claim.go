package redisfrontier

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// Claim implements crawler.Frontier: within a shard the group that has waited
// longest comes first, and within a group its runs take turns. Shards that
// are known to have something due are asked in ever wider waves.
func (f *Frontier) Claim(ctx context.Context, _ string, n int, ttl time.Duration) (crawler.Batch, error) {
	b, err := f.claim(ctx, n, ttl)
	if err != nil {
		f.memory.forget()
		return crawler.Batch{Leases: b.Leases, Wait: b.Wait}, wrap("claim leads", err)
	}
	return b, nil
}

func (f *Frontier) claim(ctx context.Context, n int, ttl time.Duration) (crawler.Batch, error) {
	var b crawler.Batch
	if err := f.ready(ctx); err != nil {
		return b, err
	}
	if f.memory.stale() {
		if err := f.look(ctx); err != nil {
			return b, err
		}
	}
	var budgeted []crawler.Lease
	for width, shards := 1, f.memory.ready(); len(b.Leases) < n && len(shards) > 0; width *= 2 {
		wave := f.wave(width, n-len(b.Leases), len(shards))
		again, held, err := f.claimWave(ctx, ttl, shards[:len(wave)], wave, &b)
		budgeted = append(budgeted, held...)
		if err != nil {
			return crawler.Batch{}, err // what was leased meanwhile expires
		}
		if shards = shards[len(wave):]; len(b.Leases) < n {
			shards = append(shards, again...)
		}
	}
	if len(budgeted) > 0 {
		if err := f.share(ctx, budgeted, &b); err != nil {
			return crawler.Batch{}, err
		}
	}
	if byFence := func(a, b crawler.Lease) int { return cmp.Compare(a.Fence, b.Fence) }; !slices.IsSortedFunc(b.Leases, byFence) {
		slices.SortFunc(b.Leases, byFence)
	}
	if b.Wait = f.memory.wait(); b.Wait == 0 && len(b.Leases) == 0 {
		b.Wait = breath
	}
	return b, nil
}

// breath is how long who found nothing where something should be due waits at
// least: somebody else was faster.
const breath = 5 * time.Millisecond

// look asks every shard when something is due: one server for all at once.
func (f *Frontier) look(ctx context.Context) error {
	calls := []redisdb.Call{{Script: f.scripts.peek, Keys: f.prefix}}
	if !f.db.One() {
		calls = make([]redisdb.Call, f.set.Shards)
		for i := range calls {
			calls[i] = f.call(i, f.scripts.peek)
		}
	}
	at := time.Now()
	shard := 0
	for _, r := range f.db.RunAll(ctx, calls...) {
		if r.Err != nil {
			return r.Err
		}
		waits, err := redisdb.List(r.Value)
		if err != nil {
			return err
		}
		for _, v := range waits {
			w, err := redisdb.Int(v)
			if err != nil {
				return err
			}
			f.memory.is(shard, w)
			shard++
		}
	}
	f.memory.saw(at)
	return nil
}

// wave says how many leads each of the next shards is asked for: one shard
// for all of a few, else ever more shards for a part each.
func (f *Frontier) wave(width, n, shards int) []int {
	if n <= 4 {
		width = 1
	}
	out := make([]int, min(width, n, shards))
	for i := range out {
		out[i] = n / len(out)
		if i < n%len(out) {
			out[i]++
		}
	}
	return out
}

// claimWave claims from some shards at once and adds to b. It returns the
// shards to be asked once more, and leases of runs that have a budget.
func (f *Frontier) claimWave(ctx context.Context, ttl time.Duration, shards, quota []int, b *crawler.Batch) (again []int, budgeted []crawler.Lease, err error) {
	dry := f.dryRuns()
	calls := make([]redisdb.Call, len(quota))
	for i, q := range quota {
		args := append([]any{q, micros(ttl)}, dry...)
		calls[i] = f.call(shards[i], f.scripts.claim, args...)
	}
	for i, r := range f.db.RunAll(ctx, calls...) {
		if r.Err != nil {
			return nil, nil, r.Err
		}
		leases, held, wanted, err := f.leases(ctx, shards[i], r.Value)
		if err != nil {
			return nil, nil, err
		}
		if b.Leases == nil {
			b.Leases = leases // most claims ask one shard
		} else {
			b.Leases = append(b.Leases, leases...)
		}
		budgeted = append(budgeted, held...)
		for _, ln := range wanted {
			run, host, _ := strings.Cut(ln, "\x00")
			if _, err := f.unpackFirst(ctx, shards[i], run, host); err != nil {
				return nil, nil, err
			}
		}
		if len(wanted) > 0 || len(leases) == quota[i] { // it may have more
			again = append(again, shards[i])
		}
	}
	return again, budgeted, nil
}

// leases reads a shard's answer: what may be visited, what of it needs a
// share of a budget, and which lanes want to be unpacked.
func (f *Frontier) leases(ctx context.Context, shard int, v any) (all, budgeted []crawler.Lease, wanted []string, err error) {
	reply, err := redisdb.List(v)
	if err != nil {
		return nil, nil, nil, err
	}
	wait, err := redisdb.Int(reply[0])
	if err != nil {
		return nil, nil, nil, err
	}
	f.memory.is(shard, wait)
	if wanted, err = redisdb.Texts(reply[2]); err != nil {
		return nil, nil, nil, err
	}
	expires, err := redisdb.Int(reply[1])
	if err != nil {
		return nil, nil, nil, err
	}
	runs, err := redisdb.Texts(reply[3])
	if err != nil {
		return nil, nil, nil, err
	}
	texts, err := redisdb.Texts(reply[4:])
	if err != nil {
		return nil, nil, nil, err
	}
	all = make([]crawler.Lease, 0, len(texts)/2)
	for i := 0; i+1 < len(texts); i += 2 {
		l, err := f.lease(ctx, shard, texts[i], texts[i+1])
		if err != nil {
			return nil, nil, nil, err
		}
		l.Expires = time.UnixMicro(expires).UTC()
		all = append(all, l)
		if slices.Contains(runs, l.Run) {
			budgeted = append(budgeted, l)
		}
	}
	return all, budgeted, wanted, nil
}

// fenceDigits are those of a fence in Redis: microseconds, until the year 2286.
const fenceDigits = 16

// lease reads a job, as lib.lua tells of it.
func (f *Frontier) lease(ctx context.Context, shard int, group, job string) (crawler.Lease, error) {
	const plain, more = fenceDigits + 1 + 17, 34 // what precedes the lanes, and what of some groups does
	bad := func() error { return fmt.Errorf("job in Redis: %w: %q", evidence.ErrInvalid, job) }
	if len(job) < plain || job[fenceDigits] != 1 {
		return crawler.Lease{}, bad()
	}
	rest := job[plain:]
	if job[fenceDigits+1] == 1 {
		if len(rest) < more {
			return crawler.Lease{}, bad()
		}
		rest = rest[more:]
	}
	n, err := strconv.ParseInt(job[:fenceDigits], 10, 64)
	_, rest, _ = strings.Cut(rest, "\x02")
	lane, rec, ok := strings.Cut(rest, "\x02")
	if err != nil || !ok {
		return crawler.Lease{}, bad()
	}
	run, host, named := strings.Cut(lane, "\x00")
	if !named {
		host = group
	}
	l := crawler.Lease{Group: group, Run: run, Fence: n<<shardBits | int64(shard)}
	l.Lead, l.Attempt, err = f.read(ctx, shard, rec, host)
	l.Attempt++
	return l, err
}

// shardOf is the shard that gave a lease, and its fence there.
func shardOf(l crawler.Lease) (shard int, fence int64) {
	return int(l.Fence & (1<<shardBits - 1)), l.Fence >> shardBits
}

// Extend implements crawler.Frontier.
func (f *Frontier) Extend(ctx context.Context, ttl time.Duration, leases ...crawler.Lease) ([]crawler.Lease, error) {
	if err := f.ready(ctx); err != nil {
		return nil, wrap("extend leases", err)
	}
	by := map[int][]crawler.Lease{}
	for _, l := range leases {
		s, _ := shardOf(l)
		by[s] = append(by[s], l)
	}
	var calls []redisdb.Call
	var order []crawler.Lease
	for s, ls := range by {
		args := []any{micros(ttl)}
		for _, l := range ls {
			_, fence := shardOf(l)
			args = append(args, l.Group, fence, l.Run)
		}
		order = append(order, ls...)
		calls = append(calls, f.call(s%f.set.Shards, f.scripts.extend, args...))
	}
	var lost []crawler.Lease
	i := 0
	for _, r := range f.db.RunAll(ctx, calls...) {
		if r.Err != nil {
			return nil, wrap("extend leases", r.Err)
		}
		held, err := redisdb.List(r.Value)
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			if h != int64(1) {
				lost = append(lost, order[i])
			}
			i++
		}
	}
	return lost, nil
}
