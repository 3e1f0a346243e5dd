package collyfetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"probity/crawler"
	"probity/pipeline/archive/coding"
	"probity/pipeline/evidence"
)

const (
	jobKey    = "job"           // in colly's context
	jobHeader = "X-Probity-Job" // between colly and our RoundTripper; never sent
	// jobURL is what colly is given for an address: it would parse and write the
	// lead's three times, and whatever it made of it would count for nothing. A
	// number, since a name is put through IDNA each time; it is never dialled.
	jobURL = "http://[::]/"
)

// A job is one exchange on its way through colly, which hands no context on.
type job struct {
	ctx     context.Context //nolint:containedctx // colly has one context for all requests
	request crawler.Request

	began        time.Time
	answer       *http.Response // without its body
	sent, head   []byte
	raw, decoded []byte
	address      string
	protocol     string // h2; empty for HTTP/1.1
	identity

	status int // as colly saw it
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// roundTrip is what colly believes to be the network. Of colly's request only
// the job counts: the URL that is sent is the lead's, byte for byte.
func (f *Fetcher) roundTrip(from *http.Request) (*http.Response, error) {
	v, ok := f.jobs.Load(from.Header.Get(jobHeader))
	if !ok {
		return nil, errors.New("a request of colly's own making: refused")
	}
	j, _ := v.(*job)
	if err := f.perform(j); err != nil {
		return nil, err
	}
	// Neutral headers keep colly's own decoding, charsets and redirects still.
	// The body stays here: colly would copy it, and nobody looks at the copy.
	return &http.Response{
		StatusCode: j.answer.StatusCode, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: from, Uncompressed: true,
		Header: http.Header{"Content-Type": {"application/octet-stream"}}, Body: http.NoBody,
	}, nil
}

// errBroke ends an exchange whose connection broke before an answer came.
var errBroke = errors.New("the connection ended before an answer came")

// perform does the exchange and keeps all of it in the job.
func (f *Fetcher) perform(j *job) error {
	req, err := f.prepare(j)
	if err != nil {
		return err
	}
	var conn *tap
	broke := false
	req = req.WithContext(httptrace.WithClientTrace(until(j.ctx), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		t, ok := i.Conn.(*tap)
		switch {
		case !ok:
		case conn != nil: // a used connection broke, and net/http would ask once more by itself, without the host's gap
			t.refuse()
			broke = true
		default:
			t.begin()
			conn = t
		}
	}}))
	rt := f.strict
	if j.request.AdmitTLS {
		rt = f.lenient
	}
	j.began = f.o.Now()
	res, err := rt.RoundTrip(req)
	if err != nil && broke {
		return &crawler.FaultError{Reason: "connect", Err: fmt.Errorf("%w: %w", evidence.ErrUnavailable, errBroke)}
	}
	if errors.Is(err, errOtherTongue) {
		return f.overH2(j, req)
	}
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if conn == nil {
		return errors.New("the connection was not tapped")
	}
	if res.ProtoMajor != 1 {
		return fmt.Errorf("%s %s, and HTTP/1.1 was spoken", res.Proto, res.Status)
	}
	j.address, j.identity = conn.RemoteAddr().String(), conn.identity
	j.sent, j.head = conn.messages()
	return f.take(j, res)
}

// take keeps an answer, of which the head has come. A status below 200 is no
// answer to what was asked: it switches protocols, or is 000, which would read
// as a file that was handed in.
func (f *Fetcher) take(j *job, res *http.Response) (err error) {
	if res.StatusCode < 200 {
		return fmt.Errorf("status %q", res.Status)
	}
	if n := fields(res.Header); n > maxFields {
		return forbidden("headers", "%w: the response head has %d fields, %d at most", evidence.ErrInvalid, n, maxFields)
	}
	if j.raw, err = readBody(res, j.request.MaxSize); err != nil {
		return err
	}
	j.answer = res
	j.decoded, err = f.decode(j)
	return err
}

// maxFields is how many fields a response head may have; pages of this world
// have some twenty.
const maxFields = 500

func fields(h http.Header) (n int) {
	for _, values := range h {
		n += len(values)
	}
	return n
}

