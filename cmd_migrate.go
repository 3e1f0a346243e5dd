package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"probity/indexer"
	"probity/pipeline/datadir"
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
	alone := c.alone()
	alone.Data = *from
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
			m := migration{rereading{fleet: h.fleet, from: lap}, &p}
			return errors.Join(m.carry(ctx), p.err)
		})
	})
}

// A migration is one from a laptop to a fleet.
type migration struct {
	rereading
	*printer
}

func (m migration) carry(ctx context.Context) error {
	segments := 0
	err := m.archive.Import(ctx, m.from.dir.Path("archive"), func(string, int) { segments++ })
	if err != nil {
		return fmt.Errorf("migrate archive: %w", err)
	}
	m.line("存档 archive: %d 个分段 segments", segments)
	n, err := m.read(ctx)
	if err != nil {
		return fmt.Errorf("migrate captures: %w", err)
	}
	m.line("读取 read: %d 份存档 captures", n)
	if err := m.retell(ctx); err != nil {
		return fmt.Errorf("migrate documents: %w", err)
	}
	same, err := m.compare(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	m.line("核对 compared: %d 个文档一致 documents are the same", same)
	return nil
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
		err = m.from.index.Scan(ctx, kind, func(d indexer.Doc) error {
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
