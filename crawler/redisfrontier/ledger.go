package redisfrontier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// Counts implements crawler.Ledger: the sum over all shards. That a run is
// empty is said only when a second look finds that nothing moved meanwhile. A
// run that no shard knows is evidence.ErrNotFound.
func (f *Frontier) Counts(ctx context.Context, run string) (crawler.Counts, error) {
	c, err := f.counts(ctx, run)
	return c, wrap("count leads of run "+run, err)
}

func (f *Frontier) counts(ctx context.Context, run string) (crawler.Counts, error) {
	c, shards, err := f.sum(ctx, run)
	for err == nil && c.Empty() {
		again, after, e := f.sum(ctx, run)
		if e != nil || slices.EqualFunc(shards, after, maps.Equal) {
			return again, e
		}
		c, shards = again, after
	}
	return c, err
}

// sum adds up the shards, and returns the counters of each: a lead that entered
// or came again since would show.
func (f *Frontier) sum(ctx context.Context, run string) (crawler.Counts, []map[string]string, error) {
	c := crawler.Counts{Failed: map[string]int{}, Refused: map[string]int{}}
	if err := f.ready(ctx); err != nil {
		return c, nil, err
	}
	commands := make([][]any, f.set.Shards)
	for i := range commands {
		commands[i] = []any{"HGETALL", f.prefix[i] + "run:" + run}
	}
	replies, err := f.db.DoAll(ctx, commands...)
	if err != nil {
		return c, nil, err
	}
	shards := make([]map[string]string, len(replies))
	known := false
	for i, r := range replies {
		if r.Err != nil {
			return c, nil, r.Err
		}
		fields, err := redisdb.Fields(r.Value)
		if err != nil {
			return c, nil, err
		}
		if len(fields) == 0 {
			continue
		}
		known, shards[i] = true, fields
		if err := total(&c, fields); err != nil {
			return c, nil, err
		}
	}
	if !known {
		return c, nil, evidence.ErrNotFound
	}
	return c, shards, nil
}

// total adds one shard's fields. Where an order has not reached all shards,
// the strictest is told.
func total(c *crawler.Counts, fields map[string]string) error {
	rank := []string{"", crawler.Running, crawler.Paused, crawler.Killed, crawler.Closed}
	for name, v := range fields {
		switch name {
		case "state":
			if slices.Index(rank, v) > slices.Index(rank, c.State) {
				c.State, c.Reason = v, fields["reason"]
			}
			continue
		case "reason", "sn", "sb", "deep":
			continue
		}
		n, err := strconv.Atoi(v)
		if err != nil {
			return fmt.Errorf("counter %s: %w", name, err)
		}
		switch kind, reason, _ := strings.Cut(name, ":"); kind {
		case "open":
			c.Open += n
		case "leased":
			c.Leased += n
		case "done":
			c.Done += n
		case "req":
			c.Requests += n
		case "budget":
			c.Budget = n
		case "f":
			c.Failed[reason] += n
		case "x":
			c.Refused[reason] += n
		}
	}
	return nil
}

// A letter is a dead letter with its place in the order of all.
type letter struct {
	at    int64
	shard int
	kept  string
}

// DeadLetters implements crawler.Ledger. The cursor is the last one's moment,
// by the server's clock, and shard.
func (f *Frontier) DeadLetters(ctx context.Context, run, after string, limit int) ([]crawler.DeadLetter, string, error) {
	letters, err := f.letters(ctx, run, after, limit+1)
	if err != nil {
		return nil, "", wrap("list dead letters", err)
	}
	cursor := ""
	if len(letters) > limit {
		letters = letters[:limit]
		if limit > 0 {
			last := letters[limit-1]
			cursor = fmt.Sprintf("%d.%d", last.at, last.shard)
		}
	}
	out := make([]crawler.DeadLetter, len(letters))
	for i, l := range letters {
		part := strings.SplitN(l.kept, "\x00", 4)
		if len(part) != 4 || part[0] == "" {
			return nil, "", fmt.Errorf("list dead letters: %w: %q", evidence.ErrInvalid, l.kept)
		}
		d := crawler.DeadLetter{Reason: part[0][1:], Detail: part[1], Time: time.UnixMicro(l.at).UTC()}
		if d.Lead, d.Attempts, err = f.read(ctx, l.shard, part[3], part[2]); err != nil {
			return nil, "", wrap("list dead letters", err)
		}
		out[i] = d
	}
	return out, cursor, nil
}

func (f *Frontier) letters(ctx context.Context, run, after string, limit int) ([]letter, error) {
	if err := f.ready(ctx); err != nil {
		return nil, err
	}
	at, shard, ok := int64(0), -1, true
	if after != "" {
		moment, where, _ := strings.Cut(after, ".")
		var err, err2 error
		at, err = strconv.ParseInt(moment, 10, 64)
		shard, err2 = strconv.Atoi(where)
		ok = err == nil && err2 == nil
	}
	if !ok {
		return nil, fmt.Errorf("cursor %q: %w: take it from the page before", after, evidence.ErrInvalid)
	}
	calls := make([]redisdb.Call, f.set.Shards)
	for i := range calls {
		from := strconv.FormatInt(at, 10)
		if i <= shard {
			from = "(" + from
		}
		calls[i] = f.call(i, f.scripts.dead, run, from, limit)
	}
	var out []letter
	for i, r := range f.db.RunAll(ctx, calls...) {
		if r.Err != nil {
			return nil, r.Err
		}
		page, err := redisdb.Texts(r.Value)
		if err != nil {
			return nil, err
		}
		for j := 0; j+1 < len(page); j += 2 {
			n, err := strconv.ParseFloat(page[j], 64)
			if err != nil {
				return nil, err
			}
			out = append(out, letter{int64(n), i, page[j+1]})
		}
	}
	slices.SortFunc(out, func(a, b letter) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.shard, b.shard)) })
	return out[:min(limit, len(out))], nil
}

