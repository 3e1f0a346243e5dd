package crawler_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkVisits measures what a visit costs beside the network: claim,
// archive with sync, settlement, each durable. The web answers at once; hosts
// have no gap to speak of.
func BenchmarkVisits(b *testing.B) {
	h := open(b, b.TempDir())
	for id, s := range h.sources {
		s.Manners.Gap = time.Nanosecond
		h.sources[id] = s
	}
	var urls []string
	for i := range b.N {
		u := fmt.Sprintf("http://h%d.example/%d", i%64, i)
		h.web.says(u, answer{status: 200, body: u})
		urls = append(urls, u)
	}
	h.add("r", urls...)
	b.ResetTimer()
	stop := h.start()
	for !h.counts("r").Empty() {
		<-time.After(5 * time.Millisecond)
	}
	if err := stop(); err != nil {
		b.Fatal(err)
	}
}
