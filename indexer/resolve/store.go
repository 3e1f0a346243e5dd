package resolve

import (
	"context"
	"encoding/json"
	"fmt"

	"probity/indexer"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Documents is where entities, facts and records are put for finding: an
// indexer.Index in the same file, so that what is resolved and what is found
// are one transaction.
type Documents interface {
	PutTx(ctx context.Context, tx *sqlitedb.Tx, docs ...indexer.Doc) error
	LabelTx(ctx context.Context, tx *sqlitedb.Tx, kind, id string, facets map[string][]string) error
	Get(ctx context.Context, kind, id string) (indexer.Doc, error)
}

// A Store keeps record histories, looks and decisions in tables resolve_* and
// what follows from them. It is safe for concurrent use; writers wait for
// each other.
type Store struct {
	db    *sqlitedb.DB
	docs  Documents
	rules Rules
}

// Times are kept as nanoseconds since 1970, states and bodies as JSON.
const ddl = `
CREATE TABLE IF NOT EXISTS resolve_sources (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_runs (run TEXT PRIMARY KEY, position INTEGER NOT NULL, closed INTEGER NOT NULL, changes BLOB NOT NULL, settled INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_searches (source TEXT NOT NULL, run TEXT NOT NULL, started INTEGER NOT NULL, position INTEGER NOT NULL, closed INTEGER NOT NULL,
	result TEXT NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (source, run)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_read (run TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (run, content)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_sights (run TEXT NOT NULL, record TEXT NOT NULL, source TEXT NOT NULL, time INTEGER NOT NULL, page TEXT NOT NULL,
	digest TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (run, record)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_sights_record ON resolve_sights (record);
CREATE TABLE IF NOT EXISTS resolve_records (id TEXT PRIMARY KEY, source TEXT NOT NULL, type TEXT NOT NULL, digest TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
	absent INTEGER NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_records_source ON resolve_records (source, absent, last);
CREATE TABLE IF NOT EXISTS resolve_cites (record TEXT NOT NULL, digest TEXT NOT NULL, content TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (record, digest, content)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_cites_content ON resolve_cites (content);
CREATE TABLE IF NOT EXISTS resolve_tokens (token TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (token, record)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_tokens_record ON resolve_tokens (record);
CREATE TABLE IF NOT EXISTS resolve_quarantine (run TEXT NOT NULL, source TEXT NOT NULL, content TEXT NOT NULL, row INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (run, source, content, row)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_quarantine_names (name TEXT NOT NULL, run TEXT NOT NULL, source TEXT NOT NULL, content TEXT NOT NULL, row INTEGER NOT NULL,
	PRIMARY KEY (name, run, source, content, row)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_looks (id TEXT PRIMARY KEY, position INTEGER NOT NULL, source TEXT NOT NULL, result TEXT NOT NULL, scope TEXT NOT NULL,
	whole INTEGER NOT NULL, day TEXT NOT NULL, time INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_looks_whole ON resolve_looks (whole, source, result, scope, time);
CREATE TABLE IF NOT EXISTS resolve_look_subjects (subject TEXT NOT NULL, look TEXT NOT NULL, PRIMARY KEY (subject, look)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_registers (source TEXT NOT NULL, position INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (source, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_decisions (id TEXT PRIMARY KEY, position INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_dirty (record TEXT PRIMARY KEY, cause TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_touched (cause TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, how TEXT NOT NULL, PRIMARY KEY (cause, kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_entities (id TEXT PRIMARY KEY, anchor TEXT NOT NULL, name TEXT NOT NULL, fresh TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resolve_facts (id TEXT PRIMARY KEY, entity TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_facts_entity ON resolve_facts (entity, id);
CREATE TABLE IF NOT EXISTS resolve_fact_records (record TEXT NOT NULL, fact TEXT NOT NULL, PRIMARY KEY (record, fact)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_fact_records_fact ON resolve_fact_records (fact);
CREATE TABLE IF NOT EXISTS resolve_ties (record TEXT NOT NULL, entity TEXT NOT NULL, PRIMARY KEY (record, entity)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_ties_entity ON resolve_ties (entity);
CREATE TABLE IF NOT EXISTS resolve_loose (record TEXT NOT NULL, n INTEGER NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, body BLOB NOT NULL,
	PRIMARY KEY (record, n)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_loose_name ON resolve_loose (name, source);
CREATE TABLE IF NOT EXISTS resolve_known (key TEXT NOT NULL, entity TEXT NOT NULL, how TEXT NOT NULL, said TEXT NOT NULL, PRIMARY KEY (key, entity, how, said)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resolve_known_entity ON resolve_known (entity);
CREATE TABLE IF NOT EXISTS resolve_docs (kind TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL, sum TEXT NOT NULL, labels TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
`

// New returns the store of a file, and makes its tables if need be.
func New(ctx context.Context, db *sqlitedb.DB, docs Documents, rules Rules) (*Store, error) {
	if err := db.Define(ctx, ddl); err != nil {
		return nil, fmt.Errorf("open resolution: %w", err)
	}
	return &Store{db: db, docs: docs, rules: rules}, nil
}

// Reset forgets everything, for a rebuild from archive and ledger. Documents
// that were put stay until they are put again.
func (s *Store) Reset(ctx context.Context) error {
	var tables []string
	return s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		err := tx.Each(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'resolve\_%' ESCAPE '\'`, nil, func(r *sqlitedb.Rows) error {
			var name string
			err := r.Scan(&name)
			tables = append(tables, name)
			return err
		})
		for _, t := range tables {
			if err == nil {
				_, err = tx.Exec(ctx, `DELETE FROM `+t)
			}
		}
		return err
	})
}

// list writes names as a JSON array, for json_each.
func list(names []string) string {
	b, _ := json.Marshal(names) // strings are always JSON
	return string(b)
}

// sources reads the declarations that runs closed under.
func sources(ctx context.Context, tx *sqlitedb.Tx) (map[string]evidence.Source, error) {
	out := map[string]evidence.Source{}
	err := tx.Each(ctx, `SELECT body FROM resolve_sources`, nil, func(r *sqlitedb.Rows) error {
		var src evidence.Source
		err := scanJSON(r, &src)
		out[src.ID] = src
		return err
	})
	return out, err
}

// scanJSON reads a row of one JSON column.
func scanJSON(r interface{ Scan(...any) error }, v any) error {
	var b []byte
	if err := r.Scan(&b); err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
