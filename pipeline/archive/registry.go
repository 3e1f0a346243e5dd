package archive

import "context"

// A Registry says where each capture of a fleet's archive stands. It is a
// view: everything in it follows from the indexes beside the segments. Package
// registrytest holds every backend to the promise.
type Registry interface {
	// Register notes captures; one of an id that is noted stays as it is. When
	// it returns nil all are durable, and Where knows them.
	Register(ctx context.Context, list []Listed) error

	// Where returns a capture and where it stands, also one that was
	// registered a moment ago; evidence.ErrNotFound if nobody registered it.
	Where(ctx context.Context, id string) (Listed, error)

	// Before reports whether an id is registered, and which capture holds a
	// payload (digest of the body as received) of a lead (its key) itself; an
	// empty id if none does. An empty payload is held by nobody.
	Before(ctx context.Context, id, target, payload string) (taken bool, original Entry, err error)

	// Last returns the capture of a lead (its key) that brought its page last, by
	// time: one for which Paged holds. evidence.ErrNotFound if none is registered.
	Last(ctx context.Context, target string) (Listed, error)

	// OfRun visits the captures of a run by time and id, all that were
	// registered before the call, until visit fails.
	OfRun(ctx context.Context, run string, visit func(Listed) error) error

	// OfContent returns the captures of a content by time and id, all that
	// were registered before the call.
	OfContent(ctx context.Context, content string) ([]Listed, error)

	// Visits are those that were registered before the call.
	Logbook

	// Reset forgets everything.
	Reset(ctx context.Context) error
}

// Holds reports whether a capture can be the original of revisits.
func (l Listed) Holds() bool { return l.Original == "" && l.Capture.Status != 0 }

// Paged reports whether the capture brought a page whose head and body are its
// own: no error, no file handed in, nothing that only repeats another capture.
func (l Listed) Paged() bool {
	c := l.Capture
	return c.Status != 0 && c.OK() && c.Size > 0 && c.Unchanged == ""
}

// Order is the key by which captures of a run are sorted: time, then id.
func (l Listed) Order() string {
	return l.Capture.Time.UTC().Format(moment) + " " + l.ID
}
