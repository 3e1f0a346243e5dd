package wacz

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"probity/pipeline/archive"
	"probity/pipeline/archive/cdxj"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
)

// fields are the JSON of an index line: what replay tools read. Numbers are
// strings there.
type fields struct {
	URL         string `json:"url"`
	MIME        string `json:"mime"`
	Status      string `json:"status"`
	Digest      string `json:"digest"`
	Length      string `json:"length"`
	Offset      string `json:"offset"`
	Filename    string `json:"filename"`
	Method      string `json:"method,omitempty"`      // if not GET
	RequestBody string `json:"requestBody,omitempty"` // of a POST, as a query
}

// lines are the index lines of an exchange: of its answer or file, and of
// each attachment. at is where it stands in the file of that name.
func lines(l archive.Listed, name string, at int64) ([][]byte, error) {
	c := l.Capture
	target := warcfiles.URI(c.Lead.URL)
	f := fields{
		URL: target, MIME: media(c.Type), Status: strconv.Itoa(c.Status), Digest: l.Payload, Filename: name,
		Length: number(l.Meta - l.Body), Offset: number(at + l.Start + l.Body),
	}
	key := target
	switch {
	case c.Status == 0:
		f.Status = "200" // a file handed in is shown as it is
	case l.Original != "":
		f.MIME = "warc/revisit"
	}
	if c.Lead.Method != http.MethodGet { // found by what was sent, as replay tools look for it
		f.Method, f.RequestBody = c.Lead.Method, c.Lead.Body
		join := "?"
		if strings.Contains(key, "?") {
			join = "&"
		}
		key += join + "__wb_method=" + url.QueryEscape(c.Lead.Method)
		if c.Lead.Body != "" {
			key += "&" + c.Lead.Body
		}
	}
	first, err := line(key, c.Time, f)
	out := [][]byte{first}
	for i, p := range l.Parts {
		if err != nil {
			break
		}
		a := c.Attached[i]
		target := warcfiles.URI(archive.AttachedURI(a.Kind, c.Lead.URL))
		var one []byte
		one, err = line(target, c.Time, fields{
			URL: target, MIME: media(a.Type), Status: "200", Digest: "sha256:" + a.Payload, Filename: name, Length: number(p.Length), Offset: number(at + p.Offset),
		})
		out = append(out, one)
	}
	return out, err
}

func line(key string, t time.Time, f fields) ([]byte, error) {
	body, err := encode(f)
	return append([]byte(cdxj.SURT(key)+" "+t.UTC().Format("20060102150405")+" "), bytes.TrimSuffix(body, []byte("\n"))...), err
}

func media(contentType string) string {
	t := evidence.Capture{Type: contentType}.MediaType()
	if t == "" {
		return "application/octet-stream"
	}
	return t
}

// blockLines is how many lines one gzip member of the index holds: what a
// reader fetches to find one page.
const blockLines = 300

// writeIndex writes the sorted lines in members, and returns the index of
// those: the first line's key of each, and where it stands.
func (w *writer) writeIndex() (idx []byte, err error) {
	if err := w.begin("indexes/index.cdx.gz", zip.Store); err != nil {
		return nil, err
	}
	var second, block bytes.Buffer
	second.WriteString(`!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}` + "\n")
	n, first, z := 0, "", gzip.NewWriter(nil)
	flush := func() error {
		if n == 0 {
			return nil
		}
		if err := z.Close(); err != nil {
			return err
		}
		sum := sha256.Sum256(block.Bytes())
		about, err := json.Marshal(map[string]any{"offset": w.file.n, "length": block.Len(), "digest": "sha256:" + hex.EncodeToString(sum[:]), "filename": "index.cdx.gz"})
		if err != nil {
			return err
		}
		second.WriteString(first + " " + string(about) + "\n")
		n = 0
		_, err = w.file.Write(block.Bytes())
		return err
	}
	err = w.index.each(func(line []byte) error {
		if n == 0 {
			block.Reset()
			z.Reset(&block)
			key := bytes.SplitN(line, []byte(" "), 3)
			first = string(key[0]) + " " + string(key[1])
		}
		_, _ = z.Write(append(line, '\n')) // Close says what went wrong
		if n++; n < blockLines {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return nil, fmt.Errorf("write index: %w", err)
	}
	return second.Bytes(), nil
}

// page is a line of the list of pages.
type page struct {
	ID    string `json:"id"`
	URL   string `json:"url"`
	TS    string `json:"ts"`
	Title string `json:"title"`
}

// pageOf is the line of a capture that a person would look at as a page.
func pageOf(c evidence.Capture) (page, bool) {
	if c.Status < 200 || c.Status >= 300 || !c.IsHTML() || c.Lead.Method != http.MethodGet {
		return page{}, false
	}
	target := warcfiles.URI(c.Lead.URL)
	return page{ID: c.ID, URL: target, TS: c.Time.UTC().Format("2006-01-02T15:04:05Z"), Title: c.Lead.URL}, true
}

// listed is a line of the list of captures. Every line has every field.
type listed struct {
	ID           string `json:"id"`
	URL          string `json:"url"`
	Time         string `json:"time"`
	Status       int    `json:"status"`
	Type         string `json:"type"`
	Size         int64  `json:"size"`
	Payload      string `json:"payload"`       // SHA-256 of the body after content decoding
	Source       string `json:"source"`        // the declared source it was visited for
	Run          string `json:"run"`           // in which run
	Robots       string `json:"robots"`        // what robots.txt said, and in which line
	RobotsFile   string `json:"robots_file"`   // SHA-256 of that file
	RevisitOf    string `json:"revisit_of"`    // the capture that holds its payload; empty: itself
	BroughtAlong bool   `json:"brought_along"` // not asked for: here for a revisit
	Custody      string `json:"custody"`
	File         string `json:"file"` // within archive/
	Offset       int64  `json:"offset"`
	Length       int64  `json:"length"`
}

func listedOf(l archive.Listed, asked bool, name string, at int64) listed {
	c := l.Capture
	said := c.Robots.Reason
	if c.Robots.Line > 0 {
		said = fmt.Sprintf("%s, line %d: %s", said, c.Robots.Line, c.Robots.Rule)
	}
	return listed{
		ID: c.ID, URL: c.Lead.URL, Time: c.Time.UTC().Format(time.RFC3339Nano), Status: c.Status, Type: c.Type, Size: c.Size, Payload: c.Payload,
		Source: c.Lead.Source, Run: c.Run, Robots: said, RobotsFile: c.Robots.Digest, RevisitOf: l.Original, BroughtAlong: !asked, Custody: c.Custody,
		File: name, Offset: at + l.Start, Length: l.Length,
	}
}
