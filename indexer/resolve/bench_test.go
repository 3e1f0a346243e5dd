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

// townHall is an empty store in which the town was sighted by a run.
func townHall(b *testing.B) (*resolve.Store, func(run string)) {
	b.Helper()
	db, err := sqlitedb.Open(b.Context(), filepath.Join(b.TempDir(), "probity.db"))
	mustBench(b, err)
	b.Cleanup(func() { mustBench(b, db.Close()) })
	index, err := sqliteindex.New(b.Context(), db)
	mustBench(b, err)
	store, err := resolve.New(b.Context(), db, index, resolve.Rules{})
	mustBench(b, err)
	return store, func(run string) {
		mustBench(b, db.Write(b.Context(), func(tx *sqlitedb.Tx) error {
			for _, g := range town(run) {
				if err := store.SightTx(b.Context(), tx, g); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func mustBench(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func closing(run string, n int) resolve.Closing {
	return resolve.Closing{Run: run, ClosedAt: day(n), Position: int64(n)}
}

func BenchmarkCloseARunOf3000NewRecords(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		store, sight := townHall(b)
		sight("a")
		b.StartTimer()
		_, err := store.Close(b.Context(), closing("a", 2))
		mustBench(b, err)
	}
}

func BenchmarkCloseARunOf3000UnchangedRecords(b *testing.B) {
	store, sight := townHall(b)
	sight("a")
	_, err := store.Close(b.Context(), closing("a", 2))
	mustBench(b, err)
	for n := 3; b.Loop(); n++ {
		b.StopTimer()
		run := fmt.Sprint("run", n)
		sight(run)
		b.StartTimer()
		_, err := store.Close(b.Context(), closing(run, n))
		mustBench(b, err)
	}
}

func BenchmarkInputsOf200Entities(b *testing.B) {
	store, sight := townHall(b)
	sight("a")
	_, err := store.Close(b.Context(), closing("a", 2))
	mustBench(b, err)
	list, _, err := store.Entities(b.Context(), "", 1000)
	mustBench(b, err)
	for b.Loop() {
		for _, e := range list {
			_, err := store.Inputs(b.Context(), e.ID, "2026-11-20", 0)
			mustBench(b, err)
		}
	}
}

func BenchmarkCloseARevisitOfOnePage(b *testing.B) {
	store, sight := townHall(b)
	sight("a")
	_, err := store.Close(b.Context(), closing("a", 2))
	mustBench(b, err)
	for n := 3; b.Loop(); n++ {
		run := fmt.Sprint("run", n)
		p := who("深圳第7网络有限公司", code(7))
		mustBench(b, store.Sight(b.Context(), page(run, "penalties", "7", day(n), penalty("penalties", "深市监罚〔2026〕7-1号", p, fmt.Sprintf("amount=%d.00", n)))))
		_, err := store.Close(b.Context(), closing(run, n))
		mustBench(b, err)
	}
}
