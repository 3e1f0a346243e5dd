// Package coding undoes the content codings of HTTP (RFC 9110 section 8.4):
// gzip, deflate, br, zstd, in any order, within a limit.
//
// Crawler and archive share it, so that what the crawler called the body is
// what the archive gives back. A body flows through all its codings at once,
// so that a bomb costs its limit and no more, however often it was wrapped.
// It refuses a coding it does not know, more than two on one body, a stream
// that ends early or goes on after its end, one that grows beyond the limit.
package coding

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"probity/pipeline/evidence"
)

// Accept is what Decode can undo, as an Accept-Encoding header.
const Accept = "gzip, deflate, br, zstd"

// most is how many codings one body may have. Honest servers apply one, and a
// proxy before them may apply another; each costs a window of up to 16 MiB.
const most = 2

// ErrLarge is the error of a body that grows beyond the limit.
var ErrLarge = errors.New("the body is larger than the limit")

// List returns the codings of Content-Encoding headers, in the order in which
// they were applied; identity is left out.
func List(headers ...string) (codings []string) {
	for _, h := range headers {
		for part := range strings.SplitSeq(h, ",") {
			if c := strings.ToLower(strings.TrimSpace(part)); c != "" && c != "identity" {
				codings = append(codings, c)
			}
		}
	}
	return codings
}

// Decode undoes the codings, the last one first. A body of more than limit
// bytes (ErrLarge, at any of its codings), a damaged one and an unknown coding
// are evidence.ErrInvalid.
func Decode(raw []byte, codings []string, limit int64) ([]byte, error) {
	if len(raw) == 0 || len(codings) == 0 {
		return raw, nil // no body, whatever the header says: of a HEAD, a 304, a redirect
	}
	var out []byte
	err := undo(raw, codings, limit, func(r io.Reader) (err error) {
		out, err = Gather(r, limit, promised(raw, codings))
		return err
	})
	return out, err
}

// promised is how long a body is by what gzip says at its end (RFC 1952, 2.3.1),
// 0 where it says nothing.
func promised(raw []byte, codings []string) int64 {
	if len(codings) != 1 || !strings.HasSuffix(codings[0], "gzip") || len(raw) < 18 {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(raw[len(raw)-4:]))
}

// Yields reports whether raw, its codings undone, is body. It holds neither
// once more. The errors are Decode's.
func Yields(raw []byte, codings []string, body []byte) (same bool, err error) {
	if len(raw) == 0 || len(codings) == 0 {
		return bytes.Equal(raw, body), nil
	}
	err = undo(raw, codings, 1<<30, func(r io.Reader) error {
		piece, rest := make([]byte, 32<<10), body
		for {
			n, err := r.Read(piece)
			if !bytes.HasPrefix(rest, piece[:n]) {
				return nil
			}
			rest = rest[n:]
			if err == io.EOF {
				same = len(rest) == 0
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	return same, err
}

// undo has read read what raw is, its codings undone.
func undo(raw []byte, codings []string, limit int64, read func(io.Reader) error) error {
	fault := func(err error) error {
		return fmt.Errorf("decode body from %s: %w: %w", strings.Join(codings, ", "), evidence.ErrInvalid, err)
	}
	if len(codings) > most {
		return fault(fmt.Errorf("%d content codings, %d at most", len(codings), most))
	}
	var r io.Reader = bytes.NewReader(raw)
	for i, c := range slices.Backward(codings) {
		one, err := reader(bufio.NewReader(r), c)
		if err != nil {
			return fault(err)
		}
		defer func() { _ = one.Close() }()
		if r = one; i > 0 {
			r = &bounded{r: one, left: limit}
		}
	}
	if err := read(r); err != nil {
		return fault(err)
	}
	return nil
}

// Gather reads all of r. size is what is promised of it, 0 for nothing; it is
// believed up to 256 KiB. More than limit bytes are ErrLarge. Once so much has
// come there is room for all that is promised and the limit admits; without a
// promise, once a megabyte has come, for 8 MiB and then for what the limit admits,
// up to 64. Memory that nobody writes to is none, so what has come is held once,
// and not once more in being put together.
func Gather(r io.Reader, limit, size int64) ([]byte, error) {
	const least, believed, largest, room = 4 << 10, 256 << 10, 1 << 20, 64 << 20
	piece := make([]byte, 0, min(max(size+1, least), believed, limit+1))
	var full [][]byte
	total := int64(0)
	for {
		n, err := r.Read(piece[len(piece):cap(piece)])
		piece = piece[:len(piece)+n]
		total += int64(n)
		switch {
		case total > limit:
			return nil, fmt.Errorf("%w: more than %d bytes", ErrLarge, limit)
		case err == io.EOF:
			if full == nil {
				return piece, nil
			}
			return bytes.Join(append(full, piece), nil), nil
		case err != nil:
			return nil, err
		case len(piece) < cap(piece):
		case full == nil && total >= believed && size >= total:
			piece = append(make([]byte, 0, min(size, limit)+1), piece...)
		case total >= largest && total < room && int64(cap(piece)) < room && limit+1 > total:
			next := int64(room)
			if total < 8<<20 {
				next = 8 << 20
			}
			all := make([]byte, 0, min(limit+1, next))
			for _, p := range append(full, piece) {
				all = append(all, p...)
			}
			piece, full = all, nil
		default:
			full = append(full, piece)
			piece = make([]byte, 0, min(2*int64(cap(piece)), largest, limit+1-total))
		}
	}
}

// bounded fails where more than left bytes come, so that what is between two
// codings is no larger than what is at their end.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("%w: between its codings", ErrLarge)
	}
	return n, err
}

func reader(in *bufio.Reader, coding string) (io.ReadCloser, error) {
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(in)
	case "deflate":
		// RFC 9110 says zlib; some servers send the bare stream.
		if head, _ := in.Peek(2); len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
			return zlib.NewReader(in)
		}
		return flate.NewReader(in), nil
	case "br":
		return io.NopCloser(brotli.NewReader(in)), nil
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true)) // window: RFC 9659
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("unknown coding; known are %s", Accept)
}
