package doors

import (
	"context"
	"fmt"

	"probity/pipeline/evidence"
)

// Open reads a capture's original bytes after an entry was left: without
// entry, no bytes. It is for holders of the operator's token only.
func Open(ctx context.Context, d Doors, a Access) (evidence.Exchange, error) {
	c, err := d.Evidence.Capture(ctx, a.Capture)
	if err != nil {
		return evidence.Exchange{}, err
	}
	a.What, a.Capture = "original", c.Capture.ID
	if err := d.Vault.Note(ctx, a); err != nil {
		return evidence.Exchange{}, fmt.Errorf("leave an entry: %w", err)
	}
	return d.Vault.Original(ctx, c.Capture.ID)
}
