package doors

import (
	"encoding/json"
	"time"

	"probity/pipeline/evidence"
)

// Found is the answer to whom a text means. Either To is set or Candidates
// are; several bearers are candidates with reasons, never a guess.
type Found struct {
	To         string      `json:"to,omitempty"`
	Moved      bool        `json:"moved,omitempty"`     // asked by an earlier id or a weaker identifier: 308
	Contested  bool        `json:"contested,omitempty"` // asked by an identifier that joins nothing: 300
	Candidates []Candidate `json:"candidates,omitempty"`
}

// A Candidate is an entity that a text might mean, and why.
type Candidate struct {
	ID     string              `json:"id"`
	Name   string              `json:"name"`
	Anchor evidence.Identifier `json:"anchor"`
	Kind   string              `json:"kind,omitempty"`
	Area   string              `json:"area,omitempty"`
	Grade  string              `json:"grade,omitempty"`
	Reason string              `json:"reason"` // in Chinese and English
}

// A Ref names an entity where it is mentioned.
type Ref struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Grade string `json:"grade,omitempty"` // of the newest issue
}

// A FactRef names a fact where it is mentioned.
type FactRef struct {
	ID     string        `json:"id"`
	Type   string        `json:"type"`
	Key    string        `json:"key"`
	Name   string        `json:"name,omitempty"` // as a person calls it, see words.Name; empty: by its key
	Date   evidence.Date `json:"date,omitempty"`
	Entity Ref           `json:"entity"`
	State  string        `json:"state"` // today
}

// A Query asks for documents: Words as indexer.Query has them, all filters
// joined by and, the values of one by or.
type Query struct {
	Words  string
	Kinds  []string            // content, record, fact, entity, evaluation; empty: all
	Filter map[string][]string // source, class, type, entity, grade, fact, state
	From   evidence.Date
	To     evidence.Date
	Facets []string
	Oldest bool // oldest first; otherwise newest first
	Size   int  // 1 to 100
	Cursor string
}

// A Page is one page of hits. Total and Facets are exact.
type Page struct {
	Hits   []Hit
	Total  int
	Facets map[string][]Count
	Next   string // cursor; empty: no more
}

// A Count is how many documents have a facet's value.
type Count struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"` // of the most frequent entities their names; the api labels the other facets
	Docs  int    `json:"docs"`
}

// A Hit is a document with where the words stand in it.
type Hit struct {
	Kind        string
	ID          string
	Title       string
	Date        evidence.Date
	Type        string // record type of records and facts
	Source      string
	Class       int
	Entities    []Ref
	Facts       []FactRef // that a record states, or the fact itself
	Provisional bool      // of a run that is still open
	Passages    []Passage
	Content     string // content id of a record's first citation, or the content itself
	Start, End  int    // runes of that content; both 0: not known
}

// A Passage is a piece of a document's text with the words marked.
type Passage struct {
	Start int      `json:"start"` // runes of the field
	End   int      `json:"end"`
	Field string   `json:"field"` // text or title
	Text  string   `json:"text"`  // those runes
	Marks [][2]int `json:"marks"` // runes of the whole field, each [start,end)
}

// A Dossier is everything that holds about an entity at a moment.
type Dossier struct {
	Entity  evidence.Entity  `json:"entity"`
	Subject evidence.Subject `json:"subject"` // as the evaluator sees it on the day
	Facts   []evidence.Fact  `json:"facts"`
	Looks   []evidence.Look  `json:"looks"` // that contain the entity, and those that failed to
	// Evaluation is the newest issue's, or calculated for the moment asked for.
	Evaluation evidence.Evaluation `json:"evaluation"`
	Issue      *Issue              `json:"issue,omitempty"` // the newest one known at the moment; nil: never issued
	Issued     bool                `json:"issued"`          // Evaluation is Issue's own, not calculated now
	Issues     []Issue             `json:"issues"`          // oldest first
	AsOf       evidence.Date       `json:"as_of"`
	KnownAt    time.Time           `json:"known_at,omitzero"` // zero: now
	Position   int64               `json:"position"`          // of the ledger, for KnownAt
	// Reread: known_at lies in the past, so this is today's reading of what
	// was held then (MODEL 2), and the page says so.
	Reread bool `json:"reread,omitempty"`
}

// States of an issue (MODEL 6).
const (
	Computed    = "computed"
	Noticed     = "noticed"
	InPublicity = "in_publicity"
	Stands      = "standing"
	Withdrawn   = "withdrawn"
)

