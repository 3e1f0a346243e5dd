package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"probity/pipeline/evidence"
)

// unreached says that no answer came. An end of the caller's own context is
// no fault of the cluster.
func unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("elasticsearch: %w", ctx.Err())
	}
	return fmt.Errorf("%w: elasticsearch did not answer: %w", evidence.ErrUnavailable, err)
}

// A cause is how Elasticsearch says what is wrong.
type cause struct {
	Type     string  `json:"type"`
	Reason   string  `json:"reason"`
	CausedBy *cause  `json:"caused_by"`
	Root     []cause `json:"root_cause"`
}

// String is the reason down to its root, in one line.
func (c cause) String() string {
	if c.Reason == "all shards failed" && len(c.Root) > 0 {
		return c.Root[0].String()
	}
	s := c.Type + ": " + c.Reason
	for d := c.CausedBy; d != nil; d = d.CausedBy {
		if d.Reason != "" && !strings.Contains(s, d.Reason) {
			s += ": " + d.Reason
		}
	}
	const most = 500
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// refused says an answer that is a refusal in the house's words.
func refused(status int, answer []byte) error {
	var a struct {
		Error json.RawMessage `json:"error"`
	}
	var c cause
	if json.Unmarshal(answer, &a) == nil {
		if json.Unmarshal(a.Error, &c) != nil {
			c = cause{}
			_ = json.Unmarshal(a.Error, &c.Reason)
		}
	}
	return fault(status, c)
}

// fault sorts what is wrong by what the receiver should do.
func fault(status int, c cause) error {
	why := c.String()
	if c.Type == "" {
		why = http.StatusText(status)
	}
	word := evidence.ErrInvalid
	switch {
	case c.Type == "index_not_found_exception" || c.Type == "alias_not_found_exception":
		// Not a document that is missing but its home: somebody must make it.
		return fmt.Errorf("%w: %s: make the index again with `probity rebuild`", errNoIndex, why)
	case c.Type == "cluster_block_exception", status == http.StatusTooManyRequests, status >= http.StatusInternalServerError,
		status == http.StatusRequestTimeout:
		word = evidence.ErrUnavailable
		if status == http.StatusTooManyRequests {
			word = errBusy
		}
	case status == http.StatusUnauthorized:
		return fmt.Errorf("%w: elasticsearch does not know this user, password or API key", evidence.ErrForbidden)
	case status == http.StatusForbidden:
		word = evidence.ErrForbidden
	case status == http.StatusNotFound:
		word = evidence.ErrNotFound
	case status == http.StatusConflict:
		word = evidence.ErrConflict
	}
	return fmt.Errorf("%w: elasticsearch: %d %s", word, status, why)
}

// errNoIndex is no evidence.ErrNotFound, which is for documents and final:
// what waits for its index is not to be dropped.
var errNoIndex = fmt.Errorf("%w: no such index", evidence.ErrUnavailable)

// NoIndex reports whether err says that an index or alias is not there.
func NoIndex(err error) bool { return errors.Is(err, errNoIndex) }

// errBusy is what a cluster says that is given more than it takes.
var errBusy = fmt.Errorf("%w: too many requests", evidence.ErrUnavailable)

// Busy reports whether err says that the cluster is given more than it takes,
// rather than that it is away.
func Busy(err error) bool { return errors.Is(err, errBusy) }
