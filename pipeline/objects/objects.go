// Package objects is the one door to an object store: an S3 server, or a
// folder that stands in for one where several processes share a disk. The
// house keeps two things there, the archive's segments and the ledger's
// bundles, and both live on one promise: [Store.PutNew] lets exactly one of
// many writers create a key, so that a put is a compare-and-swap and no other
// lock is needed. Package objectstest holds both backends to it.
//
// S3 keeps that promise by `If-None-Match: *` (Amazon since 2024, MinIO, Ceph,
// versitygw, whose posix backend holds a lock file while it publishes). A
// server that passes over the header would break the ledger, so [S3.Prove]
// tries it before anything is written. The folder keeps the promise by
// link(2), which fails where the name is taken.
//
// A put whose answer was lost may have happened. PutNew therefore marks what
// it sends, and tells its own object from somebody else's when it comes to a
// taken key in a second attempt; where all attempts were lost it says
// evidence.ErrUnavailable, and the caller reads before it writes again.
//
// It refuses keys that a file system could not hold, an upload whose bytes
// arrive otherwise than they left (Content-MD5 and SHA-256 go with each), and
// a key and secret in any error.
package objects

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"probity/pipeline/evidence"
)

// A Store holds objects by key, in key order (bytewise).
//
// All operations share these errors. evidence.ErrUnavailable: the store is
// away, slow or failing; a few tries were made, try again later.
// evidence.ErrForbidden: the store knows us and says no, or does not know us.
// evidence.ErrNotFound: no such key. evidence.ErrInvalid: the key or the
// request can never be accepted. An error of ctx is returned as it is.
type Store interface {
	// Put writes an object whole, or not at all; one of that key is replaced.
	Put(ctx context.Context, key string, body []byte) error

	// PutNew writes an object whole if the key is free;
	// evidence.ErrConflict where it is taken: read it, then decide.
	PutNew(ctx context.Context, key string, body []byte) error

	// PutFile is PutNew of what a local file holds, which is not read into
	// memory.
	PutFile(ctx context.Context, key, path string) error

	// Get returns an object.
	Get(ctx context.Context, key string) ([]byte, error)

	// GetRange returns length bytes from offset, or fewer where the object
	// ends; an offset at or behind its end is evidence.ErrInvalid.
	GetRange(ctx context.Context, key string, offset, length int64) ([]byte, error)

	// Stat describes an object.
	Stat(ctx context.Context, key string) (Object, error)

	// List visits the objects whose keys begin with prefix and come behind
	// after, in key order, until visit fails; its error is returned as it is.
	List(ctx context.Context, prefix, after string, visit func(Object) error) error

	// Delete removes an object; one that is not there is no error.
	Delete(ctx context.Context, key string) error
}

// An Object is what a store says of a key.
type Object struct {
	Key  string
	Size int64 // bytes
	Time time.Time
}

const (
	maxKey  = 900 // bytes; S3 has 1024, of which a prefix takes some
	maxPart = 200 // bytes of a part between slashes; a file name has 255
)

// Open returns the store that the settings name: of S3 or of a folder. It
// does not speak to a server yet.
func Open(s Settings) (Store, error) {
	if s.Folder != "" {
		return openFolder(s)
	}
	return OpenS3(s)
}

// check refuses a key that one of the backends could not hold.
func check(key string) error {
	fault := func(why string) error {
		return fmt.Errorf("object %.100q: %w: %s", key, evidence.ErrInvalid, why)
	}
	if key == "" || len(key) > maxKey || !utf8.ValidString(key) {
		return fault(fmt.Sprintf("a key has 1 to %d bytes of UTF-8", maxKey))
	}
	for part := range strings.SplitSeq(key, "/") {
		switch {
		case part == "" || part == "." || part == "..":
			return fault("a key has no empty part and no dots between its slashes")
		case len(part) > maxPart:
			return fault(fmt.Sprintf("a part of a key has at most %d bytes", maxPart))
		case strings.HasPrefix(part, scratch):
			return fault("a part of a key does not begin with " + scratch)
		case strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }):
			return fault("a key has no control characters and no backslash")
		}
	}
	return nil
}

func checkRange(key string, offset, length int64) error {
	if offset < 0 || length <= 0 {
		return fmt.Errorf("object %s: %w: a range begins at 0 or later and has a byte at least, not %d+%d", key, evidence.ErrInvalid, offset, length)
	}
	return check(key)
}
