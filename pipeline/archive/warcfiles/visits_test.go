package warcfiles_test

import (
	"errors"
	"reflect"
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A host is told every committed visit, newest first, in pages; and of a data
// directory from before such lists, once it is opened to work.
func TestVisitsOfAHostAndOfALeadComeNewestFirst(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	a := p.open(t, func(o *warcfiles.Options) { o.MaxSize = 3000 })
	kept := fill(t, a, 15)
	var host, lead []string
	for i, e := range kept[:14] { // the last one stays pending
		must(t, a.Commit(t.Context(), e.Capture.ID))
		if i%5 != 4 { // no file handed in
			host = append([]string{e.Capture.ID}, host...)
			if i%3 == 0 {
				lead = append([]string{e.Capture.ID}, lead...)
			}
		}
	}
	check := func(a *warcfiles.Files) {
		t.Helper()
		if got := all(t, a, archive.Visits{Host: "example.example", N: 4}); !reflect.DeepEqual(got, host) {
			t.Errorf("visits of the host = %v, want %v", got, host)
		}
		if got := all(t, a, archive.Visits{Lead: kept[0].Capture.Lead.Key(), N: 2}); !reflect.DeepEqual(got, lead) {
			t.Errorf("visits of the lead = %v, want %v", got, lead)
		}
	}
	check(a)
	if _, err := a.Visits(t.Context(), archive.Visits{Host: "x", N: 1, Before: "nonsense"}); !errors.Is(err, evidence.ErrInvalid) {
		t.Errorf("with a cursor that nobody gave: %v", err)
	}
	must(t, a.Commit(t.Context(), kept[14].Capture.ID))
	must(t, a.Close())
	must(t, p.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM archive_visits`)
		return err
	}))
	a = p.open(t, func(*warcfiles.Options) {})
	check(a)
	must(t, a.Reindex(t.Context()))
	check(a)
}

func all(t *testing.T, a archive.Logbook, q archive.Visits) (ids []string) {
	t.Helper()
	for {
		some, err := a.Visits(t.Context(), q)
		must(t, err)
		for _, l := range some {
			ids, q.Before = append(ids, l.Capture.ID), l.Order()
			if l.Capture.Lead.Host() != "example.example" || l.ID != l.Capture.ID {
				t.Errorf("%+v is no visit", l)
			}
		}
		if len(some) < q.N {
			return ids
		}
	}
}
