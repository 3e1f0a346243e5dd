package warcfiles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/google/uuid"

	"probity/pipeline/archive"
	"probity/pipeline/archive/coding"
	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

// maxBody bounds a body after content decoding.
const maxBody = 1 << 30

// Profiles of revisit records (WARC 1.1, 6.7).
const (
	identical   = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
	notModified = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
)

// meta is the block of the metadata record.
type meta struct {
	Capture evidence.Capture `json:"capture"`
	Coding  []string         `json:"coding,omitempty"`  // content codings that were undone, in order of their application
	Renamed []string         `json:"renamed,omitempty"` // headers renamed in the response record
}

// compose writes the records of an exchange to d and tells where they
// stand, counted from the first byte. digest is that of the body as received,
// original the capture to which a revisit refers, or zero.
func (a *Files) compose(d *draft, e evidence.Exchange, digest string, original archive.Entry) (archive.Listed, error) {
	c := e.Capture
	en := archive.Listed{Capture: c}
	en.Entry = archive.Entry{ID: c.ID, Target: c.Lead.Key(), Payload: digest, Date: date(c.Time), Original: original.ID}
	m := meta{Capture: c}
	var records []warc.Record
	if c.Status == 0 {
		en.Payload = warc.Algorithm + c.Payload
		records = append(records, resource(c, e.Body, en.Payload))
	} else {
		codings, err := codings(e)
		if err != nil {
			return en, err
		}
		var head []byte
		head, m.Renamed = disguise(e.Response, len(e.Raw))
		m.Coding = codings
		answer := response(c, head, e.Raw, en.Entry, original)
		answer.Packed = len(codings) > 0 || packed(c.Media.Type)
		records = append(attachments(e), request(c, e.Request), answer)
	}
	block, err := json.Marshal(m)
	if err != nil {
		return en, fmt.Errorf("write capture %s: %w: %w", c.ID, evidence.ErrInvalid, err)
	}
	records = append(records, metadata(c, block))

	w, _ := a.writers.Get().(*warc.Writer) // not one a draft: those wait for their sync, and a compressor holds a megabyte
	defer a.writers.Put(w)
	for i, r := range records {
		switch i {
		case len(records) - 2:
			en.Body = d.size
		case len(records) - 1:
			en.Meta = d.size
		}
		begun := d.size
		if err := w.Append(d, r); err != nil {
			return en, fmt.Errorf("write capture %s: %w", c.ID, err)
		}
		if i < len(c.Attached) {
			en.Parts = append(en.Parts, archive.Part{Offset: begun, Length: d.size - begun})
		}
	}
	en.Length = d.size
	return en, nil
}

// codings returns the content codings that lead from the raw body to the body.
func codings(e evidence.Exchange) ([]string, error) {
	if bytes.Equal(e.Raw, e.Body) {
		return nil, nil // whatever the header says: some servers lie
	}
	if e.Capture.Unchanged != "" { // the head that named the coding is another's
		for _, name := range []string{"gzip", "br", "deflate", "zstd"} {
			if same, err := coding.Yields(e.Raw, []string{name}, e.Body); err == nil && same {
				return []string{name}, nil
			}
		}
	}
	list := coding.List(fields(e.Response).Values("Content-Encoding")...)
	same, err := coding.Yields(e.Raw, list, e.Body)
	if err != nil {
		return nil, fmt.Errorf("write capture %s: %w", e.Capture.ID, err)
	}
	if !same {
		return nil, fmt.Errorf("write capture %s: %w: the raw body of %d bytes, decoded by its Content-Encoding %q, is not the body",
			e.Capture.ID, evidence.ErrInvalid, len(e.Raw), list)
	}
	return list, nil
}

// packed holds for types that are compressed by themselves.
func packed(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "application/zip":
		return true
	}
	return strings.HasPrefix(mediaType, "application/vnd.openxmlformats")
}

func common(kind, id string, c evidence.Capture, contentType string) []warc.Field {
	return []warc.Field{
		{Name: "WARC-Type", Value: kind},
		{Name: "WARC-Record-ID", Value: urn(id)},
		{Name: "WARC-Date", Value: date(c.Time)},
		{Name: "WARC-Target-URI", Value: URI(c.Lead.URL)},
		{Name: "Content-Type", Value: contentType},
	}
}

