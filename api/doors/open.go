package doors

import (
	"context"
	"fmt"
	"slices"

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

// OpenAttached reads what was made of a page while it was visited, after an
// entry was left, and the media type as which it may be shown: a picture is
// one, and all else is text, since a document of others must never run here.
func OpenAttached(ctx context.Context, d Doors, a Access, kind string) (shown evidence.Attachment, body []byte, err error) {
	c, err := d.Evidence.Capture(ctx, a.Capture)
	if err != nil {
		return shown, nil, err
	}
	i := slices.IndexFunc(c.Capture.Attached, func(t evidence.Attachment) bool { return t.Kind == kind })
	if i < 0 {
		return shown, nil, fmt.Errorf("attachment %s of capture %s: %w", kind, a.Capture, evidence.ErrNotFound)
	}
	shown = c.Capture.Attached[i]
	a.What, a.Capture = "attached "+kind, c.Capture.ID
	if err := d.Vault.Note(ctx, a); err != nil {
		return shown, nil, fmt.Errorf("leave an entry: %w", err)
	}
	x, err := d.Vault.Original(ctx, c.Capture.ID)
	if err != nil {
		return shown, nil, err
	}
	body, ok := x.Attachment(kind)
	if !ok {
		return shown, nil, fmt.Errorf("attachment %s of capture %s: %w", kind, c.Capture.ID, evidence.ErrNotFound)
	}
	if shown.Type != "image/png" && shown.Type != "image/jpeg" {
		shown.Type = "text/plain; charset=utf-8"
	}
	return shown, body, nil
}
