package crawler

import (
	"context"
	"time"

	"probity/pipeline/evidence"
)

// RobotsView is the view of captures that are robots.txt files: they are
// archived as evidence of the decisions that rest on them, and no extractor
// reads them.
const RobotsView = "robots.txt"

// Robots says whether a lead may be fetched (RFC 9309).
type Robots interface {
	// Ask decides about r.Lead. Where the file of its origin was not at hand
	// it is fetched, under the lease that the caller holds on the host. The
	// error is only ever that of a ctx that ended.
	Ask(ctx context.Context, r Request) (Permission, error)
}

// A Permission is the answer of robots.txt.
type Permission struct {
	Decision evidence.RobotsDecision
	Delay    time.Duration // crawl-delay, capped; 0: none
	Sitemaps []string      // that the file names, as it writes them: leads like any other, asked about like any other
	// Asked are the exchanges made just now to learn it: to be archived, and
	// the gap runs from the last.
	Asked []evidence.Exchange
	// Requests counts those, and such as brought no answer.
	Requests int
	// Fault is why the file is not to be had or to be read, where
	// Decision.Reason is unavailable or unreadable.
	Fault error
}
