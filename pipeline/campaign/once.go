package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/ledger"
	"probity/pipeline/sqlitedb"
)

// A Saying is an entry to be made once, under its key.
type Saying struct {
	Key  string
	Kind string
	Body any
}

// Once appends entries to the ledger, in one batch, but for those whose key is
// there already, whoever said them. It is how a stage that was killed half way
// is done again without saying anything twice. It returns the position of the
// last of them.
func (r *Runs) Once(ctx context.Context, all ...Saying) (int64, error) {
	return r.once(ctx, func() ([]Saying, error) { return all, nil })
}

// once is Once for sayings that depend on what the ledger says just then.
func (r *Runs) once(ctx context.Context, decide func() ([]Saying, error)) (last int64, err error) {
	var all, fresh []Saying
	first, err := r.log.AppendIf(ctx, func() (items []ledger.Item, err error) {
		if err := r.CatchUp(ctx); err != nil {
			return nil, err
		}
		if all, err = decide(); err != nil {
			return nil, err
		}
		fresh = nil
		for _, s := range all {
			_, err := r.Said(ctx, s.Key)
			if errors.Is(err, evidence.ErrNotFound) {
				fresh, items = append(fresh, s), append(items, ledger.Item{Kind: s.Kind, Body: s.Body})
			} else if err != nil {
				return nil, err
			}
		}
		return items, nil
	})
	if err != nil || len(all) == 0 {
		return 0, err
	}
	keys := make([]string, len(fresh))
	for i, s := range fresh {
		if err := r.arrange(ctx, s.Kind, s.Body); err != nil { // before its key is noted: a kill in between does it again
			return 0, err
		}
		keys[i] = s.Key
	}
	if err := r.recall(ctx, first, keys); err != nil {
		return 0, err
	}
	return r.Said(ctx, all[len(all)-1].Key)
}

// Said returns the position of the entry with a key.
func (r *Runs) Said(ctx context.Context, key string) (seq int64, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT seq FROM campaign_entries WHERE key = ?`, key).Scan(&seq)
	})
	return seq, err
}

// CatchUp notes what the ledger says beyond what was noted: a kill may have
// come between the two, or somebody else in the fleet has said it.
func (r *Runs) CatchUp(ctx context.Context) error {
	from, err := r.recalled(ctx)
	if err != nil {
		return err
	}
	return r.log.Scan(ctx, from+1, func(e ledger.Entry) error { return r.Recall(ctx, e) })
}

// Recall notes one entry of the ledger: its key, and that a run was opened or
// is closing.
func (r *Runs) Recall(ctx context.Context, e ledger.Entry) error {
	key, err := EntryKey(e.Kind, e.Body)
	if err != nil || key == "" {
		return err
	}
	if err := r.arrange(ctx, e.Kind, e.Body); err != nil {
		return fmt.Errorf("ledger entry %d: %w", e.Seq, err)
	}
	if err := r.recall(ctx, e.Seq, []string{key}); err != nil {
		return err
	}
	switch e.Kind {
	case ledger.RunOpened:
		return r.opened(ctx, e)
	case ledger.RunClosed:
		return r.closing(ctx, e)
	}
	return nil
}

func (r *Runs) closing(ctx context.Context, e ledger.Entry) error {
	var said struct {
		Run    string    `json:"run"`
		Closed time.Time `json:"closed"`
	}
	if err := json.Unmarshal(e.Body, &said); err != nil {
		return fmt.Errorf("ledger entry %d: %w", e.Seq, err)
	}
	run, err := r.Get(ctx, said.Run)
	if err != nil {
		return fmt.Errorf("ledger entry %d: a run was closed and never opened: %w", e.Seq, err)
	}
	if run.State == Closed {
		return nil
	}
	run.State, run.Closed, run.Position = Closing, said.Closed, e.Seq
	return r.Keep(ctx, run)
}

func (r *Runs) opened(ctx context.Context, e ledger.Entry) error {
	var run Run
	if err := json.Unmarshal(e.Body, &run); err != nil {
		return fmt.Errorf("ledger entry %d: %w", e.Seq, err)
	}
	if _, err := r.Get(ctx, run.ID); !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	run.State = Running
	return r.Keep(ctx, run)
}

// EntryKey is under what an entry is said only once; empty: any number of times.
func EntryKey(kind string, body json.RawMessage) (string, error) {
	var b struct {
		Run string `json:"run"`
		ID  string `json:"id"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return "", fmt.Errorf("ledger entry %s: %w", kind, err)
	}
	switch kind {
	case ledger.RunOpened, ledger.RunClosed, ledger.RunReported:
		return kind + ":" + b.Run, nil
	case ledger.Look, ledger.Issue, ledger.Publication, ledger.Decision, ledger.Intake, ledger.Schedule, ledger.Order:
		return kind + ":" + b.ID, nil
	}
	return "", nil
}

func (r *Runs) recall(ctx context.Context, first int64, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for i, key := range keys {
			if _, err := tx.Exec(ctx, `INSERT OR IGNORE INTO campaign_entries (key, seq) VALUES (?, ?)`, key, first+int64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// recalled is the last position that was noted.
func (r *Runs) recalled(ctx context.Context) (seq int64, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(seq), 0) FROM campaign_entries`).Scan(&seq)
	})
	return seq, err
}

// Told is up to where the ledger was told again to the view, 0 at first.
func (r *Runs) Told(ctx context.Context) (seq int64, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(seq), 0) FROM campaign_told`).Scan(&seq)
	})
	return seq, err
}

// SetTold notes it.
func (r *Runs) SetTold(ctx context.Context, seq int64) error {
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO campaign_told (id, seq) VALUES (1, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq`, seq)
		return err
	})
}

// before is the run in whose place none is opened: one that is open, unless
// they may go on beside each other; then one for the same time.
func (r *Runs) before(ctx context.Context, run Run) (Run, error) {
	if !run.Beside {
		return r.Open(ctx, run.Campaign)
	}
	all, err := r.All(ctx)
	for _, b := range all {
		if b.Campaign == run.Campaign && b.Due.Equal(run.Due) {
			return b, err
		}
	}
	if err == nil {
		err = evidence.ErrNotFound
	}
	return Run{}, err
}

// Begin opens the next run of a campaign, or returns the one that is open,
// also where somebody else in the fleet opened it meanwhile.
func (r *Runs) Begin(ctx context.Context, run Run) (Run, bool, error) {
	var open *Run
	_, err := r.once(ctx, func() ([]Saying, error) {
		open = nil
		before, err := r.before(ctx, run)
		if err == nil {
			open = &before
			return nil, nil
		}
		if !errors.Is(err, evidence.ErrNotFound) {
			return nil, err
		}
		err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
			return tx.QueryRow(ctx, `SELECT coalesce(max(n), 0) + 1 FROM campaign_runs WHERE campaign = ?`, run.Campaign).Scan(&run.N)
		})
		run.ID, run.State = fmt.Sprintf("%s-%d", run.Campaign, run.N), Running
		return []Saying{{"run_opened:" + run.ID, ledger.RunOpened, run}}, err
	})
	if err != nil {
		return run, false, fmt.Errorf("open run of %s: %w", run.Campaign, err)
	}
	if open != nil {
		return *open, true, nil
	}
	return run, false, r.Keep(ctx, run)
}
