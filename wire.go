package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"probity/crawler"
	"probity/crawler/scope"
	"probity/deploy/calendars"
	"probity/deploy/profiles"
	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator"
	"probity/evaluator/calendar"
	"probity/evaluator/sqliteissues"
	"probity/evaluator/standard"
	"probity/extractors"
	"probity/extractors/pdf"
	"probity/indexer"
	"probity/indexer/resolve"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
)

// A house is all rooms on one laptop, introduced to each other.
type house struct {
	config   Config
	log      *slog.Logger
	now      func() time.Time
	mark     func(point string) // commit points, for crash tests
	set      *declare.Set
	gate     *scope.Gate // through which every lead passes
	adopter  *crawler.Visitor
	dir      *datadir.Dir
	db       *sqlitedb.DB
	ledger   *ledger.Ledger
	archive  depot
	past     crawler.Past // what pages said last
	frontier frontier
	changed  <-chan struct{} // receives when a lead may have become due
	captures captures
	runs     *campaign.Runs
	index    indexer.Index
	docs     documents
	store    *resolve.Store
	joint    joint
	laptop   *laptop // nil: the house is one of a fleet
	fleet    *fleet  // nil: it is a laptop
	rebuilds bool    // the index is to be made again, of whatever schema it is
	vitals   *vitals // nil: nobody watches, as of a command that ends
	issues   *sqliteissues.Issues
	calendar *calendar.Calendar
	standard *standard.Standard
	// standardFile is the standard as published, byte for byte.
	standardFile []byte
	tables       *evaluator.Tables
	key          []byte
	pdf          pdf.Engine // compiled when the first PDF comes
	closers      []func() error
	shutting     sync.Mutex // held by the one who closes a run
	adopting     sync.Mutex // held by the one who uses adopter
	orders       orderBook
	entered      atomic.Int64 // version of the last order that the ledger has, as far as is known here
}

// openHouse opens the data directory, as its one worker or as a commander,
// and recovers what a crash left.
func openHouse(ctx context.Context, sh shell, c Config, mode datadir.Mode, trees ...fs.FS) (*house, error) {
	h := &house{config: c, log: sh.log, now: sh.now, mark: killer(sh.env), vitals: sh.vitals, rebuilds: sh.rebuilds, pdf: pdf.Engine{Cache: pdf.UserCache()}}
	if err := h.open(ctx, mode, trees); err != nil {
		return nil, errors.Join(err, h.close())
	}
	h.watchStores()
	return h, nil
}

func (h *house) open(ctx context.Context, mode datadir.Mode, trees []fs.FS) (err error) {
	if len(trees) == 0 {
		for _, d := range h.config.Declarations {
			trees = append(trees, os.DirFS(d))
		}
	}
	if h.set, err = declare.Load(append([]fs.FS{profiles.FS}, trees...)...); err != nil {
		return err
	}
	if err = h.guard(); err != nil {
		return err
	}
	if h.standard, h.standardFile, err = openStandard(h.config.Standard); err != nil {
		return err
	}
	if h.tables, err = standard.LoadTables(tables.FS); err != nil {
		return err
	}
	if h.calendar, err = calendar.Load(calendars.FS); err != nil {
		return err
	}
	if h.dir, err = datadir.Open(h.config.Data, mode); err != nil {
		return err
	}
	h.closers = append(h.closers, h.dir.Close)
	if h.db, err = sqlitedb.Open(ctx, h.dir.Path("probity.db")); err != nil {
		return err
	}
	h.closers = append(h.closers, h.db.Close)
	if err = h.openKey(mode); err != nil {
		return err
	}
	return h.openStores(ctx, mode)
}

// guard checks every declared source and makes the gate through which their
// leads pass; done again when a source is added.
func (h *house) guard() (err error) {
	var sources []evidence.Source
	for _, id := range sortedKeys(h.set.Sources) {
		if err := extractors.Check(h.set.Sources[id]); err != nil {
			return fmt.Errorf("source %s: %w", id, err)
		}
		sources = append(sources, h.set.Sources[id])
	}
	if h.gate, err = scope.New(sources...); err == nil {
		h.gate.Clock(h.now)
	}
	return err
}

