package evidence

import (
	"slices"
	"strings"
	"time"
)

// Results of a look.
const (
	Complete = "complete" // the whole declared scope was seen and its assertions were met
	Partial  = "partial"  // some of it could not be seen
	Refused  = "refused"  // robots or the publisher said no
	Failed   = "failed"   // nothing could be seen
)

// A Look (查询) is a finished search of a source: without it nobody can know
// later that nothing was found. It goes to the ledger.
type Look struct {
	ID         string    `json:"id"` // Digest("look", run, source, scope)
	Run        string    `json:"run"`
	Source     string    `json:"source"`
	Kind       string    `json:"kind"`       // the source kind that standards name
	Version    string    `json:"version"`    // digest of the source's declaration
	Indicators []string  `json:"indicators"` // which it covers
	Scope      Scope     `json:"scope"`
	Result     string    `json:"result"`
	Reason     string    `json:"reason,omitempty"` // why not complete
	Time       time.Time `json:"time"`
	MaxAgeDays int       `json:"max_age_days"` // how long it speaks for the time after it
	// Undecided counts mentions and quarantined rows that might concern the
	// entity it is handed out for: covered, but unscored. Not in the ledger.
	Undecided int `json:"undecided,omitempty"`
}

// Date is the day of the look in Asia/Shanghai.
func (l Look) Date() Date { return DateOf(l.Time) }

// A Scope is the predicate of what a look, or a source, speaks for. All that
// is given must hold; an empty list holds for everybody.
type Scope struct {
	Areas     []string `json:"areas,omitempty" yaml:"areas"`         // prefixes of GB/T 2260 codes: 4403 is all Shenzhen
	Operators []string `json:"operators,omitempty" yaml:"operators"` // kinds of entity
	// Subjects are the identifiers (scheme:value) a look was made for, one
	// by one: a page of a site or of a shop. Empty: the whole source.
	Subjects []string `json:"subjects,omitempty" yaml:"-"`
}

// Contains reports whether the scope speaks for an entity of that kind, area
// and identifiers. An unknown area, or one coarser than the scope, is outside.
func (s Scope) Contains(kind, area string, identifiers []string) bool {
	if len(s.Areas) > 0 && !slices.ContainsFunc(s.Areas, func(a string) bool { return strings.HasPrefix(area, a) }) {
		return false
	}
	if len(s.Operators) > 0 && !slices.Contains(s.Operators, kind) {
		return false
	}
	return len(s.Subjects) == 0 || slices.ContainsFunc(s.Subjects, func(id string) bool { return slices.Contains(identifiers, id) })
}
