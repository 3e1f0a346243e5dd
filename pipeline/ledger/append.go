package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"probity/pipeline/canon"
	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// Append adds one entry, synced before it returns, and says where it stands.
func (l *Ledger) Append(ctx context.Context, kind string, body any) (int64, error) {
	return l.AppendAll(ctx, Item{kind, body})
}

// AppendAll adds entries in one write and one sync, and returns the position
// of the first. After a failure nothing more can be added until the ledger
// was opened again, since nobody knows what reached the disk.
func (l *Ledger) AppendAll(_ context.Context, items ...Item) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := int64(len(l.ends)) + 1
	if l.broken != nil || l.o.ReadOnly || len(items) == 0 {
		return first, l.refusal()
	}
	var batch []byte
	type grown struct {
		entry Entry
		line  []byte
	}
	var made []grown
	for i, item := range items {
		body, err := canon.JSON(item.Body)
		if err != nil {
			return 0, fmt.Errorf("append %s: %w", item.Kind, err)
		}
		e := Entry{Seq: first + int64(i), Time: l.o.Now().UTC(), Kind: item.Kind, Body: body}
		line, err := canonical(e)
		if err != nil {
			return 0, fmt.Errorf("append %s: %w", item.Kind, err)
		}
		made, batch = append(made, grown{e, line}), append(batch, line...)
	}
	if err := l.write(batch); err != nil {
		l.broken = err
		return 0, err
	}
	for _, g := range made {
		end := int64(len(g.line))
		if n := len(l.ends); n > 0 {
			end += l.ends[n-1]
		}
		if err := l.grow(g.entry, g.line[:len(g.line)-1], end); err != nil {
			l.broken = err
			return 0, err
		}
	}
	return first, l.keepHead()
}

func (l *Ledger) refusal() error {
	switch {
	case l.broken != nil:
		return fmt.Errorf("append to ledger: %w: %w: start again", evidence.ErrUnavailable, l.broken)
	case l.o.ReadOnly:
		return fmt.Errorf("append to ledger: %w: only the working process writes", evidence.ErrForbidden)
	}
	return nil
}

// write brings blobs and entries to the disk, the blobs first: an entry never
// names what is not there.
func (l *Ledger) write(batch []byte) error {
	if l.dirty {
		if err := l.blobs.Sync(); err != nil {
			return datadir.Full(l.o.Dir, fmt.Errorf("sync blobs: %w", err))
		}
		l.dirty = false
	}
	var at int64
	if n := len(l.ends); n > 0 {
		at = l.ends[n-1]
	}
	if _, err := l.entries.WriteAt(batch, at); err != nil {
		return datadir.Full(l.o.Dir, fmt.Errorf("append to ledger: %w", err))
	}
	l.o.Mark("ledger_append")
	if err := l.entries.Sync(); err != nil {
		return datadir.Full(l.o.Dir, fmt.Errorf("sync ledger: %w", err))
	}
	l.o.Mark("ledger_sync")
	return nil
}

func (l *Ledger) keepHead() error {
	head, err := l.head()
	if err != nil {
		return err
	}
	b, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if err := datadir.WriteFile(filepath.Join(l.o.Dir, headName), append(b, '\n')); err != nil {
		return datadir.Full(l.o.Dir, fmt.Errorf("keep head of ledger: %w", err))
	}
	return nil
}

// Seal keeps a value as a blob and returns the digest of its canonical JSON.
// It is on the disk before the next entry is.
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
	if _, err := l.blobs.WriteAt(append(b, '\n'), l.blobEnd); err != nil {
		l.broken = err
		return "", datadir.Full(l.o.Dir, fmt.Errorf("seal: %w", err))
	}
	end := l.blobEnd + int64(len(b)) + 1
	l.blobAt[digest], l.blobEnd, l.dirty = span{l.blobEnd, end - 1}, end, true
	return digest, nil
}

// Blob returns what was sealed under a digest, and makes sure that it still is.
func (l *Ledger) Blob(digest string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.blobAt[digest]
	if !ok {
		return nil, fmt.Errorf("sealed %s: %w", digest, evidence.ErrNotFound)
	}
	b := make([]byte, at.end-at.start)
	if _, err := l.blobs.ReadAt(b, at.start); err != nil {
		return nil, fmt.Errorf("sealed %s: %w", digest, err)
	}
	if evidence.DigestBytes(b) != digest {
		return nil, fmt.Errorf("sealed %s: %w: its bytes were changed: restore %s from a backup", digest, evidence.ErrInvalid, blobsName)
	}
	return b, nil
}

func (l *Ledger) readBlob(line []byte, end int64) error {
	l.blobAt[evidence.DigestBytes(line)] = span{end - int64(len(line)) - 1, end - 1}
	l.blobEnd = end
	return nil
}
