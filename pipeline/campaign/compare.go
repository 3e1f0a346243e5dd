package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"probity/pipeline/sqlitedb"
)

// Figures are what a run came to, by which it is compared with the one before.
type Figures struct {
	Asked     int            `json:"asked"`
	Requests  int            `json:"requests,omitempty"` // all that were made: pages, what pages under a browser asked for, robots.txt; 0: not known
	Fetched   int            `json:"fetched"`
	Unchanged int            `json:"unchanged"`
	Refused   int            `json:"refused"`
	Failed    map[string]int `json:"failed,omitempty"` // by reason
	Kinds     map[string]int `json:"kinds,omitempty"`  // records by type
	Hosts     map[string]int `json:"hosts,omitempty"`  // captures by host
	Bytes     int64          `json:"bytes"`
	Seconds   float64        `json:"seconds"` // from opened to closed
}

// Pages say what became of a run's pages since the run before.
type Pages struct {
	New     int `json:"new"`     // not there before
	Changed int `json:"changed"` // of other content
	Same    int `json:"same"`
	Gone    int `json:"gone"` // there before, and now not asked for or not brought
}

// A Comparison is a run beside the one before it.
type Comparison struct {
	Run    string    `json:"run"`
	Closed time.Time `json:"closed"`
	Pages  Pages     `json:"pages"`
	Figures
}

// FiguresOf adds up what a run saw.
func FiguresOf(run Run, sums Sums) Figures {
	var all Sum
	for _, subjects := range sums {
		for _, s := range subjects {
			all.Add(*s)
		}
	}
	f := Figures{
		Asked: all.Asked, Fetched: all.Fetched, Unchanged: all.Unchanged, Refused: all.Refused, Failed: all.Failed, Kinds: all.Kinds, Hosts: all.Hosts, Bytes: all.Bytes,
	}
	if run.Closed.After(run.Opened) {
		f.Seconds = run.Closed.Sub(run.Opened).Seconds()
	}
	return f
}

// Compare counts what became of the pages of a run since another: of each lead
// the content that was read last counts.
func (r *Runs) Compare(ctx context.Context, run, before string) (p Pages, err error) {
	was, err := r.contents(ctx, before)
	if err != nil {
		return p, fmt.Errorf("compare %s with %s: %w", run, before, err)
	}
	now, err := r.contents(ctx, run)
	if err != nil {
		return p, fmt.Errorf("compare %s with %s: %w", run, before, err)
	}
	for lead, content := range now {
		switch old, ok := was[lead]; {
		case !ok:
			p.New++
		case old != content:
			p.Changed++
		default:
			p.Same++
		}
		delete(was, lead)
	}
	p.Gone = len(was)
	return p, nil
}

// contents are what each lead of a run brought that could be read.
func (r *Runs) contents(ctx context.Context, run string) (map[string]string, error) {
	all := map[string]string{}
	err := r.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		at := map[string]string{} // capture -> lead
		err := tx.Each(ctx, `SELECT capture, lead, sum FROM campaign_readings WHERE run = ?`, []any{run}, func(row *sqlitedb.Rows) error {
			var capture, lead string
			var body []byte
			if err := row.Scan(&capture, &lead, &body); err != nil {
				return err
			}
			var s struct {
				Fetched int `json:"fetched"`
			}
			if err := json.Unmarshal(body, &s); err != nil {
				return err
			}
			if s.Fetched > 0 && lead != "" {
				at[capture] = lead
			}
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Each(ctx, `SELECT capture, content FROM campaign_captures WHERE run = ? ORDER BY time, capture`, []any{run}, func(row *sqlitedb.Rows) error {
			var capture, content string
			if err := row.Scan(&capture, &content); err != nil {
				return err
			}
			if lead, ok := at[capture]; ok {
				all[lead] = content
			}
			return nil
		})
	})
	return all, err
}

// Before is the closed run of the campaign that came before another;
// a zero Run: there is none.
func (r *Runs) Before(ctx context.Context, run Run) (before Run, err error) {
	all, err := r.All(ctx)
	for _, b := range all {
		if b.Campaign == run.Campaign && b.N < run.N && b.State == Closed {
			before = b
		}
	}
	return before, err
}
