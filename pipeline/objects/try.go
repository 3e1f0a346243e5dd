package objects

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"probity/pipeline/evidence"
)

const (
	tries     = 4
	pause     = 100 * time.Millisecond // before the second try, doubled before each after it
	patience  = 30 * time.Second       // for one try, and
	slowest   = 1 << 20                // bytes a second beyond it
	throttled = 2 * time.Second        // what a server that says "slow down" is left alone
)

// try does a request up to four times while another try may help, each with a
// deadline of its own, and says the last error in the words of the house.
// Longer waits are the caller's.
func (s *S3) try(ctx context.Context, verb, key string, size int64, do func(ctx context.Context, n int) error) error {
	for n := 1; ; n++ {
		err := s.once(ctx, size, n, do)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%s object %s: %w", verb, key, context.Cause(ctx))
		}
		again, said := fault(verb, key, err)
		if !again || n == tries {
			return said
		}
		wait := time.NewTimer(pause<<(n-1) + rand.N(pause))
		select {
		case <-ctx.Done():
			wait.Stop()
			return said
		case <-wait.C:
		}
	}
}

func (s *S3) once(ctx context.Context, size int64, n int, do func(ctx context.Context, n int) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience+time.Duration(size/slowest)*time.Second)
	defer cancel()
	return do(ctx, n)
}

// fault says an error of the client in the words of the house, and whether
// another try may change it.
func fault(verb, key string, err error) (again bool, said error) {
	kind, advice := evidence.ErrUnavailable, ""
	r := minio.ToErrorResponse(err)
	switch {
	case errors.Is(err, evidence.ErrUnavailable), evidence.Final(err), errors.Is(err, evidence.ErrConflict):
		return false, err // of a request within this one, which made its own tries
	case slowDown(r):
		return true, evidence.RetryAfter(fmt.Errorf("%s object %s: %w: %s", verb, key, kind, words(r)), throttled)
	case r.StatusCode >= 500 || r.Code == "InternalError":
		again = true
	case r.Code == minio.NoSuchBucket:
		advice = "; the bucket is not there: make it, or name another in the settings"
	case r.StatusCode == http.StatusNotFound:
		kind = evidence.ErrNotFound
	case r.Code == "RequestTimeTooSkewed":
		kind, advice = evidence.ErrForbidden, "; set this machine's clock"
	case r.StatusCode == http.StatusForbidden || r.StatusCode == http.StatusUnauthorized:
		kind, advice = evidence.ErrForbidden, "; compare key, secret and policy of the bucket"
	case r.StatusCode == http.StatusPreconditionFailed:
		kind = evidence.ErrConflict
	case r.StatusCode == http.StatusConflict: // two writers at once: the next try shows who won
		kind, again = evidence.ErrConflict, true
	case r.Code == "BadDigest", r.Code == "IncompleteBody", r.Code == "RequestTimeout", r.Code == "XAmzContentSHA256Mismatch":
		again = true // torn on its way
	case r.StatusCode >= 400:
		kind = evidence.ErrInvalid
	default: // no answer at all
		return !refused(err), fmt.Errorf("%s object %s: %w: %w", verb, key, kind, err)
	}
	return again, fmt.Errorf("%s object %s: %w: %s%s", verb, key, kind, words(r), advice)
}

func slowDown(r minio.ErrorResponse) bool {
	return r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusServiceUnavailable ||
		r.Code == "SlowDown" || r.Code == "SlowDownRead" || r.Code == "SlowDownWrite"
}

func words(r minio.ErrorResponse) string {
	return fmt.Sprintf("the store says %d %s: %.200s", r.StatusCode, r.Code, r.Message)
}

// refused reports whether nobody listens there: the next try, a moment later,
// will find the same, and the caller knows better how long to wait.
func refused(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" && !op.Timeout()
}
