package sqlitefrontier

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"probity/crawler"
	"probity/crawler/frontiertest"
	"probity/pipeline/sqlitedb"
)

// A clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(_ *testing.T, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func openAt(t *testing.T, path string, p crawler.Policy, c *clock) *Frontier {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f, err := Open(t.Context(), db, p, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFrontier(t *testing.T) {
	c := newClock()
	frontiertest.Run(t, frontiertest.Bench{
		Open: func(t *testing.T, p crawler.Policy) frontiertest.Backend {
			return openAt(t, filepath.Join(t.TempDir(), "f.db"), p, c)
		},
		Unit: time.Minute,
		Pass: c.pass,
	})
}
