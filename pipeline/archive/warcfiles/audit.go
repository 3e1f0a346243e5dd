package warcfiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"probity/pipeline/archive"
	"probity/pipeline/archive/coding"
	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

// A Fault is what is wrong with a stretch of a segment.
type Fault struct {
	Offset, End int64 // the stretch that cannot be read as it should; End is where reading went on
	Torn        bool  // the file ends within it
	Err         error
}

// Audit reads a segment of that size whole and compares every digest: gzip
// members, blocks, payloads before and after content decoding, attachments
// with their captures. It visits each exchange that is whole, and tells of
// each stretch that is not, behind which it goes on with the next exchange
// that it finds. A revisit's payload stands elsewhere and is for the caller to
// compare. others counts records that belong to no exchange. Errors are those
// of the disk, of ctx and of visit.
func Audit(ctx context.Context, in io.ReaderAt, size int64, name string, visit func(archive.Listed) error, tell func(Fault)) (others int, err error) {
	a := auditor{in: in, size: size, name: name, visit: visit, tell: tell}
	for offset := int64(0); offset < size; {
		if offset, err = a.stretch(ctx, offset); err != nil {
			return a.others, fmt.Errorf("read archive file %s: %w", name, err)
		}
	}
	return a.others, nil
}

type auditor struct {
	in     io.ReaderAt
	size   int64
	name   string
	visit  func(archive.Listed) error
	tell   func(Fault)
	others int
	head   []byte // of the first gzip member
	lost   bool   // what comes may be the rest of an exchange whose begin is damaged
}

// stretch reads exchanges from an offset to the end or to the first fault, and
// returns where to go on.
func (a *auditor) stretch(ctx context.Context, offset int64) (int64, error) {
	r := warc.NewReader(io.NewSectionReader(a.in, offset, a.size-offset), offset)
	var at assembly
	begun := offset // of the exchange that is read
	for {
		if err := ctx.Err(); err != nil {
			return offset, err
		}
		rec, err := r.Next(nil)
		switch {
		case errors.Is(err, io.EOF) && at.begun():
			a.tell(Fault{Offset: begun, End: a.size, Torn: true, Err: fmt.Errorf("%w: %w", evidence.ErrInvalid, warc.ErrTorn)})
			return a.size, nil
		case errors.Is(err, io.EOF):
			return a.size, nil
		case err != nil && !errors.Is(err, evidence.ErrInvalid):
			return offset, err
		case err != nil:
			return a.resume(ctx, begun, rec.Offset, err)
		}
		done, err := a.record(&at, rec)
		if err != nil {
			return a.resume(ctx, begun, rec.Offset, fmt.Errorf("record at offset %d: %w", rec.Offset, err))
		}
		if done != nil {
			a.lost = false
			if err := a.visit(*done); err != nil {
				return offset, err
			}
		}
		if !at.begun() {
			begun = r.Offset()
		}
	}
}

// record takes the next record, and returns the exchange that it completes,
// compared.
func (a *auditor) record(at *assembly, rec warc.Record) (*archive.Listed, error) {
	whole := *at // add empties it
	done, err := at.add(a.name, rec)
	if err == nil && done != nil {
		err = a.prove(whole, rec, *done)
	}
	if err == nil {
		err = a.member(rec)
	}
	if err == nil && done == nil && !at.begun() && rec.Type() != "warcinfo" && !a.lost {
		a.others++
	}
	return done, err
}

// resume tells of a fault and looks for the next record that can be read
// behind the one that cannot.
func (a *auditor) resume(ctx context.Context, begun, bad int64, cause error) (int64, error) {
	f := Fault{Offset: begun, End: a.size, Err: cause, Torn: errors.Is(cause, warc.ErrTorn)}
	magic := []byte{0x1f, 0x8b, 0x08} // RFC 1952, 2.3
	buf := make([]byte, 256<<10)
	for at := bad + 1; at < a.size; {
		if err := ctx.Err(); err != nil {
			return at, err
		}
		n, err := a.in.ReadAt(buf[:min(int64(len(buf)), a.size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return at, err
		}
		i := bytes.Index(buf[:n], magic)
		if i < 0 {
			at += max(int64(n)-2, 1)
			continue
		}
		at += int64(i)
		if _, err := warc.NewReader(io.NewSectionReader(a.in, at, a.size-at), at).Next(nil); err == nil {
			f.End, f.Torn, a.lost = at, false, true
			break
		}
		at++
	}
	a.tell(f)
	return f.End, nil
}

// prove compares what an exchange holds with what its records and its capture
// say of it.
func (a *auditor) prove(s assembly, metadata warc.Record, l archive.Listed) error {
	m, err := readMeta(metadata, l.ID)
	if err != nil {
		return err
	}
	if _, err := attachedOf(s.attached, m.Capture.Attached); err != nil {
		return err
	}
	if s.body.Type() == "revisit" {
		return nil
	}
	raw := s.body.Block
	if s.request != nil {
		_, raw = split(raw)
	}
	if d := s.body.Get("WARC-Payload-Digest"); d != warc.Digest(raw) {
		return fmt.Errorf("%w: the payload of capture %s has another digest than %s", evidence.ErrInvalid, l.ID, d)
	}
	body, err := coding.Decode(raw, m.Coding, maxBody)
	if err != nil {
		return err
	}
	if got := evidence.DigestBytes(body); got != m.Capture.Payload || int64(len(body)) != m.Capture.Size {
		return fmt.Errorf("%w: the body of capture %s has the digest %s, the capture says %s", evidence.ErrInvalid, l.ID, got, m.Capture.Payload)
	}
	return nil
}

// member compares the head of a gzip member with the first one's: bits of it
// that mean nothing to a reader are covered by no checksum.
func (a *auditor) member(rec warc.Record) error {
	head := make([]byte, 10)
	if _, err := a.in.ReadAt(head, rec.Offset); err != nil {
		return err
	}
	hint := head[8] // how hard the compressor tried: a short record is stored as it is (RFC 1952, XFL)
	if head[8] = 0; a.head == nil {
		a.head = head
	}
	if !bytes.Equal(head, a.head) || hint != 0 && hint != 2 && hint != 4 { // one program wrote them all
		return fmt.Errorf("%w: the head of its gzip member is not like the others", evidence.ErrInvalid)
	}
	return nil
}
