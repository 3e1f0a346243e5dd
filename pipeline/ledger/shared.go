package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// Shared is where the ledger of a fleet stands: objects that are made once and
// never changed. What one AppendAll adds, with the blobs that it names, is one
// object, named by the seq of its first entry; to put it is the compare and
// swap, so of two who add at once one wins and the other reads and tries
// again. The folder is then a copy, made by reading.
type Shared interface {
	// PutNew makes an object; evidence.ErrConflict if there is one.
	PutNew(ctx context.Context, key string, data []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
	// Keys calls each with the keys that begin with prefix and lie behind
	// after, in order.
	Keys(ctx context.Context, prefix, after string, each func(key string) error) error
}

const bundleHead = "ledger/"

func bundleKey(first int64) string { return fmt.Sprintf("%s%012d", bundleHead, first) }

// A cover is the first line of a bundle as an object: how many lines of
// entries follow, and how many of blobs behind them.
type cover struct {
	Entries int `json:"entries"`
	Blobs   int `json:"blobs"`
}

// tries is how often somebody else may be faster before adding gives up.
const tries = 50

// Pull reads what others have added since. Without a Shared it does nothing.
func (l *Ledger) Pull(ctx context.Context) error {
	if l.o.Shared == nil {
		return nil
	}
	l.turnstile.Lock()
	defer l.turnstile.Unlock()
	if err := l.pull(ctx); err != nil {
		return fmt.Errorf("read shared ledger: %w", err)
	}
	return nil
}

func (l *Ledger) pull(ctx context.Context) error {
	var keys []string
	after := ""
	if n := l.size(); n > 0 {
		after = bundleKey(n) // no bundle begins with the last entry, or it is ours already
	}
	err := l.o.Shared.Keys(ctx, bundleHead, after, func(key string) error {
		keys = append(keys, key)
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		data, err := l.o.Shared.Get(ctx, key)
		if err != nil {
			return err
		}
		if err := l.copy(key, data); err != nil {
			return err
		}
	}
	return nil
}

// copy takes a bundle of somebody else's into the folder.
func (l *Ledger) copy(key string, data []byte) error {
	b, blobs, err := l.read(key, data)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.refusal(); err != nil {
		return err
	}
	for digest, blob := range blobs {
		if err := l.keepBlob(digest, blob); err != nil {
			return datadir.Full(l.o.Dir, err)
		}
	}
	return datadir.Full(l.o.Dir, l.commit(b))
}

// read takes apart a bundle and holds it against what is known: it goes on where
// the ledger ends, and every line has the hash that it states.
func (l *Ledger) read(key string, data []byte) (b bundle, blobs map[string][]byte, err error) {
	var c cover
	head, rest, ok := bytes.Cut(data, []byte("\n"))
	if err := json.Unmarshal(head, &c); !ok || err != nil || c.Entries < 1 || c.Blobs < 0 {
		return b, nil, fmt.Errorf("%w: it is no bundle of entries; restore the object from a backup", evidence.ErrInvalid)
	}
	lines := bytes.SplitAfter(rest, []byte("\n"))
	if len(lines) != c.Entries+c.Blobs+1 || len(lines[len(lines)-1]) != 0 {
		return b, nil, fmt.Errorf("%w: it should have %d lines behind the first; restore the object from a backup", evidence.ErrInvalid, c.Entries+c.Blobs)
	}
	seq := l.size()
	for _, line := range lines[:c.Entries] {
		e, _, err := parse(bytes.TrimSuffix(line, []byte("\n")))
		switch seq++; {
		case err != nil:
			return b, nil, changed(seq, key, err)
		case e.Seq != seq:
			return b, nil, missing(seq, e.Seq, key)
		}
		b.time = e.Time
		b.starts, b.leaves = append(b.starts, int64(len(b.lines))), append(b.leaves, e.Leaf)
		b.lines = append(b.lines, line...)
	}
	blobs = map[string][]byte{}
	for _, line := range lines[c.Entries : c.Entries+c.Blobs] {
		blob := bytes.TrimSuffix(line, []byte("\n"))
		blobs[evidence.DigestBytes(blob)] = blob
	}
	return b, blobs, nil
}

// share puts what is to be added where all read it. evidence.ErrConflict:
// somebody was faster.
func (l *Ledger) share(ctx context.Context, b bundle, blobs map[string][]byte) error {
	data, err := object(b.lines, len(b.leaves), blobs)
	if err != nil {
		return err
	}
	return l.o.Shared.PutNew(ctx, bundleKey(l.size()+1), data)
}

// object is a bundle as it is shared.
func object(lines []byte, entries int, blobs map[string][]byte) ([]byte, error) {
	data, err := json.Marshal(cover{entries, len(blobs)})
	if err != nil {
		return nil, err
	}
	data = append(append(data, '\n'), lines...)
	for _, digest := range slices.Sorted(maps.Keys(blobs)) {
		data = append(append(data, blobs[digest]...), '\n')
	}
	return data, nil
}

// AppendIf adds the entries that decide names, as one, and returns the
// position of the first. Where the ledger is shared, decide is called with
// everything read that others added, and again when somebody was faster; so
// what it finds there still holds when its entries stand. With no entries
// nothing is added.
func (l *Ledger) AppendIf(ctx context.Context, decide func() ([]Item, error)) (int64, error) {
	l.turnstile.Lock()
	defer l.turnstile.Unlock()
	for range tries {
		first, err := l.tryAppend(ctx, decide)
		if l.o.Shared == nil || !errors.Is(err, errFaster) {
			return first, err
		}
	}
	return 0, fmt.Errorf("append to ledger: %w: others were faster %d times; try again", evidence.ErrUnavailable, tries)
}

var errFaster = errors.New("somebody was faster")

func (l *Ledger) tryAppend(ctx context.Context, decide func() ([]Item, error)) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if l.o.Shared != nil {
		if err := l.pull(ctx); err != nil {
			return 0, fmt.Errorf("append to ledger: %w", err)
		}
	}
	items, err := decide()
	if err != nil || len(items) == 0 {
		return l.size() + 1, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.tree.n + 1
	if err := l.refusal(); err != nil {
		return first, err
	}
	b, err := l.compose(items)
	if err == nil && l.o.Shared != nil {
		err = l.shareLocked(ctx, b)
	}
	if err == nil {
		err = l.commit(b)
	}
	switch {
	case errors.Is(err, errFaster):
		return 0, err
	case err != nil:
		return 0, datadir.Full(l.o.Dir, fmt.Errorf("append to ledger: %w", err))
	}
	l.o.Mark("ledger")
	return first, nil
}

// shareLocked shares a bundle with the blobs that wait, and keeps these. The
// lock is given up meanwhile, so that readers go on; the turnstile is held, so
// nobody adds.
func (l *Ledger) shareLocked(ctx context.Context, b bundle) error {
	blobs := maps.Clone(l.unshared)
	l.mu.Unlock()
	err := l.share(ctx, b, blobs)
	l.mu.Lock()
	if errors.Is(err, evidence.ErrConflict) {
		return errFaster
	}
	if err != nil {
		return err
	}
	for digest, blob := range blobs {
		if err := l.keepBlob(digest, blob); err != nil {
			return err
		}
		delete(l.unshared, digest)
	}
	return nil
}

// Upload shares a ledger that was kept in a folder alone, from where the
// shared one ends: how a laptop's goes to a fleet. One that is not the
// beginning of the folder's is evidence.ErrConflict.
func (l *Ledger) Upload(ctx context.Context, to Shared) (int64, error) {
	have := int64(0)
	err := to.Keys(ctx, bundleHead, "", func(key string) error {
		data, err := to.Get(ctx, key)
		if err != nil {
			return err
		}
		n, err := l.same(key, data, have)
		have += n
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("share ledger: %w", err)
	}
	blobs, err := l.allBlobs()
	if err != nil {
		return 0, err
	}
	sent := int64(0)
	for from := have + 1; from <= l.size(); {
		b, next, err := l.portion(from)
		if err != nil {
			return sent, fmt.Errorf("share ledger: %w", err)
		}
		data, err := object(b, int(next-from), blobs)
		if err != nil {
			return sent, err
		}
		if err := to.PutNew(ctx, bundleKey(from), data); err != nil {
			return sent, fmt.Errorf("share ledger: %w", err)
		}
		blobs = nil // with the first portion, so that no entry names what is not there
		sent, from = sent+next-from, next
	}
	return sent, nil
}

// same demands that a shared bundle holds what the folder holds from there.
func (l *Ledger) same(key string, data []byte, have int64) (int64, error) {
	c := cover{}
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	if err := json.Unmarshal(head, &c); err != nil {
		return 0, fmt.Errorf("%s: %w: it is no bundle of entries", key, evidence.ErrInvalid)
	}
	for i := range int64(c.Entries) {
		line, more, _ := bytes.Cut(rest, []byte("\n"))
		rest = more
		e, _, err := parse(line)
		if err != nil {
			return 0, changed(have+i+1, key, err)
		}
		l.mu.Lock()
		ours := have+i < l.tree.n && l.tree.leaf(have+i) == e.Leaf
		l.mu.Unlock()
		if !ours {
			return 0, fmt.Errorf("%w: the shared ledger has another entry %d: it is not this one's", evidence.ErrConflict, have+i+1)
		}
	}
	return int64(c.Entries), nil
}

// portion returns the lines of what was added as one from a seq on, and the
// seq behind.
func (l *Ledger) portion(from int64) (lines []byte, next int64, err error) {
	for next = from; ; {
		line, err := l.line(next)
		if err != nil {
			return nil, 0, err
		}
		_, more, err := parse(line)
		if err != nil {
			return nil, 0, err
		}
		lines, next = append(append(lines, line...), '\n'), next+1
		if more == 0 {
			return lines, next, nil
		}
	}
}

// line reads the line of an entry, without its line break.
func (l *Ledger) line(seq int64) ([]byte, error) {
	l.mu.Lock()
	at := l.places[seq-1]
	name := l.parts[at.part].name
	l.mu.Unlock()
	f, err := os.Open(filepath.Join(l.o.Dir, name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	if _, err := f.Seek(at.offset, io.SeekStart); err != nil {
		return nil, err
	}
	return readLine(bufio.NewReaderSize(f, 64<<10))
}

// allBlobs are the blobs of the folder by digest.
func (l *Ledger) allBlobs() (map[string][]byte, error) {
	l.mu.Lock()
	digests := slices.Collect(maps.Keys(l.blobAt))
	l.mu.Unlock()
	all := map[string][]byte{}
	for _, d := range digests {
		b, err := l.Blob(d)
		if err != nil {
			return nil, err
		}
		all[d] = b
	}
	return all, nil
}
