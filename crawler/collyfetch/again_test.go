package collyfetch

import (
	"net/http"
	"strings"
	"testing"
)

func TestAPageIsAskedForOnConditionAndA304IsAnAnswer(t *testing.T) {
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `W/"1"`)
		if r.Header.Get("If-None-Match") == `W/"1"` && r.Header.Get("If-Modified-Since") == "Mon, 02 Nov 2026 10:00:00 GMT" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		say(w, "page")
	})
	r := get("http://site.example/")
	if e := fetch(t, f, r); e.Capture.Status != 200 || strings.Contains(string(e.Request), "If-") {
		t.Errorf("unasked: %d, %q", e.Capture.Status, e.Request)
	}
	r.ETag, r.Modified = `W/"1"`, "Mon, 02 Nov 2026 10:00:00 GMT"
	if e := fetch(t, f, r); e.Capture.Status != 304 || len(e.Body) != 0 || !strings.HasPrefix(string(e.Response), "HTTP/1.1 304") {
		t.Errorf("asked: %d, %q, %q", e.Capture.Status, e.Response, e.Body)
	}
}
