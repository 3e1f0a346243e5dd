package evidence

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Source is a declared place on the web: data, never code. It is read from
// YAML, strictly; see deploy/sources.
type Source struct {
	ID         string   `yaml:"source" json:"source"`
	Profile    bool     `yaml:"profile" json:"-"` // not a source itself, only to be extended
	Extends    string   `yaml:"extends" json:"-"` // a profile: another declaration that this one lies over
	Title      string   `yaml:"title" json:"title"`
	Publisher  string   `yaml:"publisher" json:"publisher"`
	Class      int      `yaml:"class" json:"class"` // class 1-5 of Article 10
	LegalBasis string   `yaml:"legal_basis" json:"legal_basis"`
	Purpose    string   `yaml:"purpose" json:"purpose"`
	Impact     string   `yaml:"impact" json:"impact"` // effect on the service, assessed before automated collection
	Kind       string   `yaml:"kind" json:"kind"`     // what standards call it: gsxt, cf_penalty, shop_site …
	Start      []Start  `yaml:"start" json:"start,omitempty"`
	Hosts      []string `yaml:"hosts" json:"hosts,omitempty"`     // in scope; empty: the hosts of the start pages
	Include    []string `yaml:"include" json:"include,omitempty"` // regular expressions on path?query; empty: what a view matches
	Exclude    []string `yaml:"exclude" json:"exclude,omitempty"`
	Types      []string `yaml:"types" json:"types,omitempty"`       // kinds of file that are wanted, see media.Kinds; empty: all. Start pages and what only leads are taken as they are
	Depth      int      `yaml:"depth" json:"depth,omitempty"`       // hops from a start page; 0: as far as views lead
	Volatile   []string `yaml:"volatile" json:"volatile,omitempty"` // URL and body fields that stay out of content and lead identity
	Query      Query    `yaml:"query" json:"query,omitzero"`        // what in an address means nothing
	Charset    string   `yaml:"charset" json:"charset,omitempty"`   // declared, where the publisher's own word is wrong
	Views      []View   `yaml:"views" json:"views"`
	Discover   []string `yaml:"discover" json:"discover,omitempty"` // what leads further beside the views' own next: see Discoveries
	List       string   `yaml:"list" json:"list"`                   // events, standings, snapshot (MODEL 3)
	Missing    string   `yaml:"missing" json:"missing,omitempty"`   // what a missing row means: unpublished, ends, nothing
	Each       bool     `yaml:"each" json:"each,omitempty"`         // every start page or followed subject is a whole scope of its own
	Covers     Covers   `yaml:"covers" json:"covers"`
	Expect     Expect   `yaml:"expect" json:"expect"`
	Precedence int      `yaml:"precedence" json:"precedence,omitempty"` // where sources differ the higher one counts
	Register   bool     `yaml:"register" json:"register,omitempty"`     // its registrations say who bears which name
	Retention  int      `yaml:"retention_months" json:"retention_months"`
	Manners    Manners  `yaml:"manners" json:"manners"`
	Schedule   string   `yaml:"schedule" json:"schedule,omitempty"` // cron, Asia/Shanghai
	Traps      *Traps   `yaml:"traps" json:"traps,omitempty"`
	Revisit    *Revisit `yaml:"revisit" json:"revisit,omitempty"` // how pages are visited again; nil: all, every run
}

// Wants reports whether a kind of file is wanted.
func (s Source) Wants(kind string) bool { return len(s.Types) == 0 || slices.Contains(s.Types, kind) }

// Traps are what keeps a source's run from going on for ever, beside what
// scope refuses by itself.
type Traps struct {
	Budget     Budget `yaml:"budget" json:"budget,omitzero"`            // of the source in one run
	HostBudget Budget `yaml:"host_budget" json:"host_budget,omitzero"`  // of each of its hosts in one run
	SoftErrors bool   `yaml:"soft_errors" json:"soft_errors,omitempty"` // its servers say "not found" with status 200: they are asked for a page that cannot exist, and pages like that answer are errors
	// Alike is how many nearly equal pages of a host are followed in a run; what
	// comes after is read, and leads no further. 0: likeness does not matter.
	Alike int `yaml:"alike" json:"alike,omitempty"`
}

