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
	"fmt"
	"time"

	"probity/pipeline/canon"
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
	Starts   string            `json:"starts,omitempty"`   // digest of the leads it began with, where they cannot be derived again
	Due      time.Time         `json:"due,omitzero"`       // the time of the schedule for which it began
	Missed   int               `json:"missed,omitempty"`   // further times that passed, for which it stands
	Reason   string            `json:"reason,omitempty"`   // why it did not begin when it was due
	Single   bool              `json:"single,omitempty"`   // only the leads it began with, not what they lead to
	Beside   bool              `json:"beside,omitempty"`   // it may go on beside another run of the campaign
}

// A Journal is the ledger as this package uses it.
type Journal interface {
	AppendIf(ctx context.Context, decide func() ([]ledger.Item, error)) (int64, error)
	Scan(ctx context.Context, from int64, each func(ledger.Entry) error) error
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
	run TEXT NOT NULL, capture TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL, lead TEXT NOT NULL, sum BLOB NOT NULL,
	records INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (run, capture)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_captures (content TEXT NOT NULL, time INTEGER NOT NULL, capture TEXT NOT NULL, run TEXT NOT NULL,
	PRIMARY KEY (content, time, capture)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_entries (key TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_agenda (campaign TEXT PRIMARY KEY, agenda BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_notices (campaign TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, notice BLOB NOT NULL,
	PRIMARY KEY (campaign, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_pages (source TEXT NOT NULL, lead TEXT NOT NULL, page BLOB NOT NULL,
	PRIMARY KEY (source, lead)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_told (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL);
`

// Open returns the runs of a file. Mark is called at commit points and may be
// nil.
func Open(ctx context.Context, db *sqlitedb.DB, log Journal, mark func(string)) (*Runs, error) {
	if err := db.Define(ctx, ddl); err != nil {
		return nil, fmt.Errorf("open runs: %w", err)
	}
	if err := addLead(ctx, db); err != nil {
		return nil, fmt.Errorf("open runs: %w", err)
	}
	if mark == nil {
		mark = func(string) {}
	}
	return &Runs{db, log, mark}, nil
}

// addLead gives the readings of a file from before their leads' keys.
func addLead(ctx context.Context, db *sqlitedb.DB) error {
	return db.Write(ctx, func(tx *sqlitedb.Tx) error {
		var n int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM pragma_table_info('campaign_readings') WHERE name = 'lead'`).Scan(&n)
		if err != nil || n > 0 {
			return err
		}
		_, err = tx.Exec(ctx, `ALTER TABLE campaign_readings ADD COLUMN lead TEXT NOT NULL DEFAULT ''`)
		return err
	})
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
		_, err := tx.Exec(ctx, `DELETE FROM campaign_runs; DELETE FROM campaign_readings; DELETE FROM campaign_captures;
			DELETE FROM campaign_entries; DELETE FROM campaign_told; DELETE FROM campaign_pages;
			DELETE FROM campaign_agenda; DELETE FROM campaign_notices;`)
		return err
	})
}
