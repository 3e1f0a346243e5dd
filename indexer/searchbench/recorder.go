package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// A recorder notes what an index asks Elasticsearch, so that the same can be
// asked again without the index: that is the yardstick.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen []request
}

type request struct {
	method, url string // the url without the server
	body        []byte
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	if q.Body == nil || !strings.HasSuffix(q.URL.Path, "/_bulk") && !strings.HasSuffix(q.URL.Path, "/_search") {
		return r.next.RoundTrip(q)
	}
	body, err := io.ReadAll(q.Body)
	if err := errors.Join(err, q.Body.Close()); err != nil {
		return nil, err
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	r.seen = append(r.seen, request{q.Method, q.URL.RequestURI(), body})
	r.mu.Unlock()
	return r.next.RoundTrip(q)
}

// taken returns what was noted since the last time.
func (r *recorder) taken() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}

// A bare speaks to Elasticsearch with nothing between.
type bare struct {
	server string
	client *http.Client
}

// version is what the server says it is.
func (b bare) version(ctx context.Context) string {
	about := struct {
		Version struct {
			Number string `json:"number"`
		} `json:"version"`
	}{}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.server, nil)
	if err != nil {
		return "unknown"
	}
	answer, err := b.client.Do(r)
	if err != nil {
		return "unknown"
	}
	err = json.NewDecoder(answer.Body).Decode(&about)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return "unknown"
	}
	return about.Version.Number
}

// send sends a request and reads the answer to its end. An answer with
// "errors":true is one that a bulk request was refused in part.
func (b bare) send(ctx context.Context, q request) error {
	r, err := http.NewRequestWithContext(ctx, q.method, b.server+q.url, bytes.NewReader(q.body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := b.client.Do(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || bytes.Contains(body, []byte(`"error":`)) {
		return fmt.Errorf("bare %s %s: %s: %.300s", q.method, q.url, answer.Status, body)
	}
	return nil
}
