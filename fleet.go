package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"probity/crawler"
	"probity/crawler/redisfrontier"
	"probity/indexer"
	"probity/indexer/esindex"
	"probity/indexer/outbox"
	"probity/indexer/resolve"
	"probity/pipeline"
	"probity/pipeline/archive"
	"probity/pipeline/archive/esregistry"
	"probity/pipeline/archive/s3archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/elastic"
	"probity/pipeline/esreadings"
	"probity/pipeline/evidence"
	"probity/pipeline/gauge"
	"probity/pipeline/objects"
	"probity/pipeline/redisboard"
	"probity/pipeline/redisdb"
	"probity/pipeline/redisqueue"
)

// A fleet joins the stores that many processes share: frontier and queues on
// Redis, index, readings and registry in Elasticsearch, archive and ledger in
// an object store. What a member keeps on its own disk is a copy of the ledger
// and a view made from it, which any other makes for itself, and the segments
// that it has not sent yet.
type fleet struct {
	*house
	redis    *redisdb.DB
	elastic  *elastic.Client
	objects  objects.Store
	index    *esindex.Index
	outbox   *outbox.Outbox
	readings *esreadings.Readings
	registry *esregistry.Registry
	archive  *s3archive.Archive
	moving   bool              // what the view makes was sent by nobody yet
	looking  bool              // another process of this machine brings the view up to the ledger
	queue    *redisqueue.Queue // of captures
	refused  *redisqueue.Queue // documents that the index refuses: dead letters
	board    *redisboard.Board
	tale     *retelling

	telling sync.Mutex // held by the one who brings the view up to the ledger
	totals  totals
}

var _ joint = (*fleet)(nil)

// waitFor is the pause between two looks for a store that is away.
const waitFor = 2 * time.Second

// openFleet connects to the stores of a fleet, and waits for those that are
// away until ctx ends.
func (h *house) openFleet(ctx context.Context, mode datadir.Mode) error {
	f := &fleet{house: h, looking: mode == datadir.Command}
	h.fleet, h.joint = f, f
	if err := f.connect(); err != nil {
		return err
	}
	f.need()
	var err error
	if f.outbox, err = outbox.Open(ctx, h.db); err != nil {
		return err
	}
	h.docs = f.outbox
	if err := h.openView(ctx); err != nil {
		return err
	}
	f.tale = newRetelling(h, f.sights)
	for {
		err := f.openStores(ctx, mode)
		if err == nil || !errors.Is(err, evidence.ErrUnavailable) {
			return err
		}
		h.log.WarnContext(ctx, "a store of the fleet is away, waiting", slog.Any("error", err))
		timer := time.NewTimer(waitFor)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w: gave up waiting: %w", ctx.Err(), err)
		case <-timer.C:
		}
	}
}

// connect makes the clients; none asks its server anything yet.
func (f *fleet) connect() (err error) {
	c := f.config
	f.redis, err = redisdb.Open(redisdb.Settings{
		Addresses: c.Redis.Addresses, Master: c.Redis.Master, User: c.Redis.User, Password: c.Redis.Password, TLS: c.Redis.TLS, CAFile: c.Redis.CA, Prefix: c.Redis.Prefix,
	})
	if err != nil {
		return err
	}
	f.closers = append(f.closers, f.redis.Close)
	f.elastic, err = elastic.Open(elastic.Settings{
		Addresses: c.Elasticsearch.Addresses, User: c.Elasticsearch.User, Password: c.Elasticsearch.Password, APIKey: c.Elasticsearch.Key,
		CA: c.Elasticsearch.CA, Prefix: c.Elasticsearch.Prefix, Again: f.offeredAgain,
	})
	if err != nil {
		return err
	}
	f.closers = append(f.closers, f.elastic.Close)
	if f.objects, err = openObjects(c.Archive); err != nil {
		return err
	}
	policy := pipeline.DefaultPolicy()
	if f.frontier, err = redisfrontier.Open(f.redis, f.policy(), redisfrontier.Settings{}); err != nil {
		return err
	}
	f.queue = redisqueue.Open(f.redis, "captures", policy, f.now)
	f.captures = f.queue
	f.refused = redisqueue.Open(f.redis, "documents", policy, f.now)
	f.board = redisboard.NewBoard(f.redis, memberExpiry)
	return nil
}

