package s3archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"probity/pipeline/archive"
	"probity/pipeline/archive/cdxj"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
	"probity/pipeline/objects"
)

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		if s.ended {
			return 0, io.EOF
		}
		b, err := s.c.get(s.ctx, blockKey{s.object, s.n})
		if s.n > 0 && errors.Is(err, evidence.ErrInvalid) {
			return 0, io.EOF // it ended with the block before
		}
		if err != nil {
			return 0, err
		}
		s.n++
		s.left, s.ended = b, int64(len(b)) < s.c.size
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

// Scan implements [archive.Archive]: the segments by name, whoever wrote them,
// and those of this process that are not sent. It reads the indexes, and the
// segment itself where a killed crawler left it without one. See
// [Archive.Verify] for a reading of the bytes.
func (a *Archive) Scan(ctx context.Context, visit func(evidence.Capture, archive.Location) error) error {
	return a.each(ctx, func(name string, local bool) error {
		list, err := a.listed(ctx, name, local)
		if err != nil {
			return err
		}
		for _, l := range list {
			if err := visit(l.Capture, l.Location()); err != nil {
				return err
			}
		}
		return nil
	})
}

// each visits the names of all segments in order; local are those that the
// store has not got.
func (a *Archive) each(ctx context.Context, visit func(name string, local bool) error) error {
	var here []warcfiles.Segment
	if a.files != nil {
		var err error
		if here, err = a.files.Segments(); err != nil {
			return err
		}
	}
	before := func(name string) error { // the local ones that come before name, "" all that are left
		for len(here) > 0 && (name == "" || here[0].Name < name) {
			if err := visit(here[0].Name, true); err != nil {
				return err
			}
			here = here[1:]
		}
		if len(here) > 0 && here[0].Name == name {
			here = here[1:]
		}
		return nil
	}
	err := a.o.Store.List(ctx, folder, "", func(o objects.Object) error {
		name, ok := segmentName(o.Key)
		if !ok {
			return nil
		}
		if err := before(name); err != nil {
			return err
		}
		return visit(name, false)
	})
	if err != nil {
		return err
	}
	return before("")
}

func segmentName(key string) (string, bool) {
	name := strings.TrimPrefix(key, folder)
	return name, strings.HasSuffix(name, ".warc.gz")
}

// listed returns the captures of a segment in its order.
func (a *Archive) listed(ctx context.Context, name string, local bool) (list []archive.Listed, err error) {
	if local {
		err := a.files.Walk(ctx, name, func(l archive.Listed) error { list = append(list, l); return nil })
		if err == nil || !errors.Is(err, evidence.ErrInvalid) {
			return list, err
		}
		if _, gone := a.o.Store.Stat(ctx, folder+name); gone != nil { // not sent and dropped since it was listed
			return nil, err
		}
	}
	index, err := a.index(ctx, name)
	if errors.Is(err, evidence.ErrNotFound) {
		return a.walk(ctx, name, false)
	}
	return index, err
}

// index reads the index of a segment; evidence.ErrNotFound if it has none.
func (a *Archive) index(ctx context.Context, name string) ([]archive.Listed, error) {
	b, err := a.o.Store.Get(ctx, folder+cdxj.Name(name))
	if err != nil {
		return nil, err
	}
	list, err := cdxj.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("archive object %s%s: %w", folder, cdxj.Name(name), err)
	}
	for _, l := range list {
		if l.File != name {
			return nil, fmt.Errorf("archive object %s%s: %w: it is the index of %s", folder, cdxj.Name(name), evidence.ErrInvalid, l.File)
		}
	}
	return list, nil
}

// walk reads a segment itself.
func (a *Archive) walk(ctx context.Context, name string, whole bool) (list []archive.Listed, err error) {
	in := &stream{ctx: ctx, c: a.cache, object: folder + name}
	_, err = warcfiles.Walk(ctx, in, name, whole, func(l archive.Listed) error { list = append(list, l); return nil })
	if err != nil {
		return nil, fault(archive.Entry{File: name}, err)
	}
	return list, nil
}

// Verify reads every segment in the store, whole: each record's digest, each
// payload's, whether the index beside it says what the segment holds, and
// whether the registry knows where each capture stands. It visits each capture
// that was found whole. evidence.ErrInvalid names what is not, and what to do.
func (a *Archive) Verify(ctx context.Context, visit func(evidence.Capture, archive.Location) error) error {
	return a.each(ctx, func(name string, local bool) error {
		if local {
			return a.verifyLocal(ctx, name, visit)
		}
		list, err := a.walk(ctx, name, true)
		if err != nil {
			return err
		}
		index, err := a.index(ctx, name)
		if err == nil && !reflect.DeepEqual(canonical(index), canonical(list)) {
			err = fmt.Errorf("archive object %s%s: %w: it does not say what its segment holds; delete it and run `probity rebuild`, which makes it again", folder, cdxj.Name(name), evidence.ErrInvalid)
		}
		if err != nil && !errors.Is(err, evidence.ErrNotFound) {
			return err
		}
		registered := err == nil // without an index it is on its way
		for _, l := range list {
			if err := a.verify(ctx, l, registered); err != nil {
				return err
			}
			if err := visit(l.Capture, l.Location()); err != nil {
				return err
			}
		}
		return nil
	})
}

// canonical is an index in the bytes it is kept in, which compare.
func canonical(list []archive.Listed) string {
	b, err := cdxj.Encode(list)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func (a *Archive) verifyLocal(ctx context.Context, name string, visit func(evidence.Capture, archive.Location) error) error {
	list, err := a.listed(ctx, name, true)
	for _, l := range list {
		if _, err := a.reader().Open(ctx, l.Entry); err != nil {
			return err
		}
		if err := visit(l.Capture, l.Location()); err != nil {
			return err
		}
	}
	return err
}

func (a *Archive) verify(ctx context.Context, l archive.Listed, registered bool) error {
	if _, err := a.reader().Open(ctx, l.Entry); err != nil {
		return err
	}
	if !registered {
		return nil
	}
	there, err := a.o.Registry.Where(ctx, l.ID)
	switch {
	case err != nil && !errors.Is(err, evidence.ErrNotFound):
		return err
	case err != nil:
		return fmt.Errorf("capture %s, %s: %w: the registry does not know it; run `probity rebuild`", l.ID, l.Location(), evidence.ErrInvalid)
	case there.Entry != l.Entry:
		return fmt.Errorf("capture %s, %s: %w: the registry says that it stands at %s; run `probity rebuild`", l.ID, l.Location(), evidence.ErrInvalid, there.Location())
	}
	return nil
}

// Reindex brings every segment's captures into the registry, and makes an
// index for a segment that has none. What the registry knows stays; Reset it
// before to begin anew. It may be ended and done again.
func (a *Archive) Reindex(ctx context.Context) error {
	err := a.each(ctx, func(name string, local bool) error {
		if local { // registered when it is sent
			return nil
		}
		list, err := a.index(ctx, name)
		if errors.Is(err, evidence.ErrNotFound) {
			list, err = a.heal(ctx, name)
		}
		if err != nil {
			return err
		}
		return a.o.Registry.Register(ctx, list)
	})
	if err != nil {
		return fmt.Errorf("reindex archive: %w", err)
	}
	return nil
}

func (a *Archive) heal(ctx context.Context, name string) ([]archive.Listed, error) {
	list, err := a.walk(ctx, name, false)
	if err != nil {
		return nil, err
	}
	b, err := cdxj.Encode(list)
	if err != nil {
		return nil, err
	}
	return list, a.putIndex(ctx, name, b)
}
