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

// A Reader reads exchanges out of segments that this package wrote, wherever
// their bytes are: [Files] has them in a folder, another archive elsewhere.
type Reader struct {
	// Find returns where a capture stands; evidence.ErrNotFound if it does not.
	Find func(ctx context.Context, id string) (archive.Entry, error)

	// Bytes returns length bytes of e's exchange from offset, or fewer where
	// the segment ends.
	Bytes func(ctx context.Context, e archive.Entry, offset, length int64) ([]byte, error)

	// Fault adds to an error of a damaged exchange where it stands and what
	// to do; it is not asked about nil.
	Fault func(e archive.Entry, err error) error
}

// Capture returns what describes the exchange of an entry.
func (r Reader) Capture(ctx context.Context, e archive.Entry) (evidence.Capture, error) {
	recs, err := r.records(ctx, e, e.Meta, e.Length-e.Meta, 1)
	if err != nil {
		return evidence.Capture{}, err
	}
	m, err := readMeta(recs[0], e.ID)
	return m.Capture, r.fault(e, err)
}

// Open returns the exchange of an entry, every digest compared. The payload of
// a revisit comes from its original.
func (r Reader) Open(ctx context.Context, e archive.Entry) (evidence.Exchange, error) {
	var x evidence.Exchange
	recs, err := r.records(ctx, e, 0, e.Length, 0)
	if err != nil {
		return x, err
	}
	own := 3
	if e.Body == 0 {
		own = 2 // a file handed in
	}
	n := len(recs) - own
	if n < 0 || e.Body == 0 && n > 0 {
		return x, r.fault(e, fmt.Errorf("%w: it has %d records", evidence.ErrInvalid, len(recs)))
	}
	m, err := readMeta(recs[len(recs)-1], e.ID)
	if err == nil {
		x.Attached, err = attachedOf(recs[:n], m.Capture.Attached)
	}
	if err != nil {
		return x, r.fault(e, err)
	}
	x.Capture = m.Capture
	if own == 2 {
		x.Raw, x.Body = recs[0].Block, recs[0].Block
	} else if err := r.message(ctx, &x, e, m, recs[n:]); err != nil {
		return evidence.Exchange{}, err
	}
	if got := evidence.DigestBytes(x.Body); got != x.Capture.Payload {
		return evidence.Exchange{}, r.fault(e, fmt.Errorf("%w: its body has the digest %s, the capture says %s", evidence.ErrInvalid, got, x.Capture.Payload))
	}
	return x, nil
}

// attachedOf returns the blocks of attachments, which have to be those that
// the capture names.
func attachedOf(recs []warc.Record, list []evidence.Attachment) (blocks [][]byte, err error) {
	if len(recs) != len(list) {
		return nil, fmt.Errorf("%w: it has %d attachments, the capture says %d", evidence.ErrInvalid, len(recs), len(list))
	}
	for i, a := range list {
		if got := evidence.DigestBytes(recs[i].Block); got != a.Payload {
			return nil, fmt.Errorf("%w: its attachment %s has the digest %s, the capture says %s", evidence.ErrInvalid, a.Kind, got, a.Payload)
		}
		blocks = append(blocks, recs[i].Block)
	}
	return blocks, nil
}

// message fills in an HTTP exchange from its request and response record.
func (r Reader) message(ctx context.Context, x *evidence.Exchange, e archive.Entry, m meta, recs []warc.Record) (err error) {
	head, raw := split(recs[1].Block)
	x.Request, x.Response = recs[0].Block, undisguise(head, m.Renamed)
	x.Header = fields(x.Response)
	if recs[1].Type() == "revisit" {
		if raw, err = r.payload(ctx, unurn(recs[1].Get("WARC-Refers-To"))); err != nil {
			return fmt.Errorf("read the payload to which capture %s refers: %w", e.ID, err)
		}
	}
	if d := recs[1].Get("WARC-Payload-Digest"); d != warc.Digest(raw) {
		return r.fault(e, fmt.Errorf("%w: the payload has another digest than %s", evidence.ErrInvalid, d))
	}
	x.Raw = raw
	x.Body, err = coding.Decode(raw, m.Coding, maxBody)
	return r.fault(e, err)
}

// payload returns the raw body that a capture holds itself.
func (r Reader) payload(ctx context.Context, id string) ([]byte, error) {
	e, err := r.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if e.Original != "" {
		return nil, r.fault(e, fmt.Errorf("%w: it holds no payload itself", evidence.ErrInvalid))
	}
	recs, err := r.records(ctx, e, e.Body, e.Meta-e.Body, 1)
	if err != nil {
		return nil, err
	}
	_, raw := split(recs[0].Block)
	return raw, nil
}

// records returns the n records of an exchange that stand in length bytes from
// offset; 0: all of them.
func (r Reader) records(ctx context.Context, e archive.Entry, offset, length int64, n int) ([]warc.Record, error) {
	b, err := r.Bytes(ctx, e, offset, length)
	if err != nil {
		return nil, r.fault(e, err)
	}
	in := warc.NewReader(bytes.NewReader(b), e.Start+offset)
	var recs []warc.Record
	for n == 0 && in.Offset() < e.Start+offset+length || len(recs) < n {
		rec, err := in.Next(nil)
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: %w", evidence.ErrInvalid, warc.ErrTorn)
		}
		if err != nil {
			return nil, r.fault(e, err)
		}
		recs = append(recs, rec)
	}
	return recs, nil
}

func (r Reader) fault(e archive.Entry, err error) error {
	if err == nil {
		return nil
	}
	return r.Fault(e, fmt.Errorf("capture %s at offset %d: %w", e.ID, e.Start, err))
}

// Walk reads the exchanges of a segment of that name from its first byte and
// visits each that is complete. It returns where the last one ended; the error
// of visit as it is, evidence.ErrInvalid where the segment is damaged or ends
// within an exchange. Digests of metadata records are compared; of all
// records where whole is set.
func Walk(ctx context.Context, in io.Reader, name string, whole bool, visit func(archive.Listed) error) (end int64, err error) {
	want := isMetadata
	if whole {
		want = nil
	}
	return exchanges(ctx, warc.NewReader(in, 0), name, want, visit)
}

func isMetadata(r warc.Record) bool { return r.Type() == "metadata" }
