package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/indexer/outbox"
	"probity/pipeline/elastic/elastictest"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

func open(t *testing.T) (*outbox.Outbox, *sqlitedb.DB) {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "o.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o, err := outbox.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return o, db
}

func write(t *testing.T, db *sqlitedb.DB, do func(ctx context.Context, tx *sqlitedb.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error { return do(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func waiting(t *testing.T, o *outbox.Outbox, want int) {
	t.Helper()
	if n, err := o.Waiting(t.Context()); err != nil || n != want {
		t.Errorf("%d documents wait, %v, want %d", n, err, want)
	}
}

func doc(n int, rev int64, state string) indexer.Doc {
	return indexer.Doc{
		Kind: indexer.RecordDoc, ID: fmt.Sprintf("d%d", n), Rev: rev, Text: fmt.Sprint("revision ", rev), Body: []byte(`{}`),
		Facets: map[string][]string{indexer.FacetState: {state}},
	}
}

func TestAWriteThatFailsLeavesNothingToSend(t *testing.T) {
	o, db := open(t)
	boom := errors.New("boom")
	err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error { return errors.Join(o.PutTx(t.Context(), tx, doc(1, 1, "a")), boom) })
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	waiting(t, o, 0)
}

func TestFacetsAreTheOnesPutLastAlsoBySomebodyElse(t *testing.T) {
	o, db := open(t)
	write(t, db, func(ctx context.Context, tx *sqlitedb.Tx) error {
		if err := o.LabelTx(ctx, tx, indexer.RecordDoc, "d1", nil); !errors.Is(err, evidence.ErrNotFound) {
			t.Errorf("label of a document nobody put = %v", err)
		}
		return o.KnownTx(ctx, tx, doc(1, 0, "known"))
	})
	waiting(t, o, 0)
	write(t, db, func(ctx context.Context, tx *sqlitedb.Tx) error {
		return o.LabelTx(ctx, tx, indexer.RecordDoc, "d1", doc(1, 0, "new").Facets)
	})
	write(t, db, func(ctx context.Context, tx *sqlitedb.Tx) error {
		facets, err := o.FacetsTx(ctx, tx, indexer.RecordDoc, "d1")
		if facets[indexer.FacetState][0] != "new" {
			t.Errorf("facets %v", facets)
		}
		return err
	})
	waiting(t, o, 1)
}

// five5 is a body that must come out byte for byte.
const five5 = `{"rule":"availability>=0.99 & <b>","sign":"\u2028"}`

func TestWhatWaitsIsSentOnceAndThePoisonedStopsNobody(t *testing.T) {
	client := elastictest.Open(t)
	x, err := esindex.New(t.Context(), client, esindex.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	o, db := open(t)
	write(t, db, func(ctx context.Context, tx *sqlitedb.Tx) error {
		for n := range 1200 { // several portions
			if err := o.PutTx(ctx, tx, doc(n, 1, "a")); err != nil {
				return err
			}
		}
		bad := doc(2000, 1, "a")
		bad.Facets["nobody knows"] = []string{"x"}
		five := doc(5, 2, "b")
		five.Body = []byte(five5)
		return errors.Join(o.PutTx(ctx, tx, bad), o.PutTx(ctx, tx, five), o.LabelTx(ctx, tx, indexer.RecordDoc, "d5", doc(5, 2, "c").Facets))
	})
	var refused []outbox.Refused
	bury := func(_ context.Context, r outbox.Refused) error { refused = append(refused, r); return nil }
	full := errors.New("full")
	if err := o.Flush(t.Context(), x, func(context.Context, outbox.Refused) error { return full }); !errors.Is(err, full) {
		t.Errorf("whoever cannot bury goes on: %v", err)
	}
	err = o.Flush(t.Context(), x, bury)
	if err != nil || len(refused) != 1 || refused[0].Doc.ID != "d2000" || refused[0].Doc.Text == "" || !errors.Is(refused[0].Err, evidence.ErrInvalid) {
		t.Fatalf("flush = %v, %v", refused, err)
	}
	waiting(t, o, 0)
	got, err := x.Get(t.Context(), indexer.RecordDoc, "d5")
	if err != nil || got.Rev != 2 || got.Text != "revision 2" || string(got.Body) != five5 || got.Facets[indexer.FacetState][0] != "c" {
		t.Errorf("sent %+v, %v", got, err)
	}
	write(t, db, func(ctx context.Context, tx *sqlitedb.Tx) error {
		return o.LabelTx(ctx, tx, indexer.RecordDoc, "d7", doc(7, 1, "z").Facets)
	})
	if err := o.Flush(t.Context(), x, bury); err != nil {
		t.Fatal(err)
	}
	if got, err := x.Get(t.Context(), indexer.RecordDoc, "d7"); err != nil || got.Rev != 1 || got.Facets[indexer.FacetState][0] != "z" {
		t.Errorf("labelled %+v, %v", got, err)
	}
}

func TestWhatSomebodyElseHasSentIsDropped(t *testing.T) {
	o, db := open(t)
	write(t, db, func(ctx context.Context, tx *sqlitedb.Tx) error { return o.PutTx(ctx, tx, doc(1, 1, "a")) })
	waiting(t, o, 1)
	if err := o.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting(t, o, 0)
}
