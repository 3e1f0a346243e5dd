package redisfrontier

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
)

// A span is one visit as its worker saw it.
type span struct {
	host       int
	start, end time.Duration
}

// million lets 16 workers visit a million leads, and holds every two visits of
// a host against its gap, by the clock of this process.
func (t *table) million() {
	const hosts, workers, gap = 10_000, 16, 5 * time.Millisecond
	db, f, stop := t.server()
	defer stop()
	// What a server keeps of each command and script that it ever ran, however
	// many leads it has, is no lead's: one host is visited to the end before.
	t.fill(f, "first", batches(1, 1, func(int, int) int { return 0 }))
	for range 100 {
		t.must(t.visit(f, 1))
	}
	t.must(f.Forget(t.b.Context(), "first"))
	bare := t.memory(db)
	all := batches(t.size/100, hosts, func(b, i int) int { return b*100 + i })
	t.side(len(all), func(i int) error {
		_, err := f.Add(t.b.Context(), "r", evidence.Manners{Gap: gap}, all[i]...)
		return err
	})
	queued := t.memory(db) - bare
	t.most("memory of a queued lead of 84 characters, 10,000 hosts, all in", queued/float64(t.size), " bytes", 110)
	spans := make([][]span, workers)
	began := time.Now()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { spans[w] = t.work(f, w, began) })
	}
	wg.Wait()
	took := time.Since(began)
	seen := t.memory(db) - bare
	var visits []span
	for _, s := range spans {
		visits = append(visits, s...)
	}
	slices.SortFunc(visits, func(a, b span) int {
		if a.host != b.host {
			return a.host - b.host
		}
		return int(a.start - b.start)
	})
	early := 0
	for i := 1; i < len(visits); i++ {
		if a, b := visits[i-1], visits[i]; a.host == b.host && b.start-a.end < gap {
			early++
		}
	}
	a, err := f.Alarm(t.b.Context())
	t.must(err)
	t.most("memory of a seen lead, all in", seen/float64(t.size), " bytes", 10)
	t.most("  of it what was seen, hosts and shards aside", t.buckets(db, f)/float64(t.size), " bytes", 10)
	t.most(fmt.Sprintf("  of %d buckets those that are no intset", a.Buckets), float64(len(a.Blown)), "", 0)
	t.most(fmt.Sprintf("early visits in %d claims by %d workers, %.0f/s", len(visits), workers, rate(len(visits), took)), float64(early), "", 0)
	if early > 0 || len(visits) != t.size {
		t.b.Errorf("%d visits, %d early", len(visits), early)
	}
}

// buckets is what the buckets of run "r" take with their keys.
func (t *table) buckets(db *redisdb.DB, f *Frontier) float64 {
	sum := 0.0
	for _, p := range f.prefix {
		for b := 0; ; b++ {
			v, err := db.Do(t.b.Context(), "MEMORY", "USAGE", p+"seen:r:"+strconv.Itoa(b), "SAMPLES", 0)
			if errors.Is(err, evidence.ErrNotFound) {
				break
			}
			t.must(err)
			n, err := redisdb.Int(v)
			t.must(err)
			sum += float64(n)
		}
	}
	return sum
}

func (t *table) work(f *Frontier, w int, began time.Time) []span {
	var out []span
	for {
		b, err := f.Claim(t.b.Context(), strconv.Itoa(w), 16, time.Minute)
		if err != nil {
			t.b.Error(err)
			return out
		}
		start := time.Since(began)
		all := make([]Settlement, len(b.Leases))
		for i, l := range b.Leases {
			all[i] = Settlement{l, crawler.Outcome{Result: crawler.Done, Requests: 1}}
		}
		end := time.Since(began) // of all, before any is told
		if err := errors.Join(f.SettleAll(t.b.Context(), all...)...); err != nil {
			t.b.Error(err)
			return out
		}
		for _, l := range b.Leases {
			h, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(l.Group, "h"), ".example"))
			t.must(err)
			out = append(out, span{h, start, end})
		}
		if len(b.Leases) == 0 {
			if c, err := f.Counts(t.b.Context(), "r"); err != nil || c.Empty() {
				return out
			}
			<-time.After(max(b.Wait, time.Millisecond))
		}
	}
}

// memory is what the server uses for data, without buffers of the log and
// what it notes of slow commands on a busy machine.
func (t *table) memory(db *redisdb.DB) float64 {
	<-time.After(2 * time.Second) // the log is written
	_, err := db.Do(t.b.Context(), "SLOWLOG", "RESET")
	t.must(err)
	v, err := db.Do(t.b.Context(), "INFO", "memory")
	t.must(err)
	text, err := redisdb.Text(v)
	t.must(err)
	field := func(name string) float64 {
		_, rest, _ := strings.Cut(text, "\n"+name+":")
		n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
		t.must(err)
		return n
	}
	return field("used_memory") - field("mem_clients_normal") - field("mem_aof_buffer")
}
