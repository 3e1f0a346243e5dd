package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// A Page is what the captures of one page tell of when it changes, for
// schedules that ask for the pages that need it. Only pages of sources with
// bounds (evidence.Revisit) have one, and of these the ones that are asked for
// by GET and have no volatile parts.
type Page struct {
	Source   string    `json:"-"`
	Lead     string    `json:"-"` // its key
	URL      string    `json:"url"`
	View     string    `json:"view"`
	Visits   []Visited `json:"visits,omitempty"`  // by time, the newest of them
	Modified time.Time `json:"modified,omitzero"` // when it changed, as a sitemap or feed said last
	Read     time.Time `json:"read,omitzero"`     // when that was said
}

// A Visited is what one capture said: two that say the same have equal Said.
type Visited struct {
	At   time.Time `json:"at"`
	Said uint64    `json:"said"`
}

// remembered is how many visits of a page are kept: enough to know its habit,
// and few enough for it to change.
const remembered = 30

// Bounded reports whether the pages of a source are kept.
func Bounded(src evidence.Source) bool {
	return src.Revisit != nil && (src.Revisit.Least > 0 || src.Revisit.Most > 0)
}

// PagesTx keeps what a capture tells of its own page, once per capture. That a
// page is gone is something that it says: where a sitemap goes on naming it, it
// is not new each time.
func (r *Runs) PagesTx(ctx context.Context, tx *sqlitedb.Tx, c evidence.Capture, src evidence.Source, g evidence.Reading) error {
	gone := c.Status == http.StatusNotFound || c.Status == http.StatusGone
	if !Bounded(src) || c.Status == 0 || !again(c.Lead) || !c.OK() && !gone || c.Lead.Hop > 0 {
		return nil
	}
	return pageTx(ctx, tx, src.ID, c.Lead, func(p *Page) bool { return p.visit(Visited{c.Time.UTC(), said(c, g)}) })
}

// batch is how many of the pages that a sitemap names are written at once, so
// that others who write wait for some of 50,000 only.
const batch = 500

// Named keeps what a sitemap or feed says of the pages that it names. Of those
// of which it says nothing new nothing is written. It may be done again, and
// stands outside the transaction of its capture, before it.
func (r *Runs) Named(ctx context.Context, c evidence.Capture, src evidence.Source, g evidence.Reading) error {
	if !Bounded(src) || c.Status == 0 {
		return nil
	}
	var all []evidence.Lead
	for _, l := range g.Leads {
		if !l.Modified.IsZero() && l.Source == src.ID && again(l) {
			all = append(all, l)
		}
	}
	for some := range slices.Chunk(all, batch) {
		news, err := r.news(ctx, src.ID, some, c.Time)
		if err != nil {
			return err
		}
		if len(news) == 0 {
			continue
		}
		err = r.db.Write(ctx, func(tx *sqlitedb.Tx) error {
			for _, l := range news {
				if err := pageTx(ctx, tx, src.ID, l, func(p *Page) bool { return p.named(l.Modified, c.Time) }); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// news are the leads of which a sitemap that was read then says something new;
// to look keeps no writer waiting.
func (r *Runs) news(ctx context.Context, source string, some []evidence.Lead, read time.Time) (news []evidence.Lead, err error) {
	err = r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		news = nil
		for _, l := range some {
			p, err := pageOf(ctx, tx, source, l)
			if err != nil {
				return err
			}
			if p.named(l.Modified, read) {
				news = append(news, l)
			}
		}
		return nil
	})
	return news, err
}

// confirmed is for how long it counts that a sitemap said that a page is as it
// was, before that is written anew.
const confirmed = 6 * time.Hour

// named takes what a sitemap says of a page, and reports whether it was news. An
// older word is none.
func (p *Page) named(modified, read time.Time) bool {
	if read.Before(p.Read) || p.Modified.Equal(modified) && read.Sub(p.Read) < confirmed {
		return false
	}
	p.Modified, p.Read = modified.UTC(), read.UTC()
	return true
}

func again(l evidence.Lead) bool {
	return l.Method == http.MethodGet && l.Body == "" && len(l.Volatile) == 0
}

// pageOf is what is kept of a page; of one that nobody told of, its address.
func pageOf(ctx context.Context, tx *sqlitedb.Tx, source string, l evidence.Lead) (Page, error) {
	p := Page{URL: l.URL, View: l.View}
	var body []byte
	err := tx.QueryRow(ctx, `SELECT page FROM campaign_pages WHERE source = ? AND lead = ?`, source, l.Key()).Scan(&body)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		return p, nil
	case err != nil:
		return p, err
	}
	return p, json.Unmarshal(body, &p)
}

// pageTx changes what is kept of a page.
func pageTx(ctx context.Context, tx *sqlitedb.Tx, source string, l evidence.Lead, change func(*Page) bool) error {
	p, err := pageOf(ctx, tx, source, l)
	if err != nil || !change(&p) {
		return err
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO campaign_pages (source, lead, page) VALUES (?, ?, ?)`, source, l.Key(), body)
	return err
}

// visit adds a visit in its place, and reports whether it was new.
func (p *Page) visit(v Visited) bool {
	at, known := slices.BinarySearchFunc(p.Visits, v, func(a, b Visited) int { return a.At.Compare(b.At) })
	if known {
		return false
	}
	p.Visits = slices.Insert(p.Visits, at, v)
	p.Visits = p.Visits[max(0, len(p.Visits)-remembered):]
	return true
}

// said is what a capture said, for comparison: its records and where it leads, so that a
// counter of visits in the margin is no change; of a page that has neither, its
// content.
func said(c evidence.Capture, g evidence.Reading) uint64 {
	var parts []string
	for _, rec := range g.Records {
		b, err := json.Marshal(rec)
		if err != nil {
			continue // it was read from JSON or will be written as such
		}
		parts = append(parts, string(b))
	}
	for _, l := range g.Leads {
		parts = append(parts, l.Key())
	}
	if len(parts) == 0 {
		parts = append(parts, c.Content)
	}
	slices.Sort(parts)
	n, _ := strconv.ParseUint(evidence.Digest("said", parts...)[:16], 16, 64)
	return n
}

// Pages visits the pages of a source that are known, by the keys of their
// leads.
func (r *Runs) Pages(ctx context.Context, source string, visit func(Page) error) error {
	return r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT lead, page FROM campaign_pages WHERE source = ? ORDER BY lead`, []any{source}, func(row *sqlitedb.Rows) error {
			p := Page{Source: source}
			var body []byte
			err := row.Scan(&p.Lead, &body)
			if err == nil {
				err = json.Unmarshal(body, &p)
			}
			if err != nil {
				return err
			}
			return visit(p)
		})
	})
}

// Leads are the keys of the leads of a source that a run had an answer for, by
// subject.
func (r *Runs) Leads(ctx context.Context, run, source string) (map[string][]string, error) {
	leads := map[string][]string{}
	err := r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Each(ctx, `SELECT subject, lead FROM campaign_readings WHERE run = ? AND source = ?`, []any{run, source}, func(row *sqlitedb.Rows) error {
			var subject, lead string
			err := row.Scan(&subject, &lead)
			leads[subject] = append(leads[subject], lead)
			return err
		})
	})
	return leads, err
}
