package s3archive_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/s3archive"
	"probity/pipeline/evidence"
)

// eager sends each exchange and removes it here, so that everything is read
// from the store.
type eager struct {
	*s3archive.Archive
	clock *clock
}

func (e eager) Keep(ctx context.Context, x evidence.Exchange) (archive.Location, error) {
	at, err := e.Archive.Keep(ctx, x)
	if err == nil {
		err = errors.Join(e.Commit(ctx, x.Capture.ID), e.Flush(ctx))
		e.clock.add(time.Hour)
		err = errors.Join(err, e.Tend(ctx))
	}
	return at, err
}

func TestConformance(t *testing.T) {
	for name, c := range map[string]struct {
		on   func(testing.TB) fleet
		wrap func(*s3archive.Archive, fleet) archive.Archive
	}{
		"not sent yet":                      {onFolder, func(a *s3archive.Archive, _ fleet) archive.Archive { return a }},
		"read from a folder and SQLite":     {onFolder, func(a *s3archive.Archive, f fleet) archive.Archive { return eager{a, f.clock} }},
		"read from S3 and an Elasticsearch": {onServers, func(a *s3archive.Archive, f fleet) archive.Archive { return eager{a, f.clock} }},
	} {
		t.Run(name, func(t *testing.T) {
			archivetest.Run(t, func(t *testing.T) (archive.Archive, func() archive.Archive) {
				f, of := c.on(t), crawler(t)
				a := f.open(t, of)
				return c.wrap(a, f), func() archive.Archive {
					must(t, a.Close())
					return c.wrap(f.open(t, of), f)
				}
			})
		})
	}
}

func keep(t testing.TB, a *s3archive.Archive, list ...evidence.Exchange) {
	t.Helper()
	for _, e := range list {
		_, err := a.Keep(t.Context(), e)
		must(t, err)
		must(t, a.Commit(t.Context(), e.Capture.ID))
	}
}

func wantBody(t testing.TB, a archive.Archive, e evidence.Exchange) {
	t.Helper()
	got, err := a.Open(t.Context(), e.Capture.ID)
	if err != nil || string(got.Body) != string(e.Body) {
		t.Errorf("open %s = %q, %v, want %q", e.Capture.ID, got.Body, err, e.Body)
	}
}

func page(n int, url string) evidence.Exchange {
	return archivetest.Exchange(n, "https://example.example/"+url, strings.Repeat(url+" ", 200))
}

func TestAReaderReadsWhatEveryCrawlerKept(t *testing.T) {
	f := onFolder(t)
	one, two, reader := f.open(t, crawler(t)), f.open(t, crawler(t)), f.open(t)
	x, y := page(1, "x"), page(2, "y")
	keep(t, one, x)
	keep(t, two, y)
	must(t, one.Flush(t.Context()))
	must(t, two.Flush(t.Context()))
	for _, a := range []archive.Archive{one, two, reader} {
		wantBody(t, a, x)
		wantBody(t, a, y)
	}
	if names := f.segments(t); len(names) != 4 || !strings.Contains(names[0], "-worker1-") {
		t.Errorf("the store holds %v, want two segments with an index each", names)
	}
	if _, err := reader.Keep(t.Context(), page(3, "z")); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("keep by a reader = %v, want invalid", err)
	}
}

func TestAPayloadThatAnotherCrawlerHoldsIsKeptOnce(t *testing.T) {
	f := onFolder(t)
	one, two := f.open(t, crawler(t)), f.open(t, crawler(t))
	keep(t, one, page(1, "x"))
	must(t, one.Flush(t.Context()))
	again := page(2, "x")
	keep(t, two, again)
	wantBody(t, two, again) // not sent yet, its original elsewhere
	must(t, two.Flush(t.Context()))
	wantBody(t, f.open(t), again)
	l, err := f.registry.Where(t.Context(), again.Capture.ID)
	if err != nil || l.Original != page(1, "x").Capture.ID {
		t.Errorf("the second capture is %+v, %v, want a revisit of the first", l.Entry, err)
	}
	other := page(3, "y")
	other.Capture.ID = again.Capture.ID
	if _, err := one.Keep(t.Context(), other); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("keep of an id that another crawler used = %v, want a conflict", err)
	}
}

