package resolve

import (
	"strings"

	"probity/pipeline/evidence"
)

// A Set is all that a resolution depends on.
type Set struct {
	States    []*State
	Sources   map[string]evidence.Source // by id; what is not there has precedence 0 and is no register
	Decisions []Decision
	Registers []RegisterLook
	Rules     Rules
}

// Rules are the operator's settings that bear on resolution.
type Rules struct {
	// Authorities maps a folded name under which an authority is written to
	// the folded name under which it is known: 深圳市市监局 to 深圳市市场监督管理局.
	Authorities map[string]string
	// Areas are the prefixes of GB/T 2260 codes whose operators are graded;
	// empty: all.
	Areas []string
}

// At says what is asked for: a day, and a position of the ledger. Zero values
// are the latest.
type At struct {
	AsOf    evidence.Date // which version of a snapshot
	KnownAt int64
}

// A RegisterLook is a complete search of a register that tells former names:
// what it shows is who bore which name until its day, and it speaks for MaxAge
// days after it.
type RegisterLook struct {
	Source string        `json:"source"`
	Date   evidence.Date `json:"date"`
	MaxAge int           `json:"max_age"`
	Known  int64         `json:"known"`
}

// covers reports whether the look says who bore a name on a day.
func (l RegisterLook) covers(day evidence.Date, known int64) bool {
	return (known == 0 || l.Known <= known) && day <= l.Date.AddDays(l.MaxAge)
}

// Verbs of a decision.
const (
	Same          = "same"           // A and B are one: identifiers, or a record (record:ID) and an identifier, or two records
	NotSame       = "not_same"       // they are not
	Repair        = "repaired"       // from Date
	RepairRevoked = "repair_revoked" // from Date
	Annul         = "annulled"       // at every date, once known
	Correct       = "corrected"      // from Date
	Hold          = "hold"           // its records wait
	Dispute       = "disputed"       // the flag is shown beside the fact
	Reverse       = "reverse"        // the decision A no longer holds
)

// A Decision is a person's word (MODEL 1). It names decision keys, parties as
// written and items, never an entity id, so that it outlives every resolution.
type Decision struct {
	ID        string        `json:"id"`
	Verb      string        `json:"verb"`
	A         string        `json:"a,omitempty"` // scheme:value or record:ID; of a reversal the decision's id
	B         string        `json:"b,omitempty"`
	Type      string        `json:"type,omitempty"` // of the decision key
	Authority string        `json:"authority,omitempty"`
	Number    string        `json:"number,omitempty"`
	Party     string        `json:"party,omitempty"` // as written: a name or an identifier; empty: all parties
	Items     []string      `json:"items,omitempty"`
	Date      evidence.Date `json:"date,omitempty"`
	By        string        `json:"by,omitempty"`
	Why       string        `json:"why,omitempty"`
	Known     int64         `json:"-"` // ledger position
}

const recordPrefix = "record:"

// standing returns the decisions that hold at a position, reversed ones left
// out; a reversal may itself be reversed.
func standing(all []Decision, known int64) []Decision {
	byID := map[string]Decision{}
	for _, d := range all {
		if known == 0 || d.Known <= known {
			byID[d.ID] = d
		}
	}
	reversers := map[string][]string{}
	for id, d := range byID {
		if d.Verb == Reverse {
			reversers[d.A] = append(reversers[d.A], id)
		}
	}
	var holds func(id string, depth int) bool
	holds = func(id string, depth int) bool {
		for _, r := range reversers[id] {
			if depth < len(byID) && holds(r, depth+1) {
				return false
			}
		}
		return true
	}
	var out []Decision
	for _, d := range all {
		if _, ok := byID[d.ID]; ok && d.Verb != Reverse && holds(d.ID, 0) {
			out = append(out, d)
		}
	}
	return out
}

// key is the decision key that the decision names, "" if it names none.
func (d Decision) key(r Rules) string {
	if d.Number == "" {
		return ""
	}
	return numbered(or(d.Type, "penalty"), d.Authority, d.Number, r)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// authority folds the name of an authority and looks it up.
func (r Rules) authority(name string) string {
	f := evidence.FoldName(name)
	if known, ok := r.Authorities[f]; ok {
		return known
	}
	return f
}

// masked reports whether a number hides a part of itself: it links nothing.
func masked(number string) bool { return strings.ContainsAny(number, "×✕╳*＊") }
