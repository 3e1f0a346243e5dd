package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"probity/pipeline/canon"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// A span is where a blob stands in its file.
type span struct{ start, end int64 }

// Seal keeps a value as a blob and returns the digest of its canonical JSON.
// It is on the disk before the next entry is. To seal the same again costs
// nothing.
func (l *Ledger) Seal(_ context.Context, v any) (string, error) {
	b, err := canon.JSON(v)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	digest := evidence.DigestBytes(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.blobAt[digest]; ok {
		return digest, nil
	}
	if err := l.refusal(); err != nil {
		return "", err
	}
	if len(b) >= maxLine {
		return "", fmt.Errorf("seal: %w: a value of %d bytes, less than %d may be", evidence.ErrInvalid, len(b), maxLine)
	}
	if l.o.Shared != nil {
		l.unshared[digest] = b // kept when it is shared, with the next entries
		return digest, nil
	}
	if err := l.keepBlob(digest, b); err != nil {
		return "", datadir.Full(l.o.Dir, fmt.Errorf("seal: %w", err))
	}
	return digest, nil
}

// keepBlob writes a blob that is not there yet.
func (l *Ledger) keepBlob(digest string, b []byte) error {
	if _, ok := l.blobAt[digest]; ok {
		return nil
	}
	if err := l.put(l.blobs, append(slices.Clone(b), '\n'), l.blobEnd); err != nil {
		return err
	}
	end := l.blobEnd + int64(len(b))
	l.blobAt[digest], l.blobEnd, l.dirty = span{l.blobEnd, end}, end+1, true
	return nil
}

// Blob returns what was sealed under a digest, and makes sure that it still
// is; evidence.ErrNotFound if nothing was.
func (l *Ledger) Blob(digest string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.unshared[digest]; ok {
		return b, nil
	}
	at, ok := l.blobAt[digest]
	if !ok {
		return nil, fmt.Errorf("sealed %s: %w", digest, evidence.ErrNotFound)
	}
	if l.blobs == nil {
		return nil, fmt.Errorf("sealed %s: %w: %w", digest, evidence.ErrUnavailable, l.broken)
	}
	b := make([]byte, at.end-at.start)
	if _, err := l.blobs.ReadAt(b, at.start); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("sealed %s: %w", digest, err)
	}
	if evidence.DigestBytes(b) != digest {
		return nil, fmt.Errorf("sealed %s: %w: its bytes were changed; restore %s from a backup", digest, evidence.ErrInvalid, blobName)
	}
	return b, nil
}

// openBlobs finds the blobs. What is not a whole line at their end was sealed
// by nobody who was told so, and is cut.
func (l *Ledger) openBlobs() (err error) {
	flag := os.O_RDWR | os.O_CREATE
	if l.o.ReadOnly {
		flag = os.O_RDONLY
	}
	if l.blobs, err = os.OpenFile(filepath.Join(l.o.Dir, blobName), flag, 0o600); err != nil {
		return err
	}
	in := bufio.NewReaderSize(l.blobs, 64<<10)
	for {
		line, err := readLine(in)
		switch {
		case errors.Is(err, io.EOF) && (len(line) == 0 || l.o.ReadOnly):
			return nil
		case errors.Is(err, io.EOF):
			l.o.Log.Warn("torn end of the blobs cut off", slog.String("file", l.blobs.Name()), slog.Int64("offset", l.blobEnd), slog.Int("bytes", len(line)))
			return l.blobs.Truncate(l.blobEnd)
		case err != nil:
			return fmt.Errorf("%s at offset %d: %w; restore the file from a backup", blobName, l.blobEnd, err)
		}
		end := l.blobEnd + int64(len(line))
		l.blobAt[evidence.DigestBytes(line)], l.blobEnd = span{l.blobEnd, end}, end+1
	}
}
