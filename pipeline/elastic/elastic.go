// Package elastic is the one door to Elasticsearch 8.
//
// It speaks through esapi and the transport, not the root client, whose typed
// API would double the time of a cold build. What it relies on is in every
// distribution: documents with external versions, bulk, search, point in time,
// templates and aliases; no lifecycle management, no data streams, no scripts.
//
// Every write goes through [Client.Bulk], also that of one document, so there
// is one place where results are matched, tried again and acknowledged. Errors
// come in the house's words: evidence.ErrUnavailable (not reached, red, full),
// ErrForbidden (user, password or key), ErrNotFound, ErrConflict, ErrInvalid
// with the server's reason; they never carry a secret. It refuses ids that are
// not ASCII and answers larger than a bound.
package elastic

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8/esapi"

	"probity/pipeline/evidence"
)

// Settings say where Elasticsearch is and who we are.
type Settings struct {
	Addresses []string // http://host:9200; several nodes of one cluster
	User      string
	Password  string
	APIKey    string // as Elasticsearch prints it encoded; instead of user and password
	CA        string // file of the authority that signed the nodes' certificates, PEM; empty: the system's
	Prefix    string // of the names of everything we make there, "probity" if empty
	// Patience is how long a request that fails is tried again, 10 s if zero.
	Patience time.Duration
	// Again is told of documents that are offered once more, and why. Nil:
	// nobody is told.
	Again func(documents int, why error)
	// Wrap stands around the transport, for traces and measures; nil: nothing.
	Wrap func(http.RoundTripper) http.RoundTripper
}

const (
	requestTimeout = 2 * time.Minute // one request, a bulk of the largest size included
	firstBackoff   = 50 * time.Millisecond
	lastBackoff    = 2 * time.Second
)

// A Client speaks to one cluster. It is safe for concurrent use.
type Client struct {
	transport *elastictransport.Client
	idle      *http.Transport
	prefix    string
	patience  time.Duration
	again     func(documents int, why error)
}

// Open makes a client; it does not need the cluster to be there yet, see
// [Client.Health]. evidence.ErrInvalid: the settings contradict themselves.
func Open(s Settings) (*Client, error) {
	if len(s.Addresses) == 0 {
		return nil, fmt.Errorf("open elasticsearch: %w: no address", evidence.ErrInvalid)
	}
	if s.APIKey != "" && s.User != "" {
		return nil, fmt.Errorf("open elasticsearch: %w: a user and an API key: give one of them", evidence.ErrInvalid)
	}
	urls := make([]*url.URL, len(s.Addresses))
	for i, a := range s.Addresses {
		u, err := url.Parse(strings.TrimRight(strings.TrimSpace(a), "/"))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("open elasticsearch: %w: address %d is none: want http://host:9200", evidence.ErrInvalid, i+1)
		}
		if u.User != nil { // kept out of the address, which errors name
			s.User = u.User.Username()
			s.Password, _ = u.User.Password()
			u.User = nil
		}
		urls[i] = u
	}
	base := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if s.CA != "" {
		pem, err := os.ReadFile(s.CA)
		if err != nil {
			return nil, fmt.Errorf("open elasticsearch: read authority: %w", err)
		}
		base.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !base.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("open elasticsearch: %w: %s holds no certificate", evidence.ErrInvalid, s.CA)
		}
	}
	var trip http.RoundTripper = base
	if s.Wrap != nil {
		trip = s.Wrap(trip)
	}
	// The transport moves on to another node after a failure; whether to try
	// again is decided here, in one place.
	t, err := elastictransport.NewClient(elastictransport.WithURLs(urls...), elastictransport.WithTransport(trip),
		elastictransport.WithBasicAuth(s.User, s.Password), elastictransport.WithAPIKey(s.APIKey), elastictransport.WithDisableRetry(),
		elastictransport.WithUserAgent("probity"))
	if err != nil {
		return nil, fmt.Errorf("open elasticsearch: %w", err)
	}
	c := &Client{transport: t, idle: base, prefix: s.Prefix, patience: s.Patience, again: s.Again}
	if c.prefix == "" {
		c.prefix = "probity"
	}
	if c.patience == 0 {
		c.patience = 10 * time.Second
	}
	return c, nil
}

// Close gives up idle connections.
func (c *Client) Close() error {
	c.idle.CloseIdleConnections()
	return nil
}

// Name is the name of something of ours there: the prefix, a dash, and what.
func (c *Client) Name(what string) string { return c.prefix + "-" + what }

// A request is one of esapi's.
type request interface {
	Do(ctx context.Context, transport esapi.Transport) (*esapi.Response, error)
}

// do sends what make makes, again and again while the cluster is away, for as
// long as the client's patience; make is called for every attempt, since a
// body is read once. It returns the whole answer.
func (c *Client) do(ctx context.Context, verb string, newRequest func() request) ([]byte, error) {
	pause := backoff{}
	for deadline := time.Now().Add(c.patience); ; {
		answer, err := c.once(ctx, newRequest())
		if err == nil {
			return answer, nil
		}
		if !errors.Is(err, evidence.ErrUnavailable) || NoIndex(err) || time.Now().After(deadline) {
			return nil, fmt.Errorf("%s: %w", verb, err)
		}
		if !pause.wait(ctx) {
			return nil, fmt.Errorf("%s: %w", verb, errors.Join(ctx.Err(), err))
		}
	}
}

// once sends a request once.
func (c *Client) once(ctx context.Context, r request) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	res, err := r.Do(within, c.transport)
	if err != nil {
		return nil, unreached(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.Body == nil {
		res.Body = http.NoBody
	}
	answer, err := read(res)
	switch {
	case err != nil:
		return nil, unreached(ctx, err)
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("%w: an answer of more than %d bytes: ask for less at once", evidence.ErrInvalid, maxAnswer)
	case res.StatusCode > 299:
		return nil, refused(res.StatusCode, answer)
	}
	return answer, nil
}

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 256 << 20

// A backoff waits longer each time, give or take a half, so that many who
// failed together do not come back together.
type backoff struct{ next time.Duration }

// wait reports whether the time came before the context's end.
func (b *backoff) wait(ctx context.Context) bool {
	b.next = min(max(b.next*2, firstBackoff), lastBackoff)
	t := time.NewTimer(b.next/2 + rand.N(b.next))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// read reads an answer, or one byte more than is allowed. Its length is
// believed up to a few megabytes: what grows as it is read is copied again and
// again.
func read(res *esapi.Response) ([]byte, error) {
	const believed = 4 << 20
	var b bytes.Buffer
	if n, err := strconv.Atoi(res.Header.Get("Content-Length")); err == nil && n > 0 {
		b.Grow(min(n, believed) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(res.Body, maxAnswer+1))
	return b.Bytes(), err
}