// Revisit is how the pages of a source are visited again.
type Revisit struct {
	// Conditional asks with If-None-Match and If-Modified-Since; a 304 is then
	// a sighting of what the page said last. Not for publishers whose servers
	// say so wrongly.
	Conditional bool          `yaml:"conditional" json:"conditional,omitempty"`
	Least       time.Duration `yaml:"least" json:"least,omitempty"` // shortest interval of a page; 0: none
	Most        time.Duration `yaml:"most" json:"most,omitempty"`   // longest; 0: none
}

// A Query says what in the addresses of a source means nothing. Unlike what is
// volatile, it is not sent.
type Query struct {
	Drop []string `yaml:"drop" json:"drop,omitempty"` // session ids and tracking parameters, also as ;name=value in a path; a last * stands for any ending
	Sort bool     `yaml:"sort" json:"sort,omitempty"` // the order of parameters
}

// A Start is a start page: a URL, or a form to post.
type Start struct {
	URL  string `yaml:"url" json:"url"`
	Post string `yaml:"post" json:"post,omitempty"` // form body; empty: GET
	View string `yaml:"view" json:"view,omitempty"`
}

// Covers says which indicators of a standard a complete look at the source
// covers, for whom, and for how long.
type Covers struct {
	Indicators []string `yaml:"indicators" json:"indicators"`
	Scope      Scope    `yaml:",inline" json:"scope"`
	MaxAge     int      `yaml:"max_age_days" json:"max_age_days"`
}

// Expect holds the assertions of a complete run. A run that misses one is
// partial: its records count, its silence does not.
type Expect struct {
	MinRows int                `yaml:"min_rows" json:"min_rows,omitempty"`
	MaxRows int                `yaml:"max_rows" json:"max_rows,omitempty"` // 0: no limit
	Filled  map[string]float64 `yaml:"filled" json:"filled,omitempty"`     // field -> least share of records that have it
}

// Manners is how a source wants to be visited. Zero values take the
// configured default.
type Manners struct {
	Gap     time.Duration `yaml:"gap" json:"gap,omitempty"`           // from the end of an answer to the next request at a host
	Timeout time.Duration `yaml:"timeout" json:"timeout,omitempty"`   // for one exchange
	MaxSize int64         `yaml:"max_size" json:"max_size,omitempty"` // bytes after content decoding
	Backoff time.Duration `yaml:"backoff" json:"backoff,omitempty"`   // first wait after 429 and 503; doubles to a day
	Group   string        `yaml:"group" json:"group,omitempty"`       // hosts that share one visitor
	// Latency times how long an answer took is the least gap after it: who is
	// slow is asked more slowly. 0: the configured factor.
	Latency float64 `yaml:"latency_factor" json:"latency_factor,omitempty"`
}

// slowest is the longest gap that slowness alone makes; beyond it there is
// back-off.
const slowest = time.Minute

// trouble is by how much the gap grows after an answer that says that the
// server has trouble, as long as it does.
const trouble = 4

// Adapted is the least gap after an answer that took so long; trouble says that
// it was an error of the server, or none at all. 0: the declared gap holds.
func (m Manners) Adapted(took time.Duration, troubled bool) time.Duration {
	if m.Latency <= 0 {
		return 0
	}
	gap := time.Duration(m.Latency * float64(took))
	if troubled {
		gap = max(gap, trouble*m.Gap)
	}
	if gap <= m.Gap {
		return 0
	}
	return max(m.Gap, min(gap, slowest))
}

// A View is one kind of page of a source, and how it is read.
type View struct {
	Name    string            `yaml:"name" json:"name"`
	Match   string            `yaml:"match" json:"match"`             // regular expression on path?query
	Read    string            `yaml:"read" json:"read"`               // table, detail, judgment, shop, reviews, site, links, keep, discover
	Format  string            `yaml:"format" json:"format,omitempty"` // what its pages are, of Formats, several joined by |; empty: whatever comes
	Record  string            `yaml:"record" json:"record,omitempty"`
	Rows    string            `yaml:"rows" json:"rows,omitempty"`     // CSS selector of the table or of each detail block; a dotted path in JSON; a sheet's name
	Header  int               `yaml:"header" json:"header,omitempty"` // rows above the column names
	Fields  []Label           `yaml:"fields" json:"fields,omitempty"`
	Key     []string          `yaml:"key" json:"key,omitempty"` // fields that make the natural key; "party" is the subject's strongest identifier, else its name
	Set     map[string]string `yaml:"set" json:"set,omitempty"` // fields the page does not say since they are always so
	Split   *Split            `yaml:"split" json:"split,omitempty"`
	Next    []Follow          `yaml:"next" json:"next,omitempty"`   // further leads: pagination, detail pages
	Empty   string            `yaml:"empty" json:"empty,omitempty"` // text that an empty list shows; without it no rows is a fault
	Skip    []SkipRule        `yaml:"skip" json:"skip,omitempty"`
	Render  *Render           `yaml:"render" json:"render,omitempty"`   // its pages need their scripts; nil: they are read as they came
	Options map[string]string `yaml:"options" json:"options,omitempty"` // of a code kind
}

