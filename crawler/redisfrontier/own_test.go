package redisfrontier

import (
	"errors"
	"fmt"
	"reflect"
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

func leadOf(t testing.TB, url string) evidence.Lead {
	t.Helper()
	l, err := evidence.NewLead("source", url)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func leadsOf(t testing.TB, format string, n int) []evidence.Lead {
	t.Helper()
	out := make([]evidence.Lead, n)
	for i := range out {
		out[i] = leadOf(t, fmt.Sprintf(format, i))
	}
	return out
}

func open(t testing.TB, db *redisdb.DB, s Settings) *Frontier {
	t.Helper()
	p := crawler.DefaultPolicy()
	p.Gap = time.Millisecond
	f, err := Open(db, p, s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// drain visits everything of run r once, and returns the URLs in order.
func drain(t testing.TB, f *Frontier) []string {
	t.Helper()
	var out []string
	for {
		b, err := f.Claim(t.Context(), "w", 10, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var all []Settlement
		for _, l := range b.Leases {
			out = append(out, l.Lead.URL)
			all = append(all, Settlement{l, crawler.Outcome{Result: crawler.Done, Requests: 1, Quiet: time.Second}})
		}
		if err := errors.Join(f.SettleAll(t.Context(), all...)...); err != nil {
			t.Fatal(err)
		}
		if c, err := f.Counts(t.Context(), "r"); err != nil || c.Empty() {
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
}

func TestRecordsComeOutAsTheyWentIn(t *testing.T) {
	t.Parallel()
	full := evidence.Lead{
		Method: "POST", URL: "https://a.example/x?y=z", Body: "p=1", Source: "s", View: "v", Depth: 300, Hop: 2,
		Origin: strings.Repeat("0f", 32), About: &evidence.Party{Name: "某某公司"}, Volatile: []string{"t"},
	}
	odd := full
	odd.Origin, odd.URL, odd.Body = "c0ffee", "https://a.example:8443/", ""
	for _, l := range []evidence.Lead{
		full, odd,
		{Method: "GET", URL: "http://a.example/", Source: "s"},
		{Method: "GET", URL: "http://a.example", Source: "s"},
		{Method: "GET", URL: "http://a.example?q", Source: "s", Origin: strings.Repeat("0F", 32)},
		{Method: "GET", URL: "http://A.example/", Source: "s"},
	} {
		p := profile(l)
		rec, err := pack(l, "a.example", ident(l), reference(p))
		if err != nil {
			t.Fatal(err)
		}
		got, tries, err := unpack(rec, "a.example", p)
		if err != nil || tries != 0 || !reflect.DeepEqual(got, l) {
			t.Errorf("got %+v, want %+v: %v", got, l, err)
		}
		for n := range len(rec) - 1 {
			_, _, _ = unpack(rec[:n], "a.example", p) // must not panic
		}
	}
}

func TestWhatIsTooMuchIsSpilledAndComesInOrder(t *testing.T) {
	f := open(t, redistest.Shared(t), Settings{Shards: 2, HostCap: 30, Segment: 16})
	leads := leadsOf(t, "http://a.example/%d", 500)
	for i := 0; i < len(leads); i += 50 {
		if _, err := f.Add(t.Context(), "r", evidence.Manners{Gap: 1}, leads[i:i+50]...); err != nil {
			t.Fatal(err)
		}
	}
	shard := f.shard("a.example")
	v, err := f.db.Do(t.Context(), "LLEN", f.prefix[shard]+laneKey("s", "r", "a.example"))
	if n, _ := redisdb.Int(v); err != nil || n < 20 {
		t.Errorf("%v segments: %v", v, err)
	}
	told := 0
	if err := f.Leads(t.Context(), "r", func(evidence.Lead, string, string) { told++ }); err != nil || told != 500 {
		t.Errorf("told of %d leads: %v", told, err)
	}
	if ok, err := f.Adopt(t.Context(), "r", leads[400], crawler.Outcome{Result: crawler.Done}); err != nil || !ok {
		t.Errorf("adopted a packed lead: %v, %v", ok, err)
	}
	got := drain(t, f)
	want := make([]string, 0, 499)
	for i, l := range leads {
		if i != 400 {
			want = append(want, l.URL)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%d leads came, the first %v", len(got), got[:min(5, len(got))])
	}
}

func TestAKilledRunBuriesWhatWasSpilled(t *testing.T) {
	f := open(t, redistest.Shared(t), Settings{Shards: 2, HostCap: 30, Segment: 16})
	if _, err := f.Add(t.Context(), "r", evidence.Manners{}, leadsOf(t, "http://a.example/%d", 900)...); err != nil {
		t.Fatal(err)
	}
	if err := f.Kill(t.Context(), crawler.Target{Run: "r"}, "complaint"); err != nil {
		t.Fatal(err)
	}
	if c, err := f.Counts(t.Context(), "r"); err != nil || c.Failed["complaint"] != 900 || !c.Empty() {
		t.Errorf("counts = %+v, %v", c, err)
	}
	if err := f.Resume(t.Context(), crawler.Target{Run: "r"}); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Retry(t.Context(), "r"); err != nil || n != 900 {
		t.Errorf("retried %d: %v", n, err)
	}
	if got := drain(t, f); len(got) != 900 {
		t.Errorf("%d leads came", len(got))
	}
}

// Seen leads stay exact while their buckets split, and the alarm tells when
// Redis turned one into something else.
func TestBucketsSplitAndTheAlarmTells(t *testing.T) {
	s := redistest.Start(t, "--set-max-intset-entries", "64")
	f := open(t, s.Open(redisdb.Settings{}), Settings{Shards: 1})
	leads := leadsOf(t, "http://a.example/%d", 2000)
	for range 2 {
		for i := 0; i < len(leads); i += 20 {
			if _, err := f.Add(t.Context(), "r", evidence.Manners{}, leads[i:i+20]...); err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := f.Counts(t.Context(), "r")
	if err != nil || c.Open != 2000 {
		t.Errorf("counts = %+v, %v", c, err)
	}
	a, err := f.Alarm(t.Context())
	if err != nil || len(a.Blown) != 0 || a.Buckets < 50 {
		t.Errorf("alarm = %d of %d: %v", len(a.Blown), a.Buckets, err)
	}
	if _, err := f.db.Do(t.Context(), "CONFIG", "SET", "set-max-intset-entries", "8"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(t.Context(), "r", evidence.Manners{}, leadsOf(t, "http://a.example/x%d", 50)...); err != nil {
		t.Fatal(err)
	}
	if a, err := f.Alarm(t.Context()); err != nil || len(a.Blown) == 0 || !strings.Contains(a.Blown[0], "seen:r:") {
		t.Errorf("alarm = %+v, %v", a, err)
	}
}

func TestTheNumberOfShardsIsFixed(t *testing.T) {
	db := redistest.Shared(t)
	if _, err := open(t, db, Settings{Shards: 4}).Reap(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, db, Settings{Shards: 5}).Reap(t.Context()); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("error = %v, want invalid", err)
	}
}

// A budget holds over all shards and workers to the last request.
func TestABudgetHoldsOverAllShardsAndWorkers(t *testing.T) {
	db := redistest.Shared(t)
	first := open(t, db, Settings{Shards: 16})
	if err := first.SetBudget(t.Context(), "r", 37); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Add(t.Context(), "r", evidence.Manners{Gap: 1}, leadsOf(t, "http://h%d.example/", 100)...); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		f := open(t, db, Settings{Shards: 16})
		wg.Go(func() {
			for {
				if err := visitSome(t, f, strconv.Itoa(w)); err != nil {
					t.Error(err)
					return
				}
				if c, err := f.Counts(t.Context(), "r"); err != nil || c.Empty() {
					return
				}
			}
		})
	}
	wg.Wait()
	c, err := first.Counts(t.Context(), "r")
	if err != nil || c.Requests != 37 || c.Done != 37 || c.Failed["budget"] != 63 || c.State != crawler.Killed {
		t.Errorf("counts = %+v, %v", c, err)
	}
}

func visitSome(t *testing.T, f *Frontier, worker string) error {
	b, err := f.Claim(t.Context(), worker, 3, time.Minute)
	for _, l := range b.Leases {
		err = errors.Join(err, f.Settle(t.Context(), l, crawler.Outcome{Result: crawler.Done, Requests: 1}))
	}
	return err
}

// One huge host starves nobody: each host is visited at its own pace.
func TestAHugeHostStarvesNobody(t *testing.T) {
	f := open(t, redistest.Shared(t), Settings{Shards: 4})
	if _, err := f.Add(t.Context(), "huge", evidence.Manners{Gap: time.Millisecond}, leadsOf(t, "http://huge.example/%d", 5000)...); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(t.Context(), "small", evidence.Manners{Gap: time.Millisecond}, leadsOf(t, "http://h%d.example/", 20)...); err != nil {
		t.Fatal(err)
	}
	hugeVisits := 0
	for {
		b, err := f.Claim(t.Context(), "w", 4, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range b.Leases {
			if l.Run == "huge" {
				hugeVisits++
			}
			if err := f.Settle(t.Context(), l, crawler.Outcome{Result: crawler.Done, Requests: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if c, err := f.Counts(t.Context(), "small"); err != nil || c.Empty() {
			break
		}
	}
	if hugeVisits > 200 {
		t.Errorf("%d visits of the huge host until the small run was over", hugeVisits)
	}
}

func TestAHostMovesToItsGroupWithAllItHas(t *testing.T) {
	db := redistest.Shared(t)
	f, other := open(t, db, Settings{Shards: 64, HostCap: 20, Segment: 8}), open(t, db, Settings{Shards: 64, HostCap: 20, Segment: 8})
	leads := leadsOf(t, "http://a.example/%d", 100)
	if _, err := other.Add(t.Context(), "r", evidence.Manners{Gap: 1}, leads...); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		b, err := other.Claim(t.Context(), "w", 1, time.Minute)
		if err != nil || len(b.Leases) != 1 {
			t.Fatalf("claimed %v: %v", b.Leases, err)
		}
		o := []crawler.Outcome{{Result: crawler.Failed, Reason: "x"}, {Result: crawler.Retry, After: time.Millisecond, Reason: "y"}, {Result: crawler.Done}}[i]
		if err := other.Settle(t.Context(), b.Leases[0], o); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := f.Add(t.Context(), "r", evidence.Manners{Gap: 1, Group: "G"}, leads...); err != nil || a.Seen != 100 {
		t.Errorf("added %+v: %v", a, err)
	}
	if a, err := other.Add(t.Context(), "r", evidence.Manners{Gap: 1}, leads...); err != nil || a.Seen != 100 {
		t.Errorf("who did not know of the move added %+v: %v", a, err)
	}
	if n, err := other.Retry(t.Context(), "r"); err != nil || n != 1 {
		t.Errorf("retried %d: %v", n, err)
	}
	b, err := other.Claim(t.Context(), "w", 10, time.Minute)
	if err != nil || len(b.Leases) != 1 || b.Leases[0].Group != "g" {
		t.Fatalf("claimed %v: %v", b.Leases, err)
	}
	if err := other.Settle(t.Context(), b.Leases[0], crawler.Outcome{Result: crawler.Done}); err != nil {
		t.Fatal(err)
	}
	if got := drain(t, other); len(got) != 98 {
		t.Errorf("%d leads came after the move", len(got))
	}
	if c, err := f.Counts(t.Context(), "r"); err != nil || c.Done != 100 || c.Total() != 100 {
		t.Errorf("counts = %+v, %v", c, err)
	}
}
