package s3archive

import (
	"container/list"
	"context"
	"errors"
	"sync"

	"probity/pipeline/evidence"
	"probity/pipeline/objects"
)

// A cache holds blocks of objects that never change. Whoever works through a
// segment finds the next pages in the block that brought the first; those who
// want the same block at once wait for one request.
type cache struct {
	store objects.Store
	most  int64 // bytes held
	size  int64 // bytes of a block

	mu     sync.Mutex
	held   int64
	blocks map[blockKey]*block
	recent *list.List // of *block, the last used first
}

type blockKey struct {
	object string
	n      int64
}

type block struct {
	key   blockKey
	ready chan struct{} // closed when b or err is there
	b     []byte
	err   error
	at    *list.Element // nil while it is on its way
}

func newCache(s objects.Store, most, size int64) *cache {
	return &cache{store: s, most: most, size: min(size, most), blocks: map[blockKey]*block{}, recent: list.New()}
}

// read returns length bytes of an object from offset, or fewer where it ends.
func (c *cache) read(ctx context.Context, object string, offset, length int64) ([]byte, error) {
	if length > 4*c.size { // large, and rarely wanted twice
		return c.store.GetRange(ctx, object, offset, length)
	}
	out := make([]byte, 0, length)
	for n := offset / c.size; int64(len(out)) < length; n++ {
		b, err := c.get(ctx, blockKey{object, n})
		if len(out) > 0 && errors.Is(err, evidence.ErrInvalid) {
			break // it ended with the block before
		}
		if err != nil {
			return nil, err
		}
		from := max(offset-n*c.size, 0)
		if from >= int64(len(b)) {
			break
		}
		out = append(out, b[from:min(int64(len(b)), from+length-int64(len(out)))]...)
		if int64(len(b)) < c.size {
			break
		}
	}
	return out, nil
}

func (c *cache) get(ctx context.Context, key blockKey) ([]byte, error) {
	for {
		c.mu.Lock()
		b, ok := c.blocks[key]
		if !ok {
			b = &block{key: key, ready: make(chan struct{})}
			c.blocks[key] = b
			c.mu.Unlock()
			return c.load(ctx, b)
		}
		if b.at != nil {
			c.recent.MoveToFront(b.at)
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-b.ready:
		}
		if b.err == nil || !errors.Is(b.err, context.Canceled) && !errors.Is(b.err, context.DeadlineExceeded) {
			return b.b, b.err
		} // it was another's call that ended: ask again
	}
}

func (c *cache) load(ctx context.Context, b *block) ([]byte, error) {
	b.b, b.err = c.store.GetRange(ctx, b.key.object, b.key.n*c.size, c.size)
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(b.ready)
	if b.err != nil {
		delete(c.blocks, b.key)
		return nil, b.err
	}
	b.at = c.recent.PushFront(b)
	for c.held += int64(len(b.b)); c.held > c.most && c.recent.Len() > 1; {
		last := c.recent.Remove(c.recent.Back()).(*block)
		delete(c.blocks, last.key)
		c.held -= int64(len(last.b))
	}
	return b.b, nil
}

// A stream reads an object from its first byte to its last through the cache.
type stream struct {
	ctx    context.Context //nolint:containedctx // an io.Reader has no other way to have one
	c      *cache
	object string
	n      int64
	left   []byte
	ended  bool
}
