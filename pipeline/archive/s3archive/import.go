package s3archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"probity/pipeline/archive"
	"probity/pipeline/archive/cdxj"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
)

// Import brings the segments of a laptop's archive into this one: every
// exchange is opened and its digests compared, then the segment is sent with
// an index, under its own name. report, nil or not, is told of each segment
// that is there. It may be ended and done again: what is there is not sent
// twice.
//
// evidence.ErrConflict: a segment is still open, start and end the program in
// that data directory once; or another segment of that name is in the store,
// since two laptops number alike: give each a prefix of its own.
func (a *Archive) Import(ctx context.Context, dir string, report func(segment string, captures int)) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("import archive: %w", err)
	}
	held := map[string]archive.Entry{} // originals of revisits stand in earlier segments
	for _, e := range entries {        // sorted by name
		name := e.Name()
		if strings.HasSuffix(name, ".warc.gz.open") {
			return fmt.Errorf("import archive file %s: %w: it is open; start `probity run` there once and end it, which seals it", filepath.Join(dir, name), evidence.ErrConflict)
		}
		if !strings.HasSuffix(name, ".warc.gz") {
			continue
		}
		list, err := proven(ctx, dir, name, held)
		if err == nil && len(list) > 0 {
			err = a.bring(ctx, dir, name, list)
		}
		if err != nil {
			return fmt.Errorf("import archive file %s: %w", filepath.Join(dir, name), err)
		}
		if report != nil {
			report(name, len(list))
		}
	}
	return nil
}

// proven reads a segment and opens each of its exchanges.
func proven(ctx context.Context, dir, name string, held map[string]archive.Entry) (list []archive.Listed, err error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	_, err = warcfiles.Walk(ctx, f, name, false, func(l archive.Listed) error {
		list = append(list, l)
		held[l.ID] = l.Entry
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := warcfiles.Reader{
		Find: func(_ context.Context, id string) (archive.Entry, error) {
			e, ok := held[id]
			if !ok {
				return e, fmt.Errorf("capture %s: %w: no segment before this one holds it", id, evidence.ErrInvalid)
			}
			return e, nil
		},
		Bytes: func(_ context.Context, e archive.Entry, offset, length int64) ([]byte, error) {
			return part(filepath.Join(dir, e.File), e.Start+offset, length)
		},
		Fault: func(_ archive.Entry, err error) error { return err },
	}
	for _, l := range list {
		if _, err := r.Open(ctx, l.Entry); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func part(path string, offset, length int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	b := make([]byte, length)
	n, err := f.ReadAt(b, offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], err
}

// bring sends a segment, or only registers it where it is already: its index,
// which names every payload's digest, and its length are compared.
func (a *Archive) bring(ctx context.Context, dir, name string, list []archive.Listed) error {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	index, err := cdxj.Encode(list)
	if err != nil {
		return err
	}
	there, err := a.o.Store.Get(ctx, folder+cdxj.Name(name))
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	if o, serr := a.o.Store.Stat(ctx, folder+name); err == nil && serr == nil && o.Size == info.Size() && bytes.Equal(there, index) {
		return a.o.Registry.Register(ctx, list)
	}
	return a.send(ctx, name, path, list)
}
