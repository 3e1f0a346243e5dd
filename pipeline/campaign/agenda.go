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

// An Agenda is how far the schedule of a campaign was dealt with. It is a view
// of the ledger's notices and of the runs that were opened when due, so every
// member of a fleet, and a rebuild, come to the same.
type Agenda struct {
	Schedule string    `json:"schedule"`         // the cron line and zone that were last seen
	Seen     time.Time `json:"seen"`             // up to which its times were dealt with
	Waiting  time.Time `json:"waiting,omitzero"` // a time that waits to begin
	Reason   string    `json:"reason,omitempty"` // why it waits
}

// Words of a notice beside those of package timetable.
const known = "known" // the schedule was first seen, or is another than before

// A Notice says what became of a time of a schedule that did not begin a run.
type Notice struct {
	ID       string    `json:"id"`
	Campaign string    `json:"campaign"`
	Do       string    `json:"do"` // queue, skip or known
	Due      time.Time `json:"due"`
	Missed   int       `json:"missed,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Words    string    `json:"words,omitempty"`
	Schedule string    `json:"schedule,omitempty"` // of known
	At       time.Time `json:"at"`
}

// Agenda returns a campaign's agenda under its present schedule; where that is
// first seen, or is another than before, it begins now: nobody relied on it
// earlier.
func (r *Runs) Agenda(ctx context.Context, campaign, schedule string, now time.Time) (Agenda, error) {
	a, err := r.agenda(ctx, campaign)
	if err != nil || a.Schedule == schedule {
		return a, err
	}
	n := Notice{Campaign: campaign, Do: known, Due: now.UTC(), Schedule: schedule, At: now.UTC()}
	if err := r.Notice(ctx, n); err != nil {
		return a, err
	}
	return r.agenda(ctx, campaign)
}

// Seen is a campaign's agenda as it stands, for those who only look.
func (r *Runs) Seen(ctx context.Context, campaign string) (Agenda, error) {
	return r.agenda(ctx, campaign)
}

func (r *Runs) agenda(ctx context.Context, campaign string) (a Agenda, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		a, err = agendaTx(ctx, tx, campaign)
		return err
	})
	return a, err
}

func agendaTx(ctx context.Context, tx *sqlitedb.Tx, campaign string) (a Agenda, err error) {
	var body []byte
	err = tx.QueryRow(ctx, `SELECT agenda FROM campaign_agenda WHERE campaign = ?`, campaign).Scan(&body)
	if errors.Is(err, evidence.ErrNotFound) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(body, &a)
}

// Notice enters what became of a time, once.
func (r *Runs) Notice(ctx context.Context, n Notice) error {
	n.ID = fmt.Sprintf("%s@%s/%s", n.Campaign, n.Due.UTC().Format(time.RFC3339Nano), n.Do)
	_, err := r.Once(ctx, Saying{Key: ledger.Schedule + ":" + n.ID, Kind: ledger.Schedule, Body: n})
	return err
}

// Notices returns the newest notices of a campaign, newest first.
func (r *Runs) Notices(ctx context.Context, campaign string, limit int) (all []Notice, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		all = nil
		return tx.Each(ctx, `SELECT notice FROM campaign_notices WHERE campaign = ? ORDER BY at DESC, id LIMIT ?`, []any{campaign, limit},
			func(row *sqlitedb.Rows) error {
				var body []byte
				if err := row.Scan(&body); err != nil {
					return err
				}
				var n Notice
				err := json.Unmarshal(body, &n)
				all = append(all, n)
				return err
			})
	})
	return all, err
}

// arrange brings the agenda up to an entry of the ledger. Doing it again
// changes nothing.
func (r *Runs) arrange(ctx context.Context, kind string, body any) error {
	var n Notice
	switch kind {
	case ledger.Schedule:
		if err := same(body, &n); err != nil {
			return err
		}
	case ledger.RunOpened:
		var run Run
		if err := same(body, &run); err != nil {
			return err
		}
		n = Notice{Campaign: run.Campaign, Due: run.Due}
	default:
		return nil
	}
	if n.Due.IsZero() { // a run that a person began
		return nil
	}
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error { return arrangeTx(ctx, tx, n) })
}

func arrangeTx(ctx context.Context, tx *sqlitedb.Tx, n Notice) error {
	a, err := agendaTx(ctx, tx, n.Campaign)
	if err != nil {
		return err
	}
	if n.Due.After(a.Seen) {
		a.Seen = n.Due
	}
	switch n.Do {
	case known:
		a = Agenda{Schedule: n.Schedule, Seen: a.Seen}
	case "queue":
		if n.Due.After(a.Waiting) {
			a.Waiting, a.Reason = n.Due, n.Reason
		}
	default: // begun or skipped: for what waited before, too
		if !n.Due.Before(a.Waiting) {
			a.Waiting, a.Reason = time.Time{}, ""
		}
	}
	body, err := canon.JSON(a)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO campaign_agenda (campaign, agenda) VALUES (?, ?) ON CONFLICT DO UPDATE SET agenda = excluded.agenda`,
		n.Campaign, body); err != nil || n.ID == "" {
		return err
	}
	if body, err = canon.JSON(n); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO campaign_notices (campaign, id, at, notice) VALUES (?, ?, ?, ?)`, n.Campaign, n.ID, n.At.UnixNano(), body)
	return err
}

// same reads a body that is a value, or its JSON.
func same(body, into any) error {
	raw, ok := body.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = canon.JSON(body); err != nil {
			return err
		}
	}
	return json.Unmarshal(raw, into)
}
