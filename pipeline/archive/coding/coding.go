// Package coding undoes the content codings of HTTP (RFC 9110 section 8.4):
// gzip, deflate, zstd, in any order, within a limit.
//
// Crawler and archive share it, so that what the crawler called the body is
// what the archive gives back. It refuses a coding it does not know, a stream
// that ends early and one that grows beyond the limit.
package coding

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"probity/pipeline/evidence"
)

// Accept is what Decode can undo, as an Accept-Encoding header.
const Accept = "gzip, deflate, zstd"

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
// bytes, a damaged one and an unknown coding are evidence.ErrInvalid.
func Decode(raw []byte, codings []string, limit int64) ([]byte, error) {
	if len(codings) > 4 {
		return nil, fmt.Errorf("decode body: %w: %d content codings, 4 at most", evidence.ErrInvalid, len(codings))
	}
	for _, c := range slices.Backward(codings) {
		out, err := undo(raw, c, limit)
		if err != nil {
			return nil, fmt.Errorf("decode body from %s: %w: %w", c, evidence.ErrInvalid, err)
		}
		raw = out
	}
	return raw, nil
}

func undo(raw []byte, coding string, limit int64) ([]byte, error) {
	if len(raw) == 0 {
		return raw, nil // no body, whatever the header says: of a HEAD, a 304, a redirect
	}
	r, err := reader(raw, coding)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return out.Bytes(), nil
}

func reader(raw []byte, coding string) (io.ReadCloser, error) {
	in := bytes.NewReader(raw)
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(in)
	case "deflate":
		// RFC 9110 says zlib; some servers send the bare stream.
		if head, _ := bufio.NewReader(bytes.NewReader(raw)).Peek(2); len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
			return zlib.NewReader(in)
		}
		return flate.NewReader(in), nil
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20)) // window: RFC 9659
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("unknown coding; known are %s", Accept)
}
