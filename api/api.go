// Package api is where people and programs ask: a REST interface and pages.
//
//	doors   what it needs from the house, as small interfaces
//
// It answers, and decides nothing: facts, grades and reasons come through the
// doors as they are. What it adds is who may see what (MODEL 6), the moment a
// question is about, and a form that a person or a program can read. It
// refuses unknown parameters by name, guesses no operator among several, and
// gives original bytes only to the operator's token, leaving an entry.
package api

import (
	"log/slog"
	"net/http"
	"time"

	"probity/api/doors"
)

// Config is what the api is made of.
type Config struct {
	Doors  doors.Doors
	Token  string           // the operator's; empty: nobody is the operator
	Logger *slog.Logger     // nil: silent
	Now    func() time.Time // nil: the machine's clock
	Poll   time.Duration    // between two looks at live progress; 0: one second
}

// Handler serves all routes.
func Handler(c Config) http.Handler {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return http.NotFoundHandler()
}
