package traps

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding/htmlindex"
)

// maxText is how much of a page is looked at to see what it is like.
const maxText = 256 << 10

// TextOf returns title and visible text of a web page, as far as likeness
// needs them: the first 256 KiB, decoded by the charset of its capture.
func TextOf(body []byte, charset string) (title, text string) {
	body = body[:min(len(body), maxText)]
	if enc, err := htmlindex.Get(charset); err == nil {
		if decoded, err := enc.NewDecoder().Bytes(body); err == nil {
			body = decoded
		}
	}
	z := html.NewTokenizer(bytes.NewReader(body))
	var t, all strings.Builder
	var within atom.Atom // title, script or style
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(t.String()), " "), all.String()
		case html.StartTagToken:
			name, _ := z.TagName()
			switch a := atom.Lookup(name); a {
			case atom.Title, atom.Script, atom.Style:
				within = a
			default:
				all.WriteByte(' ')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if within != 0 && atom.Lookup(name) == within {
				within = 0
			}
		case html.TextToken:
			switch within {
			case 0:
				all.Write(z.Text())
			case atom.Title:
				t.Write(z.Text())
			default:
			}
		default:
		}
	}
}
