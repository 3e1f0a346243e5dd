package campaign

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// Subject is whom a lead's page is a scope of: the strongest identifier of
// the party it is about, else its host. Only sources whose pages are each a
// scope of their own have subjects; a page that only leads to such pages, a
// directory, is a scope of nobody.
func Subject(src evidence.Source, l evidence.Lead) string {
	if !src.Each {
		return ""
	}
	if l.About != nil {
		if id, ok := l.About.Strongest(); ok {
			return id.String()
		}
	}
	if v, err := src.View(l.View); err == nil && slices.ContainsFunc(v.Next, func(f evidence.Follow) bool { return f.About }) {
		return ""
	}
	return evidence.Identifier{Scheme: evidence.Site, Value: l.Host()}.String()
}

// NoteTx keeps what one capture of a run came to, once per capture. It also
// finds out whether the content was known before this run.
func (r *Runs) NoteTx(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture, src evidence.Source, s Sum) error {
	var before int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM campaign_captures WHERE content = ? AND run <> ? LIMIT 1)`, c.Content, c.Run).Scan(&before)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT OR IGNORE INTO campaign_captures (content, time, capture, run) VALUES (?, ?, ?, ?)`,
		c.Content, c.Time.UnixNano(), c.ID, c.Run); err != nil {
		return err
	}
	if before > 0 && c.OK() {
		s.Unchanged = 1
	}
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO campaign_readings (run, capture, source, subject, lead, sum, records, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Run, c.ID, src.ID, Subject(src, c.Lead), c.Lead.Key(), body, s.Records, s.Bytes)
	return err
}

// KnownBefore reports whether a content was read in another run.
func (r *Runs) KnownBefore(ctx context.Context, c evidence.Capture) (known bool, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM campaign_captures WHERE content = ? AND run <> ?)`, c.Content, c.Run).Scan(&known)
	})
	return known, err
}

// Sums are what a run saw, by source and subject.
type Sums map[string]map[string]*Sum

// Asked is whose page a lead asks for.
type Asked struct{ Source, Subject string }

// Sums returns what was read so far, by source and subject, and whose page
// each lead was that had an answer, by its key.
func (r *Runs) Sums(ctx context.Context, run string) (Sums, map[string]Asked, error) {
	sums, asked := Sums{}, map[string]Asked{}
	err := r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT source, subject, lead, sum FROM campaign_readings WHERE run = ? ORDER BY capture`, []any{run}, func(row *sqlitedb.Rows) error {
			var a Asked
			var lead string
			var body []byte
			if err := row.Scan(&a.Source, &a.Subject, &lead, &body); err != nil {
				return err
			}
			var s Sum
			if err := json.Unmarshal(body, &s); err != nil {
				return err
			}
			At(sums, a.Source, a.Subject).Add(s)
			if lead != "" {
				asked[lead] = a
			}
			return nil
		})
	})
	return sums, asked, err
}

// At returns the sum of a source and subject, made if need be.
func At(sums Sums, source, subject string) *Sum {
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
	return tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(records), 0), coalesce(sum(bytes), 0)
		FROM campaign_readings WHERE run = ?`, run).Scan(captures, records, bytes)
}

// A Sighting is one capture of a content.
type Sighting struct {
	Capture string
	Run     string
	Time    time.Time
}

// Captures returns every capture of a content that was read, oldest first.
func (r *Runs) Captures(ctx context.Context, content string) (all []Sighting, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT capture, run, time FROM campaign_captures WHERE content = ? ORDER BY time, capture`, []any{content}, func(row *sqlitedb.Rows) error {
			var s Sighting
			var nanos int64
			err := row.Scan(&s.Capture, &s.Run, &nanos)
			s.Time = time.Unix(0, nanos).UTC()
			all = append(all, s)
			return err
		})
	})
	return all, err
}

// Read counts the captures that were read.
func (r *Runs) Read(ctx context.Context) (n int, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM campaign_captures`).Scan(&n)
	})
	return n, err
}
