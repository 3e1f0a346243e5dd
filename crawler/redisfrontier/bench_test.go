package redisfrontier

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
	"probity/pipeline/redisdb/redistest"
)

// BenchmarkFrontier is `make bench-frontier`: figures of issue 4, on one Redis
// of its own that shares the machine with its clients, each beside a bare
// script that does the same writes in the same run and decides nothing.
func BenchmarkFrontier(b *testing.B) {
	if os.Getenv("PROBITY_BENCH_FRONTIER") == "" {
		b.Skip("takes minutes: make bench-frontier")
	}
	size := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("PROBITY_BENCH_LEADS")); err == nil {
		size = n
	}
	t := &table{b: b, size: size}
	t.say("machine: %d cores, %s, %s; Redis beside its clients, noeviction, appendonly everysec, set-max-intset-entries 4096", runtime.NumCPU(), cpu(), runtime.Version())
	for _, part := range []struct {
		name string
		run  func(*table)
	}{
		{"adds", func(t *table) {
			t.adds("one host a batch", func(batch, _ int) int { return batch })
			t.adds("a hundred hosts a batch", func(batch, i int) int { return batch*37 + i })
		}},
		{"visits", (*table).visits},
		{"latency", (*table).latencies},
		{"million", (*table).million},
	} {
		b.Run(part.name, func(b *testing.B) { part.run(&table{b: b, size: size}) })
	}
}

// A table is a run of the benchmark.
type table struct {
	b    *testing.B
	size int
}

func (t *table) say(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) }

func (t *table) must(err error) {
	t.b.Helper()
	if err != nil {
		t.b.Fatal(err)
	}
}

func cpu() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, v, ok := strings.Cut(s.Text(), ":"); ok && strings.HasPrefix(name, "model name") {
			return strings.TrimSpace(v)
		}
	}
	return runtime.GOARCH
}

// server starts a Redis and opens a frontier on it.
func (t *table) server() (*redisdb.DB, *Frontier, func()) {
	s := redistest.Start(t.b, "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0")
	db := s.Open(redisdb.Settings{Timeout: 30 * time.Second})
	f := open(t.b, db, Settings{Seed: 1})
	t.must(f.ready(t.b.Context()))
	return db, f, s.Kill
}

// batches makes leads of 84 characters on average, a hundred to a batch.
func batches(n, hosts int, host func(batch, i int) int) [][]evidence.Lead {
	out := make([][]evidence.Lead, n)
	for b := range out {
		out[b] = make([]evidence.Lead, 100)
		for i := range out[b] {
			out[b][i] = evidence.Lead{Method: "GET", Source: "register", View: "detail", Depth: 2, URL: fmt.Sprintf(
				"https://h%06d.example/publicity/announcements/detail.html?id=%010d&page=%05d", host(b, i)%hosts, b*100+i, i)}
		}
	}
	return out
}

