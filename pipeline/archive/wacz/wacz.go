// Package wacz writes captures of an archive as a WACZ file (Web Archive
// Collection Zipped 1.1.1, Webrecorder), which tools that replay web archives
// open as it is: WARC files with the exchanges, an index to find pages in
// them, a list of pages, and digests of all of it.
//
// The exchanges are copied byte for byte as the archive holds them, each read
// and every digest of it compared before. A revisit has no payload of its own,
// so the capture that holds it is brought along, whoever asked for it or not;
// which captures are revisits, and which were only brought along, stands in
// captures/captures.jsonl and in the summary. Nothing is left out: what cannot
// be read ends the writing.
//
// It holds one exchange in memory; the rest is sorted in temporary files. It
// does not mask: who may have the file is for the caller to judge.
package wacz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
)

// Source is the archive that is read. *warcfiles.Files and *s3archive.Archive
// are such.
type Source interface {
	Find(ctx context.Context, id string) (archive.Entry, error)
	Bytes(ctx context.Context, e archive.Entry, offset, length int64) ([]byte, error)
}

// Options say what is written and how.
type Options struct {
	Source   Source
	Now      func() time.Time
	Software string // name and version of the program
	Title    string // of the collection
	Temp     string // folder for what is sorted; empty: the system's
	MaxSize  int64  // a WARC file that has grown beyond it is followed by another; 0: 1 GiB
	Memory   int    // bytes of lines that are sorted in memory; 0: 8 MiB
}

// A Summary says what stands in the file.
type Summary struct {
	Captures  int   `json:"captures"`  // all that are in it
	Revisits  int   `json:"revisits"`  // of them, those that refer to another one for their payload
	Originals int   `json:"originals"` // of them, those that nobody asked for: brought along for a revisit
	Pages     int   `json:"pages"`     // of them, those that are in the list of pages
	Files     int   `json:"files"`     // WARC files
	Bytes     int64 `json:"bytes"`     // of the whole file
}

// A Maker gathers captures and then writes them. It is used by one goroutine.
type Maker struct {
	o       Options
	entries *sorter // one line a capture, by (file, offset)
	asked   int
}

// New returns a Maker; Close removes what it leaves on the disk.
func New(o Options) *Maker {
	if o.MaxSize <= 0 {
		o.MaxSize = 1 << 30
	}
	if o.Memory <= 0 {
		o.Memory = 8 << 20
	}
	return &Maker{o: o, entries: &sorter{dir: o.Temp, most: o.Memory}}
}

// Close removes the temporary files.
func (m *Maker) Close() error { return m.entries.close() }

// Add takes a capture in, and the one that a revisit refers to. One that is
// there already is there once. evidence.ErrNotFound: the archive has no such
// capture.
func (m *Maker) Add(ctx context.Context, id string) error {
	e, err := m.o.Source.Find(ctx, id)
	if err != nil {
		return fmt.Errorf("export capture %s: %w", id, err)
	}
	if err := m.note(e, true); err != nil {
		return err
	}
	m.asked++
	if e.Original == "" {
		return nil
	}
	original, err := m.o.Source.Find(ctx, e.Original)
	if err != nil {
		return fmt.Errorf("export capture %s: its payload is held by %s: %w", id, e.Original, err)
	}
	return m.note(original, false)
}

// note adds a line that sorts by place; of two for one capture the one that
// was asked for comes first.
func (m *Maker) note(e archive.Entry, asked bool) error {
	way := "1"
	if asked {
		way = "0"
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("export capture %s: %w: %w", e.ID, evidence.ErrInvalid, err)
	}
	return m.entries.add(fmt.Appendf(nil, "%s\t%020d\t%s\t%s", e.File, e.Start, way, body))
}

// each visits every capture once, in the order in which they stand.
func (m *Maker) each(visit func(e archive.Entry, asked bool) error) error {
	var last []byte
	return m.entries.each(func(line []byte) error {
		parts := bytes.SplitN(line, []byte("\t"), 4)
		place := line[:len(parts[0])+len(parts[1])+1]
		if bytes.Equal(place, last) {
			return nil
		}
		last = place
		var e archive.Entry
		if err := json.Unmarshal(parts[3], &e); err != nil {
			return err
		}
		return visit(e, string(parts[2]) == "0")
	})
}

// Write writes everything that was added. evidence.ErrInvalid: nothing was,
// or a capture is damaged.
func (m *Maker) Write(ctx context.Context, to io.Writer) (Summary, error) {
	if m.asked == 0 {
		return Summary{}, fmt.Errorf("export: %w: no capture was named", evidence.ErrInvalid)
	}
	w := newWriter(m.o, to)
	err := m.each(func(e archive.Entry, asked bool) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.exchange(ctx, e, asked); err != nil {
			return fmt.Errorf("export capture %s: %w", e.ID, err)
		}
		return nil
	})
	if err == nil {
		err = w.end()
	}
	w.sum.Bytes = w.size.n
	return w.sum, errors.Join(err, w.close())
}

// proven reads an exchange whole, compares every digest, and returns its
// bytes with what stands in them, counted from its own first byte.
func proven(ctx context.Context, src Source, e archive.Entry) ([]byte, archive.Listed, error) {
	var list []archive.Listed
	b, err := src.Bytes(ctx, e, 0, e.Length)
	if err != nil {
		return nil, archive.Listed{}, err
	}
	r := warcfiles.Reader{
		Find: src.Find,
		Bytes: func(ctx context.Context, of archive.Entry, offset, length int64) ([]byte, error) {
			if of.ID == e.ID && offset+length <= int64(len(b)) {
				return b[offset : offset+length], nil
			}
			return src.Bytes(ctx, of, offset, length)
		},
		Fault: func(of archive.Entry, err error) error {
			return fmt.Errorf("archive file %s: %w; `probity archive check` says what else is wrong there", of.File, err)
		},
	}
	if _, err := r.Open(ctx, e); err != nil {
		return nil, archive.Listed{}, err
	}
	_, err = warcfiles.Walk(ctx, bytes.NewReader(b), e.File, false, func(l archive.Listed) error { list = append(list, l); return nil })
	if err == nil && (len(list) != 1 || list[0].ID != e.ID) {
		err = fmt.Errorf("%w: another exchange stands at its place", evidence.ErrInvalid)
	}
	if err != nil {
		return nil, archive.Listed{}, err
	}
	return b, list[0], nil
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
