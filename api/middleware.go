package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"probity/api/problem"
	"probity/api/question"
)

// policy forbids everything that pages do not do: they load their own style,
// script and picture, and send forms and events to this site only.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP answers a request, and says so to whoever minds.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, route := s.mux.Handler(r)
	r, over := s.mind(r, route, streams(r))
	said := &statusWriter{ResponseWriter: w}
	defer func() { over(said.sent()) }()
	s.answer(said, r)
}

// answer is what every request passes: headers, limits, the token in the
// printed address, and then the routes.
func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Cookie, Authorization, Accept, Accept-Language")
	if len(r.URL.RequestURI()) > question.MaxURL {
		s.fail(w, r, problem.New("uri-too-long", fmt.Sprintf("至多 %d 字节 at most %d bytes", question.MaxURL, question.MaxURL)))
		return
	}
	if !s.ours(r) {
		s.fail(w, r, problem.New("misdirected", "Host: "+r.Host))
		return
	}
	if s.token(w, r) {
		return
	}
	if streams(r) {
		s.recovered(w, r, w.Header().Clone(), s.mux) //nolint:contextcheck // the request carries it
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.limit)
	defer cancel()
	s.whole(w, r.WithContext(ctx))
}

// ours reports whether a server on loopback was asked under a name of its own.
// Another name means that some page of the web pointed its own name at this
// machine, so that the browser takes us for that page.
func (s *server) ours(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok || !local.IP.IsLoopback() {
		return true
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || net.ParseIP(host) != nil || slices.Contains(s.hosts, host)
}

// streams reports whether an answer is sent while it is made.
func streams(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/events") || strings.HasSuffix(r.URL.Path, "/original") || strings.Contains(r.URL.Path, "/attached/")
}

// token moves ?token= of the printed address into the cookie, so that it
// stays neither in the address bar nor in a history that is passed on.
func (s *server) token(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || strings.HasPrefix(r.URL.Path, "/api/") || !strings.Contains(r.URL.RawQuery, "token=") {
		return false
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || !q.Has("token") {
		return false
	}
	if !s.gate.Is(q.Get("token")) {
		s.fail(w, r, problem.New("token-needed", "网址里的令牌不对 the token in the address is not the operator's"))
		return true
	}
	q.Del("token")
	s.gate.Admit(w, r)
	to := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawQuery: q.Encode()}
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
	return true
}

// whole makes the answer before any of it is sent: then a panic or a late
// fault can still become a problem, and the answer's digest is its ETag.
func (s *server) whole(w http.ResponseWriter, r *http.Request) {
	b := &buffer{header: w.Header().Clone(), status: http.StatusOK}
	var routes http.Handler = s.mux
	if h, pattern := s.mux.Handler(r); pattern == "" {
		lost := &buffer{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(lost, r) // tells 404 from 405
		routes = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if allow := lost.header.Get("Allow"); allow != "" {
				w.Header().Set("Allow", allow)
				s.fail(w, r, problem.New("method-not-allowed", allow))
				return
			}
			if lost.status/100 == 3 { // a path to be cleaned
				http.Redirect(w, r, lost.header.Get("Location"), lost.status)
				return
			}
			s.fail(w, r, problem.New("not-found", r.URL.Path))
		})
	}
	s.recovered(b, r, w.Header().Clone(), routes) //nolint:contextcheck // the request carries it
	clear(w.Header())
	maps.Copy(w.Header(), b.header)
	if b.status == http.StatusOK && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		sum := sha256.Sum256(b.body.Bytes())
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
		w.Header().Set("Etag", tag)
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.Header().Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(b.status)
	_, _ = w.Write(b.body.Bytes())
}

// matches compares entity tags as RFC 9110 13.1.2 says: weakly.
func matches(header, tag string) bool {
	return header == "*" || slices.ContainsFunc(strings.Split(header, ","), func(t string) bool {
		return strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag
	})
}

// recovered turns a panic into a problem, with the headers of before.
func (s *server) recovered(w http.ResponseWriter, r *http.Request, before http.Header, h http.Handler) {
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(fault)
		}
		s.log.ErrorContext(r.Context(), "request panicked", slog.String("path", r.URL.Path), slog.Any("fault", fault), slog.String("stack", string(debug.Stack())))
		if b, ok := w.(*buffer); ok {
			b.header, b.status = before, http.StatusOK
			b.body.Reset()
		}
		s.fail(w, r, problem.New("fault", ""))
	}()
	h.ServeHTTP(w, r)
}

// fail answers with a problem: JSON to programs, a page to people.
func (s *server) fail(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		s.pages.Problem(w, r, p)
		return
	}
	p.Speak(r.Header.Get("Accept-Language"))
	p.Instance, p.TraceID = r.URL.Path, trace()
	maps.Copy(w.Header(), p.Header)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// trace names one answer in the log.
func trace() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// A buffer is an answer before it is sent.
type buffer struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

// Header is of the answer that is made.
func (b *buffer) Header() http.Header { return b.header }

// WriteHeader keeps the first status, as net/http does.
func (b *buffer) WriteHeader(status int) {
	if !b.wrote {
		b.status, b.wrote = status, true
	}
}

// Write keeps a piece of the answer.
func (b *buffer) Write(p []byte) (int, error) {
	b.wrote = true
	return b.body.Write(p)
}
