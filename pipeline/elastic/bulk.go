package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"probity/pipeline/evidence"
)

// An Op is one write of a document. Index is an alias whose write index takes
// it; an index that is not there is never made by a write.
type Op struct {
	Index   string
	ID      string          // printable ASCII, at most 512 bytes
	Body    json.RawMessage // nil: the document is deleted
	Version int64           // above 0: kept only if higher than the stored one's (external version)
	Once    bool            // created only if it is not there; with Version 0
}

// Limits of one bulk request. A zero is the default.
type Limits struct {
	Bytes    int  // of bodies, 5 MB
	Docs     int  // 1,000
	Parallel int  // requests on the way at once, 2
	Wait     bool // until what was written can be searched, a second or so
}

const (
	defaultBytes = 5 << 20
	defaultDocs  = 1000
	largestBody  = 64 << 20 // Elasticsearch refuses requests above 100 MB
)

// Bulk writes documents and returns what became of each, in order: nil once
// it is durable; evidence.ErrConflict: it is there already (Once) or newer
// (Version); evidence.ErrInvalid: it can never be kept, with the reason, and
// others are not held up by it; evidence.ErrUnavailable: try again later, also
// if the index is not there, see [NoIndex]; evidence.ErrNotFound: a document to
// delete was not there. What the cluster has no room for just now, and whole requests that fail, are
// tried again for as long as the client's patience. The second result is nil
// or one error of the kind to heed first: evidence.ErrForbidden if we may not
// write, else evidence.ErrUnavailable if any document has to come again.
//
// A write that was tried again may meet itself: ErrConflict then says only
// that the document is there. An id should be once in a call.
func (c *Client) Bulk(ctx context.Context, ops []Op, l Limits) ([]error, error) {
	results := make([]error, len(ops))
	gate := make(chan struct{}, max(1, orElse(l.Parallel, 2)))
	var wg sync.WaitGroup
	for _, batch := range batches(ops, results, l) {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			c.settle(ctx, ops, batch, results, l.Wait)
		})
	}
	wg.Wait()
	var first error
	for _, err := range results {
		if errors.Is(err, evidence.ErrForbidden) {
			return results, fmt.Errorf("bulk: %w", err)
		}
		if first == nil && again(err) {
			first = fmt.Errorf("bulk: %w", err)
		}
	}
	return results, first
}

func again(err error) bool {
	return err != nil && !errors.Is(err, evidence.ErrConflict) && !evidence.Final(err)
}

func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// batches cuts ops, given by their places, within the limits. What can never
// be sent gets its result at once.
func batches(ops []Op, results []error, l Limits) [][]int {
	most, docs := orElse(l.Bytes, defaultBytes), orElse(l.Docs, defaultDocs)
	var out [][]int
	size := 0
	for i, op := range ops {
		if results[i] = check(op); results[i] != nil {
			continue
		}
		if len(out) == 0 || len(out[len(out)-1]) >= docs || size+len(op.Body) > most {
			out, size = append(out, nil), 0
		}
		out[len(out)-1] = append(out[len(out)-1], i)
		size += len(op.Body)
	}
	return out
}

func check(op Op) error {
	if err := CheckID(op.ID); err != nil {
		return err
	}
	if len(op.Body) > largestBody {
		return fmt.Errorf("%w: %d bytes: a document holds at most %d", evidence.ErrInvalid, len(op.Body), largestBody)
	}
	if op.Body != nil && !json.Valid(op.Body) {
		return fmt.Errorf("%w: the document is no JSON", evidence.ErrInvalid)
	}
	return nil
}

// CheckID reports evidence.ErrInvalid for an id that is not printable ASCII
// of 1 to 512 bytes.
func CheckID(id string) error {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f {
			return fmt.Errorf("%w: id %q: want printable ASCII", evidence.ErrInvalid, id)
		}
	}
	if id == "" || len(id) > 512 {
		return fmt.Errorf("%w: an id of %d bytes: want 1 to 512", evidence.ErrInvalid, len(id))
	}
	return nil
}

