package archive

import (
	"bytes"
	"fmt"
	"net/url"

	"github.com/google/uuid"

	"probity/pipeline/evidence"
)

// Check says whether an exchange may be kept: the id is a UUID, the time is
// set, the URL is absolute, sizes and digests are those of the bytes, and an
// answer of a server has its request and its head.
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
	case c.Payload != evidence.DigestBytes(e.Body):
		return fault("the capture says another payload digest than the body has")
	case c.Content != evidence.ContentID(c):
		return fault("the capture says another content than its fields make")
	case c.Status == 0:
		return nil
	case !complete(e.Request):
		return fault("the request has no head that ends in an empty line; hand over the bytes as sent")
	case !complete(e.Response) || !bytes.HasPrefix(e.Response, []byte("HTTP/")):
		return fault("the response has no status line and headers that end in an empty line; hand over the bytes as received")
	}
	return nil
}

func complete(head []byte) bool { return bytes.Contains(head, []byte("\r\n\r\n")) }
