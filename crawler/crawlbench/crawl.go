package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"probity/crawler"
	"probity/crawler/collyfetch"
	"probity/crawler/discover"
	"probity/crawler/robots"
	"probity/crawler/scope"
	"probity/crawler/sqlitedesk"
	"probity/crawler/sqlitefrontier"
	"probity/pipeline"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
	"probity/pipeline/sqlitequeue"
)

const run1 = "crawlbench-1"

// A rig is the crawler of a laptop, joined as package main joins it.
type rig struct {
	db       *sqlitedb.DB
	frontier *sqlitefrontier.Frontier
	archive  *warcfiles.Files
	fetcher  *collyfetch.Fetcher
	visitor  *crawler.Visitor
	source   evidence.Source
}

func (w *site) source(gap time.Duration) evidence.Source {
	return evidence.Source{
		ID: "crawlbench", Title: "crawlbench", Hosts: []string{"*.crawlbench.example"}, Discover: []string{evidence.DiscoverLinks},
		Views: []evidence.View{{Name: "page", Match: "^/notice/", Read: evidence.ReadDiscover}}, Manners: evidence.Manners{Gap: gap},
	}
}

// sources are the one.
type sources struct{ only evidence.Source }

// Source implements crawler.Sources.
func (s sources) Source(id string) (evidence.Source, error) {
	if id != s.only.ID {
		return evidence.Source{}, fmt.Errorf("source %s: %w", id, evidence.ErrNotFound)
	}
	return s.only, nil
}

func (w *site) rig(ctx context.Context, s settings) (r *rig, err error) {
	r = &rig{source: w.source(s.gap)}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.db, err = sqlitedb.Open(ctx, filepath.Join(s.dir, "probity.db")); err != nil {
		return r, err
	}
	policy := crawler.DefaultPolicy()
	if r.frontier, err = sqlitefrontier.Open(ctx, r.db, policy, time.Now); err != nil {
		return r, err
	}
	queue, err := sqlitequeue.Open(ctx, r.db, "captures", pipeline.DefaultPolicy(), time.Now)
	if err != nil {
		return r, err
	}
	r.archive, err = warcfiles.Open(ctx, warcfiles.Options{Dir: filepath.Join(s.dir, "archive"), DB: r.db, Now: time.Now, Software: agent, MinFree: 1 << 20})
	if err != nil {
		return r, err
	}
	if r.fetcher, err = collyfetch.New(collyfetch.Options{Agent: agent, Pins: w.pins()}); err != nil {
		return r, err
	}
	gate, err := scope.New(r.source)
	if err != nil {
		return r, err
	}
	finder := discover.Finder{Scope: gate}
	desk := sqlitedesk.New(r.db, func(ctx context.Context, tx *sqlitedb.Tx, batch []crawler.Settlement) error {
		return r.settle(ctx, tx, queue, batch)
	})
	r.visitor = &crawler.Visitor{
		Name: "crawlbench", Frontier: r.frontier, Robots: robots.New(r.fetcher, agent, time.Now), Fetcher: r.fetcher, Archive: r.archive,
		Desk: desk, Scope: gate, Sources: sources{r.source}, Workers: s.workers, Changed: r.frontier.Changed(),
		Leads: discover.NewRobots(finder), Pages: discover.Pages{Finder: finder, Knows: r.frontier.Knows}, Policy: policy,
	}
	return r, nil
}

// settle is what package main does with settlements.
func (r *rig) settle(ctx context.Context, tx *sqlitedb.Tx, queue *sqlitequeue.Queue, batch []crawler.Settlement) error {
	if err := r.frontier.SettleTx(ctx, tx, batch...); err != nil {
		return err
	}
	follow, kept := sqlitedesk.Runs(batch)
	if err := r.archive.CommitTx(ctx, tx, kept...); err != nil {
		return err
	}
	for run, leads := range follow {
		if _, err := r.frontier.AddTx(ctx, tx, run, r.source.Manners, leads...); err != nil {
			return err
		}
	}
	var names []string
	for _, s := range batch {
		if s.Capture != nil {
			names = append(names, s.Capture.ID)
		}
	}
	return queue.PutTx(ctx, tx, run1, names...)
}

func (w *site) pins() []collyfetch.Pin {
	at := netip.MustParseAddrPort(w.address)
	pins := make([]collyfetch.Pin, w.hosts)
	for n := range pins {
		pins[n] = collyfetch.Pin{Host: w.host(n), Address: at}
	}
	return pins
}

func (r *rig) close() error {
	var problems []error
	if r.fetcher != nil {
		r.fetcher.Close()
	}
	if r.archive != nil {
		problems = append(problems, r.archive.Close())
	}
	if r.db != nil {
		problems = append(problems, r.db.Close())
	}
	return errors.Join(problems...)
}

// crawl measures our own crawler from the first page to the last.
func crawl(ctx context.Context, s settings) (_ []figure, err error) {
	w := newSite(s)
	r, err := w.rig(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	f, err := measured(func() (int, error) {
		first := evidence.Lead{Method: "GET", URL: w.url(0), Source: r.source.ID}
		if _, err := r.frontier.Add(ctx, run1, r.source.Manners, first); err != nil {
			return 0, err
		}
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		over := make(chan error, 1)
		go func() { over <- r.visitor.Run(ctx) }()
		return r.await(ctx, w.pages, stop, over)
	})
	if err != nil {
		return nil, err
	}
	c, err := r.frontier.Counts(ctx, run1)
	if err == nil && c.Done != w.pages {
		err = fmt.Errorf("%d pages were visited, the site has %d: %+v", c.Done, w.pages, c)
	}
	return []figure{f}, err
}

// await returns how many pages were visited when nothing is left to visit.
func (r *rig) await(ctx context.Context, pages int, stop context.CancelFunc, over chan error) (int, error) {
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-over:
			return 0, errors.Join(errors.New("the visitor ended"), err)
		case <-look.C:
		}
		if r.visitor.Progress().Done < int64(pages) { // a look at the counters costs nothing
			continue
		}
		c, err := r.frontier.Counts(ctx, run1)
		if err != nil {
			return 0, err
		}
		if c.Empty() {
			stop()
			return c.Done, <-over
		}
	}
}
