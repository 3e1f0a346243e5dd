package evidence_test

import (
	"testing"

	"probity/pipeline/evidence"
)

func TestABodyIsDigestedOnceAndAnotherBodyAgain(t *testing.T) {
	e := evidence.Exchange{Body: []byte("page")}
	e.Weigh()
	if e.Capture.Payload != evidence.DigestBytes([]byte("page")) || e.Capture.Size != 4 || e.Digest() != e.Capture.Payload {
		t.Errorf("weighed as %s, %d bytes; digest %s", e.Capture.Payload, e.Capture.Size, e.Digest())
	}
	for _, body := range [][]byte{[]byte("pager"), []byte("Page"), e.Body[:3], nil} {
		other := e
		other.Body = body
		if other.Digest() != evidence.DigestBytes(body) {
			t.Errorf("the digest of %q is that of another body", body)
		}
	}
}
