package main

import (
	"net/http/httptest"
	"testing"
	"time"
)

func TestAtACourtesyNoVisitIsEarlyAndEveryHostHasItsTurn(t *testing.T) {
	s := settings{pages: 2000, hosts: 20, workers: 8, dir: t.TempDir(), gap: 50 * time.Millisecond, lasts: 500 * time.Millisecond}
	w := newSite(s)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	s.address = server.Listener.Addr().String()
	w.address = s.address
	f, err := polite(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	got := f[0].Tally
	if got.Early != 0 || got.Visits == 0 || got.Most > int(f[0].Wall/s.gap)+1 {
		t.Errorf("tally %+v in %s, want no visit early and no host visited more often than its gap allows", got, f[0].Wall)
	}
}

func TestATallyTellsEarlyVisitsAndHostsThatHadNone(t *testing.T) {
	b := book{gap: time.Second, visits: map[string]int{"a": 3, "b": 1}, late: []time.Duration{5, -1, 3}}
	if got := b.tally(2); got.Early != 1 || got.Least != 1 || got.Most != 3 || got.Visits != 4 || got.Latest != 5 {
		t.Errorf("tally %+v", got)
	}
	if got := b.tally(3); got.Least != 0 {
		t.Errorf("a host without a visit was visited %d times", got.Least)
	}
}