// A Render says how the scripts of a page are run, in a browser that gets all
// it asks for by the crawler's own way and nothing otherwise.
type Render struct {
	Until    string        `yaml:"until" json:"until,omitempty"`       // CSS selector that the finished page has; empty: when it asks for nothing any more
	Requests int           `yaml:"requests" json:"requests,omitempty"` // that the page may make at most [60]
	Timeout  time.Duration `yaml:"timeout" json:"timeout,omitempty"`   // for the whole page [1m]
	Together int           `yaml:"together" json:"together,omitempty"` // of these requests, how many follow each other without the host's gap, where its robots.txt asks for none
	Post     bool          `yaml:"post" json:"post,omitempty"`         // its scripts may POST forms and JSON
}

// A Label maps a column or a label of the page to a field of the record type,
// or to the subject: party.name, party.identifier, party.kind; other.name,
// other.identifier for a party named beside.
type Label struct {
	Label  string            `yaml:"label" json:"label"` // as the page writes it; several spellings joined by |
	Field  string            `yaml:"field" json:"field,omitempty"`
	Unit   string            `yaml:"unit" json:"unit,omitempty"`     // of money: 元, 万元
	Values map[string]string `yaml:"values" json:"values,omitempty"` // page's word -> enum value
	Split  string            `yaml:"split" json:"split,omitempty"`   // of a list: what separates the items
	Ignore string            `yaml:"ignore" json:"ignore,omitempty"` // why it is not collected: personal data, not needed
	Need   bool              `yaml:"need" json:"need,omitempty"`     // a row without it is quarantined
	// Optional says that the publisher sometimes leaves the whole column out;
	// without it a missing column is a fault of the page.
	Optional bool `yaml:"optional" json:"optional,omitempty"`
}

// A Split makes one record of each item in a cell: a column that names
// several lists.
type Split struct {
	Label     string            `yaml:"label" json:"label"`
	Separator string            `yaml:"separator" json:"separator"`
	Records   map[string]string `yaml:"records" json:"records"` // item -> record type; "-" declares it skipped
}

// A Follow says which links of the page are leads.
type Follow struct {
	Select string `yaml:"select" json:"select"`           // CSS selector of <a>, <form> or a dotted path in JSON
	View   string `yaml:"view" json:"view,omitempty"`     // that reads them
	Source string `yaml:"source" json:"source,omitempty"` // another source whose start pages they are
	About  bool   `yaml:"about" json:"about,omitempty"`   // they are about the subject of their row
	Label  string `yaml:"label" json:"label,omitempty"`   // the column whose text is the URL, where it is no link
}

// A SkipRule declares rows that are no statements: sums, headings.
type SkipRule struct {
	Label  string `yaml:"label" json:"label"`
	Match  string `yaml:"match" json:"match"` // regular expression on the cell
	Reason string `yaml:"reason" json:"reason"`
}

// Missing-row meanings.
const (
	MissingUnpublished = "unpublished"
	MissingEnds        = "ends"
	MissingNothing     = "nothing"
)

// View returns the view of that name.
func (s Source) View(name string) (View, error) {
	for _, v := range s.Views {
		if v.Name == name {
			return v, nil
		}
	}
	if v, ok := s.leading(name); ok {
		return v, nil
	}
	names := make([]string, len(s.Views))
	for i, v := range s.Views {
		names[i] = v.Name
	}
	return View{}, fmt.Errorf("source %s: %w: no view %q, only %s", s.ID, ErrInvalid, name, strings.Join(names, ", "))
}
