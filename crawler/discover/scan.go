package discover

import (
	"bytes"

	"golang.org/x/net/html"
)

// A scanner goes through the bytes of a web page once and stops at the start
// tags (HTML Living Standard, 13.2.5): it knows comments, quoted attributes and
// raw text, and passes over all else as fast as a byte can be looked for. It
// allocates nothing.
//
// Why not a tree, nor a tokenizer: a tree costs as much as all else that is
// done about a page, a tokenizer a fifth of that, and for links neither is
// needed. Both are asked in the tests. Text that only a tree can tell, as a
// title within a drawing, it reads as the tokenizer does.
type scanner struct {
	b    []byte
	at   int
	torn bool // the page ends within a tag, which is none then
	kept int  // templates that are open: what is in them is not on the page
}

// next goes to the next start tag and returns its name as it is written; nil
// at the end of the page. The scanner then stands at its attributes.
func (s *scanner) next() []byte {
	for {
		n := bytes.IndexByte(s.b[s.at:], '<')
		if n < 0 || s.at+n+1 >= len(s.b) {
			s.at = len(s.b)
			return nil
		}
		s.at += n + 1
		switch c := s.b[s.at]; {
		case isLetter(c):
			return s.name()
		case c == '!':
			s.at++
			s.declaration()
		case c == '?':
			s.past('>')
		case c == '/' && s.at+1 < len(s.b) && isLetter(s.b[s.at+1]):
			s.at++
			if name := s.name(); s.kept > 0 && isName(name, "template") {
				s.kept--
			}
			s.skip()
		case c == '/':
			s.at++
			s.past('>')
		}
	}
}

// name reads the name of a tag.
func (s *scanner) name() []byte {
	start := s.at
	for s.at < len(s.b) && !isSpace(s.b[s.at]) && s.b[s.at] != '/' && s.b[s.at] != '>' {
		s.at++
	}
	return s.b[start:s.at]
}

// past goes behind the next c.
func (s *scanner) past(c byte) {
	if n := bytes.IndexByte(s.b[s.at:], c); n >= 0 {
		s.at += n + 1
		return
	}
	s.at = len(s.b)
}

// declaration passes over what begins with <!, a comment or not.
func (s *scanner) declaration() {
	if !bytes.HasPrefix(s.b[s.at:], []byte("--")) {
		s.past('>')
		return
	}
	s.at += 2
	for from := s.at; ; {
		n := bytes.IndexByte(s.b[s.at:], '>')
		if n < 0 {
			s.at = len(s.b)
			return
		}
		s.at += n + 1
		switch inner := s.b[from : s.at-1]; {
		case bytes.HasSuffix(inner, []byte("--")), bytes.HasSuffix(inner, []byte("--!")), len(inner) == 0, string(inner) == "-":
			return
		}
	}
}

// attribute reads the next attribute of the tag; false: there is none, and the
// scanner stands behind the tag. The value is as it is written.
func (s *scanner) attribute() (key, value []byte, ok bool) {
	for s.at < len(s.b) && (isSpace(s.b[s.at]) || s.b[s.at] == '/') {
		s.at++
	}
	if s.at >= len(s.b) {
		s.torn = true
		return nil, nil, false
	}
	if s.b[s.at] == '>' {
		s.at++
		return nil, nil, false
	}
	start := s.at
	for s.at++; s.at < len(s.b); s.at++ { // a first = belongs to the name
		if c := s.b[s.at]; isSpace(c) || c == '/' || c == '>' || c == '=' {
			break
		}
	}
	key = s.b[start:s.at]
	s.blanks()
	if s.at >= len(s.b) || s.b[s.at] != '=' {
		return key, nil, true
	}
	s.at++
	s.blanks()
	return key, s.value(), true
}

func (s *scanner) blanks() {
	for s.at < len(s.b) && isSpace(s.b[s.at]) {
		s.at++
	}
}

func (s *scanner) value() []byte {
	if s.at >= len(s.b) {
		return nil
	}
	if q := s.b[s.at]; q == '"' || q == '\'' {
		s.at++
		start := s.at
		s.past(q)
		if s.at == len(s.b) && s.b[s.at-1] != q || s.at == start {
			return nil // it never ends
		}
		return s.b[start : s.at-1]
	}
	start := s.at
	for s.at < len(s.b) && !isSpace(s.b[s.at]) && s.b[s.at] != '>' {
		s.at++
	}
	return s.b[start:s.at]
}

