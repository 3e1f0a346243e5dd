package links

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	"probity/extractors/page"
)

// A request is what following an element asks for.
type request struct{ method, url, body string }

var postback = regexp.MustCompile(`__doPostBack\(\s*(?:'|&#39;|%27)([^']*?)(?:'|&#39;|%27)\s*,\s*(?:'|&#39;|%27)([^']*?)(?:'|&#39;|%27)\s*\)`)

// request makes of a link, a form or a button of a form what a browser would.
func (f *finder) request(n *html.Node) (request, bool) {
	switch n.DataAtom {
	case atom.A, atom.Area:
		href, ok := attr(n, "href")
		if m := postback.FindStringSubmatch(href); m != nil {
			return f.submit(enclosing(n), pair{"__EVENTTARGET", m[1]}, pair{"__EVENTARGUMENT", m[2]})
		}
		href = strings.TrimSpace(href)
		return request{"GET", href, ""}, ok && href != "" && !strings.HasPrefix(href, "#") && !scripted(href)
	case atom.Form:
		return f.submit(n)
	case atom.Button, atom.Input:
		var own []pair
		if name, ok := attr(n, "name"); ok && name != "" {
			value, _ := attr(n, "value")
			own = []pair{{name, value}}
		}
		if _, off := attr(n, "disabled"); off {
			return request{}, false
		}
		return f.submit(enclosing(n), own...)
	default:
		src, ok := attr(n, "src") // a frame
		return request{"GET", src, ""}, ok && src != "" && !scripted(src)
	}
}

func scripted(href string) bool {
	scheme, _, ok := strings.Cut(strings.ToLower(href), ":")
	return ok && (scheme == "javascript" || scheme == "mailto" || scheme == "tel" || scheme == "data")
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// enclosing is the form around an element, or the one that it names.
func enclosing(n *html.Node) *html.Node {
	if id, ok := attr(n, "form"); ok {
		for root := n; root != nil; root = root.Parent {
			if root.Parent == nil {
				return byID(root, id)
			}
		}
	}
	for ; n != nil; n = n.Parent {
		if n.DataAtom == atom.Form {
			return n
		}
	}
	return nil
}

func byID(root *html.Node, id string) *html.Node {
	for n := range root.Descendants() {
		if v, ok := attr(n, "id"); ok && v == id && n.DataAtom == atom.Form {
			return n
		}
	}
	return nil
}

// A pair is one entry of a form.
type pair struct{ name, value string }

// submit makes the request of a form: its successful controls in document
// order (HTML Living Standard 4.10.21.4), without buttons, and with the pairs
// of the one that was pressed, which replace fields of their name.
func (f *finder) submit(form *html.Node, pressed ...pair) (request, bool) {
	if form == nil {
		return request{}, false
	}
	var entries []pair
	for n := range form.Descendants() {
		for _, p := range control(n) {
			if !replaced(p.name, pressed) {
				entries = append(entries, p)
			}
		}
	}
	entries = append(entries, pressed...)
	action, _ := attr(form, "action")
	if action = strings.TrimSpace(action); action == "" {
		action = f.in.Capture.Lead.URL
	}
	method, _ := attr(form, "method")
	body := encodeForm(entries, f.in.Page.Charset)
	switch strings.ToLower(method) {
	case "post":
		return request{"POST", action, body}, !scripted(action)
	case "dialog":
		return request{}, false
	}
	action, _, _ = strings.Cut(action, "#")
	action, _, _ = strings.Cut(action, "?")
	return request{"GET", action + "?" + body, ""}, !scripted(action)
}

func replaced(name string, by []pair) bool {
	for _, p := range by {
		if p.name == name {
			return true
		}
	}
	return false
}

// control returns what a control of a form sends.
func control(n *html.Node) []pair {
	name, ok := attr(n, "name")
	if _, off := attr(n, "disabled"); !ok || name == "" || off {
		return nil
	}
	value, stated := attr(n, "value")
	switch n.DataAtom {
	case atom.Input:
		kind, _ := attr(n, "type")
		switch strings.ToLower(kind) {
		case "submit", "button", "reset", "image", "file":
			return nil
		case "checkbox", "radio":
			if _, on := attr(n, "checked"); !on {
				return nil
			}
			if !stated {
				value = "on"
			}
		}
		return []pair{{name, value}}
	case atom.Textarea:
		return []pair{{name, text(n)}}
	case atom.Select:
		return selected(n, name)
	default:
		return nil
	}
}

// selected returns the chosen options, or the first where none is chosen.
func selected(n *html.Node, name string) []pair {
	var chosen, all []pair
	for o := range n.Descendants() {
		if o.DataAtom != atom.Option {
			continue
		}
		value, stated := attr(o, "value")
		if !stated {
			value = strings.Join(strings.Fields(text(o)), " ")
		}
		all = append(all, pair{name, value})
		if _, on := attr(o, "selected"); on {
			chosen = append(chosen, pair{name, value})
		}
	}
	if _, many := attr(n, "multiple"); len(chosen) == 0 && len(all) > 0 && !many {
		return all[:1]
	}
	return chosen
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// encodeForm writes entries as application/x-www-form-urlencoded in the page's
// charset (URL Standard 5.2).
func encodeForm(entries []pair, charset string) string {
	enc := encoder(charset)
	var b strings.Builder
	for i, p := range entries {
		if i > 0 {
			b.WriteByte('&')
		}
		escape(&b, enc, p.name)
		b.WriteByte('=')
		escape(&b, enc, p.value)
	}
	return b.String()
}

func escape(b *strings.Builder, enc encoding.Encoding, s string) {
	for _, c := range encoded(enc, s) {
		switch {
		case c == ' ':
			b.WriteByte('+')
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("*-._", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(b, "%%%02X", c)
		}
	}
}

// encodeQuery percent-encodes what is beyond ASCII in the query of a link in
// the page's charset, as browsers do; a path is always UTF-8.
func encodeQuery(ref, charset string) string {
	at := strings.IndexByte(ref, '?')
	enc := encoder(charset)
	if at < 0 || enc == nil {
		return ref
	}
	query, fragment, found := strings.Cut(ref[at+1:], "#")
	var b strings.Builder
	for _, c := range encoded(enc, query) {
		if c < 0x80 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	out := ref[:at+1] + b.String()
	if found {
		out += "#" + fragment
	}
	return out
}

// encoder is the page's charset where that is not UTF-8.
func encoder(charset string) encoding.Encoding {
	name := page.Canonical(charset)
	if name == "utf-8" {
		return nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return enc
}

func encoded(enc encoding.Encoding, s string) []byte {
	if enc == nil {
		return []byte(s)
	}
	b, err := encoding.HTMLEscapeUnsupported(enc.NewEncoder()).Bytes([]byte(s))
	if err != nil {
		return []byte(s)
	}
	return b
}