// prepare makes the request that is sent.
func (f *Fetcher) prepare(j *job) (*http.Request, error) {
	l := j.request.Lead
	var body io.Reader
	if l.Body != "" {
		body = strings.NewReader(l.Body)
	}
	req, err := http.NewRequestWithContext(j.ctx, l.Method, l.URL, body)
	if err != nil {
		return nil, &crawler.FaultError{Reason: "invalid", Err: fmt.Errorf("%w: %w", evidence.ErrInvalid, err)}
	}
	req.Header = http.Header{
		"User-Agent": {f.o.Agent}, "Accept": {"*/*"}, "Accept-Language": {"zh-CN, zh;q=0.9, en;q=0.5"}, "Accept-Encoding": {coding.Accept},
	}
	if j.request.ETag != "" {
		req.Header.Set("If-None-Match", j.request.ETag)
	}
	if j.request.Modified != "" {
		req.Header.Set("If-Modified-Since", j.request.Modified)
	}
	if l.Method == http.MethodPost {
		req.Header.Set("Content-Type", cmp.Or(j.request.BodyType, "application/x-www-form-urlencoded"))
	}
	return req, nil
}

// readBody takes what comes, up to the limit.
func readBody(res *http.Response, limit int64) ([]byte, error) {
	b, err := coding.Gather(res.Body, limit, res.ContentLength)
	if errors.Is(err, coding.ErrLarge) {
		return nil, tooLarge(limit)
	}
	return b, err
}

func tooLarge(limit int64) error {
	return forbidden("too_large", "%w: the body is larger than %d bytes; if it is wanted, raise manners.max_size of its source", evidence.ErrInvalid, limit)
}

// decode undoes the content codings, and stops at the size limit or at the
// ratio that no honest page reaches, whichever comes first. A body and what it
// came as are held at once, so together they may have no more than 15/8 of the
// limit: what saves nothing by its coding is larger than what does.
func (f *Fetcher) decode(j *job) ([]byte, error) {
	codings := coding.List(j.answer.Header.Values("Content-Encoding")...)
	if len(codings) == 0 {
		return j.raw, nil
	}
	ratio := max(1<<20, f.o.MaxRatio*int64(len(j.raw)))
	size := min(j.request.MaxSize, j.request.MaxSize/8*15-int64(len(j.raw)))
	limit := min(size, ratio)
	body, err := coding.Decode(j.raw, codings, limit)
	switch {
	case err == nil:
		return body, nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, truncated(err)
	case errors.Is(err, coding.ErrLarge) && limit == size:
		return nil, tooLarge(limit)
	case errors.Is(err, coding.ErrLarge):
		return nil, forbidden("bomb", "%w: %d bytes unpack to more than %d; this is no page", evidence.ErrInvalid, len(j.raw), limit)
	}
	return nil, forbidden("encoding", "%w: Content-Encoding %v: %w", evidence.ErrInvalid, codings, err)
}

func truncated(err error) error {
	return &crawler.FaultError{Reason: "truncated", Err: fmt.Errorf("%w: the answer ends early: %w", evidence.ErrUnavailable, err)}
}

// faultOf says an error of the exchange in the words of the house.
func faultOf(j *job, err error) error {
	r := j.request
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text repeats the URL
	}
	var known *crawler.FaultError
	wait, _ := errors.AsType[net.Error](err)
	switch {
	case errors.As(err, &known):
	case j.began.IsZero():
		known = &crawler.FaultError{Reason: "invalid", Err: fmt.Errorf("%w: %w", evidence.ErrInvalid, err)}
	case errors.Is(err, context.DeadlineExceeded), wait != nil && wait.Timeout():
		known = &crawler.FaultError{Reason: "timeout", Err: fmt.Errorf("%w: no whole answer within %s", evidence.ErrUnavailable, r.Timeout)}
	case strings.Contains(err.Error(), "server response headers exceeded"), strings.Contains(err.Error(), "header list"):
		known = &crawler.FaultError{Reason: "headers", Err: fmt.Errorf("%w: the response head is too large: %w", evidence.ErrInvalid, err)}
	case errors.Is(err, io.ErrUnexpectedEOF):
		known, _ = errors.AsType[*crawler.FaultError](truncated(err))
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), wait != nil:
		known = &crawler.FaultError{Reason: "connect", Err: fmt.Errorf("%w: the connection broke: %w", evidence.ErrUnavailable, err)}
	default:
		known = &crawler.FaultError{Reason: "protocol", Err: fmt.Errorf("%w: the answer is no HTTP: %w", evidence.ErrUnavailable, err)}
	}
	return &crawler.FaultError{Reason: known.Reason, Host: known.Host, Err: fmt.Errorf("fetch %s: %w", r.Lead.URL, known.Err)}
}
