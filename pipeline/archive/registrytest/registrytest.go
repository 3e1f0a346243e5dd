// Package registrytest says what an [archive.Registry] promises, in sentences,
// as tests. Every backend runs the same ones.
package registrytest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/archivetest"
	"probity/pipeline/evidence"
)

// Run holds the registries that open makes to the promise. Each call of open
// returns an empty one.
func Run(t *testing.T, open func(t *testing.T) archive.Registry) {
	t.Helper()
	for name, test := range map[string]func(bench){
		"what is registered is found at once, as it was":              found,
		"the first that registers an id stays":                        first,
		"what nobody registered is not found":                         unknown,
		"the capture that holds a payload of a lead is known":         holder,
		"the capture that brought a lead's page last is known":        last,
		"captures of a run come by time and id, all of them":          ofRun,
		"a visit stops at the first error and returns it":             stops,
		"captures of a content are those of every run":                ofContent,
		"visits of a host and of a lead come newest first, in pages":  visits,
		"a registry that was reset knows nothing and goes on":         reset,
		"more captures than an answer holds are visited all the same": many,
	} {
		t.Run(name, func(t *testing.T) { test(bench{t, open(t)}) })
	}
}

type bench struct {
	*testing.T
	r archive.Registry
}

// Listed makes the n-th capture of a test.
func Listed(n int, url, body string) archive.Listed {
	c := archivetest.Exchange(n, url, body).Capture
	return archive.Listed{Capture: c, Entry: archive.Entry{
		ID: c.ID, File: fmt.Sprintf("probity-%08d.warc.gz", n/10), Start: int64(n % 10 * 100), Body: 20, Meta: 70, Length: 100,
		Target: c.Lead.Key(), Payload: "sha256:" + evidence.DigestBytes([]byte(body)), Date: c.Time.Format(time.RFC3339Nano),
	}}
}

func (b bench) register(list ...archive.Listed) {
	b.Helper()
	if err := b.r.Register(b.Context(), list); err != nil {
		b.Fatal(err)
	}
}

func found(b bench) {
	l := Listed(1, "https://example.example/名", "<一>")
	l.Capture.Lead.About = &evidence.Party{Name: "甲公司"}
	l.Original = Listed(2, "https://example.example/", "").ID
	b.register(l)
	b.want(l)
	b.register()
}

func (b bench) want(l archive.Listed) {
	b.Helper()
	if got, err := b.r.Where(b.Context(), l.ID); err != nil || !reflect.DeepEqual(got, l) {
		b.Errorf("where = %+v, %v\nwant %+v", got, err, l)
	}
}

func first(b bench) {
	l := Listed(1, "https://example.example/a", "x")
	other := l
	other.File, other.Start = "probity-another.warc.gz", 7
	b.register(l)
	b.register(other, Listed(2, "https://example.example/b", "y"))
	b.want(l)
	b.want(Listed(2, "https://example.example/b", "y"))
}

func unknown(b bench) {
	b.register(Listed(1, "https://example.example/a", "x"))
	if _, err := b.r.Where(b.Context(), Listed(2, "https://example.example/a", "x").ID); !errors.Is(err, evidence.ErrNotFound) {
		b.Errorf("where = %v, want not found", err)
	}
	if list, err := b.r.OfContent(b.Context(), "nothing"); err != nil || len(list) > 0 {
		b.Errorf("of content = %v, %v, want nothing", list, err)
	}
}

func holder(b bench) {
	l, revisit, file := Listed(1, "https://example.example/a", "x"), Listed(2, "https://example.example/a", "z"), Listed(3, "https://example.example/a", "file")
	revisit.Original, file.Capture.Status = l.ID, 0
	b.register(revisit, file, l)
	for name, c := range map[string]struct {
		id, target, payload string
		taken               bool
		original            string
	}{
		"a new id with that payload": {"new", l.Target, l.Payload, false, l.ID},
		"a taken id":                 {l.ID, "x", "y", true, ""},
		"another lead":               {"new", "x", l.Payload, false, ""},
		"another payload":            {"new", l.Target, "x", false, ""},
		"what a revisit only names":  {"new", revisit.Target, revisit.Payload, false, ""},
		"what a file holds":          {"new", file.Target, file.Payload, false, ""},
		"no payload":                 {"new", l.Target, "", false, ""},
	} {
		taken, original, err := b.r.Before(b.Context(), c.id, c.target, c.payload)
		if err != nil || taken != c.taken || original.ID != c.original || original.ID != "" && original.Date != l.Date {
			b.Errorf("%s: %v, %+v, %v, want %v and %q", name, taken, original, err, c.taken, c.original)
		}
	}
}

func last(b bench) {
	const page = "https://example.example/a"
	wrong := func(n int, change func(*evidence.Capture)) archive.Listed {
		l := Listed(n, page, "x")
		change(&l.Capture)
		return l
	}
	old, late := Listed(1, page, "x"), Listed(5, page, "y")
	b.register(Listed(2, page, "z"), late, Listed(3, "https://example.example/b", "x"))
	b.register(old,
		wrong(6, func(c *evidence.Capture) { c.Status = 404 }),
		wrong(7, func(c *evidence.Capture) { c.Unchanged = late.ID }),
		wrong(8, func(c *evidence.Capture) { c.SoftError = "soft_404" }),
		wrong(9, func(c *evidence.Capture) { c.Status = 0 }),
	)
	for range 2 {
		if got, err := b.r.Last(b.Context(), old.Target); err != nil || !reflect.DeepEqual(got, late) {
			b.Errorf("last = %+v, %v\nwant %+v", got, err, late)
		}
		late = Listed(10, page, "later")
		b.register(late)
	}
	if _, err := b.r.Last(b.Context(), "nobody"); !errors.Is(err, evidence.ErrNotFound) {
		b.Errorf("last of an unknown lead = %v, want not found", err)
	}
	var runs []string
	err := b.r.OfRun(b.Context(), "run-1", func(l archive.Listed) error { runs = append(runs, l.ID); return nil })
	if err != nil || len(runs) != 9 {
		b.Errorf("of run = %d captures, %v, want each once", len(runs), err)
	}
}

