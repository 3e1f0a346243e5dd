package main

import (
	"fmt"

	"probity/pipeline/datadir"
	"probity/pipeline/evidence"
)

// room says why nothing may be fetched just now: the disk of the data
// directory has less left than crawl.free. A run is not begun then, and one
// that is under way waits; what was fetched already is kept for as long as
// half of that is left.
func (h *house) room() error {
	floor := uint64(max(h.config.Crawl.Free, 0))
	left, err := datadir.Free(h.dir.Path())
	if err != nil || left >= floor {
		return err
	}
	return fmt.Errorf("%w: 磁盘空间不足 %d MiB are free on the disk of %s and %d MiB have to stay so (crawl.free); free some space, the crawl goes on by itself",
		evidence.ErrUnavailable, left>>20, h.dir.Path(), floor>>20)
}

// keepFree is what has to stay free for the archive to keep what was fetched.
func (c Config) keepFree() uint64 { return uint64(max(c.Crawl.Free, 0)) / 2 }
