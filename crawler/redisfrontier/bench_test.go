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
	t := newTable(b, size)
	t.say("machine: %d cores, %s, %s; Redis beside its clients, noeviction, appendonly everysec, set-max-intset-entries 4096, hash-max-listpack-entries 64", runtime.NumCPU(), cpu(), runtime.Version())
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
		b.Run(part.name, func(b *testing.B) { part.run(newTable(b, size)) })
	}
}

// A table is a run of the benchmark.
type table struct {
	b    *testing.B
	size int

	settlements sync.Pool // of *[]Settlement: to make them anew is no part of the frontier
}

func newTable(b *testing.B, size int) *table {
	t := &table{b: b, size: size}
	t.settlements.New = func() any { return new([]Settlement) }
	return t
}

func (t *table) say(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) }

// promise prints a figure beside what issue 4 promises of it.
func (t *table) promise(what string, got float64, unit string, most bool, limit float64) {
	word, sign := "reached", "at least"
	if most {
		sign = "at most"
	}
	if most && got > limit || !most && got < limit {
		word = "MISSED"
	}
	t.say("%-62s %10.*f%-6s %s %.*f: %s", what, digits(limit), got, unit, sign, digits(limit), limit, word)
}

// digits are those after the point that a figure of that size is told with.
func digits(limit float64) int {
	switch {
	case limit >= 1000 || limit == 0:
		return 0
	case limit >= 5:
		return 1
	}
	return 2
}

func (t *table) least(what string, got float64, unit string, limit float64) {
	t.promise(what, got, unit, false, limit)
}

func (t *table) most(what string, got float64, unit string, limit float64) {
	t.promise(what, got, unit, true, limit)
}

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

const (
	clients = 4
	rounds  = 20 // in which both sides take turns, so that both meet the same moments
)

// adds measures adds of a hundred leads, records included.
func (t *table) adds(shape string, host func(batch, i int) int) {
	db, f, stop := t.server()
	defer stop()
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
	t.least("adds, batches of 100, "+shape, rate(n, ours), "/s", 60_000)
	t.least(fmt.Sprintf("  as part of the bare script's %.0f/s", rate(n, theirs)), theirs.Seconds()/ours.Seconds(), "", 0.5)
}

// visits measures claim and acknowledgement, in batches of ten and of fifty.
// A quarter more leads wait than are visited: so the bare side, which looks for
// no lead, does not take some where none are, and ours asks no empty shards.
func (t *table) visits() {
	for _, batch := range []int{10, 50} {
		db, f, stop := t.server()
		const hosts = 50_000
		n := t.size / 2 / (rounds * batch) * rounds * batch
		all := batches(n/80+1, hosts, func(b, i int) int { return b*100 + i })
		for _, run := range []string{"ours", "bare"} {
			if run == "ours" {
				t.fill(f, run, all)
			} else {
				t.fillBare(db, f, all)
			}
		}
		bare := t.bareVisits(db, f, hosts, batch)
		t.must(errors.Join(t.visit(f, batch), bare(0))) // the scripts are known now
		var ours, theirs time.Duration
		for range rounds {
			ours += t.side(n/rounds/batch, func(int) error { return t.visit(f, batch) })
			theirs += t.side(n/rounds/batch, bare)
		}
		stop()
		t.least(fmt.Sprintf("claim and acknowledgement, batches of %d", batch), rate(n, ours), "/s", 20_000)
		t.least(fmt.Sprintf("  as part of the bare script's %.0f/s", rate(n, theirs)), theirs.Seconds()/ours.Seconds(), "", 0.7)
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
		all := t.settlements.Get().(*[]Settlement) //nolint:forcetypeassert // only these are put there
		*all = (*all)[:0]
		for _, l := range b.Leases {
			*all = append(*all, Settlement{l, crawler.Outcome{Result: crawler.Done, Requests: 1, Quiet: time.Second}})
		}
		err = errors.Join(f.SettleAll(t.b.Context(), *all...)...)
		got += len(*all)
		t.settlements.Put(all)
		if err != nil {
			return err
		}
	}
	return nil
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
		for _, per := range []int{50, 99} {
			x, y := at(a, per), at(b, per)
			t.most(fmt.Sprintf("claim of one, p%d, %s %s, %s %s", per, points[a].what, x.Round(time.Microsecond), points[b].what, y.Round(time.Microsecond)),
				y.Seconds()/x.Seconds(), " times", 1.5)
		}
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