// An Issue is an evaluation as it was issued.
type Issue struct {
	ID          string        `json:"id"`
	Date        evidence.Date `json:"date"`
	Previous    string        `json:"previous,omitempty"`
	Until       evidence.Date `json:"until,omitempty"`       // last day of publicity
	Provisional bool          `json:"provisional,omitempty"` // Until rests on a year without a table of working days
	Withdrawn   bool          `json:"withdrawn,omitempty"`   // superseded for a repair, correction or annulment
	Grade       string        `json:"grade"`
	Score       string        `json:"score"`
	Coverage    string        `json:"coverage"`
	Standard    string        `json:"standard"`
	Position    int64         `json:"position"`
	Digest      string        `json:"digest"` // of the evaluation
	Seal        string        `json:"seal"`   // of its inputs
}

// State derives the issue's state on a day: publicity lasts to the end of its
// last day.
func (i Issue) State(on evidence.Date) string {
	switch {
	case i.Withdrawn:
		return Withdrawn
	case i.Until == "":
		return Computed
	case on <= i.Until:
		return InPublicity
	}
	return Stands
}

// A Fact is a fact with what states it.
type Fact struct {
	Fact    evidence.Fact `json:"fact"`
	Entity  Ref           `json:"entity"`
	Records []Record      `json:"records"`
}

// A Record is a record with its history.
type Record struct {
	ID          string           `json:"id"`
	Versions    []Version        `json:"versions"` // oldest first
	Absences    []Absence        `json:"absences,omitempty"`
	Facts       []FactRef        `json:"facts"`
	Entities    []Ref            `json:"entities"`
	Provisional *evidence.Record `json:"provisional,omitempty"` // as a run that is still open states it
	Held        string           `json:"held,omitempty"`        // why it waits for a person
}

// A Version is a stretch of equal bodies of a record.
type Version struct {
	Record    evidence.Record     `json:"record"`
	First     time.Time           `json:"first"`
	Last      time.Time           `json:"last"`
	Citations []evidence.Citation `json:"citations"`
}

// An Absence is a stretch in which the source did not show the record.
type Absence struct {
	From evidence.Date `json:"from"`
	To   evidence.Date `json:"to,omitempty"` // empty: still
}

// A Capture is one capture with its decoded, masked text.
type Capture struct {
	Capture  evidence.Capture `json:"capture"`
	Title    string           `json:"title"`
	Text     string           `json:"text"`
	Reader   string           `json:"reader,omitempty"`   // extractor and version
	Leaves   []evidence.Leaf  `json:"leaves,omitempty"`   // of a document that has pages: where each begins in the text
	Withheld string           `json:"withheld,omitempty"` // why there is no text: retention ended, removed by order
	Seen     []Sighting       `json:"seen"`               // every capture of the same content, oldest first
}

// A Sighting is a capture among others of one content.
type Sighting struct {
	ID   string    `json:"id"`
	Run  string    `json:"run"`
	Time time.Time `json:"time"`
}

// A Mark is a passage that a record was read from, and what it came to bear on.
type Mark struct {
	Record   string            `json:"record"`
	Type     string            `json:"type"`
	Citation evidence.Citation `json:"citation"`
	Facts    []FactRef         `json:"facts"`
	Entities []Ref             `json:"entities"`
}

// An Access is somebody's opening of what is not for everybody.
type Access struct {
	Who     string    `json:"who"`
	What    string    `json:"what"` // original, attached KIND, export
	Capture string    `json:"capture"`
	From    string    `json:"from"` // address of the client
	Time    time.Time `json:"time"`
	Digest  string    `json:"digest,omitempty"` // SHA-256 of a file that was written
}

// States of a campaign; those of a run are the same but for Planned.
const (
	Planned = "planned"
	Running = "running"
	Paused  = "paused"
	Closing = "closing"
	Closed  = "closed"
)

// A Campaign is a declared campaign and its runs.
type Campaign struct {
	Campaign evidence.Campaign `json:"campaign"`
	State    string            `json:"state"` // of its newest run, planned if it never ran
	Next     time.Time         `json:"next,omitzero"`
	Runs     []RunOf           `json:"runs"` // newest first
}

// A RunOf is one going through of a campaign's sources.
type RunOf struct {
	ID     string    `json:"id"`
	State  string    `json:"state"`
	Who    string    `json:"who"`
	Opened time.Time `json:"opened"`
	Closed time.Time `json:"closed,omitzero"`
}

