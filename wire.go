package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"probity/crawler"
	"probity/crawler/scope"
	"probity/crawler/sqlitefrontier"
	"probity/deploy/calendars"
	"probity/deploy/profiles"
	"probity/deploy/standards"
	"probity/deploy/tables"
	"probity/evaluator"
	"probity/evaluator/calendar"
	"probity/evaluator/sqliteissues"
	"probity/evaluator/standard"
	"probity/extractors"
	"probity/indexer/resolve"
	"probity/indexer/sqliteindex"
	"probity/pipeline"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
	"probity/pipeline/sqlitequeue"
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
	archive  *warcfiles.Files
	frontier *sqlitefrontier.Frontier
	captures *sqlitequeue.Queue
	runs     *campaign.Runs
	index    *sqliteindex.Index
	store    *resolve.Store
	issues   *sqliteissues.Issues
	calendar *calendar.Calendar
	standard *standard.Standard
	// standardFile is the standard as published, byte for byte.
	standardFile []byte
	tables       *evaluator.Tables
	key          []byte
	closers      []func() error
}

// openHouse opens the data directory, as its one worker or as a commander,
// and recovers what a crash left.
func openHouse(ctx context.Context, sh shell, c Config, mode datadir.Mode, trees ...fs.FS) (*house, error) {
	h := &house{config: c, log: sh.log, now: sh.now, mark: killer(sh.env)}
	if err := h.open(ctx, mode, trees); err != nil {
		return nil, errors.Join(err, h.close())
	}
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
	h.gate, err = scope.New(sources...)
	return err
}

func (h *house) openStores(ctx context.Context, mode datadir.Mode) (err error) {
	if h.ledger, err = ledger.Open(ledger.Options{Dir: h.dir.Path("ledger"), Now: h.now, Log: h.log, Mark: h.mark, ReadOnly: mode == datadir.Command}); err != nil {
		return err
	}
	h.closers = append(h.closers, h.ledger.Close)
	if h.frontier, err = sqlitefrontier.Open(ctx, h.db, h.policy(), h.now); err != nil {
		return err
	}
	policy := pipeline.DefaultPolicy()
	if h.captures, err = sqlitequeue.Open(ctx, h.db, "captures", policy, h.now); err != nil {
		return err
	}
	if h.runs, err = campaign.Open(ctx, h.db, h.ledger, h.mark); err != nil {
		return err
	}
	if h.index, err = sqliteindex.New(ctx, h.db); err != nil {
		return err
	}
	if h.store, err = resolve.New(ctx, h.db, h.index, resolve.Rules{Areas: h.config.Areas}); err != nil {
		return err
	}
	if h.issues, err = sqliteissues.Open(ctx, h.db); err != nil {
		return err
	}
	if mode == datadir.Work {
		if err := h.recall(ctx); err != nil {
			return err
		}
	}
	h.archive, err = warcfiles.Open(ctx, warcfiles.Options{
		Dir: h.dir.Path("archive"), DB: h.db, Log: h.log, Now: h.now, Software: version, MinFree: uint64(h.config.Crawl.Free),
		ReadOnly: mode == datadir.Command, Adopt: h.adopt, Mark: h.mark,
	})
	if err != nil {
		return err
	}
	h.closers = append(h.closers, h.archive.Close)
	if mode != datadir.Work {
		return nil
	}
	if _, err = h.frontier.Recover(ctx); err != nil {
		return err
	}
	_, err = h.captures.Recover(ctx)
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

// recall notes what the ledger says beyond what the database knows: a kill
// may have come between the two.
func (h *house) recall(ctx context.Context) error {
	from, err := h.runs.Recalled(ctx)
	if err != nil {
		return err
	}
	return h.ledger.Scan(ctx, from+1, func(e ledger.Entry) error {
		key, err := entryKey(e.Kind, e.Body)
		if err != nil || key == "" {
			return err
		}
		return h.runs.Recall(ctx, key, e.Seq)
	})
}

// entryKey is under what an entry is said only once.
func entryKey(kind string, body json.RawMessage) (string, error) {
	var b struct {
		Run string `json:"run"`
		ID  string `json:"id"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return "", fmt.Errorf("ledger entry %s: %w", kind, err)
	}
	switch kind {
	case "run_opened", "run_closed":
		return kind + ":" + b.Run, nil
	case "look", "issue", "publication", "decision", "intake":
		return kind + ":" + b.ID, nil
	}
	return "", nil
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
