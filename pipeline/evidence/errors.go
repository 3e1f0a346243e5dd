package evidence

import (
	"errors"
	"time"
)

// An error of the house is told apart by what its receiver should do, never
// by where it was made. Wrap one of these with %w and say the rest in words;
// an error that wraps none of them is a fault, worth another try and a log line.
var (
	ErrNotFound    = errors.New("not found")   // nobody has it
	ErrInvalid     = errors.New("invalid")     // it can never be accepted as it is
	ErrForbidden   = errors.New("forbidden")   // robots.txt, a scope or a policy says no
	ErrConflict    = errors.New("conflict")    // somebody was faster: read again, then decide
	ErrUnavailable = errors.New("unavailable") // try again later
)

// Final reports whether trying again can change nothing.
func Final(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrForbidden)
}

// RetryAfter marks err as unavailable for at least d.
func RetryAfter(err error, d time.Duration) error {
	return &delayedError{err: err, delay: d}
}

// Delay returns how long err asks its receiver to wait.
func Delay(err error) (time.Duration, bool) {
	if d, ok := errors.AsType[*delayedError](err); ok {
		return d.delay, true
	}
	return 0, false
}

type delayedError struct {
	err   error
	delay time.Duration
}

func (e *delayedError) Error() string   { return e.err.Error() }
func (e *delayedError) Unwrap() []error { return []error{ErrUnavailable, e.err} }
