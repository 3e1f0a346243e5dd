package s3archive

import (
	"context"

	"probity/pipeline/archive"
)

var _ archive.Logbook = (*Archive)(nil)

// Visits implements [archive.Logbook] by what is registered: what a crawler
// has not sent yet is not told.
func (a *Archive) Visits(ctx context.Context, q archive.Visits) ([]archive.Listed, error) {
	return a.o.Registry.Visits(ctx, q)
}
