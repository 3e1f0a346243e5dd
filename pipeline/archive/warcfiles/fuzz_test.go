package warcfiles

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

// FuzzExchanges reads a file that anybody may have written: every exchange
// found has a capture, lies behind the one before, and what is wrong is said.
func FuzzExchanges(f *testing.F) {
	a := &Files{o: Options{Software: "test", Now: func() time.Time { return time.Unix(0, 0) }}}
	a.writers.New = func() any { return new(warc.Writer) }
	var b bytes.Buffer
	if err := new(warc.Writer).Append(&b, a.warcinfo("x")); err != nil {
		f.Fatal(err)
	}
	for i, status := range []int{200, 0, 404} {
		e := evidence.Exchange{Request: []byte("GET / HTTP/1.1\r\n\r\n"), Response: []byte("HTTP/1.1 200 OK\r\n\r\n")}
		e.Capture.ID, e.Capture.Status = uuid.NewSHA1(uuid.NameSpaceURL, []byte{byte(i)}).String(), status
		if status == 404 {
			e.Attach(evidence.AttachedDOM, "text/html", "", []byte("<p>"))
		}
		d := &draft{}
		if _, err := a.compose(d, e, warc.Digest(e.Raw), archive.Entry{}); err != nil {
			f.Fatal(err)
		}
		_, _ = d.WriteTo(&b)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-4])
	f.Fuzz(func(t *testing.T, file []byte) {
		last := int64(0)
		end, err := exchanges(t.Context(), warc.NewReader(bytes.NewReader(file), 0), "x", isMetadata, func(f archive.Listed) error {
			if f.Start < last || f.End() > int64(len(file)) || f.ID != f.Capture.ID || f.Meta <= f.Body && f.Body > 0 {
				t.Errorf("exchange %+v behind %d in %d bytes", f.Entry, last, len(file))
			}
			last = f.End()
			return nil
		})
		if end < last || end > int64(len(file)) || err != nil && !errors.Is(err, evidence.ErrInvalid) {
			t.Errorf("ended at %d after %d: %v", end, last, err)
		}
	})
}
