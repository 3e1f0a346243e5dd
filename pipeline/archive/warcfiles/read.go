package warcfiles

import (
	"context"
	"errors"
	"io"
	"os"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// Capture implements [archive.Archive].
func (a *Files) Capture(ctx context.Context, id string) (evidence.Capture, archive.Location, error) {
	e, err := a.Find(ctx, id)
	if err != nil {
		return evidence.Capture{}, archive.Location{}, err
	}
	c, err := a.reader().Capture(ctx, e)
	return c, e.Location(), err
}

// Open implements [archive.Archive].
func (a *Files) Open(ctx context.Context, id string) (evidence.Exchange, error) {
	e, err := a.Find(ctx, id)
	if err != nil {
		return evidence.Exchange{}, err
	}
	return a.reader().Open(ctx, e)
}

func (a *Files) reader() Reader {
	return Reader{Find: a.Find, Bytes: a.Bytes, Fault: func(e archive.Entry, err error) error { return damaged(a.standing(e.File), err) }}
}

// standing is a file as it stands now.
func (a *Files) standing(name string) segment {
	s := segment{name: name, path: a.path(name)}
	if _, err := os.Stat(s.path); err != nil {
		s.path, s.open = s.path+".open", true
	}
	return s
}

// Bytes returns length bytes of e's exchange from offset, or fewer where the
// file ends; os.ErrNotExist if the file is not here.
func (a *Files) Bytes(_ context.Context, e archive.Entry, offset, length int64) ([]byte, error) {
	s := a.standing(e.File)
	f, err := os.Open(s.path)
	if errors.Is(err, os.ErrNotExist) && s.open { // sealed between the two looks
		f, err = os.Open(a.path(e.File))
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	b := make([]byte, length)
	n, err := f.ReadAt(b, e.Start+offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], err
}
