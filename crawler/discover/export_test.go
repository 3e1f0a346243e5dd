package discover

import (
	"bytes"
	"io"
)

// ReadSitemapWithin is ReadSitemap with another limit, since the real one
// takes its time to reach.
func ReadSitemapWithin(limit int64, r io.Reader, each func(Entry)) (Tally, error) {
	return readSitemap(r, limit, "https://a.example/s", "", each)
}

// Tags are the start tags of a page as the scanner sees them: the name, and
// each attribute with its value.
func Tags(b []byte) [][]string {
	var out [][]string
	s := scanner{b: b}
	for name := s.next(); name != nil; name = s.next() {
		tag, seen := []string{lower(name)}, map[string]bool{}
		for {
			key, value, ok := s.attribute()
			if !ok {
				break
			}
			if k := lower(key); !seen[k] {
				seen[k] = true
				tag = append(tag, k, string(plainValue(value)))
			}
		}
		if !s.torn {
			out = append(out, tag)
		}
		if rawText(name) {
			s.raw(name)
		}
	}
	return out
}

func lower(b []byte) string {
	out := bytes.Clone(b)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] += 'a' - 'A'
		}
	}
	return string(out)
}
