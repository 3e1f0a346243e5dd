package s3archive

import (
	"context"
	"errors"
	"io"
	"strings"

	"probity/pipeline/archive"
	"probity/pipeline/archive/audit"
	"probity/pipeline/archive/cdxj"
	"probity/pipeline/evidence"
	"probity/pipeline/objects"
)

// Audited is the archive as it is audited: the segments in the store. Those
// that a crawler has not sent yet are its own affair, by the rules of package
// warcfiles.
func (a *Archive) Audited() audit.Store { return audited{a} }

type audited struct{ a *Archive }

// Segments implements [audit.Store].
func (s audited) Segments(ctx context.Context, visit func(audit.Segment) error) error {
	return s.a.o.Store.List(ctx, folder, "", func(o objects.Object) error {
		name, ok := segmentName(o.Key)
		if !ok {
			return nil
		}
		return visit(audit.Segment{Name: name, Where: o.Key, Size: o.Size, Bytes: ranges{ctx, s.a.cache, o}})
	})
}

// ranges reads an object by range.
type ranges struct {
	ctx context.Context //nolint:containedctx // an io.ReaderAt has no other way to have one
	c   *cache
	o   objects.Object
}

// ReadAt implements io.ReaderAt.
func (r ranges) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset >= r.o.Size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), r.o.Size-offset)
	b, err := r.c.read(r.ctx, r.o.Key, offset, want)
	n = copy(p, b)
	switch {
	case err != nil:
		return n, err
	case int64(n) < want:
		return n, io.ErrUnexpectedEOF
	case n < len(p):
		return n, io.EOF
	}
	return n, nil
}

// Index implements [audit.Store].
func (s audited) Index(ctx context.Context, segment string) ([]byte, error) {
	return s.a.o.Store.Get(ctx, folder+cdxj.Name(segment))
}

// MakeIndex implements [audit.Store].
func (s audited) MakeIndex(ctx context.Context, segment string) error {
	list, err := s.a.walk(ctx, segment, false)
	if err != nil {
		return err
	}
	b, err := cdxj.Encode(list)
	if err != nil {
		return err
	}
	if err := s.a.o.Store.Put(ctx, folder+cdxj.Name(segment), b); err != nil {
		return err
	}
	return s.a.o.Registry.Register(ctx, list)
}

// Find implements [audit.Store].
func (s audited) Find(ctx context.Context, id string) (archive.Entry, error) {
	l, err := s.a.o.Registry.Where(ctx, id)
	return l.Entry, err
}

// Strays implements [audit.Store]: an index whose segment is gone misses it.
func (s audited) Strays(ctx context.Context) (strays, missing []string, err error) {
	err = s.a.o.Store.List(ctx, folder, "", func(o objects.Object) error {
		name := strings.TrimPrefix(o.Key, folder)
		if _, ok := segmentName(o.Key); ok {
			return nil
		}
		stem, ok := strings.CutSuffix(name, cdxj.Ending)
		if !ok {
			strays = append(strays, o.Key)
			return nil
		}
		_, err := s.a.o.Store.Stat(ctx, folder+stem+".warc.gz")
		if errors.Is(err, evidence.ErrNotFound) {
			missing, err = append(missing, folder+stem+".warc.gz"), nil
		}
		return err
	})
	return strays, missing, err
}
