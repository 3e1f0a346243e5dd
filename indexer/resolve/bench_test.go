package resolve_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"probity/indexer/resolve"
	"probity/indexer/sqliteindex"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// code makes the i-th USCC of nobody, with right check characters.
func code(i int) string {
	const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	org := fmt.Sprintf("MA6%05d", i)
	for _, c := range "0123456789X" {
		if evidence.ValidOrgCode(org + string(c)) {
			org += string(c)
			break
		}
	}
	for _, c := range letters {
		if u := "91440305" + org + string(c); evidence.ValidUSCC(u) {
			return u
		}
	}
	panic("no check character fits")
}

// town makes a run of 200 operators with 15 records each: registration,
// penalties in two places, listings, a shop with reviews.
func town(run string) []resolve.Sighting {
	var out []resolve.Sighting
	for i := range 200 {
		p := who(fmt.Sprintf("深圳第%d网络有限公司", i), code(i))
		id := fmt.Sprintf("P/%d", i)
		one := []evidence.Record{registered(p.Name, code(i)), rec("platform", "shop", id, p, "platform=P", fmt.Sprint("shop_id=", i))}
		for n := range 3 {
			number := fmt.Sprintf("深市监罚〔2026〕%d-%d号", i, n)
			one = append(one, penalty("penalties", number, p, "amount=2000.00", "kinds=罚款"), penalty("credit", number, p, "amount=2000.00"))
		}
		one = append(one, rec("list", "abnormal_listing", id, p, "number=列"+id, "listed=2026-01-01"))
		for n := range 6 {
			one = append(one, rec("platform", "review", fmt.Sprint(id, n), who("", "shop:"+id), "stars=5", "date=2026-10-01", "text=很好，会再来的"))
		}
		out = append(out, page(run, "penalties", id, day(2), one...))
	}
	return out
}

func BenchmarkCloseOf3000Records(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		db, err := sqlitedb.Open(b.Context(), filepath.Join(b.TempDir(), "probity.db"))
		index, err2 := sqliteindex.New(b.Context(), db)
		store, err3 := resolve.New(b.Context(), db, index, resolve.Rules{})
		if err != nil || err2 != nil || err3 != nil {
			b.Fatal(err, err2, err3)
		}
		sighted := func(run string) {
			err := db.Write(b.Context(), func(tx *sqlitedb.Tx) error {
				for _, g := range town(run) {
					if err := store.SightTx(b.Context(), tx, g); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		sighted("a")
		b.StartTimer()
		if _, err := store.Close(b.Context(), resolve.Closing{Run: "a", ClosedAt: day(2), Position: 1}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/new")
		sighted("b")
		b.StartTimer()
		if _, err := store.Close(b.Context(), resolve.Closing{Run: "b", ClosedAt: day(3), Position: 2}); err != nil {
			b.Fatal(err)
		}
		list, _, err := store.Entities(b.Context(), "", 1000)
		if err != nil || len(list) != 200 {
			b.Fatal(len(list), err)
		}
		for _, e := range list {
			if _, err := store.Inputs(b.Context(), e.ID, "2026-11-20", 0); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
