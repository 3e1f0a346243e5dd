package crawler

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"probity/pipeline/evidence"
)

// A Fetcher does one exchange, within limits, and follows nothing.
//
// Every answer is an exchange, whatever its status. An error means that no
// answer came that could be kept: evidence.ErrUnavailable (try later),
// ErrForbidden (an address, port or certificate that must not be used) or
// ErrInvalid (an answer beyond the limits), and a FaultError says it in one word.
type Fetcher interface {
	Fetch(ctx context.Context, r Request) (evidence.Exchange, error)
}

// A Request is one lead to be fetched, and what has to be known for it.
// Zero values take the fetcher's defaults.
type Request struct {
	Run      string
	Lead     evidence.Lead
	Attempt  int // 1 at the first try
	Robots   evidence.RobotsDecision
	Timeout  time.Duration    // of the whole exchange
	Gap      time.Duration    // to keep between requests, where a visit takes several
	MaxSize  int64            // bytes of the body after content decoding
	ETag     string           // asks for the page only if it is another one (RFC 9110, 13.1.2)
	Modified string           // and for one changed since, as Last-Modified said (13.1.3)
	Render   *evidence.Render // the page's scripts are to be run; nil: it is read as it came
	Charset  string           // declared by the source; empty: decided
	BodyType string           // of a POST [application/x-www-form-urlencoded]
	// AdmitTLS keeps an answer whose certificate is not valid, with the fault
	// in the capture. For probes of sites, where the fault is the news.
	AdmitTLS bool
}

// A FaultError says why a visit came to nothing: Reason in one word for counters,
// the error itself in words for people.
type FaultError struct {
	Reason string // dns, connect, timeout, tls, address, port, scheme, headers, too_large, bomb, truncated, encoding, protocol, invalid
	Host   bool   // the host could not be reached at all: it shall rest
	Err    error
}

func (f *FaultError) Error() string { return f.Err.Error() }

// Unwrap gives the error that says what to do.
func (f *FaultError) Unwrap() error { return f.Err }

// reasonOf is an error's FaultError, or one of no particular kind.
func reasonOf(err error) FaultError {
	if f, ok := errors.AsType[*FaultError](err); ok {
		return *f
	}
	return FaultError{Reason: "fault", Err: err}
}

// RetryAfter is how long an answer asks to wait (RFC 9110, 10.2.3), in
// seconds or until a date; 0: it does not say, or nothing that can be read.
func RetryAfter(e evidence.Exchange, now time.Time) time.Duration {
	v := strings.TrimSpace(e.Header.Get("Retry-After"))
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