func openObjects(c Archive) (objects.Store, error) {
	s, err := objects.Parse(c.URL)
	if err != nil && c.Bucket == "" {
		return nil, fmt.Errorf("archive.url: %w", err)
	}
	if c.Bucket != "" {
		s = objects.Settings{Endpoint: c.URL, Bucket: c.Bucket, PathStyle: true}
	}
	s.Region, s.CA = or(s.Region, c.Region), or(s.CA, c.CA)
	s.Key, s.Secret, s.Prefix = or(c.Key, s.Key), or(c.Secret, s.Secret), or(c.Prefix, s.Prefix)
	return objects.Open(s)
}

// openStores makes what is missing in the stores, and takes up what a crash
// left on this disk.
func (f *fleet) openStores(ctx context.Context, mode datadir.Mode) (err error) {
	if b, ok := f.objects.(interface{ EnsureBucket(context.Context) error }); ok {
		if err := b.EnsureBucket(ctx); err != nil {
			return err
		}
	}
	if p, ok := f.objects.(interface{ Prove(context.Context) error }); ok { // a store that ignores conditions would break the ledger
		if err := p.Prove(ctx); err != nil {
			return err
		}
	}
	if f.index, err = esindex.New(ctx, f.elastic, esindex.Settings{Any: f.rebuilds}); err != nil {
		return err
	}
	f.house.index = f.index
	if f.readings, err = esreadings.Open(ctx, f.elastic); err != nil {
		return err
	}
	if f.registry, err = esregistry.Open(ctx, f.elastic); err != nil {
		return err
	}
	if mode == datadir.Work {
		if err := errors.Join(f.ledger.Pull(ctx), f.runs.CatchUp(ctx)); err != nil {
			return err
		}
	}
	o := s3archive.Options{
		Store: f.objects, Registry: f.registry, Log: f.log, Now: f.now, Worker: f.worker(), Software: version, DB: f.db,
		MaxSize: f.config.Archive.SealSize, MaxAge: f.config.Archive.SealAge, MinFree: f.config.keepFree(),
		Sync: warcfiles.Sync(f.config.Archive.Sync), SyncWait: f.config.Archive.SyncWait,
		Adopt: f.adopt, Mark: f.mark,
		Sent: func(bytes int64, took time.Duration, err error) {
			f.measure(func(m *gauge.Meter) { m.Uploaded(bytes, took, err) })
		},
	}
	if mode == datadir.Work {
		o.Dir = f.dir.Path("archive")
	}
	if f.archive, err = s3archive.Open(ctx, o); err != nil {
		return err
	}
	f.house.archive, f.past = f.archive, f.archive
	f.closers = append(f.closers, f.archive.Close)
	return nil
}

// worker is the name of this member.
func (h *house) worker() string { return workerOf(h.config) }

func workerOf(c Config) string {
	if c.Worker != "" {
		return c.Worker
	}
	name, err := os.Hostname()
	if err != nil {
		name = "member"
	}
	return fmt.Sprintf("%s-%d", name, os.Getpid())
}

// Settle implements crawler.Desk. What follows from the visit comes first, so
// that a lease which was lost meanwhile costs nothing that was gathered.
func (f *fleet) Settle(ctx context.Context, s crawler.Settlement) error {
	if len(s.Follow) > 0 {
		if err := f.leave(ctx, s.Lease.Run, s.Follow); err != nil {
			return err
		}
	}
	if s.Capture != nil && readable(*s.Capture) {
		if err := f.captures.Put(ctx, s.Capture.Run, s.Capture.ID); err != nil {
			return err
		}
	}
	err := f.frontier.Settle(ctx, s.Lease, s.Outcome)
	if err != nil && !errors.Is(err, evidence.ErrConflict) {
		return err
	}
	return errors.Join(err, f.archive.Commit(ctx, s.Kept...))
}

