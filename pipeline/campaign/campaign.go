// Package campaign keeps the life of runs: opened, going on, paused, closed,
// and what each saw of every source.
//
// A run is the unit of knowledge. Its records are provisional until it closes;
// only at its close may anything be said of what was not found. This package
// decides what a finished search was worth ([Judge]) and writes what nobody
// could derive from captures later (who opened which run, which looks there
// were) to the ledger, once. It fetches nothing, reads nothing, grades nobody.
package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"probity/pipeline/canon"
	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
)

// States of a run.
const (
	Running = "running"
	Paused  = "paused"
	Closing = "closing" // everything fetched and read; looks are being written
	Closed  = "closed"
)

// A Run is one going through of a campaign's sources, or one intake.
type Run struct {
	ID       string            `json:"run"` // CAMPAIGN-N
	Campaign string            `json:"campaign"`
	N        int               `json:"n"`
	State    string            `json:"state"`
	Sources  map[string]string `json:"sources"` // source -> digest of its declaration
	Cohort   bool              `json:"cohort,omitempty"`
	Who      string            `json:"who"` // who started it
	Opened   time.Time         `json:"opened"`
	Closed   time.Time         `json:"closed,omitzero"`
	Position int64             `json:"position,omitempty"` // in the ledger, of its close
}

// A Journal is the ledger as this package uses it.
type Journal interface {
	AppendAll(ctx context.Context, items ...ledger.Item) (int64, error)
}

// Runs keeps runs in tables campaign_* of the house's SQLite file.
type Runs struct {
	db   *sqlitedb.DB
	log  Journal
	mark func(point string)
}

const ddl = `
CREATE TABLE IF NOT EXISTS campaign_runs (
	id TEXT PRIMARY KEY, campaign TEXT NOT NULL, n INTEGER NOT NULL, state TEXT NOT NULL, run BLOB NOT NULL, report BLOB,
	UNIQUE (campaign, n)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_readings (
	run TEXT NOT NULL, capture TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL, sum BLOB NOT NULL,
	records INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (run, capture)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_captures (content TEXT NOT NULL, time INTEGER NOT NULL, capture TEXT NOT NULL, run TEXT NOT NULL,
	PRIMARY KEY (content, time, capture)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_entries (key TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
`

// Open returns the runs of a file. Mark is called at commit points and may be
// nil.
func Open(ctx context.Context, db *sqlitedb.DB, log Journal, mark func(string)) (*Runs, error) {
	if err := db.Define(ctx, ddl); err != nil {
		return nil, fmt.Errorf("open runs: %w", err)
	}
	if mark == nil {
		mark = func(string) {}
	}
	return &Runs{db, log, mark}, nil
}

// A Saying is an entry to be made once, under its key.
type Saying struct {
	Key  string
	Kind string
	Body any
}

// Once appends entries to the ledger, in one batch, but for those whose key is
// there already. It is how a stage that was killed half way is done again
// without saying anything twice. It returns the position of the last of them.
func (r *Runs) Once(ctx context.Context, all ...Saying) (last int64, err error) {
	var fresh []Saying
	var items []ledger.Item
	for _, s := range all {
		last, err = r.Said(ctx, s.Key)
		if errors.Is(err, evidence.ErrNotFound) {
			fresh, items = append(fresh, s), append(items, ledger.Item{Kind: s.Kind, Body: s.Body})
			continue
		}
		if err != nil {
			return 0, err
		}
	}
	if len(fresh) == 0 {
		return last, nil
	}
	first, err := r.log.AppendAll(ctx, items...)
	if err != nil {
		return 0, err
	}
	keys := make([]string, len(fresh))
	for i, s := range fresh {
		keys[i] = s.Key
	}
	if _, err := r.Said(ctx, all[len(all)-1].Key); errors.Is(err, evidence.ErrNotFound) {
		last = first + int64(len(fresh)) - 1
	}
	return last, r.recall(ctx, first, keys)
}

