package discover

import "io"

// ReadSitemapWithin is ReadSitemap with another limit, since the real one
// takes its time to reach.
func ReadSitemapWithin(limit int64, r io.Reader, each func(Entry)) (Tally, error) {
	return readSitemap(r, limit, "https://a.example/s", "", each)
}
