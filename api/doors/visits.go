package doors

import (
	"context"
	"time"

	"probity/pipeline/evidence"
)

// Visited tells who was visited when, under which permission: to those who
// compare two captures of a page, and to those whose site it is.
type Visited interface {
	// OfPage returns the captures of the address of a capture, newest first,
	// up to n of those behind a cursor. evidence.ErrNotFound: no such capture;
	// evidence.ErrInvalid: a cursor that was not given.
	OfPage(ctx context.Context, capture, cursor string, n int) (Visits, error)
	// OfHost is OfPage for every address of a host. A host that was never
	// visited has none.
	OfHost(ctx context.Context, host, cursor string, n int) (Visits, error)
	// Neighbour says how a host is visited and why. evidence.ErrNotFound: no
	// source names it and nobody ever went there.
	Neighbour(ctx context.Context, host string) (Neighbour, error)
}

// Visits are one page of them.
type Visits struct {
	Visits []Visit `json:"visits"`
	Next   string  `json:"next,omitempty"` // cursor; empty: no more
}

// A Visit is one request that was answered.
type Visit struct {
	Capture   string                  `json:"capture"`
	Content   string                  `json:"content"`
	Time      time.Time               `json:"time"`
	Method    string                  `json:"method"`
	URL       string                  `json:"url"`
	Status    int                     `json:"status"`
	Bytes     int64                   `json:"bytes"`
	Source    string                  `json:"source"`
	Run       string                  `json:"run"`
	Robots    evidence.RobotsDecision `json:"robots"`
	File      string                  `json:"file,omitempty"`      // capture of the robots.txt that was obeyed
	IsFile    bool                    `json:"is_file,omitempty"`   // the visit was for robots.txt itself
	Unchanged bool                    `json:"unchanged,omitempty"` // the server said that nothing had changed
}

// A Neighbour is a host as its webmaster asks about it.
type Neighbour struct {
	Host     string    `json:"host"`
	Sources  []Ground  `json:"sources"`            // on whose behalf it is visited
	Courtesy *Host     `json:"courtesy,omitempty"` // as it is in force; nil: never visited
	Agent    string    `json:"agent"`              // the User-Agent that is sent, with the contact in it
	Contact  []string  `json:"contact"`            // addresses named in it
	File     string    `json:"file,omitempty"`     // capture of the newest robots.txt
	Read     time.Time `json:"read,omitzero"`      // when that was
	Flag     string    `json:"flag,omitempty"`     // what it asks for beyond what is kept, as the last visit found it
}

// A Ground is why a host is visited.
type Ground struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Publisher  string        `json:"publisher,omitempty"`
	LegalBasis string        `json:"legal_basis"` // the article of the law
	Purpose    string        `json:"purpose"`
	Impact     string        `json:"impact"`
	Retention  int           `json:"retention_months"`
	Campaigns  []string      `json:"campaigns"`
	Gap        time.Duration `json:"gap"` // in force, nanoseconds
	Killed     bool          `json:"killed,omitempty"`
}

// Stated is what the reading of one capture stated.
type Stated struct {
	Records []StatedRecord `json:"records"`
	More    int            `json:"more,omitempty"` // records that are left out
}

// A StatedRecord is a record in the version that a capture stated, with where
// that stood in it.
type StatedRecord struct {
	ID        string              `json:"id"`
	Record    evidence.Record     `json:"record"`
	Citations []evidence.Citation `json:"citations"`
	Facts     []FactRef           `json:"facts"`
}
