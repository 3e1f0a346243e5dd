// Package sqlitedesk settles visits in the house's SQLite file, as many at once
// as have come.
//
// A transaction costs far more than what one visit writes in it. So a
// settlement that comes while another is being written waits for that to end,
// and all that wait are one transaction then; with nothing under way it is
// written at once. Nobody waits for company, and nothing is settled before its
// transaction has been committed. Where one of several cannot be settled, as
// for a lost lease, none of that transaction stands, and each is tried by
// itself: so no visit pays for another.
package sqlitedesk

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"probity/crawler"
	"probity/pipeline/evidence"
	"probity/pipeline/sqlitedb"
)

// most is how many settlements are one transaction; a reader's write has to
// get in between.
const most = 128

// A Desk implements crawler.Desk. It is safe for concurrent use.
type Desk struct {
	db    *sqlitedb.DB
	write Write

	mu   sync.Mutex
	wait []*waiting
	busy bool // somebody writes
}

// A Write does settlements within a transaction. It may be called again with
// some of them after that was given up.
type Write func(ctx context.Context, tx *sqlitedb.Tx, batch []crawler.Settlement) error

var _ crawler.Desk = (*Desk)(nil)

// New returns a desk that settles by write.
func New(db *sqlitedb.DB, write Write) *Desk { return &Desk{db: db, write: write} }

type waiting struct {
	ctx  context.Context //nolint:containedctx // of the one who waits
	s    crawler.Settlement
	over chan error
}

// Settle implements crawler.Desk. Where ctx ends first, the settlement may
// have been written all the same.
func (d *Desk) Settle(ctx context.Context, s crawler.Settlement) error {
	w := &waiting{ctx: ctx, s: s, over: make(chan error, 1)}
	d.mu.Lock()
	d.wait = append(d.wait, w)
	idle := !d.busy
	d.busy = true
	d.mu.Unlock()
	if idle {
		go d.work() //nolint:contextcheck // it works for others too: each settlement has its own context
	}
	select {
	case err := <-w.over:
		return err
	case <-ctx.Done():
		return fmt.Errorf("settle %s: %w", s.Lease.Lead.URL, context.Cause(ctx))
	}
}

func (d *Desk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.wait)
}

// gather lets those come that are ready to: whose answers were synced together,
// and, where the processor is what there is least of, all that would otherwise
// stand in line behind this transaction. It waits for nothing else.
func (d *Desk) gather() {
	for before := 0; ; {
		runtime.Gosched()
		n := d.count()
		if n <= before || n >= most {
			return
		}
		before = n
	}
}

// work writes until nobody waits.
func (d *Desk) work() {
	for {
		d.gather()
		d.mu.Lock()
		n := min(len(d.wait), most)
		batch := d.wait[:n:n]
		d.wait = d.wait[n:]
		if n == 0 {
			d.busy, d.wait = false, nil
		}
		d.mu.Unlock()
		if n == 0 {
			return
		}
		if err := d.settle(batch); err == nil || n == 1 {
			tell(batch, err)
			continue
		}
		for i := range batch {
			tell(batch[i:i+1], d.settle(batch[i:i+1]))
		}
	}
}

func tell(batch []*waiting, err error) {
	for _, w := range batch {
		w.over <- err
	}
}

// settle writes settlements in one transaction; those that nobody waits for
// any more are left out. It is not given up half way with one of them.
func (d *Desk) settle(batch []*waiting) error {
	all := make([]crawler.Settlement, 0, len(batch))
	for _, w := range batch {
		if w.ctx.Err() == nil {
			all = append(all, w.s)
		}
	}
	if len(all) == 0 {
		return nil
	}
	ctx := context.WithoutCancel(batch[0].ctx)
	return d.db.Write(ctx, func(tx *sqlitedb.Tx) error { return d.write(ctx, tx, all) })
}

// Runs are the leads to follow of settlements, by their run, and the ids of
// all that the archive kept for them.
func Runs(batch []crawler.Settlement) (follow map[string][]evidence.Lead, kept []string) {
	follow = map[string][]evidence.Lead{}
	for _, s := range batch {
		if len(s.Follow) > 0 {
			follow[s.Lease.Run] = append(follow[s.Lease.Run], s.Follow...)
		}
		kept = append(kept, s.Kept...)
	}
	return follow, kept
}
