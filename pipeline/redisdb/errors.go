package redisdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"probity/pipeline/evidence"
)

// A FullError says that the server has no memory left for new data: what adds
// is refused, what takes away goes on. It is evidence.ErrUnavailable.
type FullError struct{ Where string }

func (e *FullError) Error() string {
	return "Redis " + e.Where + " is full (maxmemory reached): nothing new is taken until there is room; let the crawl drain or give it more memory"
}

// Unwrap gives what to do: try again later.
func (e *FullError) Unwrap() error { return evidence.ErrUnavailable }

// fault says an error of Redis in the words of the house.
func (d *DB) fault(verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.Nil):
		return fmt.Errorf("%s: %w", verb, evidence.ErrNotFound)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", verb, err)
	}
	word, _, _ := strings.Cut(err.Error(), " ")
	_, said := errors.AsType[redis.Error](err)
	switch {
	case said && (word == "OOM" || strings.Contains(err.Error(), "OOM command not allowed")):
		return fmt.Errorf("%s: %w", verb, &FullError{Where: d.where})
	case said && forbids(word, err.Error()):
		return fmt.Errorf("%s: %w: Redis %s refuses this user: %s; check user, password and its rights", verb, evidence.ErrForbidden, d.where, word)
	case said && !passing(word):
		return fmt.Errorf("%s: Redis %s: %w", verb, d.where, err)
	}
	return fmt.Errorf("%s: %w: Redis %s: %w", verb, evidence.ErrUnavailable, d.where, err)
}

func forbids(word, all string) bool {
	switch word {
	case "WRONGPASS", "NOAUTH", "NOPERM":
		return true
	}
	return strings.HasPrefix(all, "ERR AUTH") || strings.HasPrefix(all, "ERR invalid password") || strings.Contains(all, "NOPERM ")
}

// passing reports whether a refusal passes by itself: the server is starting,
// was demoted, lost its Cluster or a slot that is moving.
func passing(word string) bool {
	switch word {
	case "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "BUSY", "NOREPLICAS", "MISCONF", "UNBLOCKED", "FAILOVER", "NOTREADY":
		return true
	}
	return false
}
