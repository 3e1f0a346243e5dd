package archive

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"probity/pipeline/evidence"
)

// Check says whether an exchange may be kept: the id is a UUID, the time is
// set, the URL is absolute, sizes and digests are those of the bytes, an
// answer of a server has its request and its head, and attachments are those
// that the capture names.
func Check(e evidence.Exchange) error {
	c := e.Capture
	fault := func(format string, args ...any) error {
		return fmt.Errorf("keep capture %q of %q: %w: %s", c.ID, c.Lead.URL, evidence.ErrInvalid, fmt.Sprintf(format, args...))
	}
	if id, err := uuid.Parse(c.ID); err != nil || id.String() != c.ID {
		return fault("the id is no UUID in lower case")
	}
	u, err := url.Parse(c.Lead.URL)
	if err != nil || !u.IsAbs() || bytes.ContainsFunc([]byte(c.Lead.URL), func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fault("the URL is not absolute or holds blanks")
	}
	switch {
	case c.Time.IsZero():
		return fault("it has no time")
	case c.Size != int64(len(e.Body)):
		return fault("the body has %d bytes, the capture says %d", len(e.Body), c.Size)
	case c.Payload != e.Digest():
		return fault("the capture says another payload digest than the body has")
	case c.Content != evidence.ContentID(c):
		return fault("the capture says another content than its fields make")
	}
	if what := attached(e); what != "" {
		return fault("%s", what)
	}
	switch {
	case c.Status == 0:
		return nil
	case !complete(e.Request):
		return fault("the request has no head that ends in an empty line; hand over the bytes as sent")
	case !complete(e.Response) || !bytes.HasPrefix(e.Response, []byte("HTTP/")):
		return fault("the response has no status line and headers that end in an empty line; hand over the bytes as received")
	}
	return nil
}

// attached says what is wrong with the attachments of an exchange, if anything.
func attached(e evidence.Exchange) string {
	list := e.Capture.Attached
	switch {
	case len(list) != len(e.Attached):
		return fmt.Sprintf("the capture names %d attachments and %d came with it", len(list), len(e.Attached))
	case len(list) > 0 && e.Capture.Status == 0:
		return "a file handed in has no attachments: nobody visited a page"
	}
	kinds := map[string]bool{}
	for i, a := range list {
		switch body := e.Attached[i]; {
		case !kind.MatchString(a.Kind) || kinds[a.Kind]:
			return fmt.Sprintf("the kind %.40q of an attachment is no ASCII word or is there twice", a.Kind)
		case strings.ContainsFunc(a.Type, unicode.IsControl) || !strings.Contains(a.Type, "/"):
			return fmt.Sprintf("the type %.80q of attachment %s is no media type", a.Type, a.Kind)
		case a.Size != int64(len(body)) || a.Payload != evidence.DigestBytes(body):
			return fmt.Sprintf("attachment %s has another size or digest than the capture says", a.Kind)
		}
		kinds[a.Kind] = true
	}
	return ""
}

//nolint:gochecknoglobals // a constant in all but syntax
var kind = regexp.MustCompile(`^[a-z][a-z0-9]{0,39}$`)

func complete(head []byte) bool { return bytes.Contains(head, []byte("\r\n\r\n")) }
