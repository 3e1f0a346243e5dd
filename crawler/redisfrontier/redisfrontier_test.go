package redisfrontier

import (
	"testing"
	"time"

	"probity/crawler"
	"probity/crawler/frontiertest"
	"probity/pipeline/redisdb/redistest"
)

// unit is long beside a round trip on a busy machine.
const unit = 60 * time.Millisecond

func pass(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

func TestFrontier(t *testing.T) {
	redistest.Shared(t) // or skip
	for name, set := range map[string]Settings{
		"one shard":               {Shards: 1},
		"many shards":             {},
		"small caps and segments": {Shards: 3, HostCap: 1, Cap: 3, Segment: 2, Seed: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frontiertest.Run(t, frontiertest.Bench{
				Open: func(t *testing.T, p crawler.Policy) frontiertest.Backend {
					f, err := Open(redistest.Shared(t), p, set)
					if err != nil {
						t.Fatal(err)
					}
					return f
				},
				Unit: unit,
				Pass: pass,
				Real: true,
			})
		})
	}
}
