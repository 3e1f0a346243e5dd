// Package gate knows readers: who is the operator, and whether a form was
// really ours.
//
// There is one secret, the operator's token. A program sends it as a bearer; a
// person types it once, or opens the printed address that carries it, and then
// holds a cookie from which the token cannot be read. Forms carry a token of
// their own, bound to a second cookie, so that another site can neither read
// nor guess it. Without a configured token nobody is the operator.
package gate

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strings"

	"probity/api/problem"
	"probity/api/see"
)

// Names of cookies and of the field that carries a form's token.
const (
	OperatorCookie = "probity_operator"
	FormCookie     = "probity_form"
	FormField      = "form_token"
)

// A Gate tells readers apart.
type Gate struct {
	token string
	key   []byte
}

// New returns the gate to a token.
func New(token string) *Gate {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return &Gate{token, key}
}

// Is reports whether a text is the operator's token, in constant time.
func (g *Gate) Is(token string) bool {
	return g.token != "" && hmac.Equal(sum([]byte(g.token), "token"), sum([]byte(token), "token"))
}

func sum(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func (g *Gate) pass() string { return hex.EncodeToString(sum([]byte(g.token), "operator cookie")) }

// Reader is the role of who looks at pages, by cookie.
func (g *Gate) Reader(r *http.Request) see.Role {
	c, err := r.Cookie(OperatorCookie)
	if err == nil && g.token != "" && hmac.Equal([]byte(c.Value), []byte(g.pass())) {
		return see.Operator
	}
	return see.Public
}

// Program is the role of a program, by its Authorization header; a wrong
// token is a problem and not the public, so that nobody is puzzled by less.
func (g *Gate) Program(authorization string) (see.Role, error) {
	if authorization == "" {
		return see.Public, nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || !g.Is(strings.TrimSpace(token)) {
		p := problem.New("token-needed", "Authorization: 令牌不对 not the operator's token")
		p.Header = map[string][]string{"Www-Authenticate": {`Bearer realm="probity"`}}
		return see.Public, p
	}
	return see.Operator, nil
}

// Admit gives the operator's cookie.
func (g *Gate) Admit(w http.ResponseWriter, r *http.Request) {
	g.set(w, r, OperatorCookie, g.pass(), 0)
}

// Dismiss takes it back.
func (g *Gate) Dismiss(w http.ResponseWriter, r *http.Request) { g.set(w, r, OperatorCookie, "", -1) }

func (g *Gate) set(w http.ResponseWriter, r *http.Request, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever the connection is; a laptop speaks plain HTTP on loopback
		Name: name, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
}

// FormToken returns the token for this reader's forms, and gives the cookie
// it is bound to where there is none.
func (g *Gate) FormToken(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(FormCookie)
	if err != nil || len(c.Value) != 32 {
		b := make([]byte, 16)
		_, _ = rand.Read(b) // never fails
		fresh := hex.EncodeToString(b)
		g.set(w, r, FormCookie, fresh, 0)
		return g.formToken(fresh)
	}
	return g.formToken(c.Value)
}

func (g *Gate) formToken(cookie string) string {
	return hex.EncodeToString(sum(g.key, "form "+cookie))
}

// Form reports whether a posted form is ours: its token belongs to the
// reader's cookie, and the browser does not say that another site sent it.
func (g *Gate) Form(r *http.Request) bool {
	if s := r.Header.Get("Sec-Fetch-Site"); s != "" && s != "same-origin" && s != "none" {
		return false
	}
	if o := r.Header.Get("Origin"); o != "" {
		if u, err := url.Parse(o); err != nil || u.Host != r.Host {
			return false
		}
	}
	c, err := r.Cookie(FormCookie)
	return err == nil && hmac.Equal([]byte(r.PostFormValue(FormField)), []byte(g.formToken(c.Value)))
}

// From is the address a request came from, without its port.
func From(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
