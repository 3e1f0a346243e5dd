package sqlitefrontier

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func key(n int) (k [32]byte) {
	binary.LittleEndian.PutUint64(k[:], uint64(n)*0x9e3779b97f4a7c15)
	return k
}

func TestKnownLeadsNeverTakeMoreRoom(t *testing.T) {
	k := known{seed: maphash.MakeSeed()}
	if k.has("r", key(1)) {
		t.Error("an empty table knows a lead")
	}
	const n = 3 * knownSlots
	for i := range n {
		k.add("r", key(i))
	}
	remembered := 0
	for i := range n {
		if k.has("r", key(i)) {
			remembered++
		}
	}
	if len(k.slots) != knownSlots || remembered < knownSlots/2 || remembered > knownSlots {
		t.Errorf("of %d leads %d are known, in %d slots", n, remembered, len(k.slots))
	}
	if !k.has("r", key(n-1)) || k.has("other", key(n-1)) || k.has("r", key(n)) {
		t.Error("the last lead is not known, or one that nobody added is")
	}
	if k.clear(); k.has("r", key(n-1)) {
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
	sum := evidence.PageKey([]byte(l.URL))
	given := fmt.Errorf("given up: %w", evidence.ErrConflict)
	_ = db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		if _, err := f.AddTx(t.Context(), tx, "r", evidence.Manners{}, l); err != nil {
			t.Error(err)
		}
		return given
	})
	if f.Knows("r", sum) {
		t.Error("a lead is known whose transaction was given up")
	}
	for want := range 2 { // new, then seen
		added, err := f.Add(t.Context(), "r", evidence.Manners{}, l)
		if err != nil || added.Seen != want || added.New != 1-want {
			t.Errorf("time %d: %+v, %v", want, added, err)
		}
	}
	if !f.Knows("r", sum) || f.Knows("q", sum) {
		t.Error("the lead is not known, or in another run too")
	}
	if err := f.Kill(t.Context(), crawler.Target{Run: "r"}, "over"); err != nil {
		t.Fatal(err)
	}
	if err := f.Forget(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if added, err := f.Add(t.Context(), "r", evidence.Manners{}, l); f.Knows("r", sum) != true || err != nil || added.New != 1 {
		t.Errorf("after its run was forgotten: %+v, %v", added, err)
	}
}
