package discover

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/net/html"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"probity/pipeline/evidence"
)

// Limits of one document.
const (
	MaxEntries  = 50_000   // of a sitemap (sitemaps.org, protocol)
	MaxUnpacked = 50 << 20 // bytes of a sitemap (the same)
	maxMark     = 64 << 10 // bytes of one tag or text
	maxOpen     = 64       // elements within each other
)

var errTooMuch = errors.New("beyond the limit")

// A limited reader fails where io.LimitedReader would pretend an end.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooMuch
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// unpack undoes gzip, twice at most, as some servers pack what is packed.
// Limit is what may come out.
func unpack(r io.Reader, limit int64) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(&limited{r, limit}, 4096)
	for range 2 {
		if magic, _ := b.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
			return b, nil
		}
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("unpack: %w: %w", evidence.ErrInvalid, err)
		}
		b = bufio.NewReaderSize(&limited{z, limit}, 4096)
	}
	return b, nil
}

var declared = regexp.MustCompile(`^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// decode turns bytes into UTF-8: by the byte order mark, else the XML
// declaration, else the charset that was decided for the capture. Bytes that
// mean nothing become U+FFFD.
func decode(b *bufio.Reader, charset string) *bufio.Reader {
	start, _ := b.Peek(512)
	if m := declared.FindSubmatch(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf"))); m != nil {
		charset = string(m[1])
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		enc = unicode.UTF8
	}
	if name, _ := htmlindex.Name(enc); name == "gbk" || name == "gb2312" {
		if wide, err := htmlindex.Get("gb18030"); err == nil {
			enc = wide
		}
	}
	if bytes.HasPrefix(start, []byte("<?xml")) && strings.HasPrefix(strings.ToLower(charset), "utf-16") {
		enc = unicode.UTF8 // it says so in ASCII, so it cannot be
	}
	return bufio.NewReaderSize(transform.NewReader(b, unicode.BOMOverride(enc.NewDecoder())), 4096)
}

// A mark is what the reader of a document sees: an element that ends, with the
// text in it, or one that begins.
type mark struct {
	begin  bool
	name   string // local name, lower case
	parent string
	text   string // of the element itself, trimmed
	attrs  map[string]string
}

// marks reads a document as a stream of marks. Names lose their prefix, since
// namespaces are missing or odd as often as not; end tags that match nothing
// are passed over, and so is what is nested too deep. It returns nil at the
// end of the document.
func marks(r io.Reader, each func(mark) bool) error {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxMark)
	z.AllowCDATA(true)
	s := stack{}
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if errors.Is(z.Err(), io.EOF) {
				return nil
			}
			return z.Err()
		}
		switch kind {
		case html.TextToken:
			s.write(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			m := mark{begin: true, name: local(name), parent: s.top(), attrs: attributes(z, more)}
			z.NextIsNotRawText()
			if !each(m) {
				return nil
			}
			if kind == html.StartTagToken {
				s.push(m)
			} else if m.begin = false; !each(m) {
				return nil
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if slices.ContainsFunc(s.pop(local(name)), func(m mark) bool { return !each(m) }) {
				return nil
			}
		default: // comments and the document's type
		}
	}
}

func local(name []byte) string {
	if at := bytes.LastIndexByte(name, ':'); at >= 0 {
		name = name[at+1:]
	}
	return string(bytes.ToLower(name))
}

func attributes(z *html.Tokenizer, more bool) map[string]string {
	if !more {
		return nil
	}
	attrs := map[string]string{}
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		if len(attrs) < 32 {
			attrs[string(bytes.ToLower(key))] = string(val)
		}
	}
	return attrs
}

// A stack is the elements that are open.
type stack []mark

func (s *stack) top() string {
	if len(*s) == 0 {
		return ""
	}
	return (*s)[len(*s)-1].name
}

func (s *stack) push(m mark) {
	if len(*s) < maxOpen {
		*s = append(*s, m)
	}
}

// write adds to the text of the innermost element.
func (s *stack) write(text []byte) {
	if len(*s) == 0 {
		return
	}
	m := &(*s)[len(*s)-1]
	if len(m.text)+len(text) <= maxMark && (m.text != "" || len(bytes.TrimSpace(text)) > 0) {
		m.text += string(text)
	}
}

// pop ends the innermost element of that name and, before it, all that were
// left open within it. Their texts count: an address is one, though its tag was
// not closed.
func (s *stack) pop(name string) (ended []mark) {
	for i, m := range slices.Backward(*s) {
		if m.name != name {
			continue
		}
		for _, m := range slices.Backward((*s)[i:]) {
			m.begin, m.text = false, strings.TrimSpace(strings.ToValidUTF8(m.text, string(utf8.RuneError)))
			ended = append(ended, m)
		}
		*s = (*s)[:i]
		return ended
	}
	return nil
}
