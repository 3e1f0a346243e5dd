// Package collyfetch does single HTTP exchanges, with colly as a bare fetch
// layer: it is the only package that knows colly.
//
// One collector lives as long as the fetcher. Colly's own crawling is off:
// its robots (package robots asks), its visited set, limits, queue, cookies,
// cache, redirects and charset conversion. What counts is done by the
// RoundTripper below it, since colly decodes, truncates and rewrites, and
// evidence has to be what the server sent: the bytes of request and response
// head as they went over the wire, the body before and after content
// decoding, the certificate, the address, the time. HTTP/1.1 is spoken, and
// HTTP/2 with a server that speaks nothing else.
//
// It refuses: addresses that are not public (only a pin admits one, and
// exactly that one), ports of other protocols, certificates that are not
// valid, heads, bodies and compression ratios beyond their limits, answers
// that stop early or take too long. It never logs in, keeps no cookie, uses no
// proxy and says honestly who it is.
package collyfetch

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gocolly/colly/v2"
	"github.com/google/uuid"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// Options is what a fetcher has to be told. Zero values take the default in
// brackets.
type Options struct {
	Agent     string        // User-Agent: who we are and how to reach us
	Pins      []Pin         // ways past the address guard
	Timeout   time.Duration // of one exchange [30 s]
	MaxSize   int64         // bytes of a body after content decoding [32 MiB]
	MaxHeader int64         // bytes of a response head [64 KiB]
	MaxRatio  int64         // by which a body beyond 1 MiB may grow in decoding [200]

	Roots   *x509.CertPool                                                 // who may sign [the system's]
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)   // [the system's resolver]
	Dial    func(ctx context.Context, at netip.AddrPort) (net.Conn, error) // to an address that the guard admitted [TCP]
	Now     func() time.Time                                               // [time.Now]
	NewID   func() string                                                  // of captures [UUIDs that grow with time, RFC 9562, 5.7]
}

// A Pin lets a host be reached at exactly this address and port (MODEL 7).
// Host may name a port, as host:8443; without one the pin is for URLs with
// the scheme's own port, or with the pin's.
type Pin struct {
	Host    string
	Address netip.AddrPort
}

// A Fetcher implements crawler.Fetcher. It is safe for concurrent use.
type Fetcher struct {
	o         Options
	collector *colly.Collector
	pins      map[string]netip.AddrPort // by host:port
	jobs      sync.Map                  // job number -> *job, while colly has the request
	last      atomic.Uint64             // job number
	strict    *http.Transport
	lenient   *http.Transport // admits certificates that are not valid
}

var _ crawler.Fetcher = (*Fetcher)(nil)

// New returns a fetcher. evidence.ErrInvalid: the agent names no contact, or
// a pin is incomplete.
func New(o Options) (*Fetcher, error) {
	o = withDefaults(o)
	if !strings.Contains(o.Agent, "@") && !strings.Contains(o.Agent, "://") {
		return nil, fmt.Errorf("open fetcher: agent %q: %w: give it a mail address or a web page by which a publisher can reach us", o.Agent, evidence.ErrInvalid)
	}
	for _, p := range o.Pins {
		if p.Host == "" || !p.Address.IsValid() || p.Address.Port() == 0 {
			return nil, fmt.Errorf("open fetcher: pin of %q: %w: a pin needs host, address and port", p.Host, evidence.ErrInvalid)
		}
	}
	f := &Fetcher{o: o, pins: pinned(o.Pins)}
	f.strict, f.lenient = f.transport(false), f.transport(true)

	f.collector = f.collect()
	return f, nil
}

// collect makes the collector. Everything is set after it is made, since
// colly lets COLLY_* in the environment overrule its options.
func (f *Fetcher) collect() *colly.Collector {
	c := colly.NewCollector()
	c.UserAgent = f.o.Agent
	c.AllowURLRevisit, c.IgnoreRobotsTxt, c.ParseHTTPErrorResponse = true, true, true
	c.Async, c.DetectCharset, c.TraceHTTP, c.CacheDir = false, false, false, ""
	c.MaxBodySize, c.MaxDepth, c.MaxRequests = 0, 0, 0
	c.AllowedDomains, c.DisallowedDomains, c.URLFilters, c.DisallowedURLFilters = nil, nil, nil, nil
	c.DisableCookies()
	c.SetRequestTimeout(0) // each request has its own deadline
	c.SetRedirectHandler(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })
	c.WithTransport(roundTripper(f.roundTrip))
	c.OnResponse(func(r *colly.Response) {
		if j, ok := r.Ctx.GetAny(jobKey).(*job); ok {
			j.status = r.StatusCode
		}
	})
	return c
}

func withDefaults(o Options) Options {
	set := func(p *int64, n int64) {
		if *p <= 0 {
			*p = n
		}
	}
	set(&o.MaxSize, 32<<20)
	set(&o.MaxHeader, 64<<10)
	set(&o.MaxRatio, 200)
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = newID
	}
	if o.Resolve == nil {
		o.Resolve = systemResolver
	}
	if o.Dial == nil {
		o.Dial = tcp
	}
	return o
}

// newID makes ids that grow with time, so that those of one hour stand side by
// side in every index that is kept by id.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Close lets go of idle connections.
func (f *Fetcher) Close() {
	f.strict.CloseIdleConnections()
	f.lenient.CloseIdleConnections()
}

// Fetch implements crawler.Fetcher.
func (f *Fetcher) Fetch(ctx context.Context, r crawler.Request) (evidence.Exchange, error) {
	if r.Timeout <= 0 {
		r.Timeout = f.o.Timeout
	}
	if r.MaxSize <= 0 {
		r.MaxSize = f.o.MaxSize
	}
	if err := admitURL(r.Lead.URL); err != nil {
		return evidence.Exchange{}, err
	}
	deadline, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	j := &job{ctx: deadline, request: r}
	id := strconv.FormatUint(f.last.Add(1), 10)
	f.jobs.Store(id, j)
	defer f.jobs.Delete(id)

	cc := colly.NewContext()
	cc.Put(jobKey, j)
	hdr := http.Header{"User-Agent": {f.o.Agent}, jobHeader: {id}}
	err := f.collector.Request(http.MethodGet, jobURL, nil, cc, hdr)
	if ctx.Err() != nil {
		return evidence.Exchange{}, fmt.Errorf("fetch %s: stopped: %w", r.Lead.URL, context.Cause(ctx))
	}
	if err != nil {
		return evidence.Exchange{}, faultOf(j, err)
	}
	return f.exchange(j)
}
