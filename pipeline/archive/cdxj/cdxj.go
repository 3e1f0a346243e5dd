// Package cdxj writes and reads the index that stands beside a segment: one
// CDXJ line a capture, and one for each of its attachments, so that replay tools find pages in our segments, and
// so that every other index of ours can be made again without reading them.
//
// A line is the SURT of the URL (host turned round, so that a domain sorts
// together), the time in 14 digits, and a JSON object. Its fields url, mime,
// status, digest, length, offset and filename are what such tools read:
// length and offset are of the response record alone. Field probity holds
// what the house needs besides: where the whole exchange stands, and the
// capture; the line of an attachment names the capture that it belongs to
// instead. Lines are sorted bytewise and follow from the segment alone, so
// whoever writes them again writes the same bytes.
//
// It refuses a line whose parts contradict each other.
package cdxj

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// Ending is what the name of a segment's index has behind the segment's own,
// less its ".warc.gz".
const Ending = ".cdxj"

// Name is the name of the index of a segment.
func Name(segment string) string { return strings.TrimSuffix(segment, ".warc.gz") + Ending }

// fields are the JSON of a line. Numbers are strings there, as replay tools
// write and expect them.
type fields struct {
	URL      string `json:"url"`
	MIME     string `json:"mime"` // warc/revisit for a revisit
	Status   string `json:"status,omitempty"`
	Digest   string `json:"digest"`
	Length   string `json:"length"`
	Offset   string `json:"offset"`
	Filename string `json:"filename"`
	Method   string `json:"method,omitempty"` // if not GET
	Of       string `json:"of,omitempty"`     // of an attachment: the capture's id
	Probity  *ours  `json:"probity,omitempty"`
}

type ours struct {
	Start    int64            `json:"start"` // of the exchange
	Length   int64            `json:"length"`
	Meta     int64            `json:"meta"` // of its metadata record, from start
	Date     string           `json:"date"` // WARC-Date
	Original string           `json:"original,omitempty"`
	Key      string           `json:"key"` // of the lead
	Capture  evidence.Capture `json:"capture"`
}

// Encode writes the index of the captures of one segment.
func Encode(list []archive.Listed) ([]byte, error) {
	lines := make([][]byte, 0, len(list))
	for _, l := range list {
		line, err := encode(l)
		if err != nil {
			return nil, fmt.Errorf("index capture %s: %w: %w", l.ID, evidence.ErrInvalid, err)
		}
		lines = append(lines, line)
		for i, p := range l.Parts {
			line, err := encodePart(l, l.Capture.Attached[i], p)
			if err != nil {
				return nil, fmt.Errorf("index capture %s: %w: %w", l.ID, evidence.ErrInvalid, err)
			}
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, bytes.Compare)
	return bytes.Join(lines, nil), nil
}

func encodePart(l archive.Listed, a evidence.Attachment, p archive.Part) ([]byte, error) {
	media, _, _ := strings.Cut(a.Type, ";")
	return line(l, fields{
		URL: archive.AttachedURI(a.Kind, l.Capture.Lead.URL), MIME: strings.ToLower(strings.TrimSpace(media)), Digest: "sha256:" + a.Payload, Of: l.ID,
		Length: strconv.FormatInt(p.Length, 10), Offset: strconv.FormatInt(p.Offset, 10), Filename: l.File,
	})
}

func encode(l archive.Listed) ([]byte, error) {
	c := l.Capture
	f := fields{
		URL: c.Lead.URL, MIME: cmp.Or(c.MediaType(), "unk"), Digest: l.Payload,
		Length: strconv.FormatInt(l.Meta-l.Body, 10), Offset: strconv.FormatInt(l.Start+l.Body, 10), Filename: l.File,
		Probity: &ours{Start: l.Start, Length: l.Length, Meta: l.Meta, Date: l.Date, Original: l.Original, Key: l.Target, Capture: c},
	}
	if c.Status != 0 {
		f.Status = strconv.Itoa(c.Status)
	}
	if l.Original != "" {
		f.MIME = "warc/revisit"
	}
	if c.Lead.Method != http.MethodGet {
		f.Method = c.Lead.Method
	}
	return line(l, f)
}

func line(l archive.Listed, f fields) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(SURT(f.URL) + " " + l.Capture.Time.UTC().Format("20060102150405") + " ")
	e := json.NewEncoder(&b) // ends the line
	e.SetEscapeHTML(false)
	err := e.Encode(f)
	return b.Bytes(), err
}

