package evidence

// An Entity is an operator: everything on one anchor. It is a view, made
// again from records and decisions whenever one of them changes.
type Entity struct {
	ID          string       `json:"id"`     // Digest("entity", anchor)
	Anchor      Identifier   `json:"anchor"` // the strongest verified identifier among its records
	Identifiers []Identifier `json:"identifiers"`
	Names       []DatedName  `json:"names"` // by register sources where there are any, else as its identified records say
	Kind        string       `json:"kind"`  // company, branch, individual, sole, cooperative, partnership, natural, or empty: not known
	Areas       []DatedArea  `json:"areas"` // registered areas
	Relations   []Relation   `json:"relations,omitempty"`
	Contested   []Identifier `json:"contested,omitempty"` // stated beside two anchors: they join nothing
	Held        []HeldRecord `json:"held,omitempty"`      // records that wait for a person
	Facts       []string     `json:"facts"`               // fact ids, sorted
	Records     []string     `json:"records"`             // record ids, sorted
	Aliases     []string     `json:"aliases,omitempty"`   // digests under which it was or may be asked for: answered 308
}

// A DatedName is a name with the days on which it was borne. An empty day is
// open.
type DatedName struct {
	Name       string `json:"name"`
	From       Date   `json:"from,omitempty"`
	To         Date   `json:"to,omitempty"`
	Registered bool   `json:"registered,omitempty"` // stated by a register
}

// A DatedArea is a registered area with its first day.
type DatedArea struct {
	Area     string `json:"area"` // six digits, GB/T 2260
	From     Date   `json:"from,omitempty"`
	Inferred bool   `json:"inferred,omitempty"` // from the USCC, no register said so
}

// A Relation ties an entity to a site, a shop, or another operator, on dates.
type Relation struct {
	Kind   string     `json:"kind"` // site, shop, parent, branch, predecessor, successor
	To     Identifier `json:"to"`
	From   Date       `json:"from,omitempty"`
	Until  Date       `json:"until,omitempty"`
	Record string     `json:"record"` // what states it
}

// A HeldRecord is a record that concerns the entity perhaps, and why a person
// has to say so.
type HeldRecord struct {
	Record string `json:"record"`
	Reason string `json:"reason"`
}

// EntityID is the id of the entity on an anchor.
func EntityID(anchor Identifier) string { return Digest("entity", anchor.String()) }

// A Fact (事项) is what the records of all sources say about one thing. The
// evaluator sees facts only, so one penalty on four pages counts once.
type Fact struct {
	ID       string            `json:"id"`     // Digest("fact", type, key, entity)
	Entity   string            `json:"entity"` // entity id
	Type     string            `json:"type"`
	Key      string            `json:"key"` // decision key of an event, list and case of a standing
	Date     Date              `json:"date,omitempty"`
	DateOf   string            `json:"date_of,omitempty"` // where Date is not the document's own: "first seen"
	End      Date              `json:"end,omitempty"`     // of a standing: the first day it no longer holds
	EndOf    string            `json:"end_of,omitempty"`  // "inferred" where the row only vanished
	Fields   map[string]string `json:"fields,omitempty"`
	Effects  []Effect          `json:"effects,omitempty"`
	Presence []Interval        `json:"presence,omitempty"` // when it was published; empty: throughout
	Disputed bool              `json:"disputed,omitempty"`
	Sources  []string          `json:"sources,omitempty"` // source ids that state it, sorted
	Records  []string          `json:"records,omitempty"` // record ids that state it, sorted
	Differs  []Difference      `json:"differs,omitempty"` // fields on which sources differ
}

// FactID is the id of a fact.
func FactID(typ, key, entity string) string { return Digest("fact", typ, key, entity) }

// An Effect changes a fact on some days: a repair from its decision until one
// that revokes it, an annulment always.
type Effect struct {
	Kind  string   `json:"kind"`            // repaired, annulled, corrected, superseded (a judgment by an appeal)
	From  Date     `json:"from,omitempty"`  // empty: at every date, once known
	Until Date     `json:"until,omitempty"` // the first day without it; empty: for good
	Items []string `json:"items,omitempty"` // the items it speaks of; empty: all
	By    string   `json:"by"`              // the record or decision that says so
}

// Holds reports whether the effect is there on a day.
func (e Effect) Holds(on Date) bool { return e.From <= on && (e.Until == "" || on < e.Until) }

// An Interval is [From, To): the days from From to the one before To. An empty
// end is open.
type Interval struct {
	From     Date `json:"from,omitempty"`
	To       Date `json:"to,omitempty"`
	Inferred bool `json:"inferred,omitempty"`
}

// Holds reports whether the interval contains a day.
func (i Interval) Holds(on Date) bool { return i.From <= on && (i.To == "" || on < i.To) }

// A Difference shows a field on which sources differ; the first value counts.
type Difference struct {
	Field  string   `json:"field"`
	Values []string `json:"values"`         // by precedence of sources
	Held   string   `json:"held,omitempty"` // why a person must decide, e.g. a unit slip of 10,000
}

// States of a fact on a day (MODEL 6).
const (
	InForce     = "in_force"    // 有效
	Repaired    = "repaired"    // 已修复
	Annulled    = "annulled"    // 已撤销
	Expired     = "expired"     // 已过公示期或已移出
	Unpublished = "unpublished" // 来源已不再公示，原因不明
	Superseded  = "superseded"  // 已被后续裁判取代
	NotYet      = "not_yet"     // dated after the day asked for
)

// State derives a fact's state on a day, leaving the end of publicity to the
// standard: an event in force may have weight 0 all the same. A repair of
// some items only leaves the fact in force.
func (f Fact) State(on Date) string {
	for _, e := range f.Effects {
		if e.Kind == Annulled && e.Holds(on) && len(e.Items) == 0 {
			return Annulled
		}
	}
	if f.Date > on {
		return NotYet
	}
	for _, kind := range []string{Superseded, Repaired} {
		for _, e := range f.Effects {
			if e.Kind == kind && e.Holds(on) && len(e.Items) == 0 {
				return kind
			}
		}
	}
	if f.End != "" && f.End <= on {
		return Expired
	}
	for i, p := range f.Presence {
		if p.Holds(on) || i == 0 && on < p.From {
			return InForce
		}
	}
	if len(f.Presence) > 0 {
		return Unpublished
	}
	return InForce
}
