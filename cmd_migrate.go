package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"probity/indexer"
	"probity/pipeline/archive"
	"probity/pipeline/campaign"
	"probity/pipeline/datadir"
	"probity/pipeline/esreadings"
	"probity/pipeline/evidence"
)

// doMigrate carries what a laptop gathered to a fleet: its ledger and archive
// as they are, then everything that is made of them. Broken off, the same
// command goes on; the laptop's directory is only read.
func doMigrate(ctx context.Context, sh shell, c Config, args []string) error {
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	from := flags.String("from", "", "data `directory` of the laptop")
	flags.StringVar(&c.Data, "data", c.Data, "data `directory` of the new member of the fleet")
	if _, err := parse(sh, flags, args); err != nil {
		return err
	}
	fleet, err := c.fleet()
	switch {
	case err != nil:
		return err
	case !fleet:
		return invalid("migrate: 没有集群设置 no fleet is set: name redis.addresses, elasticsearch.addresses and archive.url")
	case *from == "":
		return invalid("migrate: -from is missing: name the laptop's data directory")
	}
	key, err := os.ReadFile(filepath.Join(*from, "person.key"))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if string(key) != c.PersonKey {
		return invalid("migrate: person_key is not the one under which %s hashed names: set it to what %s holds", *from, filepath.Join(*from, "person.key"))
	}
	alone := c
	alone.Redis, alone.Elasticsearch, alone.Archive, alone.Data = Redis{}, Elasticsearch{}, Archive{}, *from
	return with(ctx, sh, alone, datadir.Work, func(lap *house) error {
		store, err := openObjects(c.Archive)
		if err != nil {
			return err
		}
		if b, ok := store.(interface{ EnsureBucket(context.Context) error }); ok {
			if err := b.EnsureBucket(ctx); err != nil {
				return fmt.Errorf("migrate: %w", err)
			}
		}
		n, err := lap.ledger.Upload(ctx, sharedObjects{store})
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		p := printer{w: sh.out}
		p.line("账本 ledger: %d 条 entries sent", n)
		return with(ctx, sh, c, datadir.Work, func(h *house) error {
			m := migration{fleet: h.fleet, lap: lap, printer: &p}
			return errors.Join(m.carry(ctx), p.err)
		})
	})
}

// A migration is one from a laptop to a fleet.
type migration struct {
	*fleet
	lap *house
	*printer
}

func (m migration) carry(ctx context.Context) error {
	segments := 0
	err := m.archive.Import(ctx, m.lap.dir.Path("archive"), func(string, int) { segments++ })
	if err != nil {
		return fmt.Errorf("migrate archive: %w", err)
	}
	m.line("存档 archive: %d 个分段 segments", segments)
	n, err := m.read(ctx)
	if err != nil {
		return fmt.Errorf("migrate captures: %w", err)
	}
	m.line("读取 read: %d 份存档 captures", n)
	m.moving = true // nobody has sent what follows from these runs
	if err := m.follow(ctx); err != nil {
		return fmt.Errorf("migrate view: %w", err)
	}
	if err := m.told(ctx, campaign.Run{ID: "migrate"}); err != nil {
		return fmt.Errorf("migrate documents: %w", err)
	}
	same, err := m.compare(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	m.line("核对 compared: %d 个文档一致 documents are the same", same)
	return nil
}

// read reads every capture again, by the declarations of its run, and takes up
// in the fleet's frontier what is open.
func (m migration) read(ctx context.Context) (n int, err error) {
	sources := map[string]map[string]evidence.Source{}
	runs, err := m.lap.runs.All(ctx)
	if err != nil {
		return 0, err
	}
	open := map[string]bool{}
	for _, run := range runs {
		if sources[run.ID], err = m.lap.declared(run); err != nil {
			return 0, err
		}
		open[run.ID] = run.State == campaign.Running
	}
	var ids []string
	err = m.lap.archive.Scan(ctx, func(c evidence.Capture, _ archive.Location) error {
		if readable(c) && sources[c.Run] != nil {
			ids = append(ids, c.ID)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(ids, 100) {
		if err := m.readSome(ctx, some, sources, open); err != nil {
			return n, err
		}
		n += len(some)
	}
	return n, nil
}

func (m migration) readSome(ctx context.Context, ids []string, sources map[string]map[string]evidence.Source, open map[string]bool) error {
	read, err := m.readAll(ctx, ids, sources)
	if err != nil {
		return err
	}
	var docs []indexer.Doc
	readings := make([]esreadings.Reading, len(read))
	for i, n := range read {
		readings[i] = esreadings.Reading{Capture: n.capture, Reading: n.reading, Sum: n.sum, Text: n.content.ID != ""}
		if n.content.ID != "" {
			docs = append(docs, n.content)
		}
		if open[n.capture.Run] && n.capture.Status != 0 {
			if err := m.takeUp(ctx, n); err != nil {
				return err
			}
		}
	}
	poisoned, err := m.index.PutAll(ctx, docs)
	for _, p := range poisoned {
		err = errors.Join(err, fmt.Errorf("document %s %s: %w", p.Kind, p.ID, p.Err))
	}
	if err != nil {
		return err
	}
	return m.readings.Put(ctx, readings...)
}

// readAll reads captures side by side.
func (m migration) readAll(ctx context.Context, ids []string, sources map[string]map[string]evidence.Source) ([]noted, error) {
	read := make([]noted, len(ids))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, id := range ids {
		g.Go(func() error {
			x, err := m.lap.archive.Open(ctx, id)
			if err != nil {
				return err
			}
			src, ok := sources[x.Capture.Run][x.Capture.Lead.Source]
			if !ok {
				return fmt.Errorf("capture %s: %w: its source %q is not one of run %s", id, evidence.ErrInvalid, x.Capture.Lead.Source, x.Capture.Run)
			}
			read[i], err = m.noted(src, x)
			return err
		})
	}
	return read, g.Wait()
}

// takeUp settles the lead of a capture of an open run in the fleet's frontier,
// and leaves those that follow from it.
func (m migration) takeUp(ctx context.Context, n noted) error {
	s, err := m.adopted(n.capture)
	if err != nil {
		return err
	}
	if err := m.leave(ctx, n.capture.Run, slices.Concat([]evidence.Lead{n.capture.Lead}, n.reading.Leads, s.Follow)); err != nil {
		return err
	}
	_, err = m.frontier.Adopt(ctx, n.capture.Run, n.capture.Lead, s.Outcome)
	return err
}

// compare holds the fleet's documents against the laptop's, body by body.
func (m migration) compare(ctx context.Context) (same int, err error) {
	for _, kind := range []string{indexer.ContentDoc, indexer.RecordDoc, indexer.FactDoc, indexer.EntityDoc, indexer.EvaluationDoc} {
		here := map[string][]byte{}
		err := m.index.Scan(ctx, kind, func(d indexer.Doc) error {
			here[d.ID] = d.Body
			return nil
		})
		if err != nil {
			return same, err
		}
		err = m.lap.index.Scan(ctx, kind, func(d indexer.Doc) error {
			if b, ok := here[d.ID]; !ok || !bytes.Equal(b, d.Body) {
				return fmt.Errorf("%s %s: %w: the fleet has %q, the laptop %q: report this", kind, d.ID, evidence.ErrConflict, b, d.Body)
			}
			same++
			return nil
		})
		if err != nil {
			return same, err
		}
	}
	return same, nil
}
