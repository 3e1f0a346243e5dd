package evidence

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Capture is one archived HTTP exchange, or one file handed in: who asked
// for what, when, under which permission, and what came. The bytes themselves
// stay in the archive under ID.
type Capture struct {
	ID       string         `json:"id"` // UUID, the WARC-Record-ID of the response
	Run      string         `json:"run"`
	Lead     Lead           `json:"lead"`
	Attempt  int            `json:"attempt"`             // 1 at the first try
	Content  string         `json:"content"`             // digest of what was said, see ContentID
	Payload  string         `json:"payload"`             // SHA-256 of the body after content decoding, hexadecimal
	Time     time.Time      `json:"time"`                // start of the request (WARC-Date), UTC
	Status   int            `json:"status"`              // HTTP status; 0 for a file handed in
	Type     string         `json:"type"`                // Content-Type as sent
	Media    Media          `json:"media,omitzero"`      // what the bytes are, whatever Type says
	Location string         `json:"location"`            // of a redirect, as sent
	Size     int64          `json:"size"`                // bytes of the body after content decoding
	Address  string         `json:"address"`             // IP and port that answered
	TLSCert  string         `json:"tls,omitempty"`       // SHA-256 of the leaf certificate, hexadecimal
	TLSFault string         `json:"tls_fault,omitempty"` // why the certificate was not valid, where a source admits that
	Protocol string         `json:"protocol,omitempty"`  // h2, where the heads kept are not as they were sent; empty: HTTP/1.1
	Robots   RobotsDecision `json:"robots"`
	Charset  Charset        `json:"charset"`
	// Unchanged is the capture to which a server referred by answering 304 (Not
	// Modified): status, type, location and payload are those of it, since
	// that is what the server said again. The answer's own head is kept.
	Unchanged string `json:"unchanged,omitempty"`
	// SoftError is why a page with a good status is none, in one word, where
	// its source declares that its servers send such.
	SoftError string `json:"soft_error,omitempty"`
	// Alike is the capture of a page that this one nearly equals, where its
	// source declares that so many of them lead no further.
	Alike string `json:"alike,omitempty"`
	// Attached is what was made of the page while it was visited, such as a
	// screenshot; the bytes are in the exchange.
	Attached []Attachment `json:"attached,omitempty"`
	Custody  string       `json:"custody,omitempty"` // of a file handed in: who gave it, to whom, when
	Crawler  string       `json:"crawler"`           // name and version of the program
}

// A RobotsDecision says why a page might be fetched.
type RobotsDecision struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason"`           // no file, allowed, disallowed, unreadable, unavailable, not asked (a file handed in)
	Rule    string `json:"rule,omitempty"`   // the line that decided, at most 300 bytes of it
	Line    int    `json:"line,omitempty"`   // its number, from 1
	Digest  string `json:"digest,omitempty"` // SHA-256 of the robots file
	Flag    string `json:"flag,omitempty"`   // what an operator should look at in the file, as a crawl-delay beyond the cap
}

// A Media is what the bytes of an answer are, and on what ground. Captures
// kept before it was decided have none; it is no part of the content, since
// it follows from its bytes.
type Media struct {
	Type string `json:"type"` // media type without parameters
	By   string `json:"by"`   // bytes, declared, name
}

// A Charset is how bytes become text, and on what ground.
type Charset struct {
	Name       string  `json:"name"`       // WHATWG name: utf-8, gb18030, big5 …; empty for what is not text
	By         string  `json:"by"`         // bom, header, meta, utf-8, guess, gb18030, fallback, declared
	Confidence float64 `json:"confidence"` // 0 to 1
}

// An Exchange is a capture with its bytes.
type Exchange struct {
	Capture  Capture
	Request  []byte      // request line, headers and body as sent
	Response []byte      // status line and headers as received
	Header   http.Header // of the response, as the server sent them
	Raw      []byte      // body as received (after transfer coding, before content decoding)
	Body     []byte      // body after content decoding
	Attached [][]byte    // of each of Capture.Attached, in that order

	weighed weight
}

// A weight is what was found of a body: where it stands and its digest.
type weight struct {
	first  *byte
	size   int
	digest string
}

// Weigh makes size and digest of the capture from the body, and remembers of
// which bytes they are, so that whoever has to know need not digest them again.
// Nobody changes a body.
func (e *Exchange) Weigh() {
	e.weighed = weight{size: len(e.Body), digest: DigestBytes(e.Body)}
	if len(e.Body) > 0 {
		e.weighed.first = &e.Body[0]
	}
	e.Capture.Payload, e.Capture.Size = e.weighed.digest, int64(len(e.Body))
}

// Digest is that of the body.
func (e Exchange) Digest() string {
	if w := e.weighed; w.digest != "" && w.size == len(e.Body) && (w.size == 0 || w.first == &e.Body[0]) {
		return w.digest
	}
	return DigestBytes(e.Body)
}

// ContentID is the digest of what a server said: SHA-256 over method,
// canonical URL, digest of the request body, status, Content-Type, Location
// and payload digest. Observation time stays out, so that an unchanged page
// has the same content for ever (MODEL 1, content).
//
// Of a page whose scripts were run the content is what they made of it, since
// that is what is read: the digest of that document stands in for the payload's.
func ContentID(c Capture) string {
	v, payload := c.Lead.Volatile, c.Payload
	for _, a := range c.Attached {
		if a.Kind == AttachedDOM {
			payload = a.Payload
		}
	}
	return Digest("content", c.Lead.Method, withoutFields(c.Lead.URL, v), DigestBytes([]byte(withoutPairs(c.Lead.Body, v))),
		strconv.Itoa(c.Status), c.Type, withoutFields(c.Location, v), payload)
}

// OK reports whether the capture holds a page that can be read: a 2xx answer
// that is no error page in disguise, or a file handed in.
func (c Capture) OK() bool {
	return c.Status == 0 || c.Status >= 200 && c.Status < 300 && c.SoftError == ""
}

// MediaType is the media type without parameters, lower case.
func (c Capture) MediaType() string {
	t, _, _ := strings.Cut(c.Type, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// IsHTML reports whether the media type is that of a web page.
func (c Capture) IsHTML() bool {
	return slices.Contains([]string{"text/html", "application/xhtml+xml"}, c.MediaType())
}
