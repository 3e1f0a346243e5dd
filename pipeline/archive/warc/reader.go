package warc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"probity/pipeline/archive/coding"
	"probity/pipeline/evidence"
)

// Limits of what is read. A file that goes beyond them is not ours.
const (
	maxHeader = 1 << 20 // bytes of a record's header
	maxFields = 200
	maxBlock  = 1 << 30 // bytes of a block, uncompressed
)

// ErrTorn is the error for a file that ends within a record, as a crash
// leaves it.
var ErrTorn = errors.New("the file ends within a record")

// A Reader reads the records of a WARC file, each one gzip member.
type Reader struct {
	in   *bufio.Reader
	from *counter
	z    *gzip.Reader
}

// counter counts what was read from the file.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// NewReader returns a reader of r, whose first byte is at offset of its file.
func NewReader(r io.Reader, offset int64) *Reader {
	from := &counter{r: r, n: offset}
	return &Reader{in: bufio.NewReaderSize(from, 64<<10), from: from}
}

// Offset returns where the next record begins.
func (r *Reader) Offset() int64 { return r.from.n - int64(r.in.Buffered()) }

// Next reads the next record; io.EOF at the end of the file. If want is given
// and refuses the record by its header, its block is passed over and nil. The
// errors name the offset; one that wraps ErrTorn means that the file ends
// early, one that is evidence.ErrInvalid that it is damaged.
func (r *Reader) Next(want func(Record) bool) (Record, error) {
	rec := Record{Offset: r.Offset()}
	if _, err := r.in.Peek(1); errors.Is(err, io.EOF) {
		return rec, io.EOF
	}
	if err := r.member(&rec, want); err != nil {
		return rec, fmt.Errorf("record at offset %d: %w", rec.Offset, kind(err))
	}
	rec.Length = r.Offset() - rec.Offset
	return rec, nil
}

func kind(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", evidence.ErrInvalid, ErrTorn)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: its gzip member ends within the record", evidence.ErrInvalid)
	case errors.Is(err, evidence.ErrInvalid):
		return err
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("%w: %w", evidence.ErrInvalid, err)
	}
	if strings.HasPrefix(err.Error(), "flate: ") {
		return fmt.Errorf("%w: %w", evidence.ErrInvalid, err)
	}
	return err // of the disk
}

func (r *Reader) member(rec *Record, want func(Record) bool) error {
	var err error
	if r.z == nil {
		r.z, err = gzip.NewReader(r.in)
	} else {
		err = r.z.Reset(r.in)
	}
	if err != nil {
		r.z = nil
		return err
	}
	r.z.Multistream(false)
	plain := bufio.NewReader(r.z)
	if rec.Fields, err = header(plain); err != nil {
		return err
	}
	n, err := strconv.ParseInt(rec.Get("Content-Length"), 10, 64)
	if err != nil || n < 0 || n > maxBlock {
		return fmt.Errorf("%w: Content-Length %q is no number up to %d", evidence.ErrInvalid, rec.Get("Content-Length"), maxBlock)
	}
	if err := block(plain, rec, n, want); err != nil {
		return err
	}
	rest, err := io.ReadAll(io.LimitReader(plain, 5)) // to the end of the member, where its checksum is compared
	if err != nil {
		return err
	}
	if string(rest) != "\r\n\r\n" {
		return fmt.Errorf("%w: the member does not end with two empty lines after the block", evidence.ErrInvalid)
	}
	return nil
}

func block(plain *bufio.Reader, rec *Record, n int64, want func(Record) bool) error {
	if want != nil && !want(*rec) {
		_, err := io.CopyN(io.Discard, plain, n)
		return err
	}
	b, err := coding.Gather(io.LimitReader(plain, n), n, n) // grows with what is there, not with what is promised
	if err == nil && int64(len(b)) < n {
		err = io.EOF // as the member does
	}
	if err != nil {
		return err
	}
	rec.Block = b
	if d := rec.Get("WARC-Block-Digest"); strings.HasPrefix(d, "sha256:") && d != Digest(rec.Block) {
		return fmt.Errorf("%w: the block has another digest than %s", evidence.ErrInvalid, d)
	}
	return nil
}

// header reads the version line and the named fields, up to the empty line.
func header(r *bufio.Reader) ([]Field, error) {
	left := maxHeader
	line, err := readLine(r, &left)
	if err != nil {
		return nil, err
	}
	if line != Version && line != "WARC/1.0" {
		return nil, fmt.Errorf("%w: it begins with %.20q, not with %s", evidence.ErrInvalid, line, Version)
	}
	var fields []Field
	for {
		line, err := readLine(r, &left)
		switch {
		case err != nil:
			return nil, err
		case line == "":
			return fields, nil
		case len(fields) == maxFields:
			return nil, fmt.Errorf("%w: more than %d fields", evidence.ErrInvalid, maxFields)
		case (line[0] == ' ' || line[0] == '\t') && len(fields) > 0: // a folded line
			fields[len(fields)-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("%w: a header line %.40q without a name", evidence.ErrInvalid, line)
		}
		fields = append(fields, Field{name, strings.TrimSpace(value)})
	}
}

func readLine(r *bufio.Reader, left *int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if *left -= len(part); *left < 0 {
			return "", fmt.Errorf("%w: a header of more than %d bytes", evidence.ErrInvalid, maxHeader)
		}
		switch {
		case err == nil:
			return strings.TrimRight(string(line), "\r\n"), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		}
	}
}
