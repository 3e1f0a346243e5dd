package s3archive_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"probity/pipeline/archive/archivetest"
	"probity/pipeline/archive/audit"
	"probity/pipeline/archive/s3archive"
	"probity/pipeline/archive/wacz"
	"probity/pipeline/evidence"
	"probity/pipeline/objects"
)

func audited(t *testing.T, a *s3archive.Archive, o audit.Options) audit.Report {
	t.Helper()
	o.Indexes = true
	r, err := audit.Run(t.Context(), a.Audited(), o)
	must(t, err)
	return r
}

// of returns the key of the first segment, and of its index.
func of(t *testing.T, s objects.Store) (segment, index string) {
	t.Helper()
	must(t, s.List(t.Context(), "warc/", "", func(o objects.Object) error {
		if index == "" {
			index = o.Key
		} else if segment == "" {
			segment = o.Key
		}
		return nil
	}))
	return segment, index
}

func TestAnAuditOfTheStoreFindsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		damage   func(t *testing.T, s objects.Store, segment, index string) error
		kind     string
		captures int
		repaired bool
	}{
		"nothing": {captures: 3},
		"a bit of a segment": {func(t *testing.T, s objects.Store, segment, _ string) error {
			b, err := s.Get(t.Context(), segment)
			b[len(b)/2] ^= 1
			return put(t.Context(), s, segment, b, err)
		}, audit.Damaged, 2, false},
		"its end": {func(t *testing.T, s objects.Store, segment, _ string) error {
			b, err := s.Get(t.Context(), segment)
			return put(t.Context(), s, segment, b[:len(b)-9], err)
		}, audit.Torn, 2, false},
		"all of it": {func(t *testing.T, s objects.Store, segment, _ string) error { return s.Put(t.Context(), segment, nil) }, audit.Empty, 0, false},
		"a segment that is gone": {func(t *testing.T, s objects.Store, segment, _ string) error {
			return s.Delete(t.Context(), segment)
		}, audit.Gone, 0, false},
		"a stranger": {func(t *testing.T, s objects.Store, _, _ string) error {
			return s.Put(t.Context(), "warc/readme", []byte("x"))
		}, audit.Foreign, 3, false},
		"an index that is gone": {func(t *testing.T, s objects.Store, _, index string) error {
			return s.Delete(t.Context(), index)
		}, audit.Index, 3, true},
		"an index that says otherwise": {func(t *testing.T, s objects.Store, _, index string) error {
			b, err := s.Get(t.Context(), index)
			return put(t.Context(), s, index, bytes.Replace(b, []byte("text/html"), []byte("text/plain"), 1), err)
		}, audit.Index, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := onFolder(t)
			a := f.open(t, crawler(t))
			x := page(1, "x")
			x.Attach(evidence.AttachedDOM, "text/html", "", []byte("<p>"))
			archivetest.Seal(&x)
			keep(t, a, x, page(2, "x"), page(3, "y"))
			must(t, a.Flush(t.Context()))
			segment, index := of(t, f.store)
			if c.damage != nil {
				must(t, c.damage(t, f.store, segment, index))
			}
			r := audited(t, f.open(t), audit.Options{})
			if r.Sound() != (c.kind == "") || r.Captures != c.captures || c.kind != "" && r.Findings[0].Kind != c.kind {
				t.Errorf("report %+v\nwant a first finding %q and %d whole captures", r, c.kind, c.captures)
			}
			r = audited(t, f.open(t), audit.Options{Repair: true})
			if r.Sound() != (c.repaired || c.kind == "") {
				t.Errorf("repaired: %+v", r)
			}
			if c.repaired && audited(t, f.open(t), audit.Options{}).Faults > 0 {
				t.Error("what was repaired is found again")
			}
		})
	}
}

func put(ctx context.Context, s objects.Store, key string, b []byte, err error) error {
	if err != nil {
		return err
	}
	return s.Put(ctx, key, b)
}

func TestCapturesOfAFleetAreExported(t *testing.T) {
	f := onFolder(t)
	one, two := f.open(t, crawler(t)), f.open(t, crawler(t))
	keep(t, one, page(1, "x"))
	must(t, one.Flush(t.Context()))
	keep(t, two, page(2, "x"), page(3, "y"))
	must(t, two.Flush(t.Context()))
	m := wacz.New(wacz.Options{Source: f.open(t), Now: f.clock.now, Temp: t.TempDir()})
	must(t, m.Add(t.Context(), page(2, "x").Capture.ID)) // whose payload another crawler's segment holds
	must(t, m.Add(t.Context(), page(3, "y").Capture.ID))
	sum, err := m.Write(t.Context(), io.Discard)
	if err != nil || sum.Captures != 3 || sum.Revisits != 1 || sum.Originals != 1 {
		t.Errorf("exported %+v, %v", sum, err)
	}
	must(t, m.Close())
}
