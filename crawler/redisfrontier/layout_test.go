package redisfrontier

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/redisdb"
	"probity/pipeline/redisdb/redistest"
)

// aged lets the only shard of f look as a program of the first layout left it:
// the jobs of these leases, and the number of shards without a version.
func aged(t *testing.T, f *Frontier, leases []crawler.Lease) {
	t.Helper()
	must := func(v any, err error) any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, l := range leases {
		job, err := redisdb.Text(must(f.db.Do(t.Context(), "HGET", f.prefix[0]+"job", l.Group)))
		if err != nil {
			t.Fatal(err)
		}
		rec := job[strings.LastIndex(job, "\x02"+l.Run+"\x02")+len(l.Run)+2:]
		_, fence := shardOf(l)
		must(f.db.Do(t.Context(), "HSET", f.prefix[0]+"job", l.Group, strings.Join([]string{strconv.FormatInt(fence, 10), l.Run, l.Lead.Host(), rec}, "\x00")))
	}
	must(f.db.Do(t.Context(), "SET", f.db.Key("f", "shards"), "1"))
}

func TestLeasesOfTheFirstLayoutAreSettledExtendedAndTakenBack(t *testing.T) {
	db := redistest.Shared(t)
	f := open(t, db, Settings{Shards: 1})
	if _, err := f.Add(t.Context(), "r", evidence.Manners{Gap: time.Millisecond}, leadsOf(t, "http://h%d.example/", 5)...); err != nil {
		t.Fatal(err)
	}
	b, err := f.Claim(t.Context(), "w", 5, 300*time.Millisecond)
	if err != nil || len(b.Leases) != 5 {
		t.Fatalf("claimed %v: %v", b.Leases, err)
	}
	aged(t, f, b.Leases)
	f = open(t, db, Settings{Shards: 1})
	told := 0
	if err := f.Leads(t.Context(), "r", func(evidence.Lead, string, string) { told++ }); err != nil || told != 5 {
		t.Errorf("told of %d leads: %v", told, err)
	}
	if lost, err := f.Extend(t.Context(), time.Minute, b.Leases[:4]...); err != nil || len(lost) != 0 {
		t.Errorf("lost %v: %v", lost, err)
	}
	for i, o := range []crawler.Outcome{{Result: crawler.Done, Requests: 1}, {Result: crawler.Returned}, {Result: crawler.Failed, Reason: "x"}} {
		if err := f.Settle(t.Context(), b.Leases[i], o); err != nil {
			t.Error(err)
		}
	}
	stranger := b.Leases[3]
	stranger.Fence += 1 << shardBits
	if err := f.Settle(t.Context(), stranger, crawler.Outcome{Result: crawler.Done}); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("error = %v, want conflict", err)
	}
	pass(t, 320*time.Millisecond)
	if n, err := f.Reap(t.Context()); err != nil || n != 1 {
		t.Errorf("took %d back: %v", n, err)
	}
	if err := f.Settle(t.Context(), b.Leases[3], crawler.Outcome{Result: crawler.Done}); err != nil {
		t.Error(err)
	}
	if c, err := f.Counts(t.Context(), "r"); err != nil || c.Done != 2 || c.Open != 2 || c.Leased != 0 || c.Failed["x"] != 1 {
		t.Errorf("counts = %+v, %v", c, err)
	}
}

func TestALayoutThatIsNotKnownIsRefused(t *testing.T) {
	db := redistest.Shared(t)
	if _, err := db.Do(t.Context(), "SET", db.Key("f", "shards"), "4/99"); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, db, Settings{Shards: 4}).Reap(t.Context()); !errors.Is(err, evidence.ErrInvalid) || !strings.Contains(err.Error(), "run the program that wrote it") {
		t.Errorf("error = %v, want invalid", err)
	}
}

// A job has its group in it: what changes while it is visited changes there too.
func TestAGroupThatChangesWhileItIsVisitedKeepsTheChange(t *testing.T) {
	f := open(t, redistest.Shared(t), Settings{Shards: 1})
	add := func(run string, gap time.Duration) {
		t.Helper()
		if _, err := f.Add(t.Context(), run, evidence.Manners{Gap: gap}, leadOf(t, "http://a.example/"+run)); err != nil {
			t.Fatal(err)
		}
	}
	add("r", time.Millisecond)
	b, err := f.Claim(t.Context(), "w", 1, time.Minute)
	if err != nil || len(b.Leases) != 1 {
		t.Fatalf("claimed %v: %v", b.Leases, err)
	}
	add("other", 20*time.Millisecond)
	if err := f.Pause(t.Context(), crawler.Target{Host: "a.example"}, "x"); err != nil {
		t.Fatal(err)
	}
	if err := f.Settle(t.Context(), b.Leases[0], crawler.Outcome{Result: crawler.Done, Requests: 1}); err != nil {
		t.Fatal(err)
	}
	hosts, err := f.Hosts(t.Context())
	if err != nil || len(hosts) != 1 || hosts[0].Gap != 20*time.Millisecond || hosts[0].State != crawler.Paused || hosts[0].Open != 1 {
		t.Errorf("hosts = %+v, %v", hosts, err)
	}
	pass(t, 25*time.Millisecond)
	if b, err := f.Claim(t.Context(), "w", 1, time.Minute); err != nil || len(b.Leases) != 0 {
		t.Errorf("claimed %v of a paused host: %v", b.Leases, err)
	}
	if err := f.Resume(t.Context(), crawler.Target{Host: "a.example"}); err != nil {
		t.Fatal(err)
	}
	if b, err := f.Claim(t.Context(), "w", 1, time.Minute); err != nil || len(b.Leases) != 1 || b.Leases[0].Run != "other" {
		t.Errorf("claimed %v after it went on: %v", b.Leases, err)
	}
}
