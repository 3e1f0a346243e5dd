package campaign

import (
	"context"
	"encoding/json"
	"errors"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Subject is whom a lead's page is a scope of: the strongest identifier of
// the party it is about, else its host. Only sources whose pages are each a
// scope of their own have subjects.
func Subject(src evidence.Source, l evidence.Lead) string {
	if !src.Each {
		return ""
	}
	if l.About != nil {
		if id, ok := l.About.Strongest(); ok {
			return id.String()
		}
	}
	return evidence.Identifier{Scheme: evidence.Site, Value: l.Host()}.String()
}

// NoteTx keeps what one capture of a run came to, once per capture. It also
// finds out whether the content was known before this run.
func (r *Runs) NoteTx(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture, src evidence.Source, s Sum) error {
	var first string
	err := tx.QueryRow(ctx, `SELECT run FROM campaign_contents WHERE content = ?`, c.Content).Scan(&first)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		if _, err := tx.Exec(ctx, `INSERT INTO campaign_contents (content, run) VALUES (?, ?)`, c.Content, c.Run); err != nil {
			return err
		}
	case err != nil:
		return err
	case first != c.Run && c.OK():
		s.Unchanged = 1
	}
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO campaign_readings (run, capture, source, subject, sum) VALUES (?, ?, ?, ?, ?)`,
		c.Run, c.ID, src.ID, Subject(src, c.Lead), body)
	return err
}

// Sums returns what was read so far, by source and subject.
func (r *Runs) Sums(ctx context.Context, run string) (map[string]map[string]*Sum, error) {
	sums := map[string]map[string]*Sum{}
	err := r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT source, subject, sum FROM campaign_readings WHERE run = ?`, []any{run}, func(row *sqlitedb.Rows) error {
			var source, subject string
			var body []byte
			if err := row.Scan(&source, &subject, &body); err != nil {
				return err
			}
			var s Sum
			if err := json.Unmarshal(body, &s); err != nil {
				return err
			}
			At(sums, source, subject).Add(s)
			return nil
		})
	})
	return sums, err
}

// At returns the sum of a source and subject, made if need be.
func At(sums map[string]map[string]*Sum, source, subject string) *Sum {
	if sums[source] == nil {
		sums[source] = map[string]*Sum{}
	}
	if sums[source][subject] == nil {
		sums[source][subject] = &Sum{}
	}
	return sums[source][subject]
}

// SetReport keeps the report of a run.
func (r *Runs) SetReport(ctx context.Context, run string, report any) error {
	body, err := json.Marshal(report)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE campaign_runs SET report = ? WHERE id = ?`, body, run)
		return err
	})
}

// Report reads the report of a run into report; evidence.ErrNotFound if it
// has none yet.
func (r *Runs) Report(ctx context.Context, run string, report any) error {
	return r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		var body []byte
		if err := tx.QueryRow(ctx, `SELECT report FROM campaign_runs WHERE id = ? AND report IS NOT NULL`, run).Scan(&body); err != nil {
			return err
		}
		return json.Unmarshal(body, report)
	})
}

// TotalsTx adds up what a run has kept so far.
func (r *Runs) TotalsTx(ctx context.Context, tx *sqlitedb.Tx, run string, captures, records *int, bytes *int64) error {
	return tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(sum ->> 'records'), 0), coalesce(sum(sum ->> 'bytes'), 0)
		FROM campaign_readings WHERE run = ?`, run).Scan(captures, records, bytes)
}
