package s3archive

import (
	"context"
	"errors"
	"fmt"
	"os"

	"probity/pipeline/archive"
	"probity/pipeline/archive/warcfiles"
	"probity/pipeline/evidence"
)

// Open implements [archive.Archive]. A capture that nobody registered is
// evidence.ErrNotFound, or with Options.Await evidence.ErrUnavailable with a
// delay: it may stand in a segment that a crawler has not sent yet, which
// only the age of its id in the queue can tell.
func (a *Archive) Open(ctx context.Context, id string) (evidence.Exchange, error) {
	e, err := a.Find(ctx, id)
	if err != nil {
		return evidence.Exchange{}, err
	}
	return a.reader().Open(ctx, e)
}

// Capture implements [archive.Archive]; errors as of Open.
func (a *Archive) Capture(ctx context.Context, id string) (evidence.Capture, archive.Location, error) {
	if a.files != nil {
		if c, at, err := a.files.Capture(ctx, id); err == nil {
			return c, at, nil
		}
	}
	l, err := a.o.Registry.Where(ctx, id)
	if err != nil {
		return evidence.Capture{}, archive.Location{}, a.missing(id, err)
	}
	return l.Capture, l.Location(), nil
}

// Find returns where a capture stands; errors as of Open.
func (a *Archive) Find(ctx context.Context, id string) (archive.Entry, error) {
	if a.files != nil {
		e, err := a.files.Find(ctx, id)
		if err == nil || !errors.Is(err, evidence.ErrNotFound) {
			return e, err
		}
	}
	if e, ok := a.places.find(id); ok {
		return e, nil
	}
	l, err := a.o.Registry.Where(ctx, id)
	if err == nil && a.places.meet(l.File) {
		if list, err := a.index(ctx, l.File); err == nil { // it only saves questions
			a.places.hold(list)
		}
	}
	return l.Entry, a.missing(id, err)
}

func (a *Archive) missing(id string, err error) error {
	if a.o.Await > 0 && errors.Is(err, evidence.ErrNotFound) {
		return evidence.RetryAfter(fmt.Errorf("capture %s: its segment is not in the archive yet", id), a.o.Await)
	}
	return err
}

func (a *Archive) reader() warcfiles.Reader {
	return warcfiles.Reader{Find: a.Find, Bytes: a.Bytes, Fault: fault}
}

// Bytes returns length bytes of e's exchange from offset, or fewer where the
// segment ends: from this disk what is on it, the rest from the store.
func (a *Archive) Bytes(ctx context.Context, e archive.Entry, offset, length int64) ([]byte, error) {
	if a.files != nil {
		b, err := a.files.Bytes(ctx, e, offset, length)
		if !errors.Is(err, os.ErrNotExist) {
			return b, err
		}
	}
	b, err := a.cache.read(ctx, folder+e.File, e.Start+offset, length)
	if errors.Is(err, evidence.ErrNotFound) { // not unknown: lost
		err = fmt.Errorf("%w: its object is gone: %v", evidence.ErrInvalid, err) //nolint:errorlint // to its receiver it is not "not found"
	}
	return b, err
}

func fault(e archive.Entry, err error) error {
	if !errors.Is(err, evidence.ErrInvalid) {
		return err
	}
	return fmt.Errorf("archive object %s%s is damaged: %w; restore it from a backup of the bucket", folder, e.File, err)
}
