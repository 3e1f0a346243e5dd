package warcfiles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

// A segment is one file of the archive.
type segment struct {
	name string // final name
	path string // as it stands
	open bool   // not sealed
}

// segments lists the files in the order in which they were written.
func (a *Files) segments() ([]segment, error) {
	entries, err := os.ReadDir(a.o.Dir)
	if errors.Is(err, os.ErrNotExist) && a.o.ReadOnly {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list archive: %w", err)
	}
	var list []segment
	for _, e := range entries {
		name, open := strings.CutSuffix(e.Name(), ".open")
		if strings.HasPrefix(name, prefixName) && strings.HasSuffix(name, sealedName) {
			list = append(list, segment{name: name, path: a.path(e.Name()), open: open})
		}
	}
	slices.SortFunc(list, func(x, y segment) int { return strings.Compare(x.name, y.name) })
	return list, nil
}

// walk reads exchanges from offset of a segment and visits each that is
// complete. It returns where the last one ended and what was wrong behind it:
// nil at the end of the file, an error that wraps warc.ErrTorn where the file
// ends early. An error of visit is returned as it is.
func walk(ctx context.Context, s segment, offset int64, visit func(archive.Listed) error) (end int64, err error) {
	f, err := os.Open(s.path)
	if errors.Is(err, os.ErrNotExist) && s.open { // sealed since it was listed
		f, err = os.Open(strings.TrimSuffix(s.path, ".open"))
	}
	if err != nil {
		return offset, fmt.Errorf("read archive: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return offset, fmt.Errorf("read archive: %w", err)
	}
	return exchanges(ctx, warc.NewReader(f, offset), s.name, isMetadata, visit)
}

func exchanges(ctx context.Context, r *warc.Reader, file string, want func(warc.Record) bool, visit func(archive.Listed) error) (end int64, err error) {
	var at assembly
	for end = r.Offset(); ; {
		if err := ctx.Err(); err != nil {
			return end, err
		}
		rec, err := r.Next(want)
		switch {
		case errors.Is(err, io.EOF) && at.begun():
			return end, fmt.Errorf("record at offset %d: %w: %w", rec.Offset, evidence.ErrInvalid, warc.ErrTorn)
		case errors.Is(err, io.EOF):
			return end, nil
		case err != nil:
			return end, err
		}
		done, err := at.add(file, rec)
		if err != nil {
			return end, fmt.Errorf("record at offset %d: %w", rec.Offset, err)
		}
		if done != nil {
			if err := visit(*done); err != nil {
				return end, err
			}
		}
		if !at.begun() {
			end = r.Offset()
		}
	}
}

// An assembly puts the records of one exchange together.
type assembly struct {
	attached      []warc.Record
	request, body *warc.Record
}

func (s *assembly) begun() bool { return len(s.attached) > 0 || s.request != nil || s.body != nil }

// add takes the next record of a file; it returns the exchange that it
// completes. Records of other programs between exchanges are passed over.
func (s *assembly) add(file string, rec warc.Record) (*archive.Listed, error) {
	switch kind := rec.Type(); {
	case kind == "resource" && rec.Get("WARC-Concurrent-To") != "" && s.request == nil && s.body == nil:
		s.attached = append(s.attached, rec)
	case kind == "request" && s.request == nil && s.body == nil:
		s.request = &rec
	case (kind == "response" || kind == "revisit") && s.request != nil && s.body == nil,
		kind == "resource" && !s.begun():
		s.body = &rec
	case kind == "metadata" && s.body != nil:
		return s.finish(file, rec)
	case s.begun():
		return nil, fmt.Errorf("%w: a %s record where the exchange of another is not complete", evidence.ErrInvalid, kind)
	}
	return nil, nil //nolint:nilnil // nothing is complete yet, and nothing is wrong
}

func (s *assembly) finish(file string, rec warc.Record) (*archive.Listed, error) {
	id := unurn(s.body.Get("WARC-Record-ID"))
	m, err := readMeta(rec, id)
	if err != nil {
		return nil, err
	}
	start := s.body.Offset
	if s.request != nil {
		start = s.request.Offset
	}
	var parts []archive.Part
	for _, a := range s.attached {
		if of := unurn(a.Get("WARC-Concurrent-To")); of != id {
			return nil, fmt.Errorf("%w: an attachment of %.60q stands before capture %s", evidence.ErrInvalid, of, id)
		}
		start = min(start, a.Offset)
		parts = append(parts, archive.Part{Offset: a.Offset, Length: a.Length})
	}
	if len(parts) != len(m.Capture.Attached) {
		return nil, fmt.Errorf("%w: capture %s has %d attachments and names %d", evidence.ErrInvalid, id, len(parts), len(m.Capture.Attached))
	}
	out := &archive.Listed{Capture: m.Capture, Parts: parts, Entry: archive.Entry{
		ID: id, File: file, Start: start,
		Body: s.body.Offset - start, Meta: rec.Offset - start, Length: rec.Offset + rec.Length - start,
		Target: m.Capture.Lead.Key(), Payload: s.body.Get("WARC-Payload-Digest"), Date: s.body.Get("WARC-Date"),
		Original: unurn(s.body.Get("WARC-Refers-To")),
	}}
	*s = assembly{}
	return out, nil
}

func readMeta(rec warc.Record, id string) (m meta, err error) {
	if err := json.Unmarshal(rec.Block, &m); err != nil {
		return m, fmt.Errorf("%w: its metadata is no capture: %w", evidence.ErrInvalid, err)
	}
	if m.Capture.ID != id {
		return m, fmt.Errorf("%w: its metadata is of capture %q, the record before it of %q", evidence.ErrInvalid, m.Capture.ID, id)
	}
	return m, nil
}

// damaged says what to do about a file that cannot be read. Context and
// callback errors pass through unchanged.
func damaged(s segment, err error) error {
	if err == nil || !errors.Is(err, evidence.ErrInvalid) && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return fmt.Errorf("archive file %s is damaged: %w; restore it from a backup, or move it away and run `probity rebuild` to go on without its captures", s.path, err)
}

// Scan implements [archive.Archive]. Of the file that is being written it
// shows what is synced.
func (a *Files) Scan(ctx context.Context, visit func(evidence.Capture, archive.Location) error) error {
	a.mu.Lock()
	name, safe := a.name, a.safe
	a.mu.Unlock()
	list, err := a.segments()
	if err != nil {
		return err
	}
	for _, s := range list {
		err := a.visit(ctx, s, s.name == name, safe, func(l archive.Listed) error { return visit(l.Capture, l.Location()) })
		if err != nil {
			return err
		}
	}
	return nil
}

// visit walks one file; of the one being written up to safe.
func (a *Files) visit(ctx context.Context, s segment, written bool, safe int64, visit func(archive.Listed) error) error {
	var stop error
	_, err := walk(ctx, s, 0, func(l archive.Listed) error {
		if stop = errUnsynced; !written || l.End() <= safe {
			stop = visit(l)
		}
		return stop
	})
	switch {
	case errors.Is(stop, errUnsynced), s.open && errors.Is(err, warc.ErrTorn):
		return nil // what comes behind is being written
	case stop != nil:
		return stop
	}
	return damaged(s, err)
}

var errUnsynced = errors.New("not synced yet")
