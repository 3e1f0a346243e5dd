package ledger

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

// A tree is the Merkle tree of the leaves, as package tlog stores it: every
// hash of every level, in the order in which they come to be.
type tree struct {
	n      int64 // leaves
	hashes []tlog.Hash
}

var _ tlog.HashReader = (*tree)(nil)

// ReadHashes implements [tlog.HashReader].
func (t *tree) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, n := range at {
		if n < 0 || n >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("the tree has no hash %d", n)
		}
		out[i] = t.hashes[n]
	}
	return out, nil
}

// add adds a leaf and returns the hashes that came to be.
func (t *tree) add(leaf tlog.Hash) ([]tlog.Hash, error) {
	more, err := tlog.StoredHashesForRecordHash(t.n, leaf, t)
	if err != nil {
		return nil, fmt.Errorf("hash ledger: %w", err)
	}
	t.hashes = append(t.hashes, more...)
	t.n++
	return more, nil
}

// cut takes the tree back to n leaves.
func (t *tree) cut(n int64) {
	t.n = n
	t.hashes = t.hashes[:tlog.StoredHashCount(n)]
}

// leaf returns the hash of leaf n, from 0.
func (t *tree) leaf(n int64) tlog.Hash { return t.hashes[tlog.StoredHashIndex(0, n)] }

// head returns the root over the first n leaves; the zero hash for none.
func (t *tree) head(n int64) (Head, error) {
	root, err := tlog.TreeHash(n, t)
	if err != nil {
		return Head{}, fmt.Errorf("hash ledger: %w", err)
	}
	return Head{Size: n, Root: root}, nil
}

// readTree reads the hashes that were kept; what is not a whole tree at their
// end is left out.
func readTree(path string) (*tree, error) {
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	t := &tree{hashes: make([]tlog.Hash, len(raw)/tlog.HashSize)}
	for i := range t.hashes {
		copy(t.hashes[i][:], raw[i*tlog.HashSize:])
	}
	low, high := int64(0), int64(len(t.hashes)) // as many leaves as the hashes are enough for
	for low < high {
		if mid := (low + high + 1) / 2; tlog.StoredHashCount(mid) <= int64(len(t.hashes)) {
			low = mid
		} else {
			high = mid - 1
		}
	}
	t.cut(low)
	return t, nil
}

// raw is hashes as they stand in the file.
func raw(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}
