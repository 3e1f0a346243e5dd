package s3archive

import (
	"sync"

	"probity/pipeline/archive"
)

const (
	mostPlaces = 50_000 // entries held, about 20 MB
	mostAsked  = 1000   // segments of which it is held how often they were asked for
)

// places holds where the captures of segments stand that are being worked
// through: from the second question for a segment on its whole index is read,
// and the registry is not asked about each of its captures.
type places struct {
	mu       sync.Mutex
	asked    map[string]bool // segments met once
	entries  map[string]archive.Entry
	segments [][]string // ids of those held, the first in first out
}

func newPlaces() *places {
	return &places{asked: map[string]bool{}, entries: map[string]archive.Entry{}}
}

func (p *places) find(id string) (archive.Entry, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.entries[id]
	return e, ok
}

// meet reports whether a segment was asked for before and its index should
// be read now: once.
func (p *places) meet(segment string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked[segment] {
		delete(p.asked, segment)
		return true
	}
	if len(p.asked) >= mostAsked {
		clear(p.asked)
	}
	p.asked[segment] = true
	return false
}

// hold takes the captures of a segment in, and lets the oldest segments go.
func (p *places) hold(list []archive.Listed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range list {
		p.entries[l.ID] = l.Entry
	}
	for p.segments = append(p.segments, ids(list)); len(p.entries) > mostPlaces && len(p.segments) > 1; p.segments = p.segments[1:] {
		for _, id := range p.segments[0] {
			delete(p.entries, id)
		}
	}
}

func ids(list []archive.Listed) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = l.ID
	}
	return out
}
