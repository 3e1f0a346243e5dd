package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"probity/pipeline/archive/warcfiles"
)

// Files is an archive in a folder, as it is audited.
type Files struct{ *warcfiles.Files }

var _ Store = Files{}

// Segments implements [Store].
func (f Files) Segments(_ context.Context, visit func(Segment) error) error {
	list, err := f.Files.Segments()
	if err != nil {
		return err
	}
	for _, s := range list {
		if err := one(s, visit); err != nil {
			return err
		}
	}
	return nil
}

func one(s warcfiles.Segment, visit func(Segment) error) (err error) {
	in, err := os.Open(s.Path)
	if errors.Is(err, os.ErrNotExist) && !s.Sealed { // sealed since it was listed
		in, err = os.Open(strings.TrimSuffix(s.Path, ".open"))
	}
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return visit(Segment{Name: s.Name, Where: s.Path, Size: s.Size, Open: !s.Sealed, Bytes: in})
}