// Decode reads an index and visits its captures in the order of the segment.
// evidence.ErrInvalid: it is none, with the number of the line.
func Decode(index []byte) ([]archive.Listed, error) {
	var list []archive.Listed
	parts, n := map[string][]archive.Part{}, 0
	fault := func(err error) error {
		return fmt.Errorf("index line %d: %w: %w; make it again from its segment with `probity archive check -repair`", n, evidence.ErrInvalid, err)
	}
	for line := range bytes.Lines(index) {
		n++
		l, of, err := decode(line)
		switch {
		case err != nil:
			return nil, fault(err)
		case of != "":
			parts[of] = append(parts[of], l.Parts...)
		default:
			list = append(list, l)
		}
	}
	for i, l := range list {
		list[i].Parts = parts[l.ID]
		slices.SortFunc(list[i].Parts, func(x, y archive.Part) int { return cmp.Compare(x.Offset, y.Offset) })
		if len(list[i].Parts) != len(l.Capture.Attached) {
			return nil, fault(fmt.Errorf("capture %s has %d attachments and %d have lines", l.ID, len(l.Capture.Attached), len(list[i].Parts)))
		}
		delete(parts, l.ID)
	}
	if len(parts) > 0 {
		return nil, fault(errors.New("an attachment belongs to no capture of the segment"))
	}
	slices.SortFunc(list, func(x, y archive.Listed) int { return cmp.Compare(x.Start, y.Start) })
	return list, nil
}

// Place names the record that a line leads to, as "file offset"; a line that
// is none has none.
func Place(line []byte) string {
	var f struct{ Filename, Offset string }
	if _, body, ok := bytes.Cut(line, []byte(" {")); ok {
		_ = json.Unmarshal(append([]byte("{"), body...), &f) // what cannot be read names nothing
	}
	return f.Filename + " " + f.Offset
}

// decode reads one line; of an attachment it returns the part alone, and of
// is the capture's id.
func decode(line []byte) (l archive.Listed, of string, err error) {
	var f fields
	parts := bytes.SplitN(line, []byte(" "), 3)
	if len(parts) != 3 {
		return l, "", errors.New("it has no three parts")
	}
	if err := json.Unmarshal(parts[2], &f); err != nil {
		return l, "", err
	}
	offset, err := strconv.ParseInt(f.Offset, 10, 64)
	if err != nil {
		return l, "", err
	}
	length, err := strconv.ParseInt(f.Length, 10, 64)
	if err != nil {
		return l, "", err
	}
	p := f.Probity
	if f.Of != "" && p == nil && offset >= 0 && length > 0 {
		return archive.Listed{Parts: []archive.Part{{Offset: offset, Length: length}}}, f.Of, nil
	}
	if p == nil || f.Of != "" {
		return l, "", errors.New("it is of no capture and of no attachment of one")
	}
	l = archive.Listed{Capture: p.Capture, Entry: archive.Entry{
		ID: p.Capture.ID, File: f.Filename, Start: p.Start, Body: offset - p.Start, Meta: p.Meta, Length: p.Length,
		Target: p.Key, Payload: f.Digest, Date: p.Date, Original: p.Original,
	}}
	switch {
	case l.ID == "" || l.File == "" || l.Target != p.Capture.Lead.Key():
		return l, "", errors.New("capture, file and lead are not what belongs together")
	case l.Start < 0 || l.Body < 0 || l.Meta <= l.Body || l.Length <= l.Meta || length != l.Meta-l.Body:
		return l, "", errors.New("its offsets contradict each other")
	}
	return l, "", nil
}

// SURT is the key by which a URL sorts: its host turned round and without a
// leading www, a port that is not the scheme's own, then path and query in
// lower case, the fields of the query sorted by name, which is how replay
// tools look for it. What is no http URL stays as it is.
func SURT(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return strings.ReplaceAll(raw, " ", "%20")
	}
	labels := strings.Split(withoutWWW(strings.ToLower(u.Hostname())), ".")
	if !strings.Contains(u.Hostname(), ":") { // an IPv6 address stays
		slices.Reverse(labels)
	}
	key := strings.Join(labels, ",")
	if p := u.Port(); p != "" && (u.Scheme != "http" || p != "80") && (u.Scheme != "https" || p != "443") {
		key += ":" + p
	}
	key += ")" + cmp.Or(strings.ToLower(u.EscapedPath()), "/")
	if u.RawQuery != "" {
		fields := strings.Split(strings.ToLower(u.RawQuery), "&")
		slices.SortStableFunc(fields, func(a, b string) int {
			a, _, _ = strings.Cut(a, "=")
			b, _, _ = strings.Cut(b, "=")
			return cmp.Compare(a, b)
		})
		key += "?" + strings.Join(fields, "&")
	}
	return strings.ReplaceAll(key, " ", "%20")
}

// withoutWWW takes a first label www, www1 … off a host.
func withoutWWW(host string) string {
	first, rest, ok := strings.Cut(host, ".")
	if number, www := strings.CutPrefix(first, "www"); ok && www && strings.Trim(number, "0123456789") == "" {
		return rest
	}
	return host
}