// Progress is how a run stands at one moment.
type Progress struct {
	Run      string  `json:"run"`
	State    string  `json:"state"`
	Open     int     `json:"open"`   // leads not yet visited
	Done     int     `json:"done"`   // leads visited
	Failed   int     `json:"failed"` // leads given up or refused
	Captures int     `json:"captures"`
	Unread   int     `json:"unread"` // captures that wait to be read
	Records  int     `json:"records"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"rate"`            // leads settled a second
	Left     float64 `json:"left"`            // seconds, at this rate; 0: not known
	Waits    string  `json:"waits,omitempty"` // why nothing is fetched just now, as for want of room on the disk
}

// A Report ends every run.
type Report struct {
	Run       string         `json:"run"`
	Campaign  string         `json:"campaign"`
	Who       string         `json:"who"`
	Opened    time.Time      `json:"opened"`
	Closed    time.Time      `json:"closed"`
	Sources   []SourceReport `json:"sources"` // by id
	Changes   Changes        `json:"changes"`
	FactsNew  int            `json:"facts_new"`
	FactsDiff int            `json:"facts_changed"`
	FactsGone int            `json:"facts_gone"`
	Entities  int            `json:"entities_touched"`
	Issued    int            `json:"evaluations_issued"`
	Figures
	Before *Before `json:"before,omitempty"` // the campaign's last run
}

// Figures are what a run came to as a whole.
type Figures struct {
	Asked   int            `json:"asked"`
	Fetched int            `json:"fetched"`
	Failed  map[string]int `json:"failed,omitempty"` // reason -> leads
	Kinds   map[string]int `json:"kinds,omitempty"`  // record type -> records
	Bytes   int64          `json:"bytes"`
	Seconds float64        `json:"seconds"`
}

// Before is the run before, and what became of its pages since.
type Before struct {
	Run    string    `json:"run"`
	Closed time.Time `json:"closed"`
	Pages  PagesDiff `json:"pages"`
	Figures
}

// PagesDiff counts pages by what became of them since the run before.
type PagesDiff struct {
	New     int `json:"new"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Gone    int `json:"gone"`
}

// Changes counts what a run did to records.
type Changes struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Gone      int `json:"gone"`
	Back      int `json:"back"`
	Unchanged int `json:"unchanged"`
}

// A SourceReport is a run's report on one source.
type SourceReport struct {
	ID          string         `json:"id"`
	Title       string         `json:"title"`
	Result      string         `json:"result"` // of its look: complete, partial, refused, failed
	Reason      string         `json:"reason,omitempty"`
	Asked       int            `json:"asked"`
	Fetched     int            `json:"fetched"`
	Unchanged   int            `json:"unchanged"`
	Refused     int            `json:"refused"`          // by robots
	Failed      map[string]int `json:"failed,omitempty"` // reason -> leads
	Why         []string       `json:"why,omitempty"`    // the first few faults in words
	Records     int            `json:"records"`
	Quarantined int            `json:"quarantined"`
	Skipped     map[string]int `json:"skipped,omitempty"`
	Unread      map[string]int `json:"unread,omitempty"`  // fields nobody read -> times seen
	Passed      map[string]int `json:"passed,omitempty"`  // links and entries that were not followed, by reason
	Flagged     map[string]int `json:"flagged,omitempty"` // what an operator should look at, by host -> answers that showed it
	Changes     Changes        `json:"changes"`
}

// A Source is a declared source and when it was last looked at.
type Source struct {
	Source evidence.Source `json:"source"`
	Looked time.Time       `json:"looked,omitzero"` // zero: never
	Result string          `json:"result,omitempty"`
	Reason string          `json:"reason,omitempty"`
}

// A Standard is a scoring standard as its file says.
type Standard struct {
	ID     string            `json:"id"` // ID@VERSION
	Digest string            `json:"digest"`
	Body   json.RawMessage   `json:"body"`             // the file
	Tables map[string]string `json:"tables,omitempty"` // rule tables beside it -> digest
}

// Stats counts what there is.
type Stats struct {
	Captures      int            `json:"captures"`
	Records       int            `json:"records"`
	Facts         int            `json:"facts"`
	Entities      int            `json:"entities"`
	Evaluations   int            `json:"evaluations"`
	Looks         int            `json:"looks"`
	Mentions      int            `json:"mentions"`
	Held          int            `json:"held"` // records that wait for a person
	Quarantined   int            `json:"quarantined"`
	Position      int64          `json:"position"` // of the ledger
	RecordsByType map[string]int `json:"records_by_type,omitempty"`
	FactsByType   map[string]int `json:"facts_by_type,omitempty"`
	Grades        map[string]int `json:"grades,omitempty"` // of entities, now
}
