package resolve_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"probity/indexer"
	"probity/indexer/resolve"
	"probity/indexer/sqliteindex"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A desk is a store with its index, and a ledger that only counts.
type desk struct {
	t     *testing.T
	db    *sqlitedb.DB
	index *sqliteindex.Index
	*resolve.Store
	position int64
	scope    string
}

func newDesk(t *testing.T, rules resolve.Rules) *desk {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(t.TempDir(), "probity.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	index, err := sqliteindex.New(t.Context(), db)
	must(t, err)
	store, err := resolve.New(t.Context(), db, index, rules)
	must(t, err)
	return &desk{t: t, db: db, index: index, Store: store, scope: "all"}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// page makes a capture of one source that states records.
func page(run, source, url string, at time.Time, records ...evidence.Record) resolve.Sighting {
	lead := evidence.Lead{Method: "GET", URL: "http://" + source + ".example/" + url, Source: source}
	g := resolve.Sighting{Run: run, Capture: evidence.Capture{ID: url + run, Run: run, Lead: lead, Time: at}, Reading: evidence.Reading{Records: records}}
	said := []string{lead.URL}
	for i, r := range records {
		b, _ := json.Marshal(r)
		said = append(said, string(b))
		g.Reading.Records[i].Citations = []evidence.Citation{{Field: "number", Place: evidence.Place{Start: 10 * i, End: 10*i + 5}, Original: r.Fields["number"]}}
	}
	g.Capture.Content = evidence.Digest("content", said...)
	return g
}

// sight notes captures, all in one transaction.
func (d *desk) sight(all ...resolve.Sighting) {
	d.t.Helper()
	must(d.t, d.db.Write(d.t.Context(), func(tx *sqlitedb.Tx) error {
		for _, g := range all {
			if err := d.SightTx(d.t.Context(), tx, g); err != nil {
				return err
			}
		}
		return nil
	}))
}

// close ends a run at 18 o'clock of a day; results are SOURCE or
// SOURCE=RESULT, complete where none is given.
func (d *desk) close(run string, n int, results ...string) resolve.Changes {
	d.t.Helper()
	c, err := d.tryClose(d.t.Context(), run, n, results...)
	must(d.t, err)
	return c
}

func (d *desk) tryClose(ctx context.Context, run string, n int, results ...string) (resolve.Changes, error) {
	d.position++
	c := resolve.Closing{Run: run, ClosedAt: day(n).Add(6 * time.Hour), Position: d.position}
	for _, r := range results {
		name, result, ok := cut(r)
		if !ok {
			result = evidence.Complete
		}
		src := sources()[name]
		src.Covers.MaxAge = 90
		if src.Register {
			src.Views = []evidence.View{{Name: "list", Fields: []evidence.Label{{Label: "曾用名", Field: "former_names"}}}}
		}
		c.Sources = append(c.Sources, resolve.SourceClosing{Declaration: src, Result: result, ScopeDigest: d.scope})
	}
	return d.Close(ctx, c)
}

func cut(s string) (name, result string, ok bool) {
	for i := range s {
		if s[i] == '=' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// crawl is a whole run of one source on a day.
func (d *desk) crawl(run string, n int, source string, records ...evidence.Record) resolve.Changes {
	d.t.Helper()
	d.sight(page(run, source, "1", day(n), records...))
	return d.close(run, n, source)
}

// bodies are all documents by kind and id; revs their revisions.
func (d *desk) bodies() (bodies map[string]string, revs map[string]int64) {
	d.t.Helper()
	bodies, revs = map[string]string{}, map[string]int64{}
	for _, kind := range []string{indexer.RecordDoc, indexer.FactDoc, indexer.EntityDoc} {
		must(d.t, d.index.Scan(d.t.Context(), kind, func(x indexer.Doc) error {
			revs[kind+x.ID] = x.Rev
			if !x.Gone {
				bodies[kind+x.ID] = string(x.Body)
			}
			return nil
		}))
	}
	return bodies, revs
}

// fact returns the only fact of a type that is known of the entity on a code.
func (d *desk) fact(code, typ string) evidence.Fact {
	d.t.Helper()
	all, err := d.Facts(d.t.Context(), evidence.EntityID(who("", code).Identifiers[0]))
	must(d.t, err)
	all = slices.DeleteFunc(all, func(f evidence.Fact) bool { return f.Type != typ })
	if len(all) != 1 {
		d.t.Fatalf("%d facts %s of %s, want one", len(all), typ, code)
	}
	return all[0]
}