// Said returns the position of the entry with a key.
func (r *Runs) Said(ctx context.Context, key string) (seq int64, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT seq FROM campaign_entries WHERE key = ?`, key).Scan(&seq)
	})
	return seq, err
}

// Recall notes that the ledger has an entry with a key. On start the house
// reads what the ledger has beyond Recalled and recalls it.
func (r *Runs) Recall(ctx context.Context, key string, seq int64) error {
	return r.recall(ctx, seq, []string{key})
}

func (r *Runs) recall(ctx context.Context, first int64, keys []string) error {
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for i, key := range keys {
			if _, err := tx.Exec(ctx, `INSERT OR IGNORE INTO campaign_entries (key, seq) VALUES (?, ?)`, key, first+int64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Recalled is the last position that was noted.
func (r *Runs) Recalled(ctx context.Context) (seq int64, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(seq), 0) FROM campaign_entries`).Scan(&seq)
	})
	return seq, err
}

// Begin opens the next run of a campaign, or returns the one that is open.
func (r *Runs) Begin(ctx context.Context, run Run) (Run, bool, error) {
	open, err := r.Open(ctx, run.Campaign)
	if err == nil {
		return open, true, nil
	}
	if !errors.Is(err, evidence.ErrNotFound) {
		return run, false, err
	}
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(n), 0) + 1 FROM campaign_runs WHERE campaign = ?`, run.Campaign).Scan(&run.N)
	})
	if err != nil {
		return run, false, err
	}
	run.ID, run.State = fmt.Sprintf("%s-%d", run.Campaign, run.N), Running
	if _, err := r.Once(ctx, Saying{"run_opened:" + run.ID, "run_opened", run}); err != nil {
		return run, false, fmt.Errorf("open run %s: %w", run.ID, err)
	}
	return run, false, r.Keep(ctx, run)
}

// Keep stores a run's present state.
func (r *Runs) Keep(ctx context.Context, run Run) error {
	body, err := canon.JSON(run)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO campaign_runs (id, campaign, n, state, run) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, run = excluded.run`, run.ID, run.Campaign, run.N, run.State, body)
		return err
	})
}

// Open returns the campaign's run that is not closed, evidence.ErrNotFound if
// there is none.
func (r *Runs) Open(ctx context.Context, campaign string) (Run, error) {
	return r.one(ctx, `SELECT run FROM campaign_runs WHERE campaign = ? AND state <> 'closed' ORDER BY n DESC LIMIT 1`, campaign)
}

// Get returns a run by its id.
func (r *Runs) Get(ctx context.Context, id string) (Run, error) {
	return r.one(ctx, `SELECT run FROM campaign_runs WHERE id = ?`, id)
}

// Last returns the campaign's newest run.
func (r *Runs) Last(ctx context.Context, campaign string) (Run, error) {
	return r.one(ctx, `SELECT run FROM campaign_runs WHERE campaign = ? ORDER BY n DESC LIMIT 1`, campaign)
}

// GetTx is Get within somebody's transaction.
func (r *Runs) GetTx(ctx context.Context, tx *sqlitedb.Tx, id string) (run Run, err error) {
	var body []byte
	if err := tx.QueryRow(ctx, `SELECT run FROM campaign_runs WHERE id = ?`, id).Scan(&body); err != nil {
		return run, fmt.Errorf("run %s: %w", id, err)
	}
	return run, json.Unmarshal(body, &run)
}

func (r *Runs) one(ctx context.Context, query, arg string) (run Run, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		var body []byte
		if err := tx.QueryRow(ctx, query, arg).Scan(&body); err != nil {
			return err
		}
		return json.Unmarshal(body, &run)
	})
	return run, err
}

// All returns every run, in the order of campaign and number.
func (r *Runs) All(ctx context.Context) (runs []Run, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT run FROM campaign_runs ORDER BY campaign, n`, nil, func(row *sqlitedb.Rows) error {
			var body []byte
			if err := row.Scan(&body); err != nil {
				return err
			}
			var run Run
			err := json.Unmarshal(body, &run)
			runs = append(runs, run)
			return err
		})
	})
	return runs, err
}

// Reset forgets every run, before a rebuild.
func (r *Runs) Reset(ctx context.Context) error {
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM campaign_runs; DELETE FROM campaign_readings; DELETE FROM campaign_captures; DELETE FROM campaign_entries;`)
		return err
	})
}
