package sqlitefrontier

import (
	"fmt"
	"hash/maphash"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func page(n int) evidence.Lead {
	return evidence.Lead{Method: "GET", URL: "http://a.example/" + strconv.Itoa(n), Source: "s"}
}

func TestKnownLeadsNeverTakeMoreRoom(t *testing.T) {
	k := known{seed: maphash.MakeSeed()}
	if k.has("r", page(1)) {
		t.Error("an empty table knows a lead")
	}
	const n = 2 * knownSlots
	for i := range n {
		k.add("r", nameOf(page(i)))
	}
	remembered := 0
	for i := 0; i < n; i += 16 {
		if k.has("r", page(i)) {
			remembered += 16
		}
	}
	if len(k.slots) != knownSlots || remembered < knownSlots/2 || remembered > knownSlots*17/16 {
		t.Errorf("of %d leads %d are known, in %d slots", n, remembered, len(k.slots))
	}
	if !k.has("r", page(n-1)) || k.has("other", page(n-1)) || k.has("r", page(n)) {
		t.Error("the last lead is not known, or one that nobody added is")
	}
	if k.clear(); k.has("r", page(n-1)) {
		t.Error("a cleared table knows a lead")
	}
}

func TestALeadIsKnownOnceItIsCommittedAndNoLongerThanItsRun(t *testing.T) {
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f, err := Open(t.Context(), db, crawler.DefaultPolicy(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	l := evidence.Lead{Method: "GET", URL: "http://a.example/", Source: "s"}
	address := []byte(l.URL)
	given := fmt.Errorf("given up: %w", evidence.ErrConflict)
	_ = db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		if _, err := f.AddTx(t.Context(), tx, "r", evidence.Manners{}, l); err != nil {
			t.Error(err)
		}
		return given
	})
	if f.Knows("r", address) {
		t.Error("a lead is known whose transaction was given up")
	}
	for want := range 2 { // new, then seen
		added, err := f.Add(t.Context(), "r", evidence.Manners{}, l)
		if err != nil || added.Seen != want || added.New != 1-want {
			t.Errorf("time %d: %+v, %v", want, added, err)
		}
	}
	if !f.Knows("r", address) || f.Knows("q", address) {
		t.Error("the lead is not known, or in another run too")
	}
	if err := f.Kill(t.Context(), crawler.Target{Run: "r"}, "over"); err != nil {
		t.Fatal(err)
	}
	if err := f.Forget(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if added, err := f.Add(t.Context(), "r", evidence.Manners{}, l); f.Knows("r", address) != true || err != nil || added.New != 1 {
		t.Errorf("after its run was forgotten: %+v, %v", added, err)
	}
}

func TestOnlyAPlainLeadIsRememberedByItsAddress(t *testing.T) {
	k := known{seed: maphash.MakeSeed()}
	l := page(1)
	for name, other := range map[string]evidence.Lead{
		"a POST":               {Method: "POST", URL: l.URL, Source: "s"},
		"a body":               {Method: "GET", URL: l.URL, Body: "x=1", Source: "s"},
		"a volatile field":     {Method: "GET", URL: l.URL + "?t=1", Volatile: []string{"t"}, Source: "s"},
		"another address":      page(2),
		"the same, of another": {Method: "HEAD", URL: l.URL, Source: "s"},
	} {
		if k.add("r", nameOf(other)); k.has("r", l) {
			t.Errorf("after %s the page is known", name)
		}
		if !k.has("r", other) {
			t.Errorf("%s is not known", name)
		}
		k.clear()
	}
	one := evidence.Lead{Method: "GET", URL: l.URL + "?t=1", Volatile: []string{"t"}, Source: "s"}
	two := evidence.Lead{Method: "GET", URL: l.URL + "?t=2", Volatile: []string{"t"}, Source: "s"}
	if k.add("r", nameOf(one)); !k.has("r", two) {
		t.Error("two addresses of one page are two leads")
	}
}
