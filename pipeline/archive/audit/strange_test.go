package audit_test

import (
	"bytes"
	"context"

	"probity/pipeline/archive"
	"probity/pipeline/archive/audit"
	"probity/pipeline/evidence"
)

// strange is a store of one segment of which nothing else is known.
type strange struct {
	b    []byte
	open bool
}

func (s strange) Segments(_ context.Context, visit func(audit.Segment) error) error {
	return visit(audit.Segment{Name: "x", Where: "x", Size: int64(len(s.b)), Open: s.open, Bytes: bytes.NewReader(s.b)})
}

func (strange) Index(context.Context, string) ([]byte, error)   { return nil, evidence.ErrNotFound }
func (strange) MakeIndex(context.Context, string) error         { return evidence.ErrInvalid }
func (strange) Strays(context.Context) (a, b []string, e error) { return nil, nil, nil }
func (strange) Find(context.Context, string) (archive.Entry, error) {
	return archive.Entry{Original: "another"}, nil
}