func resource(c evidence.Capture, body []byte, payload string) warc.Record {
	t := c.Type
	if t == "" || strings.ContainsAny(t, "\r\n\x00") {
		t = "application/octet-stream"
	}
	return warc.Record{Fields: append(common("resource", c.ID, c, t), warc.Field{Name: "WARC-Payload-Digest", Value: payload}), Block: body, Packed: packed(c.Media.Type)}
}

// attachments stand before the request, so that the response reaches to the
// metadata. Unlike a file handed in each says what it was made of.
func attachments(e evidence.Exchange) []warc.Record {
	list := make([]warc.Record, 0, len(e.Attached)+2)
	for i, a := range e.Capture.Attached {
		fields := common("resource", derived(e.Capture.ID, "attached "+a.Kind), e.Capture, a.Type)
		for n := range fields {
			if fields[n].Name == "WARC-Target-URI" {
				fields[n].Value = URI(archive.AttachedURI(a.Kind, e.Capture.Lead.URL))
			}
		}
		list = append(list, warc.Record{
			Fields: append(fields, warc.Field{Name: "WARC-Concurrent-To", Value: urn(e.Capture.ID)}, warc.Field{Name: "WARC-Payload-Digest", Value: warc.Digest(e.Attached[i])}),
			Block:  e.Attached[i], Packed: packed(a.Type),
		})
	}
	return list
}

func request(c evidence.Capture, block []byte) warc.Record {
	return warc.Record{
		Fields: append(common("request", derived(c.ID, "request"), c, "application/http;msgtype=request"),
			warc.Field{Name: "WARC-Concurrent-To", Value: urn(c.ID)}),
		Block: block,
	}
}

func response(c evidence.Capture, head, raw []byte, en, original archive.Entry) warc.Record {
	kind := "response"
	more := []warc.Field{
		{Name: "WARC-Concurrent-To", Value: urn(derived(c.ID, "request"))},
		{Name: "WARC-Payload-Digest", Value: en.Payload},
	}
	if host, _, err := net.SplitHostPort(c.Address); err == nil && net.ParseIP(host) != nil {
		more = append(more, warc.Field{Name: "WARC-IP-Address", Value: host})
	}
	if c.Protocol != "" {
		more = append(more, warc.Field{Name: "WARC-Protocol", Value: c.Protocol})
	}
	if original.ID != "" {
		profile := identical
		if c.Unchanged != "" {
			profile = notModified
		}
		kind, raw = "revisit", nil
		more = append(more,
			warc.Field{Name: "WARC-Profile", Value: profile},
			warc.Field{Name: "WARC-Refers-To", Value: urn(original.ID)},
			warc.Field{Name: "WARC-Refers-To-Date", Value: original.Date})
		if len(c.Lead.Volatile) == 0 { // else the original may have been asked for by another URL
			more = append(more, warc.Field{Name: "WARC-Refers-To-Target-URI", Value: URI(c.Lead.URL)})
		}
	}
	return warc.Record{Fields: append(common(kind, c.ID, c, "application/http;msgtype=response"), more...), Block: head, Rest: raw}
}

func metadata(c evidence.Capture, block []byte) warc.Record {
	return warc.Record{
		Fields: append(common("metadata", derived(c.ID, "metadata"), c, "application/json"),
			warc.Field{Name: "WARC-Concurrent-To", Value: urn(c.ID)}, warc.Field{Name: "WARC-Refers-To", Value: urn(c.ID)}),
		Block: block,
	}
}

func (a *Files) warcinfo(name string) warc.Record {
	body := "software: " + a.o.Software + "\r\n" +
		"format: WARC File Format 1.1\r\n" +
		"conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n" +
		"robots: obey\r\n"
	return warc.Record{Fields: []warc.Field{
		{Name: "WARC-Type", Value: "warcinfo"},
		{Name: "WARC-Record-ID", Value: urn(uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String())},
		{Name: "WARC-Date", Value: date(a.o.Now())},
		{Name: "WARC-Filename", Value: name},
		{Name: "Content-Type", Value: "application/warc-fields"},
	}, Block: []byte(body)}
}

func urn(id string) string { return "<urn:uuid:" + id + ">" }

func unurn(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(s, "<urn:uuid:"), ">")
}

// derived is the id of a record beside the capture's own.
func derived(id, kind string) string {
	base, _ := uuid.Parse(id) // checked by archive.Check
	return uuid.NewSHA1(base, []byte(kind)).String()
}

func date(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// URI is a URL as it stands in WARC-Target-URI: the URL with bytes beyond ASCII percent-encoded (RFC 3986).
func URI(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] < 0x80 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}
