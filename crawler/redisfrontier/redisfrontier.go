// Package redisfrontier is the fleet's frontier: crawler.Frontier, Control and
// Ledger on Redis, be it one server, a master under Sentinels or a Cluster.
//
// A politeness key belongs to one of a fixed number of shards, by its hash. All
// keys of a shard share a hash tag, so each script touches one slot, and one
// script is one step: nobody sees half of it. Time is the server's, within the
// script. Of a shard there are:
//
//	ready, later   which group may be visited when; leads that wait for a retry
//	g              of each group its manners and its lanes, which take turns: one
//	               for each run and host
//	q0: q1: LANE   packed leads in bands: what comes again, and what is new
//	s: t: LANE     what is too much: packed segments, and the tail behind them
//	job, lease     who is visited: group -> fence, a copy of the group's field,
//	               and lead; when it expires
//	h, run:RUN     orders about hosts; state and counters of a run
//	seen:RUN:N     64 bits of the key of every lead that entered the run
//	purse:RUN      what sources and hosts have spent of their budgets
//	dead: end:     dead letters and refused leads, with their reason
//	orders         words of operators that are in force (of the first shard)
//
// Seen leads are exact: integers in buckets that grow by linear hashing, so
// that each stays an intset (nine bytes a lead). Redis turns one that
// outgrows set-max-intset-entries into a hash at six times the memory, without
// a word; Alarm says so. That two keys of a run and shard share 64 bits is
// once in ten thousand runs of a hundred million leads.
//
// A lane holds so many leads in the open; what is beyond the cap of a host, or
// of all, goes to its tail, and full segments of the tail are compressed to a
// fifth, in order. So nothing is lost and nothing overtakes.
//
// What spans shards is not one step, and says so: a run's orders are written
// to every shard, its counters are summed, its budget is kept at one shard
// from which every lease takes its share before its request is sent. A step
// that was cut off half way is finished by Reap, which any worker calls.
//
// A server that does not answer as the one before (its replication id is
// another) may have lost the last moments: each shard rests one longest gap
// before it gives leases again (MODEL 7). When the server is full, Add and
// Again are refused with evidence.ErrUnavailable; all else goes on.
//
// Where a claim's time goes: a batch is two scripts, and they write per lead
// what has to outlive a kill: the lead leaves its lane, the group its turn,
// a job and a lease begin; then both end, the group says when the answer did,
// and has a turn again. Eight writes a lead, of which those of one kind go as
// one command, but the lead's own: on Redis the half of the time. What is due, the
// groups and the jobs are read by three commands a batch, run and shard by
// three more. The rest is Lua, and there it is strings: each one that comes in,
// goes out or is cut is looked up among all others. So a settlement reads the
// job alone, what reads the same is made once, and fences come as one string.
// The bare script of `make bench-frontier` makes the same eight writes of the
// same bytes, and the counters of run and shard, in one script each; it is told
// the groups, and reads, checks and decides nothing. An add is likewise held
// against the integers, records and counters it leaves, and the turn of a new
// host.
//
// It is fastest with hash-max-listpack-entries 64: longer hashes of groups are
// not searched from end to end then.
//
// It needs Redis 7, `maxmemory-policy noeviction`, and of an ACL user the
// rights of its keys, scripts and INFO; CONFIG GET and LASTSAVE are used where
// they are allowed.
package redisfrontier

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// Settings are what a house decides once (Shards), or may change (all others).
// Zero values take the default in brackets.
type Settings struct {
	Shards  int    // fixed for ever, since leads stay where they are [256, at most 1024]
	HostCap int    // leads of one run at one host that lie in the open [20,000]
	Cap     int    // leads that lie in the open in all [8,000,000]
	Segment int    // leads that are packed into one [512]
	Seed    uint64 // of the order in which shards are asked [random]
}

// A Frontier is the Redis backend of crawler.Frontier. It is safe for
// concurrent use.
type Frontier struct {
	db      *redisdb.DB
	policy  crawler.Policy
	set     Settings
	prefix  []string // of each shard
	scripts scripts
	memory  memory
	dry     sync.Map // run -> time.Time until which its budget is taken as under way
	homes   sync.Map // host -> group, where it is not the host itself
	known   sync.Map // ref -> profile

	opened atomic.Bool
	fill   int // leads to a bucket on average; set before opened
	mu     sync.Mutex

	policyWords string // policyArgs as one
}

var (
	_ crawler.Frontier = (*Frontier)(nil)
	_ crawler.Control  = (*Frontier)(nil)
	_ crawler.Ledger   = (*Frontier)(nil)
	_ crawler.Orders   = (*Frontier)(nil)
	_ crawler.Purse    = (*Frontier)(nil)
)

