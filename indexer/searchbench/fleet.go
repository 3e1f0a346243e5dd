package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"probity/indexer"
	"probity/indexer/esindex"
	"probity/indexer/indextest"
	"probity/pipeline/elastic"
)

// Two indices of the same settings, whose names have the same length: one is
// written and asked through the index of the fleet, the other is written with
// the same bodies by nothing but HTTP.
const (
	ours   = "searchbench-ours"
	theirs = "searchbench-bare"
)

// bulk is how many documents are put at once, in two requests or so.
const bulk = 1000

// A fleet is both sides.
type fleet struct {
	p        *printer
	s        settings
	index    *esindex.Index
	recorder *recorder
	bare     bare
	prose    *indextest.Prose
}

// measureFleet measures the index of a fleet beside the bare Elasticsearch.
func measureFleet(ctx context.Context, p *printer, s settings) (err error) {
	f := &fleet{p: p, s: s, recorder: &recorder{}, bare: bare{s.server, &http.Client{Timeout: 5 * time.Minute}}}
	wrap := func(next http.RoundTripper) http.RoundTripper { f.recorder.next = next; return f.recorder }
	c, err := elastic.Open(elastic.Settings{Addresses: []string{s.server}, Prefix: ours, Wrap: wrap})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	raw, err := elastic.Open(elastic.Settings{Addresses: []string{s.server}, Prefix: theirs})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Wipe(context.WithoutCancel(ctx)), raw.Close()) }()
	if !s.keep {
		defer func() { err = errors.Join(err, c.Wipe(context.WithoutCancel(ctx))) }()
	}
	if f.index, err = esindex.New(ctx, c, esindex.Settings{}); err != nil {
		return err
	}
	if _, err = esindex.New(ctx, raw, esindex.Settings{}); err != nil {
		return err
	}
	var phrases map[indextest.Band][]string
	f.prose, phrases = corpus(s, s.fleet)
	p.line("\nElasticsearch %s at %s, %d documents of about 500 characters", f.bare.version(ctx), s.server, s.fleet)
	if err := f.fill(ctx); err != nil {
		return err
	}
	return f.ask(ctx, phrases)
}

// fill puts the documents that are not there yet; the first of them on both
// sides, batch by batch, so that both meet the same moments.
func (f *fleet) fill(ctx context.Context) error {
	page, err := f.index.Search(ctx, indexer.Query{Size: 1})
	if err != nil || page.Total >= f.s.fleet {
		return err
	}
	var a, b time.Duration
	compared := 0
	for from := page.Total; from < f.s.fleet; from += bulk {
		docs := make([]indexer.Doc, 0, bulk)
		for i := from; i < min(from+bulk, f.s.fleet); i++ {
			docs = append(docs, f.prose.Doc(i))
		}
		f.recorder.taken()
		start := time.Now()
		poisoned, err := f.index.PutAll(ctx, docs)
		if err != nil || len(poisoned) > 0 {
			return fmt.Errorf("put documents from %d: %w: %v", from, err, poisoned)
		}
		took := time.Since(start)
		if compared >= f.s.compared {
			continue
		}
		again, err := f.repeat(ctx, f.recorder.taken())
		if err != nil {
			return err
		}
		if from == page.Total { // the server had to warm up
			continue
		}
		compared += len(docs)
		a, b = a+took, b+again
	}
	if compared > 0 {
		f.p.line("bulk indexing of %d: ours %.0f documents/s, bare bulk API %.0f, ours / bare %.2f (promise ≥ 0.80)",
			compared, float64(compared)/a.Seconds(), float64(compared)/b.Seconds(), b.Seconds()/a.Seconds())
	}
	return f.index.Refresh(ctx)
}

// repeat sends the recorded bulk requests to the bare side, as many at once.
func (f *fleet) repeat(ctx context.Context, seen []request) (time.Duration, error) {
	seen = slices.DeleteFunc(seen, func(q request) bool { return !strings.Contains(q.url, "/_bulk") })
	for i := range seen {
		seen[i].body = bytes.ReplaceAll(seen[i].body, []byte(`"_index":"`+ours), []byte(`"_index":"`+theirs))
	}
	start := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, q := range seen {
		group.Go(func() error { return f.bare.send(ctx, q) })
	}
	err := group.Wait()
	return time.Since(start), err
}

// ask asks both sides every phrase, in turns, after both were asked once.
func (f *fleet) ask(ctx context.Context, phrases map[indextest.Band][]string) error {
	f.p.head()
	for _, band := range indextest.Bands() {
		asked := map[string]request{}
		search := func(phrase string) (int, error) {
			page, err := f.index.Search(ctx, question(phrase))
			return page.Total, err
		}
		for _, phrase := range phrases[band] {
			f.recorder.taken()
			if _, err := search(phrase); err != nil {
				return err
			}
			seen := f.recorder.taken()
			if len(seen) == 0 {
				return fmt.Errorf("the search for %s asked nothing", phrase)
			}
			asked[phrase] = seen[0]
		}
		both, err := compare(phrases[band], search, func(phrase string) (int, error) { return 0, f.bare.send(ctx, asked[phrase]) })
		if err != nil {
			return err
		}
		_, limit := limits(band)
		f.p.row(string(band), both[0], limit)
		f.p.row("  the bare query", both[1], 0)
		f.p.line("  ours / bare: p50 %.2f, p95 %.2f, sum %.2f (promise ≤ 1.30)", ratio(both[0].p50, both[1].p50), ratio(both[0].p95, both[1].p95), ratio(both[0].sum, both[1].sum))
	}
	return f.p.err
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }
