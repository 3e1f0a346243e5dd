package wacz

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"github.com/google/uuid"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

// version of the format that is written.
const version = "1.1.1"

// A counter counts and digests what passes.
type counter struct {
	w io.Writer
	n int64
	h hash.Hash // nil: counted only
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	if c.h != nil {
		c.h.Write(p[:n])
	}
	return n, err
}

// A resource is one file of the package, as datapackage.json lists it.
type resource struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Hash  string `json:"hash"`
	Bytes int64  `json:"bytes"`
}

// A writer writes one WACZ.
type writer struct {
	o         Options
	size      *counter
	zip       *zip.Writer
	sum       Summary
	resources []resource
	file      *counter // the one that is written; nil: none
	path      string   // of it
	index     *sorter
	lists     [2]*os.File // pages and captures, until their turn comes
}

const (
	pagesList = iota
	capturesList
)

func newWriter(o Options, to io.Writer) *writer {
	size := &counter{w: to}
	return &writer{o: o, size: size, zip: zip.NewWriter(size), index: &sorter{dir: o.Temp, most: o.Memory}}
}

func (w *writer) close() error {
	errs := []error{w.index.close()}
	for _, f := range w.lists {
		if f != nil {
			errs = append(errs, f.Close(), os.Remove(f.Name()))
		}
	}
	return errors.Join(errs...)
}

// begin begins a file of the package; what is read by range is stored as it
// is.
func (w *writer) begin(path string, method uint16) error {
	if err := w.finish(); err != nil {
		return err
	}
	to, err := w.zip.CreateHeader(&zip.FileHeader{Name: path, Method: method, Modified: w.o.Now().UTC()})
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	w.path, w.file = path, &counter{w: to, h: sha256.New()}
	return nil
}

// finish ends the file and lists it.
func (w *writer) finish() error {
	if w.file == nil {
		return nil
	}
	w.resources = append(w.resources, resource{
		Name: w.path[bytes.LastIndexByte([]byte(w.path), '/')+1:], Path: w.path, Hash: "sha256:" + hex.EncodeToString(w.file.h.Sum(nil)), Bytes: w.file.n,
	})
	w.file = nil
	return nil
}

// exchange copies an exchange, and takes its lines for index and lists.
func (w *writer) exchange(ctx context.Context, e archive.Entry, asked bool) error {
	b, l, err := proven(ctx, w.o.Source, e)
	if err != nil {
		return err
	}
	if w.file == nil || w.file.n >= w.o.MaxSize {
		if err := w.warc(); err != nil {
			return err
		}
	}
	name, at := w.path[len("archive/"):], w.file.n
	if _, err := w.file.Write(b); err != nil {
		return fmt.Errorf("write %s: %w", w.path, err)
	}
	w.sum.Captures++
	if l.Original != "" {
		w.sum.Revisits++
	}
	if !asked {
		w.sum.Originals++
	}
	lines, err := lines(l, name, at)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if err := w.index.add(line); err != nil {
			return err
		}
	}
	if p, ok := pageOf(l.Capture); ok {
		w.sum.Pages++
		if err := w.note(pagesList, p); err != nil {
			return err
		}
	}
	return w.note(capturesList, listedOf(l, asked, name, at))
}

// warc begins a WARC file with its warcinfo record.
func (w *writer) warc() error {
	w.sum.Files++
	name := fmt.Sprintf("data-%05d.warc.gz", w.sum.Files)
	if err := w.begin("archive/"+name, zip.Store); err != nil {
		return err
	}
	now := w.o.Now().UTC().Format(time.RFC3339)
	return new(warc.Writer).Append(w.file, warc.Record{Fields: []warc.Field{
		{Name: "WARC-Type", Value: "warcinfo"},
		{Name: "WARC-Record-ID", Value: "<urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(w.o.Title+now+name)).String() + ">"},
		{Name: "WARC-Date", Value: now},
		{Name: "WARC-Filename", Value: name},
		{Name: "Content-Type", Value: "application/warc-fields"},
	}, Block: []byte("software: " + w.o.Software + "\r\nformat: WARC File Format 1.1\r\n" +
		"conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n")})
}

// note adds a JSON line to one of the lists.
func (w *writer) note(which int, v any) error {
	if w.lists[which] == nil {
		f, err := os.CreateTemp(w.o.Temp, "list-*")
		if err != nil {
			return err
		}
		w.lists[which] = f
	}
	line, err := encode(v)
	if err == nil {
		_, err = w.lists[which].Write(line)
	}
	return err
}

// encode is JSON with a line break behind it.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("%w: %w", evidence.ErrInvalid, err)
	}
	return b.Bytes(), nil
}

// end writes what follows from the exchanges, and closes the package.
func (w *writer) end() error {
	idx, err := w.writeIndex()
	if err != nil {
		return err
	}
	if err := w.begin("indexes/index.idx", zip.Deflate); err != nil {
		return err
	}
	if _, err := w.file.Write(idx); err != nil {
		return err
	}
	if err := w.writeList("pages/pages.jsonl", pagesList, map[string]any{"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": false}); err != nil {
		return err
	}
	if err := w.writeList("captures/captures.jsonl", capturesList, nil); err != nil {
		return err
	}
	if err := w.finish(); err != nil {
		return err
	}
	if err := w.writePackage(); err != nil {
		return err
	}
	return w.zip.Close()
}

// writeList writes a list that was gathered, under a first line.
func (w *writer) writeList(path string, which int, head any) error {
	if err := w.begin(path, zip.Deflate); err != nil {
		return err
	}
	if head != nil {
		line, err := encode(head)
		if err == nil {
			_, err = w.file.Write(line)
		}
		if err != nil {
			return err
		}
	}
	f := w.lists[which]
	if f == nil {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w.file, f)
	return err
}

// writePackage lists all files with their digests, and seals the list with
// its own.
func (w *writer) writePackage() error {
	body, err := json.MarshalIndent(map[string]any{
		"profile": "data-package", "wacz_version": version, "title": w.o.Title, "software": w.o.Software,
		"created": w.o.Now().UTC().Format("2006-01-02T15:04:05Z"), "resources": w.resources, "probity": w.sum,
	}, "", "  ")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	digest, err := encode(map[string]string{"path": "datapackage.json", "hash": "sha256:" + hex.EncodeToString(sum[:])})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		path string
		body []byte
	}{{"datapackage.json", body}, {"datapackage-digest.json", digest}} {
		to, err := w.zip.CreateHeader(&zip.FileHeader{Name: f.path, Method: zip.Deflate, Modified: w.o.Now().UTC()})
		if err == nil {
			_, err = to.Write(f.body)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
	}
	return nil
}
