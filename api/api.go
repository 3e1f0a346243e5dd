// Package api is where people and programs ask: a REST interface and pages.
//
//	doors      what it needs from the house, as small interfaces
//	question   what is asked for in a URL, read strictly
//	see        who may see what (MODEL 6)
//	gate       who is the operator, and which forms are ours
//	problem    what went wrong, as RFC 9457 problems
//	words      codes of the house in Chinese and English
//	rest       /api/v1 and its OpenAPI document
//	pages      the site
//
// It answers, and decides nothing: facts, grades and reasons come through the
// doors as they are. What it adds is who may see what, the moment a question
// is about, and a form that a person or a program can read. It refuses unknown
// parameters by name, guesses no operator among several, and gives original
// bytes only to the operator's token, leaving an entry.
package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"probity/api/doors"
	"probity/api/gate"
	"probity/api/pages"
	"probity/api/rest"
)

// Config is what the api is made of.
type Config struct {
	Doors  doors.Doors
	Token  string           // the operator's; empty: nobody is the operator
	Logger *slog.Logger     // nil: silent
	Now    func() time.Time // nil: the machine's clock
	Limit  time.Duration    // within which an answer is given, but for live progress; 0: 20 s
	Poll   time.Duration    // between two looks at live progress; 0: one second
	Around Around           // nil: nobody is told of requests
	Hosts  []string         // names under which a server on loopback may be asked, besides localhost and addresses
}

// Around is told that a request begins, with the pattern that it matches ("":
// none), and whether its answer streams; it returns the request to go on with,
// and what is told the status in the end.
type Around func(r *http.Request, route string, stream bool) (*http.Request, func(status int))

// A server is the routes and what every request passes before them.
type server struct {
	mux   *http.ServeMux
	pages *pages.Pages
	gate  *gate.Gate
	log   *slog.Logger
	hosts []string
	limit time.Duration
	mind  Around
}

// Handler serves all routes. An error means that the program itself was put
// together wrongly.
func Handler(c Config) (http.Handler, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Limit <= 0 {
		c.Limit = 20 * time.Second
	}
	if c.Poll <= 0 {
		c.Poll = time.Second
	}
	if c.Around == nil {
		c.Around = func(r *http.Request, _ string, _ bool) (*http.Request, func(int)) { return r, func(int) {} }
	}
	s := &server{mux: http.NewServeMux(), gate: gate.New(c.Token), log: c.Logger, hosts: c.Hosts, limit: c.Limit, mind: c.Around}
	var err error
	if s.pages, err = pages.New(c.Doors, s.gate, c.Now, min(c.Poll, 200*time.Millisecond), c.Logger); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	s.pages.Routes(s.mux)
	rest.Register(s.mux, rest.Config{Doors: c.Doors, Gate: s.gate, Now: c.Now, Logger: c.Logger, Poll: c.Poll})
	return s, nil
}
