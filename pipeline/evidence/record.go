package evidence

import "strings"

// A Record is one typed, normalised statement of one view of a source. Its
// identity is (source, view, type, key); page and row are no part of it.
//
// Everything but Citations is the body, which is compared and versioned;
// citations say where it stood.
type Record struct {
	Source  string            `json:"source"`
	View    string            `json:"view"`
	Type    string            `json:"type"`              // a type of the vocabulary, see Types
	Key     string            `json:"key"`               // the publisher's natural key, folded
	Fields  map[string]string `json:"fields,omitempty"`  // normalised as the vocabulary's kinds say
	Parties []Party           `json:"parties,omitempty"` // the first one with Role "subject" is whom it is about
	// Marks are fields that were kept as written since they could not be
	// normalised or failed their check: field -> what is wrong, in Chinese.
	Marks map[string]string `json:"marks,omitempty"`

	Citations []Citation `json:"-"`
}

// ID is the record's identity as a digest.
func (r Record) ID() string { return Digest("record", r.Source, r.View, r.Type, r.Key) }

// Subjects returns the parties that the record is about.
func (r Record) Subjects() []Party {
	var out []Party
	for _, p := range r.Parties {
		if p.Role == RoleSubject {
			out = append(out, p)
		}
	}
	return out
}

// Roles of a party. Only subjects answer for a record; others give context.
const (
	RoleSubject = "subject" // whom the record is about
	RoleOther   = "other"   // named beside: plaintiff, parent, platform
)

// A Party is somebody as a record names them.
type Party struct {
	Role        string       `json:"role"`
	Kind        string       `json:"kind,omitempty"`        // company, individual (个体工商户), natural (a person), empty: not said
	Name        string       `json:"name,omitempty"`        // as written, trimmed; masked where Kind is natural
	PersonKey   string       `json:"person_key,omitempty"`  // of a natural person: keyed hash of the unmasked name
	Identifiers []Identifier `json:"identifiers,omitempty"` // recognised by form, sorted by rank, then value
	Unchecked   []string     `json:"unchecked,omitempty"`   // written as identifiers, recognised as none
}

// Strongest returns the party's strongest identifier.
func (p Party) Strongest() (Identifier, bool) {
	var best Identifier
	for _, id := range p.Identifiers {
		if best.Scheme == "" || id.Scheme.Rank() < best.Scheme.Rank() {
			best = id
		}
	}
	return best, best.Scheme != ""
}

// Mention is the digest under which a party without identifier is known: its
// folded name within one source. A mention bears no name for others and is
// never graded.
func (p Party) Mention(source string) string {
	return Digest("mention", source, FoldName(p.Name)+p.PersonKey)
}

// A Citation says where one field of a record (or the whole, with an empty
// Field) stood, and what was written there. Original is masked rune for rune.
type Citation struct {
	Content  string `json:"content"` // content digest of the capture
	Field    string `json:"field,omitempty"`
	Place    Place  `json:"place"`
	Original string `json:"original"`
}

// A Place is where something stands in a capture: runes [Start,End) of the
// decoded text, or a cell of a sheet, or runes of a page.
type Place struct {
	Start   int    `json:"start"`
	End     int    `json:"end"`
	Sheet   string `json:"sheet,omitempty"`
	Cell    string `json:"cell,omitempty"` // like B7
	Page    int    `json:"page,omitempty"` // from 1
	Decoder string `json:"decoder"`        // name and version of what made the text
	Text    string `json:"text"`           // SHA-256 of the decoded text before masking
}

// A Leaf says that the text from rune Start on stands on a page of what has
// pages, until the next leaf.
type Leaf struct {
	Start int `json:"start"`
	Page  int `json:"page"` // from 1
}

// A Reading is everything that an extractor makes of one capture. Rows =
// distinct records stated + Quarantined + Skipped, for every file.
type Reading struct {
	Text        string         `json:"text"` // the decoded text, masked rune for rune; what is searched
	Title       string         `json:"title"`
	Leaves      []Leaf         `json:"leaves,omitempty"` // of a text that has pages, by Start
	Records     []Record       `json:"records"`
	Leads       []Lead         `json:"leads"`
	Rows        int            `json:"rows"` // statements found on the page: rows of a table, one for a detail page
	Quarantined []Quarantine   `json:"quarantined,omitempty"`
	Skipped     map[string]int `json:"skipped,omitempty"` // declared reason -> rows
	Unread      map[string]int `json:"unread,omitempty"`  // labels or columns that no declaration mentions -> times seen
	Passed      map[string]int `json:"passed,omitempty"`  // links and entries that were not followed, by reason
	Reader      string         `json:"reader"`            // extractor name and version
}

// A Quarantine is a row that could not be read: it is kept, counted and shown,
// and never silently dropped. Text is masked.
type Quarantine struct {
	Place  Place  `json:"place"`
	Reason string `json:"reason"`
	Text   string `json:"text"`
	// Names are the folded names and identifiers found in the row, so that
	// "looked, undecided" can be told for the operators it might concern.
	Names []string `json:"names,omitempty"`
}

// Fold is FoldName for several parts, joined by a bar: how natural keys are made.
func Fold(parts ...string) string {
	for i, p := range parts {
		parts[i] = FoldNumber(p)
	}
	return strings.Join(parts, "|")
}