// settle sends a batch until each of its items is settled or patience ends.
func (c *Client) settle(ctx context.Context, ops []Op, batch []int, results []error, wait bool) {
	pause := backoff{}
	for deadline := time.Now().Add(c.patience); ; {
		c.send(ctx, ops, batch, results, wait)
		var left []int
		for _, i := range batch {
			if errors.Is(results[i], evidence.ErrUnavailable) && !NoIndex(results[i]) {
				left = append(left, i)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) || !pause.wait(ctx) {
			return
		}
		if c.again != nil {
			c.again(len(left), results[left[0]])
		}
		batch = left
	}
}

// send sends a batch once and notes the result of each item.
func (c *Client) send(ctx context.Context, ops []Op, batch []int, results []error, wait bool) {
	r := esapi.BulkRequest{Body: bytes.NewReader(encode(ops, batch)), RequireAlias: new(true), FilterPath: []string{"items.*._id", "items.*.status", "items.*.error"}}
	if wait {
		r.Refresh = "wait_for"
	}
	answer, err := c.once(ctx, r)
	if err == nil {
		err = match(answer, ops, batch, results)
	}
	if err != nil {
		for _, i := range batch {
			results[i] = err
		}
	}
}

// encode writes the lines of a request. Ids and names are printable ASCII, so
// Go's quotes are JSON's.
func encode(ops []Op, batch []int) []byte {
	size := 0
	for _, i := range batch {
		size += len(ops[i].Body) + len(ops[i].ID) + len(ops[i].Index) + 100
	}
	b := make([]byte, 0, size)
	for _, i := range batch {
		op := ops[i]
		verb := `{"index":{"_index":`
		switch {
		case op.Body == nil:
			verb = `{"delete":{"_index":`
		case op.Once:
			verb = `{"create":{"_index":`
		}
		b = strconv.AppendQuote(append(b, verb...), op.Index)
		b = strconv.AppendQuote(append(b, `,"_id":`...), op.ID)
		if op.Version > 0 {
			b = strconv.AppendInt(append(b, `,"version_type":"external","version":`...), op.Version, 10)
		}
		b = append(b, "}}\n"...)
		if op.Body != nil {
			b = append(oneLine(b, op.Body), '\n')
		}
	}
	return b
}

// oneLine appends JSON without the line breaks that may stand between its
// parts: a line is a document.
func oneLine(b []byte, body json.RawMessage) []byte {
	if bytes.IndexByte(body, '\n') < 0 {
		return append(b, body...)
	}
	compact := bytes.NewBuffer(b)
	_ = json.Compact(compact, body) // checked to be JSON
	return compact.Bytes()
}

type item struct {
	ID     string `json:"_id"`
	Status int    `json:"status"`
	Error  *cause `json:"error"`
}

// match notes each item's result. An answer that does not fit the request is
// no acknowledgement of anything.
func match(answer []byte, ops []Op, batch []int, results []error) error {
	var a struct {
		Items []map[string]item `json:"items"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return fmt.Errorf("%w: elasticsearch: unreadable answer: %w", evidence.ErrUnavailable, err)
	}
	if len(a.Items) != len(batch) {
		return fmt.Errorf("%w: elasticsearch answered %d of %d documents", evidence.ErrUnavailable, len(a.Items), len(batch))
	}
	for n, i := range batch {
		for _, it := range a.Items[n] {
			switch {
			case it.ID != ops[i].ID:
				return fmt.Errorf("%w: elasticsearch answered for %q instead of %q", evidence.ErrUnavailable, it.ID, ops[i].ID)
			case it.Error != nil:
				results[i] = fault(it.Status, *it.Error)
			case it.Status > 299:
				results[i] = fault(it.Status, cause{})
			default:
				results[i] = nil
			}
		}
	}
	return nil
}