// Retry implements crawler.Ledger. A killed run is evidence.ErrConflict:
// resume it first.
func (f *Frontier) Retry(ctx context.Context, run string, keys ...string) (int, error) {
	c, err := f.counts(ctx, run)
	switch {
	case err != nil:
	case c.State == crawler.Killed:
		err = fmt.Errorf("%w: the run was killed; resume it first", evidence.ErrConflict)
	case c.State == crawler.Closed:
		err = crawler.ErrClosed
	}
	if err != nil {
		return 0, wrap("retry dead letters of run "+run, err)
	}
	args := []any{run, "-inf"}
	for _, k := range keys {
		if len(k) < 2*idBytes {
			continue // nobody's
		}
		if n, err := strconv.ParseUint(k[len(k)-2*idBytes:], 16, 64); err == nil {
			args = append(args, identBytes(int64(n)))
		}
	}
	n := 0
	if len(keys) > 0 && len(args) == 2 {
		return 0, nil
	}
	for shard := range f.set.Shards {
		k, err := f.retry(ctx, shard, slices.Clone(args))
		n += k
		if err != nil {
			return n, wrap("retry dead letters of run "+run, err)
		}
	}
	f.memory.forget()
	return n, nil
}

func (f *Frontier) retry(ctx context.Context, shard int, args []any) (int, error) {
	sum := 0
	for {
		reply, err := f.run(ctx, shard, f.scripts.retry, args...)
		if err != nil {
			return sum, err
		}
		n, err := redisdb.Int(reply[0])
		if err != nil {
			return sum, err
		}
		sum += int(n)
		if on, _ := redisdb.Text(reply[1]); on != "" {
			args[1] = on
			continue
		}
		return sum, nil
	}
}

// Leads implements crawler.Ledger: shard by shard, each at one moment. Those
// that are done are not kept, and not visited.
func (f *Frontier) Leads(ctx context.Context, run string, visit func(l evidence.Lead, state, reason string)) error {
	err := f.all(ctx, f.scripts.leads, []any{run}, func(shard int, reply []any) error {
		texts, err := redisdb.Texts(reply)
		if err != nil {
			return err
		}
		for i := 0; i+3 < len(texts); i += 4 {
			recs, state := texts[i+3:i+4], texts[i]
			if state == "packed" {
				state = "open"
				if recs, err = unpackSegment(recs[0]); err != nil {
					return err
				}
			}
			for _, rec := range recs {
				l, _, err := f.read(ctx, shard, rec, texts[i+2])
				if err != nil {
					return err
				}
				visit(l, state, texts[i+1])
			}
		}
		return nil
	})
	return wrap("leads of "+run, err)
}

// Close implements crawler.Ledger.
func (f *Frontier) Close(ctx context.Context, run string) error {
	return wrap("close run "+run, f.over(ctx, run, f.scripts.closed))
}

// Forget implements crawler.Ledger. A run that still has something to visit
// is evidence.ErrConflict.
func (f *Frontier) Forget(ctx context.Context, run string) error {
	return wrap("forget run "+run, f.over(ctx, run, f.scripts.forget))
}

// over runs a script in every shard for a run that is known and has nothing to
// visit.
func (f *Frontier) over(ctx context.Context, run string, s *redisdb.Script) error {
	c, err := f.counts(ctx, run)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil
	}
	if err == nil && !c.Empty() {
		err = fmt.Errorf("%w: %d leads are open and %d leased; kill it first", evidence.ErrConflict, c.Open, c.Leased)
	}
	if err != nil {
		return err
	}
	calls := make([]redisdb.Call, f.set.Shards)
	for i := range calls {
		calls[i] = f.call(i, s, run)
	}
	for _, r := range f.db.RunAll(ctx, calls...) {
		err = errors.Join(err, r.Err)
	}
	return err
}

// Alarm implements crawler.Ledger: it looks at every bucket of every run. Those
// that are no intset say that set-max-intset-entries has to be raised to 4096.
func (f *Frontier) Alarm(ctx context.Context) (crawler.Alarm, error) {
	var a crawler.Alarm
	err := f.all(ctx, f.scripts.alarm, nil, func(_ int, reply []any) error {
		n, err := redisdb.Int(reply[0])
		if err != nil {
			return err
		}
		blown, err := redisdb.Texts(reply[1:])
		a.Buckets, a.Blown = a.Buckets+int(n), append(a.Blown, blown...)
		return err
	})
	slices.Sort(a.Blown)
	return a, wrap("look at the buckets of seen leads", err)
}