// Open makes a frontier; the server is first asked by the first verb.
func Open(db *redisdb.DB, p crawler.Policy, s Settings) (*Frontier, error) {
	for _, d := range []struct {
		p *int
		d int
	}{{&s.Shards, 256}, {&s.HostCap, 20_000}, {&s.Cap, 8_000_000}, {&s.Segment, 512}} {
		if *d.p == 0 {
			*d.p = d.d
		}
	}
	if s.Shards < 1 || s.Shards > 1<<shardBits || s.HostCap < 1 || s.Cap < 1 || s.Segment < 1 || s.Segment > 4000 {
		return nil, fmt.Errorf("open frontier: %w: %+v", evidence.ErrInvalid, s)
	}
	if s.Seed == 0 {
		s.Seed = rand.Uint64()
	}
	f := &Frontier{db: db, policy: p, set: s, scripts: compile()}
	f.policyWords = strings.TrimSuffix(fmt.Sprintln(f.policyArgs()...), "\n")
	for i := range s.Shards {
		f.prefix = append(f.prefix, db.Key("f", "{"+strconv.Itoa(i)+"}", ""))
	}
	f.memory.reset(s.Shards)
	f.memory.dice = rand.New(rand.NewPCG(s.Seed, 1))
	return f, nil
}

// ready asks once what the house has decided and how the server is set.
func (f *Frontier) ready(ctx context.Context) error {
	if f.opened.Load() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.opened.Load() {
		return nil
	}
	if err := f.agree(ctx); err != nil {
		return err
	}
	f.fill = f.bucket(ctx)
	f.opened.Store(true)
	return nil
}

// layout is the version of what lies in Redis. Of the first, before it was
// written down, jobs are read and all else is the same; a program that knows
// only that one would take a job of this one for none and lose its lead, so it
// finds a number of shards that it refuses.
const layout = "/2"

// agree holds what the house has decided against these settings.
func (f *Frontier) agree(ctx context.Context) error {
	key, shards := f.db.Key("f", "shards"), strconv.Itoa(f.set.Shards)
	if _, err := f.db.Do(ctx, "SETNX", key, shards+layout); err != nil {
		return err
	}
	v, err := f.db.Do(ctx, "GET", key)
	if err != nil {
		return err
	}
	s, err := redisdb.Text(v)
	if err != nil {
		return err
	}
	n, version, _ := strings.Cut(s, "/")
	switch {
	case n != shards:
		return fmt.Errorf("%w: this frontier has %s shards, not %s: that number is fixed for ever", evidence.ErrInvalid, n, shards)
	case version == "":
		_, err = f.db.Do(ctx, "SET", key, shards+layout)
		return err
	case "/"+version != layout:
		return fmt.Errorf("%w: this frontier has layout %s and this program knows %s: run the program that wrote it, or let its runs end there first", evidence.ErrInvalid, version, layout[1:])
	}
	return nil
}

// bucket is how many leads a bucket may hold on average: linear hashing fills
// some to twice that, and a margin stays. The least setting of the masters
// counts; who may not ask takes Redis' own default.
func (f *Frontier) bucket(ctx context.Context) int {
	const byDefault = 512
	least := 1 << 16
	err := f.db.EachMaster(ctx, func(ctx context.Context, m *redisdb.Master) error {
		v, err := m.Do(ctx, "CONFIG", "GET", "set-max-intset-entries")
		if err != nil {
			return err
		}
		fields, err := redisdb.Fields(v)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(fields["set-max-intset-entries"])
		if err != nil {
			return err
		}
		f.memory.mu.Lock()
		defer f.memory.mu.Unlock()
		least = min(least, n)
		return nil
	})
	if err != nil {
		least = byDefault
	}
	root := (math.Sqrt(25+4*float64(min(least, 4096))) - 5) / 2 // twice the average, and five times its deviation, fit
	return max(1, int(root*root/2))
}

// shardBits of a fence name the shard that gave it.
const shardBits = 10

func (f *Frontier) shard(group string) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(group))
	x := h.Sum64()
	x ^= x >> 32
	return int(x % uint64(f.set.Shards))
}

// groupOf is the politeness key of a host under some manners, as far as is
// known here.
func (f *Frontier) groupOf(host, declared string) string {
	if declared != "" {
		return strings.ToLower(declared)
	}
	if g, ok := f.homes.Load(host); ok {
		return g.(string) //nolint:forcetypeassert // only strings are stored
	}
	return host
}

func (f *Frontier) call(shard int, s *redisdb.Script, args ...any) redisdb.Call {
	return redisdb.Call{Script: s, Keys: f.prefix[shard : shard+1], Args: args}
}

// run runs one script at one shard.
func (f *Frontier) run(ctx context.Context, shard int, s *redisdb.Script, args ...any) ([]any, error) {
	if err := f.ready(ctx); err != nil {
		return nil, err
	}
	v, err := f.db.Run(ctx, s, f.prefix[shard:shard+1], args...)
	if err != nil {
		return nil, err
	}
	return redisdb.List(v)
}

// all runs one script at every shard and visits the answers in their order.
func (f *Frontier) all(ctx context.Context, s *redisdb.Script, args []any, visit func(shard int, reply []any) error) error {
	if err := f.ready(ctx); err != nil {
		return err
	}
	calls := make([]redisdb.Call, f.set.Shards)
	for i := range calls {
		calls[i] = f.call(i, s, args...)
	}
	for i, r := range f.db.RunAll(ctx, calls...) {
		if r.Err != nil {
			return r.Err
		}
		l, err := redisdb.List(r.Value)
		if err != nil {
			return err
		}
		if err := visit(i, l); err != nil {
			return err
		}
	}
	return nil
}

func micros(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return max(1, int64((d+time.Microsecond-1)/time.Microsecond))
}

func wrap(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", verb, err)
}
