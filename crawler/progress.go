package crawler

import "sync/atomic"

// progress counts what one visitor does.
type progress struct {
	underWay, requests, captures, bytes      atomic.Int64
	done, failed, refused, retried, returned atomic.Int64
	waits                                    atomic.Int64
}

// A Snapshot is how far a visitor has come since it was made. How a run
// stands is asked of the frontier.
type Snapshot struct {
	UnderWay int64 `json:"under_way"` // visits just now
	Requests int64 `json:"requests"`  // sent, for robots.txt too
	Captures int64 `json:"captures"`  // archived, robots.txt too
	Bytes    int64 `json:"bytes"`     // of bodies as received
	Done     int64 `json:"done"`
	Failed   int64 `json:"failed"` // settled as such; the frontier makes dead letters of last retries itself
	Refused  int64 `json:"refused"`
	Retried  int64 `json:"retried"`
	Returned int64 `json:"returned"`
	Waits    int64 `json:"waits"` // how often it began to wait for room
}

// Progress may be called at any time.
func (v *Visitor) Progress() Snapshot {
	p := &v.progress
	return Snapshot{
		UnderWay: p.underWay.Load(), Requests: p.requests.Load(), Captures: p.captures.Load(), Bytes: p.bytes.Load(),
		Done: p.done.Load(), Failed: p.failed.Load(), Refused: p.refused.Load(), Retried: p.retried.Load(), Returned: p.returned.Load(),
		Waits: p.waits.Load(),
	}
}

func (p *progress) settled(s Settlement) {
	p.requests.Add(int64(s.Outcome.Requests))
	switch s.Outcome.Result {
	case Done:
		p.done.Add(1)
	case Failed:
		p.failed.Add(1)
	case Refused:
		p.refused.Add(1)
	case Retry:
		p.retried.Add(1)
	case Returned:
		p.returned.Add(1)
	}
}
