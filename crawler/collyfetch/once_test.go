package collyfetch

import (
	"net/http"
	"sync/atomic"
	"testing"

	"probity/pipeline/evidence"
)

// A second request without the gap would be impolite, and nobody would count
// it: the visitor asks again, in its time.
func TestARequestIsSentOnceThoughAUsedConnectionBreaks(t *testing.T) {
	var asked atomic.Int32
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1); r.URL.Path == "/breaks" {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = c.Close()
			}
			return
		}
		say(w, "page")
	})
	for range 5 {
		before := asked.Load()
		fetch(t, f, get("http://site.example/"))
		fails(t, f, get("http://site.example/breaks"), "connect", evidence.ErrUnavailable)
		if n := asked.Load() - before; n != 2 {
			t.Errorf("%d requests were sent, want 2", n)
		}
	}
}
