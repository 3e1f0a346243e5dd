package sqlitefrontier

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func lead(t *testing.T, url string) evidence.Lead {
	t.Helper()
	l, err := evidence.NewLead("s", url)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (f *Frontier) mustAdd(t *testing.T, urls ...string) {
	t.Helper()
	for _, u := range urls {
		if _, err := f.Add(t.Context(), "r", evidence.Manners{}, lead(t, u)); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *Frontier) mustClaim(t *testing.T, want int) []crawler.Lease {
	t.Helper()
	b, err := f.Claim(t.Context(), "w", 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Leases) != want {
		t.Fatalf("claimed %d leases, want %d", len(b.Leases), want)
	}
	return b.Leases
}

func TestAfterAKillLeasesComeBackUncountedAndPolitely(t *testing.T) {
	c, path := newClock(), filepath.Join(t.TempDir(), "f.db")
	f := openAt(t, path, crawler.DefaultPolicy(), c)
	f.mustAdd(t, "http://a.example/1", "http://b.example/1")
	f.mustClaim(t, 2)

	f = openAt(t, path, crawler.DefaultPolicy(), c) // the next process
	if n, err := f.Recover(t.Context()); err != nil || n != 2 {
		t.Fatalf("recovered %d leases: %v", n, err)
	}
	f.mustClaim(t, 0)
	c.pass(t, time.Second)
	for _, l := range f.mustClaim(t, 2) {
		if l.Attempt != 1 {
			t.Errorf("attempt = %d, want 1", l.Attempt)
		}
	}
}

func TestAnExchangeFoundInTheArchiveIsAdoptedOnce(t *testing.T) {
	f := openAt(t, filepath.Join(t.TempDir(), "f.db"), crawler.DefaultPolicy(), newClock())
	f.mustAdd(t, "http://a.example/1", "http://a.example/2")
	held := f.mustClaim(t, 1)[0]
	adopt := func(url string) (adopted bool) {
		t.Helper()
		err := f.db.Write(t.Context(), func(tx *sqlitedb.Tx) (err error) {
			adopted, err = f.AdoptTx(t.Context(), tx, "r", lead(t, url), crawler.Outcome{Result: crawler.Done, Requests: 1})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return adopted
	}
	for _, url := range []string{"http://a.example/1", "http://a.example/2"} { // one was held, one given back
		if !adopt(url) {
			t.Errorf("%s was not adopted", url)
		}
		if adopt(url) {
			t.Errorf("%s was adopted twice", url)
		}
	}
	if adopt("http://a.example/unknown") {
		t.Error("adopted an exchange of no lead")
	}
	if err := f.Settle(t.Context(), held, crawler.Outcome{Result: crawler.Done}); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("the old lease still settles: %v", err)
	}
}

func TestSettlingAndWhatComesOfItAreOneTransaction(t *testing.T) {
	f := openAt(t, filepath.Join(t.TempDir(), "f.db"), crawler.DefaultPolicy(), newClock())
	f.mustAdd(t, "http://a.example/1")
	l := f.mustClaim(t, 1)[0]
	full := errors.New("the capture queue refuses")
	settle := func(fault error) error {
		return f.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
			if err := f.SettleTx(t.Context(), tx, crawler.Settlement{Lease: l, Outcome: crawler.Outcome{Result: crawler.Done, Requests: 1}}); err != nil {
				return err
			}
			if _, err := f.AddTx(t.Context(), tx, "r", evidence.Manners{}, lead(t, "http://b.example/found")); err != nil {
				return err
			}
			return fault
		})
	}
	if err := settle(full); !errors.Is(err, full) {
		t.Fatalf("error = %v", err)
	}
	if n, err := f.Counts(t.Context(), "r"); err != nil || n.Leased != 1 || n.Total() != 1 {
		t.Fatalf("half of a transaction stands: %+v, %v", n, err)
	}
	if err := settle(nil); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Counts(t.Context(), "r"); err != nil || n.Done != 1 || n.Open != 1 {
		t.Fatalf("counts = %+v, %v", n, err)
	}
}

func TestCourtesyOutlivesTheProcess(t *testing.T) {
	c, path := newClock(), filepath.Join(t.TempDir(), "f.db")
	f := openAt(t, path, crawler.DefaultPolicy(), c)
	f.mustAdd(t, "http://a.example/1")
	l := f.mustClaim(t, 1)[0]
	o := crawler.Outcome{Result: crawler.Retry, Reason: "http_503", Requests: 1, Busy: &crawler.Busy{RetryAfter: time.Hour}}
	if err := f.Settle(t.Context(), l, o); err != nil {
		t.Fatal(err)
	}
	f = openAt(t, path, crawler.DefaultPolicy(), c)
	c.pass(t, 59*time.Minute)
	f.mustClaim(t, 0)
	c.pass(t, time.Minute)
	f.mustClaim(t, 1)
}

func TestACommandOfAnotherProcessIsObeyedByTheNextClaim(t *testing.T) {
	c, path := newClock(), filepath.Join(t.TempDir(), "f.db")
	f, commander := openAt(t, path, crawler.DefaultPolicy(), c), openAt(t, path, crawler.DefaultPolicy(), c)
	f.mustAdd(t, "http://a.example/1")
	if err := commander.Pause(t.Context(), crawler.Target{Run: "r"}, "asked to"); err != nil {
		t.Fatal(err)
	}
	f.mustClaim(t, 0)
	if err := commander.Resume(t.Context(), crawler.Target{Run: "r"}); err != nil {
		t.Fatal(err)
	}
	f.mustClaim(t, 1)
}

func TestAChangeIsSignalledAfterItsCommit(t *testing.T) {
	f := openAt(t, filepath.Join(t.TempDir(), "f.db"), crawler.DefaultPolicy(), newClock())
	signalled := func() bool {
		select {
		case <-f.Changed():
			return true
		default:
			return false
		}
	}
	f.mustAdd(t, "http://a.example/1", "http://b.example/1")
	if !signalled() || signalled() {
		t.Error("two additions should leave one signal")
	}
	f.mustAdd(t, "http://a.example/1")
	if signalled() {
		t.Error("a lead that was seen is no change")
	}
	if err := f.Pause(t.Context(), crawler.Target{Run: "r"}, ""); err != nil || signalled() {
		t.Errorf("a pause makes nothing due: %v", err)
	}
	if err := f.Resume(t.Context(), crawler.Target{Run: "r"}); err != nil || !signalled() {
		t.Errorf("a resumed run is due: %v", err)
	}
}
