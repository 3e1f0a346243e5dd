package s3archive

import (
	"context"
	"errors"
	"fmt"

	"probity/pipeline/archive"
	"probity/pipeline/evidence"
)

// Last returns the exchange of the last capture of a lead (its key) that
// brought a page, by what this process keeps and what is registered: a capture
// that another crawler has not sent yet is not known, which costs a server one
// answer more. evidence.ErrNotFound: there is none.
func (a *Archive) Last(ctx context.Context, key string) (evidence.Exchange, error) {
	var here evidence.Exchange
	missing := fmt.Errorf("last capture of lead %s: %w", key, evidence.ErrNotFound)
	if a.files != nil {
		var err error
		if here, err = a.files.Last(ctx, key); err == nil {
			missing = nil
		} else if !errors.Is(err, evidence.ErrNotFound) {
			return here, err
		}
	}
	l, err := a.o.Registry.Last(ctx, key)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		return here, missing
	case err != nil && missing == nil:
		return here, nil // what stands here will do
	case err != nil:
		return here, err
	case missing == nil && l.Order() <= order(here.Capture):
		return here, nil
	}
	return a.Open(ctx, l.ID)
}

func order(c evidence.Capture) string {
	return archive.Listed{Entry: archive.Entry{ID: c.ID}, Capture: c}.Order()
}