// skip goes behind the tag.
func (s *scanner) skip() {
	for {
		if s.at < len(s.b) && s.b[s.at] == '>' { // most have nothing more
			s.at++
			return
		}
		if _, _, ok := s.attribute(); !ok {
			return
		}
	}
}

// raw passes over the text of an element in which nothing is a tag but its own
// end.
func (s *scanner) raw(name []byte) {
	if isName(name, "plaintext") {
		s.at = len(s.b)
		return
	}
	script := isName(name, "script")
	for {
		n := bytes.IndexByte(s.b[s.at:], '<')
		if n < 0 {
			s.at = len(s.b)
			return
		}
		s.at += n + 1
		rest := s.b[s.at:]
		switch {
		case len(rest) > 0 && rest[0] == '/' && ends(rest[1:], name):
			s.at--
			return
		case script && bytes.HasPrefix(rest, []byte("!--")):
			s.comment()
		}
	}
}

// comment goes through what a script has in <!-- -->: there a <script> hides
// one </script>.
func (s *scanner) comment() {
	start := s.at + 1 // the dashes may be those of the end too
	for s.at = start; s.at < len(s.b); s.at++ {
		switch rest := s.b[s.at:]; {
		case rest[0] == '-' && bytes.HasPrefix(rest, []byte("-->")):
			s.at += 3
			return
		case rest[0] != '<':
		case bytes.HasPrefix(rest, []byte("</")) && ends(rest[2:], []byte("script")):
			return
		case ends(rest[1:], []byte("script")):
			if !s.hidden() {
				return
			}
		}
	}
}

// hidden goes behind the </script> that a <script> in a comment hides; false:
// the comment, or the page, ends before.
func (s *scanner) hidden() bool {
	for s.at++; s.at < len(s.b); s.at++ {
		switch rest := s.b[s.at:]; {
		case rest[0] == '-' && bytes.HasPrefix(rest, []byte("-->")):
			s.at += 3
			return false
		case rest[0] == '<' && bytes.HasPrefix(rest, []byte("</")) && ends(rest[2:], []byte("script")):
			s.at++
			return true
		}
	}
	return false
}

// ends reports whether b begins with a whole name.
func ends(b, name []byte) bool {
	if len(b) <= len(name) || !bytes.EqualFold(b[:len(name)], name) {
		return false
	}
	c := b[len(name)]
	return isSpace(c) || c == '/' || c == '>'
}

// isName compares a name with one in lower case.
func isName(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != want[i] {
			return false
		}
	}
	return true
}

// rawText holds for elements whose content is no markup.
func rawText(name []byte) bool {
	switch len(name) {
	case 3:
		return isName(name, "xmp")
	case 5:
		return isName(name, "title") || isName(name, "style")
	case 6:
		return isName(name, "script") || isName(name, "iframe")
	case 7:
		return isName(name, "noembed")
	case 8:
		return isName(name, "textarea") || isName(name, "noframes") || isName(name, "noscript")
	case 9:
		return isName(name, "plaintext")
	}
	return false
}

// plainValue writes the value of an attribute with its references undone. The
// plain cases are done here: none, &amp; and an & that begins none, since a
// name follows and then = (13.2.5.73). All others are the tokenizer's.
func plainValue(value []byte) []byte {
	at := bytes.IndexByte(value, '&')
	if at < 0 && bytes.IndexByte(value, 0) < 0 {
		return value
	}
	for rest := value; at >= 0; at = bytes.IndexByte(rest, '&') {
		rest = rest[at+1:]
		n := 0
		for n < len(rest) && (isLetter(rest[n]) || '0' <= rest[n] && rest[n] <= '9' || rest[n] == '_') {
			n++
		}
		if string(rest[:min(4, len(rest))]) != "amp;" && (n == 0 || n == len(rest) || rest[n] != '=') {
			return byTokenizer(value)
		}
	}
	return bytes.ReplaceAll(value, []byte("&amp;"), []byte("&"))
}

func byTokenizer(value []byte) []byte {
	tag := append([]byte(`<a b="`), bytes.ReplaceAll(value, []byte(`"`), []byte("&#34;"))...)
	z := html.NewTokenizer(bytes.NewReader(append(tag, `">`...)))
	z.Next()
	if _, more := z.TagName(); !more {
		return nil
	}
	_, out, _ := z.TagAttr()
	return out
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' && c != '\v' }
