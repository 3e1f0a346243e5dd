package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"probity/pipeline/evidence"
)

// A Sum is what a run saw of one source, or of one subject of a source whose
// pages are each a scope of their own.
type Sum struct {
	Asked       int            `json:"asked"`            // leads that were put
	Open        int            `json:"open"`             // not yet settled
	Fetched     int            `json:"fetched"`          // captures that could be read
	Unchanged   int            `json:"unchanged"`        // of these: content known before the run
	Refused     int            `json:"refused"`          // by robots
	Outside     int            `json:"outside"`          // redirects out of scope
	Failed      map[string]int `json:"failed,omitempty"` // reason -> leads
	Rows        int            `json:"rows"`
	Records     int            `json:"records"`
	Quarantined int            `json:"quarantined"`
	Skipped     map[string]int `json:"skipped,omitempty"`
	Filled      map[string]int `json:"filled,omitempty"`  // field -> records that have it
	Unread      map[string]int `json:"unread,omitempty"`  // labels nobody reads
	Passed      map[string]int `json:"passed,omitempty"`  // links and entries not followed, by reason
	Kinds       map[string]int `json:"kinds,omitempty"`   // records by type
	Hosts       map[string]int `json:"hosts,omitempty"`   // captures by host
	Flagged     map[string]int `json:"flagged,omitempty"` // what an operator should look at, by host -> answers that showed it
	Bytes       int64          `json:"bytes"`
	Why         []string       `json:"why,omitempty"` // the first few faults in words
}

// Add sums another part of the same source.
func (s *Sum) Add(t Sum) {
	s.Asked += t.Asked
	s.Open += t.Open
	s.Fetched += t.Fetched
	s.Unchanged += t.Unchanged
	s.Refused += t.Refused
	s.Outside += t.Outside
	s.Rows += t.Rows
	s.Records += t.Records
	s.Quarantined += t.Quarantined
	s.Bytes += t.Bytes
	if room := 5 - len(s.Why); room > 0 {
		s.Why = append(s.Why, t.Why[:min(room, len(t.Why))]...)
	}
	s.Kinds, s.Hosts = plus(s.Kinds, t.Kinds), plus(s.Hosts, t.Hosts)
	s.Failed, s.Skipped = plus(s.Failed, t.Failed), plus(s.Skipped, t.Skipped)
	s.flag(t.Flagged)
	s.Filled, s.Unread, s.Passed = plus(s.Filled, t.Filled), plus(s.Unread, t.Unread), plus(s.Passed, t.Passed)
}

// mostFlags are kept of a source: who reads them looks at the first anyhow.
const mostFlags = 20

func (s *Sum) flag(more map[string]int) {
	for _, what := range slices.Sorted(maps.Keys(more)) {
		if _, known := s.Flagged[what]; known || len(s.Flagged) < mostFlags {
			s.Flagged = plus(s.Flagged, map[string]int{what: more[what]})
		}
	}
}

func plus(a, b map[string]int) map[string]int {
	if len(b) == 0 {
		return a
	}
	sum := maps.Clone(a)
	if sum == nil {
		sum = map[string]int{}
	}
	for k, n := range b {
		sum[k] += n
	}
	return sum
}

// SumReading counts what one reading says.
func SumReading(r evidence.Reading) Sum {
	s := Sum{Rows: r.Rows, Records: len(r.Records), Quarantined: len(r.Quarantined), Skipped: r.Skipped, Unread: r.Unread, Passed: r.Passed, Filled: map[string]int{}, Kinds: map[string]int{}}
	for _, q := range r.Quarantined {
		if why := "隔离 quarantined: " + q.Reason; len(s.Why) < 3 && !slices.Contains(s.Why, why) {
			s.Why = append(s.Why, why)
		}
	}
	for _, rec := range r.Records {
		s.Kinds[rec.Type]++
		for field := range rec.Fields {
			s.Filled[field]++
		}
		for _, p := range rec.Subjects() {
			if p.Name != "" {
				s.Filled["party.name"]++
			}
			if len(p.Identifiers) > 0 {
				s.Filled["party.identifier"]++
			}
		}
	}
	return s
}

// Judge says what a finished search of a source is worth (MODEL 1, look;
// MODEL 3): complete only when every lead was settled with an answer that
// could be read, nothing led out of scope, and the declared assertions hold.
func Judge(src evidence.Source, s Sum) (result, reason string) {
	failed := 0
	for _, n := range s.Failed {
		failed += n
	}
	switch {
	case s.Asked == 0:
		return evidence.Failed, "没有可访问的页面 nothing was asked"
	case s.Fetched == 0 && s.Refused > 0:
		return evidence.Refused, fmt.Sprintf("robots 拒绝 %d 页 refused by robots", s.Refused)
	case s.Fetched == 0:
		return evidence.Failed, reasons(s.Failed)
	case s.Open > 0:
		return evidence.Partial, fmt.Sprintf("尚有 %d 页未访问 pages not visited", s.Open)
	case s.Refused > 0:
		return evidence.Partial, fmt.Sprintf("robots 拒绝 %d 页 refused by robots", s.Refused)
	case failed > 0:
		return evidence.Partial, reasons(s.Failed)
	case s.Outside > 0:
		return evidence.Partial, fmt.Sprintf("%d 处跳转超出范围 redirects out of scope", s.Outside)
	}
	if why := unmet(src.Expect, s); why != "" {
		return evidence.Partial, why
	}
	return evidence.Complete, ""
}

func unmet(e evidence.Expect, s Sum) string {
	if s.Rows < e.MinRows {
		return fmt.Sprintf("行数 %d 少于声明的 %d rows, fewer than declared", s.Rows, e.MinRows)
	}
	if e.MaxRows > 0 && s.Rows > e.MaxRows {
		return fmt.Sprintf("行数 %d 多于声明的 %d rows, more than declared", s.Rows, e.MaxRows)
	}
	for _, field := range slices.Sorted(maps.Keys(e.Filled)) {
		if s.Records > 0 && float64(s.Filled[field]) < e.Filled[field]*float64(s.Records) {
			return fmt.Sprintf("字段 %s 仅 %d/%d 有值 filled, less than the declared share %g", field, s.Filled[field], s.Records, e.Filled[field])
		}
	}
	return ""
}

func reasons(m map[string]int) string {
	parts := make([]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s ×%d", k, m[k]))
	}
	if len(parts) == 0 {
		return "没有可读的回答 no answer that could be read"
	}
	return strings.Join(parts, "；")
}
