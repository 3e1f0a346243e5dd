package warcfiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"probity/pipeline/archive"
	"probity/pipeline/archive/coding"
	"probity/pipeline/archive/warc"
	"probity/pipeline/evidence"
)

// Capture implements [archive.Archive].
func (a *Files) Capture(ctx context.Context, id string) (evidence.Capture, archive.Location, error) {
	e, err := a.find(ctx, id)
	if err != nil {
		return evidence.Capture{}, archive.Location{}, err
	}
	recs, err := a.read(e, e.meta, 1)
	if err != nil {
		return evidence.Capture{}, archive.Location{}, err
	}
	m, err := readMeta(recs[0], id)
	return m.Capture, e.location(), a.fault(e, err)
}

// Open implements [archive.Archive]. The body of a revisit is that of the
// capture to which it refers.
func (a *Files) Open(ctx context.Context, id string) (evidence.Exchange, error) {
	var x evidence.Exchange
	e, err := a.find(ctx, id)
	if err != nil {
		return x, err
	}
	n := 3
	if e.body == 0 {
		n = 2 // a file handed in
	}
	recs, err := a.read(e, 0, n)
	if err != nil {
		return x, err
	}
	m, err := readMeta(recs[n-1], id)
	if err != nil {
		return x, a.fault(e, err)
	}
	x.Capture = m.Capture
	if n == 2 {
		x.Raw, x.Body = recs[0].Block, recs[0].Block
	} else if err := a.message(ctx, &x, e, m, recs); err != nil {
		return evidence.Exchange{}, err
	}
	if got := evidence.DigestBytes(x.Body); got != x.Capture.Payload {
		return evidence.Exchange{}, a.fault(e, fmt.Errorf("%w: its body has the digest %s, the capture says %s", evidence.ErrInvalid, got, x.Capture.Payload))
	}
	return x, nil
}

// message takes an HTTP exchange apart.
func (a *Files) message(ctx context.Context, x *evidence.Exchange, e entry, m meta, recs []warc.Record) (err error) {
	head, raw := split(recs[1].Block)
	x.Request, x.Response = recs[0].Block, undisguise(head, m.Renamed)
	x.Header = fields(x.Response)
	if recs[1].Type() == "revisit" {
		if raw, err = a.payload(ctx, unurn(recs[1].Get("WARC-Refers-To"))); err != nil {
			return fmt.Errorf("read the payload to which capture %s refers: %w", e.id, err)
		}
	}
	if d := recs[1].Get("WARC-Payload-Digest"); d != warc.Digest(raw) {
		return a.fault(e, fmt.Errorf("%w: the payload has another digest than %s", evidence.ErrInvalid, d))
	}
	x.Raw = raw
	x.Body, err = coding.Decode(raw, m.Coding, maxBody)
	return a.fault(e, err)
}

// payload returns the body as received of the capture that holds it.
func (a *Files) payload(ctx context.Context, id string) ([]byte, error) {
	e, err := a.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if e.original != "" {
		return nil, a.fault(e, fmt.Errorf("%w: it holds no payload itself", evidence.ErrInvalid))
	}
	recs, err := a.read(e, e.body, 1)
	if err != nil {
		return nil, err
	}
	_, raw := split(recs[0].Block)
	return raw, nil
}

// standing is the segment of that name as it stands now.
func (a *Files) standing(name string) segment {
	s := segment{name: name, path: a.path(name)}
	if _, err := os.Stat(s.path); err != nil {
		s.path, s.open = s.path+".open", true
	}
	return s
}

// fault says of which capture, where, an error is.
func (a *Files) fault(e entry, err error) error {
	if err == nil {
		return nil
	}
	return damaged(a.standing(e.file), fmt.Errorf("capture %s at offset %d: %w", e.id, e.start, err))
}

// read reads n records from offset within an exchange.
func (a *Files) read(e entry, offset int64, n int) ([]warc.Record, error) {
	s := a.standing(e.file)
	f, err := os.Open(s.path)
	if errors.Is(err, os.ErrNotExist) && s.open { // sealed between the two looks
		f, err = os.Open(a.path(e.file))
	}
	if err != nil {
		return nil, a.fault(e, err)
	}
	defer func() { _ = f.Close() }() // read only
	at := e.start + offset
	r := warc.NewReader(io.NewSectionReader(f, at, e.end()-at), at)
	recs := make([]warc.Record, n)
	for i := range recs {
		recs[i], err = r.Next(nil)
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: %w", evidence.ErrInvalid, warc.ErrTorn)
		}
		if err != nil {
			return nil, a.fault(e, err)
		}
	}
	return recs, nil
}
