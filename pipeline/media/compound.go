package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/richardlehane/mscfb"

	"probity/pipeline/evidence"
)

const (
	maxStreams = 2000     // entries of a compound file's directory
	maxStream  = 64 << 20 // bytes of one stream that are read
)

// Streams returns the streams of these names of a compound file (MS-CFB).
// Names that it has not are missing in the answer. evidence.ErrInvalid: it is
// no such file, is broken, or is larger than the limits.
func Streams(body []byte, names ...string) (out map[string][]byte, err error) {
	out = map[string][]byte{}
	err = walk(body, func(f *mscfb.File) error {
		for _, name := range names {
			if f.Name != name || len(f.Path) > 0 {
				continue
			}
			if f.Size > maxStream {
				return fmt.Errorf("stream %s has %d bytes, more than %d", name, f.Size, maxStream)
			}
			b, err := io.ReadAll(io.LimitReader(f, f.Size))
			if err != nil {
				return fmt.Errorf("stream %s: %w", name, err)
			}
			out[name] = b
		}
		return nil
	})
	return out, err
}

func streamNames(body []byte) (names []string, err error) {
	err = walk(body, func(f *mscfb.File) error {
		if len(f.Path) == 0 {
			names = append(names, f.Name)
		}
		return nil
	})
	return names, err
}

// walk visits the entries of a compound file. Other people's files reach deep
// into the library, which may panic.
func walk(body []byte, visit func(*mscfb.File) error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("read compound file: %w: the library could not read it: %v", evidence.ErrInvalid, fault)
		}
	}()
	doc, err := mscfb.New(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("read compound file: %w: %w", evidence.ErrInvalid, err)
	}
	for n := 0; ; n++ {
		f, err := doc.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read compound file: %w: %w", evidence.ErrInvalid, err)
		case n >= maxStreams:
			return fmt.Errorf("read compound file: %w: more than %d entries", evidence.ErrInvalid, maxStreams)
		}
		if err := visit(f); err != nil {
			return fmt.Errorf("read compound file: %w: %w", evidence.ErrInvalid, err)
		}
	}
}