func ofRun(b bench) {
	var want []string
	for _, n := range []int{1, 4, 7} {
		want = append(want, Listed(n, "https://example.example/a", "x").ID)
	}
	other := Listed(2, "https://example.example/a", "x")
	other.Capture.Run = "run-2"
	same := Listed(9, "https://example.example/a", "x") // at the time of the first
	same.Capture.Time = Listed(1, "https://example.example/a", "x").Capture.Time
	if same.ID < want[0] {
		want = append([]string{same.ID}, want...)
	} else {
		want = append(want[:1], append([]string{same.ID}, want[1:]...)...)
	}
	b.register(Listed(7, "https://example.example/a", "x"), same, other)
	b.register(Listed(4, "https://example.example/a", "x"), Listed(1, "https://example.example/a", "x"))
	var got []string
	err := b.r.OfRun(b.Context(), "run-1", func(l archive.Listed) error { got = append(got, l.ID); return nil })
	if err != nil || !reflect.DeepEqual(got, want) {
		b.Errorf("of run = %v, %v, want %v", got, err, want)
	}
}

func stops(b bench) {
	b.register(Listed(1, "https://example.example/a", "x"), Listed(2, "https://example.example/a", "x"))
	enough, n := errors.New("enough"), 0
	err := b.r.OfRun(b.Context(), "run-1", func(archive.Listed) error { n++; return enough })
	if !errors.Is(err, enough) || n != 1 {
		b.Errorf("visited %d, %v, want 1 and enough", n, err)
	}
}

func ofContent(b bench) {
	x, y, other := Listed(1, "https://example.example/a", "x"), Listed(2, "https://example.example/a", "x"), Listed(3, "https://example.example/a", "other")
	y.Capture.Run = "run-2"
	b.register(y, other, x)
	got, err := b.r.OfContent(b.Context(), x.Capture.Content)
	if err != nil || !reflect.DeepEqual(got, []archive.Listed{x, y}) {
		b.Errorf("of content = %+v, %v, want both", got, err)
	}
}

func visits(b bench) {
	const page, other = "https://example.example/a", "https://example.example/b"
	want := map[string][]string{}
	var list []archive.Listed
	for n := range 7 {
		l := Listed(n, page, "x")
		if n%2 == 1 {
			l = Listed(n, other, "x")
		}
		list = append(list, l)
		for _, whose := range []string{"host", l.Target} {
			want[whose] = append([]string{l.ID}, want[whose]...)
		}
	}
	file := Listed(8, page, "x")
	file.Capture.Status = 0
	b.register(append(list, file, Listed(9, "https://elsewhere.example/", "x"))...)
	if err := b.r.OfRun(b.Context(), "run-1", func(archive.Listed) error { return nil }); err != nil { // which shows all to searches
		b.Fatal(err)
	}
	for whose, ids := range want {
		q := archive.Visits{Lead: whose, N: 2}
		if whose == "host" {
			q = archive.Visits{Host: "example.example", N: 3}
		}
		if got := b.visits(q); !reflect.DeepEqual(got, ids) {
			b.Errorf("visits of %s = %v, want %v", whose, got, ids)
		}
	}
	for _, q := range []archive.Visits{{N: 1}, {Host: "a", Lead: "b", N: 1}, {Host: "a"}, {Host: "a", N: archive.Most + 1}, {Host: "a", N: 1, Before: "yesterday"}} {
		if _, err := b.r.Visits(b.Context(), q); !errors.Is(err, evidence.ErrInvalid) {
			b.Errorf("visits %+v = %v, want invalid", q, err)
		}
	}
}

// visits goes through all pages of a question.
func (b bench) visits(q archive.Visits) (ids []string) {
	b.Helper()
	for {
		some, err := b.r.Visits(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		for _, l := range some {
			ids, q.Before = append(ids, l.ID), l.Order()
		}
		if len(some) < q.N {
			return ids
		}
	}
}

func reset(b bench) {
	l := Listed(1, "https://example.example/a", "x")
	b.register(l)
	if err := b.r.Reset(b.Context()); err != nil {
		b.Fatal(err)
	}
	if _, err := b.r.Where(b.Context(), l.ID); !errors.Is(err, evidence.ErrNotFound) {
		b.Errorf("where = %v, want not found", err)
	}
	b.register(l)
	b.want(l)
}

func many(b bench) {
	const n = 1200
	var list []archive.Listed
	for i := range n {
		list = append(list, Listed(i, fmt.Sprintf("https://example.example/%d", i), "x"))
	}
	b.register(list...)
	seen := map[string]bool{}
	err := b.r.OfRun(b.Context(), "run-1", func(l archive.Listed) error { seen[l.ID] = true; return nil })
	if err != nil || len(seen) != n {
		b.Errorf("visited %d, %v, want %d", len(seen), err, n)
	}
}