func (h *house) openStores(ctx context.Context, mode datadir.Mode) (err error) {
	o := ledger.Options{Dir: h.dir.Path("ledger"), Now: h.now, Log: h.log, Mark: h.mark, ReadOnly: mode == datadir.Command}
	fleet, err := h.config.fleet()
	if err != nil {
		return err
	}
	if fleet {
		store, err := openObjects(h.config.Archive)
		if err != nil {
			return err
		}
		o.Shared = sharedObjects{store}
	}
	if h.ledger, err = ledger.Open(o); err != nil {
		return err
	}
	h.closers = append(h.closers, h.ledger.Close)
	if fleet {
		return h.openFleet(ctx, mode)
	}
	return h.openLaptop(ctx, mode)
}

// openView opens what is resolved and issued, over the documents.
func (h *house) openView(ctx context.Context) (err error) {
	if h.runs, err = campaign.Open(ctx, h.db, h.ledger, h.mark); err != nil {
		return err
	}
	if h.store, err = resolve.New(ctx, h.db, h.docs, resolve.Rules{Areas: h.config.Areas}); err != nil {
		return err
	}
	h.issues, err = sqliteissues.Open(ctx, h.db)
	return err
}

// close shuts what was opened, last first.
func (h *house) close() error {
	var problems []error
	for _, shut := range slices.Backward(h.closers) {
		problems = append(problems, shut())
	}
	h.closers = nil
	return errors.Join(problems...)
}

// policy is the frontier's, by the configured manners.
func (h *house) policy() crawler.Policy {
	p := crawler.DefaultPolicy()
	p.Gap, p.Backoff = h.config.Crawl.Manners.Gap, h.config.Crawl.Manners.Backoff
	return p
}

// openStandard reads a standard, the project's default where none is named,
// and returns its file beside it, byte for byte.
func openStandard(file string) (*standard.Standard, []byte, error) {
	var data []byte
	var err error
	if file == "" {
		file = standards.Default
		data, err = fs.ReadFile(standards.FS, file)
	} else {
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read standard: %w: %w", evidence.ErrInvalid, err)
	}
	std, err := standard.Parse(data)
	if err != nil {
		return nil, nil, fmt.Errorf("standard %s: %w", file, err)
	}
	return std, data, nil
}

// openKey takes the secret of the keyed hashes from the data directory, else
// from the settings, else makes one; it is kept beside the data, since a
// rebuild with another would tell other people apart.
func (h *house) openKey(mode datadir.Mode) error {
	path := h.dir.Path("person.key")
	b, err := os.ReadFile(path)
	switch {
	case err == nil && h.config.PersonKey != "" && string(b) != h.config.PersonKey:
		return fmt.Errorf("person key: %w: %s holds another than the settings: take person_key out of them", evidence.ErrInvalid, path)
	case err == nil:
		h.key = b
		return nil
	case !errors.Is(err, fs.ErrNotExist) || mode == datadir.Command:
		return fmt.Errorf("person key: %w", err)
	}
	b = []byte(h.config.PersonKey)
	if len(b) == 0 {
		secret := make([]byte, 32)
		_, _ = rand.Read(secret)
		b = []byte(hex.EncodeToString(secret))
	}
	h.key = b
	if err := datadir.WriteFile(path, b); err != nil {
		return fmt.Errorf("person key: %w", err)
	}
	return nil
}

// killer reads PROBITY_MARK=POINT:N from the environment: the process kills
// itself at the N-th passage of a commit point. It is how the crash tests
// reach each of them; without the variable nothing happens.
func killer(env []string) func(string) {
	for _, kv := range env {
		if spec, ok := strings.CutPrefix(kv, "PROBITY_MARK="); ok {
			return killAt(spec)
		}
	}
	return func(string) {}
}