func TestWhatAPageSaidLastIsKnownWhoeverKeptIt(t *testing.T) {
	f := onFolder(t)
	one, two := f.open(t, crawler(t)), f.open(t, crawler(t))
	wantLast := func(a *s3archive.Archive, want evidence.Exchange) {
		t.Helper()
		got, err := a.Last(t.Context(), want.Capture.Lead.Key())
		if err != nil || got.Capture.ID != want.Capture.ID || string(got.Body) != string(want.Body) {
			t.Errorf("last = %s %q, %v, want %s", got.Capture.ID, got.Body, err, want.Capture.ID)
		}
	}
	first, second, third := page(1, "x"), page(2, "x"), page(3, "x")
	for _, e := range []*evidence.Exchange{&second, &third} {
		e.Body, e.Raw = []byte(e.Capture.ID), []byte(e.Capture.ID)
		e.Response = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n")
		archivetest.Seal(e)
	}
	if _, err := one.Last(t.Context(), first.Capture.Lead.Key()); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("last of a page that nobody kept = %v", err)
	}
	keep(t, one, first)
	wantLast(one, first) // on its own disk
	must(t, one.Flush(t.Context()))
	wantLast(two, first)
	keep(t, two, second)
	must(t, two.Flush(t.Context()))
	wantLast(one, second) // though an older one is here
	keep(t, one, third)
	wantLast(one, third) // though an older one is registered
	wantLast(two, second)
}

func TestASegmentIsSealedByItsAgeAndBySize(t *testing.T) {
	f := onFolder(t)
	a := f.open(t, crawler(t, func(o *s3archive.Options) { o.MaxAge, o.MaxSize = 10*time.Second, 3000 }))
	keep(t, a, page(1, "x"))
	must(t, a.Tend(t.Context()))
	f.clock.add(9 * time.Second)
	must(t, a.Tend(t.Context()))
	if names := f.segments(t); len(names) != 0 {
		t.Errorf("sent %v before its time", names)
	}
	f.clock.add(time.Second)
	must(t, a.Tend(t.Context()))
	if names := f.segments(t); len(names) != 2 {
		t.Errorf("sent %v, want one segment and its index", names)
	}
	for n := range 6 {
		keep(t, a, page(10+n, strconv.Itoa(n)))
	}
	must(t, a.Tend(t.Context()))
	if names := f.segments(t); len(names) < 4 {
		t.Errorf("sent %v, want what has grown beyond its size too", names)
	}
}

func TestASentSegmentStaysHereForItsGraceAndUntilItIsSettled(t *testing.T) {
	f := onFolder(t)
	dir := ""
	a := f.open(t, crawler(t, func(o *s3archive.Options) { dir, o.Grace = o.Dir, time.Minute }))
	e := page(1, "x")
	_, err := a.Keep(t.Context(), e)
	must(t, err)
	here := func() int {
		list, err := os.ReadDir(dir)
		must(t, err)
		return len(list)
	}
	must(t, a.Flush(t.Context()))
	wantBody(t, f.open(t), e) // others read it although its lead is not settled
	f.clock.add(time.Hour)
	must(t, a.Tend(t.Context()))
	if here() != 1 {
		t.Error("a segment went whose capture is not committed")
	}
	must(t, a.Commit(t.Context(), e.Capture.ID))
	must(t, a.Tend(t.Context()))
	if here() != 0 {
		t.Error("a sent and settled segment stayed")
	}
	wantBody(t, a, e)
	keep(t, a, page(2, "y"))
	must(t, a.Flush(t.Context()))
	if here() != 1 {
		t.Error("a segment went within its grace")
	}
}