// side runs work for every batch by some clients, and returns the time.
func (t *table) side(n int, work func(i int) error) time.Duration {
	t.b.Helper()
	began := time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for range clients {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				if err := work(i); err != nil {
					t.b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

func rate(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }

const clients = 4

// adds measures adds of a hundred leads, records included.
func (t *table) adds(shape string, host func(batch, i int) int) {
	db, f, stop := t.server()
	defer stop()
	const rounds = 4
	per := t.size / 100 / rounds / 2
	all := batches(per*rounds, 1000, host)
	bare := t.bareAdds(db, f, all)
	var ours, theirs time.Duration
	for r := range rounds {
		ours += t.side(per, func(i int) error {
			_, err := f.Add(t.b.Context(), "ours", evidence.Manners{Gap: time.Millisecond}, all[r*per+i]...)
			return err
		})
		theirs += t.side(per, func(i int) error { return bare(r*per + i) })
	}
	n := per * rounds * 100
	t.say("adds, batches of 100, %s: %.0f/s; bare script %.0f/s; ratio %.2f (want 0.5 and 60,000/s)", shape, rate(n, ours), rate(n, theirs), theirs.Seconds()/ours.Seconds())
}

// bareAdd writes what an add leaves behind: integers, records, counters, the
// host's turn. It asks and decides nothing; its program makes the same records
// of the same leads.
const bareAdd = `
local P, call, n = KEYS[1], redis.call, #ARGV - 1
call('SADD', P .. 'bseen:' .. ARGV[1], unpack(ARGV, 2, 1 + n / 2))
call('RPUSH', P .. 'bq:' .. ARGV[1], unpack(ARGV, 2 + n / 2))
call('HINCRBY', P .. 'brun', 'open', n / 2)
call('HINCRBY', P .. 'brun', 'sn', n / 2)
call('HINCRBY', P .. 'brun', 'v', 1)
call('HINCRBY', P .. 'bstat', 'live', n / 2)
call('HSET', P .. 'bg', ARGV[1], '00000000000000000bare')
call('ZADD', P .. 'bready', 1, ARGV[1])
return 1`

func (t *table) bareAdds(db *redisdb.DB, f *Frontier, all [][]evidence.Lead) func(int) error {
	script := redisdb.NewScript("bare add", bareAdd)
	return func(i int) error {
		parcels, _, err := parcelsOf("bare", all[i])
		calls := make([]redisdb.Call, len(parcels))
		for c, p := range parcels {
			args := []any{p.host}
			for _, n := range p.idents {
				args = append(args, n)
			}
			for _, r := range p.recs {
				args = append(args, r)
			}
			calls[c] = f.call(f.shard(p.host), script, args...)
		}
		for _, r := range db.RunAll(t.b.Context(), calls...) {
			err = errors.Join(err, r.Err)
		}
		return err
	}
}

// bareClaim and bareSettle write what a claim and an acknowledgement of ten
// leave behind; the caller says which groups.
const bareClaim = `
local P, call, now = KEYS[1], redis.call, redis.call('TIME')[1]
local jobs, leases, out = {}, {}, {}
for i, g in ipairs(ARGV) do
  local rec = call('LPOP', P .. 'q1:bare\0' .. g) or ''
  out[i] = rec
  jobs[2 * i - 1], jobs[2 * i] = g, '1764218339000000\0bare\0' .. g .. '\0' .. rec
  leases[2 * i - 1], leases[2 * i] = now, g
end
call('ZREM', P .. 'ready', unpack(ARGV))
call('HSET', P .. 'job', unpack(jobs))
call('ZADD', P .. 'lease', unpack(leases))
call('HSET', P .. 'stat', 'fence', now)
call('HINCRBY', P .. 'stat', 'live', -#ARGV)
call('HINCRBY', P .. 'run:bare', 'open', -#ARGV)
call('HINCRBY', P .. 'run:bare', 'leased', #ARGV)
return out`

const bareSettle = `
local P, call, now = KEYS[1], redis.call, redis.call('TIME')[1]
local ready, groups = {}, {}
call('HDEL', P .. 'job', unpack(ARGV))
call('ZREM', P .. 'lease', unpack(ARGV))
for i, g in ipairs(ARGV) do
  groups[2 * i - 1], groups[2 * i] = g, '\0' .. now .. now .. 'bare'
  ready[2 * i - 1], ready[2 * i] = now, g
end
call('HSET', P .. 'g', unpack(groups))
call('ZADD', P .. 'ready', unpack(ready))
call('HINCRBY', P .. 'run:bare', 'leased', -#ARGV)
call('HINCRBY', P .. 'run:bare', 'done', #ARGV)
call('HINCRBY', P .. 'run:bare', 'req', #ARGV)
call('HINCRBY', P .. 'run:bare', 'v', 1)
return 1`

// visits measures claim and acknowledgement, in batches of ten and of fifty.
func (t *table) visits() {
	for _, batch := range []int{10, 50} {
		db, f, stop := t.server()
		const hosts = 50_000
		n := t.size / 2 / (4 * batch) * 4 * batch
		all := batches(n/100, hosts, func(b, i int) int { return b*100 + i })
		for _, run := range []string{"ours", "bare"} {
			if run == "ours" {
				t.fill(f, run, all)
			} else {
				t.fillBare(db, f, all)
			}
		}
		bare := t.bareVisits(db, f, hosts, batch)
		var ours, theirs time.Duration
		for range 4 {
			ours += t.side(n/4/batch, func(int) error { return t.visit(f, batch) })
			theirs += t.side(n/4/batch, bare)
		}
		stop()
		t.say("claim+ack, batches of %d: %.0f/s; bare script %.0f/s; ratio %.2f (want 0.7 and 20,000/s)", batch, rate(n, ours), rate(n, theirs), theirs.Seconds()/ours.Seconds())
	}
}

func (t *table) fill(f *Frontier, run string, all [][]evidence.Lead) {
	t.side(len(all), func(i int) error {
		_, err := f.Add(t.b.Context(), run, evidence.Manners{Gap: time.Microsecond}, all[i]...)
		return err
	})
}

// visit claims until it has a batch, and acknowledges it.
func (t *table) visit(f *Frontier, batch int) error {
	for got := 0; got < batch; {
		b, err := f.Claim(t.b.Context(), "w", batch-got, time.Minute)
		if err != nil {
			return err
		}
		all := make([]Settlement, len(b.Leases))
		for i, l := range b.Leases {
			all[i] = Settlement{l, crawler.Outcome{Result: crawler.Done, Requests: 1, Quiet: time.Second}}
		}
		if err := errors.Join(f.SettleAll(t.b.Context(), all...)...); err != nil {
			return err
		}
		got += len(all)
	}
	return nil
}

// The bare side has keys of the same shape, under a prefix of its own.
func barePrefix(f *Frontier, shard int) string {
	return strings.Replace(f.prefix[shard], "f:", "b:", 1)
}

func (t *table) fillBare(db *redisdb.DB, f *Frontier, all [][]evidence.Lead) {
	t.side(len(all), func(i int) error {
		parcels, _, err := parcelsOf("bare", all[i])
		if err != nil {
			return err
		}
		var commands [][]any
		for _, p := range parcels {
			at := barePrefix(f, f.shard(p.host))
			push := []any{"RPUSH", at + laneKey("q1", "bare", p.host)}
			for _, r := range p.recs {
				push = append(push, r)
			}
			commands = append(commands, push, []any{"ZADD", at + "ready", 1, p.host}, []any{"HSET", at + "g", p.host, "00000000000000000bare"})
		}
		_, err = db.DoAll(t.b.Context(), commands...)
		return err
	})
}

func (t *table) bareVisits(db *redisdb.DB, f *Frontier, hosts, batch int) func(int) error {
	by := make([][]any, f.set.Shards)
	for h := range hosts {
		name := fmt.Sprintf("h%06d.example", h)
		s := f.shard(name)
		by[s] = append(by[s], name)
	}
	claim, settle := redisdb.NewScript("bare claim", bareClaim), redisdb.NewScript("bare settle", bareSettle)
	return func(i int) error {
		s := i % len(by)
		from := i / len(by) * batch % max(1, len(by[s])-batch)
		groups := by[s][from : from+batch]
		keys := []string{barePrefix(f, s)}
		v, err := db.Run(t.b.Context(), claim, keys, groups...)
		if err != nil {
			return err
		}
		recs, err := redisdb.Texts(v)
		if err != nil {
			return err
		}
		for i, rec := range recs {
			if rec == "" {
				continue // this host has none left
			}
			if _, _, err := unpack(rec, groups[i].(string), "GET\x00register\x00detail"); err != nil { //nolint:forcetypeassert // strings, above
				return err
			}
		}
		_, err = db.Run(t.b.Context(), settle, keys, groups...)
		return err
	}
}

// latencies measures a claim of one lead while the queue and the number of
// hosts grow. What is claimed is given back, so that both stay.
func (t *table) latencies() {
	type point struct {
		what  string
		leads int
		hosts int
	}
	points := []point{{"1,000 leads", 1000, 100}, {"a million leads", t.size, 100}, {"10 hosts", 100_000, 10}, {"100,000 hosts", 100_000, 100_000}}
	fs := make([]*Frontier, len(points))
	for i, p := range points {
		_, f, stop := t.server()
		defer stop()
		t.fill(f, "r", batches(p.leads/100, p.hosts, func(b, i int) int { return b*100 + i }))
		fs[i] = f
	}
	times := make([][]time.Duration, len(points))
	for range 40 { // turn and turn about, so that all meet the same machine
		for i, f := range fs {
			times[i] = append(times[i], t.claims(f, 500)...)
		}
	}
	at := func(i, per int) time.Duration {
		slices.Sort(times[i])
		return times[i][len(times[i])*per/100]
	}
	for _, pair := range [][2]int{{0, 1}, {2, 3}} {
		a, b := pair[0], pair[1]
		t.say("claim of one: %s p50 %s p99 %s; %s p50 %s p99 %s; ratio p50 %.2f p99 %.2f (want 1.5)",
			points[a].what, at(a, 50), at(a, 99), points[b].what, at(b, 50), at(b, 99),
			at(b, 50).Seconds()/at(a, 50).Seconds(), at(b, 99).Seconds()/at(a, 99).Seconds())
	}
}

func (t *table) claims(f *Frontier, n int) []time.Duration {
	var out []time.Duration
	for len(out) < n {
		began := time.Now()
		b, err := f.Claim(t.b.Context(), "w", 1, time.Minute)
		took := time.Since(began)
		t.must(err)
		for _, l := range b.Leases {
			out = append(out, took)
			t.must(f.Settle(t.b.Context(), l, crawler.Outcome{Result: crawler.Returned}))
		}
	}
	return out
}