// adopt takes up an exchange that was archived before a crash and not settled.
func (f *fleet) adopt(ctx context.Context, c evidence.Capture, _ archive.Location) error {
	if c.Lead.View == evidence.PartView {
		return nil // of a page that will be asked for again
	}
	run, err := f.run(ctx, c.Run)
	if err != nil || run.State != campaign.Running {
		return err // its run is over: what was asked again meanwhile counts
	}
	if c.Status == 0 {
		return f.file(ctx, c)
	}
	s, err := f.adopted(c)
	if err != nil {
		return err
	}
	if err := f.leave(ctx, c.Run, s.Follow); err != nil {
		return err
	}
	if readable(c) {
		if err := f.captures.Put(ctx, c.Run, c.ID); err != nil {
			return err
		}
	}
	_, err = f.frontier.Adopt(ctx, c.Run, c.Lead, s.Outcome)
	return err
}

// run is a run as the ledger has it.
func (f *fleet) run(ctx context.Context, id string) (campaign.Run, error) {
	run, err := f.runs.Get(ctx, id)
	if !errors.Is(err, evidence.ErrNotFound) {
		return run, err
	}
	if err := errors.Join(f.ledger.Pull(ctx), f.runs.CatchUp(ctx)); err != nil {
		return run, err
	}
	return f.runs.Get(ctx, id)
}

func (f *fleet) leave(ctx context.Context, run string, leads []evidence.Lead) error {
	r, err := f.run(ctx, run)
	if err != nil {
		return err
	}
	bySource := f.asked(r, leads)
	for _, name := range sortedKeys(bySource) {
		added, err := f.frontier.Add(ctx, run, f.manners(ctx, f.set.Sources[name]), bySource[name]...)
		if err != nil {
			return err
		}
		f.left(added)
	}
	return nil
}

// file enters a file that was handed in. It is sent at once, since the one who
// hands in may go home.
func (f *fleet) file(ctx context.Context, c evidence.Capture) error {
	if _, err := f.frontier.Add(ctx, c.Run, f.config.Crawl.Manners, c.Lead); err != nil {
		return err
	}
	if err := f.captures.Put(ctx, c.Run, c.ID); err != nil {
		return err
	}
	if _, err := f.frontier.Adopt(ctx, c.Run, c.Lead, crawler.Outcome{Result: crawler.Done}); err != nil {
		return err
	}
	return f.archive.Commit(ctx, c.ID)
}

// note writes the documents first, then the leads, then the reading, whose
// being there says that the rest is.
func (f *fleet) note(ctx context.Context, n noted) error {
	run, err := f.run(ctx, n.capture.Run)
	if err != nil || run.State != campaign.Running {
		return err // it came too late: the run was closed without it
	}
	docs, err := resolve.Provisional(n.reading.Records)
	if err != nil {
		return err
	}
	if n.content.ID != "" {
		docs = append(docs, n.content)
	}
	poisoned, err := sink{f}.PutAll(ctx, docs)
	if err != nil {
		return err
	}
	for _, p := range poisoned {
		if !errors.Is(p.Err, evidence.ErrConflict) { // a record that is known stands in its own revision
			return fmt.Errorf("document %s %s of %s: %w", p.Kind, p.ID, n.capture.Lead.URL, p.Err)
		}
	}
	if n.capture.Status != 0 {
		if err := f.leave(ctx, n.capture.Run, n.reading.Leads); err != nil {
			return err
		}
	}
	if err := f.readings.Put(ctx, esreadings.Reading{Capture: n.capture, Reading: n.reading, Sum: n.sum, Text: n.content.ID != ""}); err != nil {
		return err
	}
	f.mark("record")
	return nil
}

// contentOf is what the view has to know of the document that an extractor
// put for a content.
func contentOf(src evidence.Source, g esreadings.Reading) (indexer.Doc, bool) {
	if !g.Text {
		return indexer.Doc{}, false
	}
	return indexer.Doc{Kind: indexer.ContentDoc, ID: g.Capture.Content, Facets: contentFacets(src)}, true
}

// sharedObjects is an object store as the ledger asks of it.
type sharedObjects struct{ objects.Store }

func (s sharedObjects) Keys(ctx context.Context, prefix, after string, each func(key string) error) error {
	return s.List(ctx, prefix, after, func(o objects.Object) error { return each(o.Key) })
}
