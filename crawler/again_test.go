package crawler_test

import (
	"net/http"
	"testing"
	"time"

	"probity/pipeline/evidence"
)

// tagsAsked are the tags with which a page was asked for, visit by visit.
func tagsAsked(h *house, page string) (tags []string) {
	for _, v := range h.web.visits {
		if v.url == page {
			tags = append(tags, v.etag)
		}
	}
	return tags
}

// MODEL 1: an unchanged answer is a capture too, of the same content.
func TestAPageThatIsUnchangedIsSeenAgainWithoutBeingSentAgain(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		s := h.sources["s"]
		s.Revisit = &evidence.Revisit{Conditional: true}
		h.sources["s"] = s
		h.Past = h.archive
		tag := http.Header{"Etag": {`"one"`}}
		const page = "http://a.example/1"
		said := map[int]answer{1: {status: 200, body: "one", header: tag}, 4: {status: 200, body: "two", header: tag}, 5: {status: 404}}
		h.web.pages[page] = func(n int) answer {
			if a, ok := said[n]; ok {
				return a
			}
			return answer{status: 304}
		}
		for _, run := range []string{"r1", "r2", "r3", "r4", "r5", "r6"} {
			h.add(run, page)
			h.within(time.Hour, run)
		}
		asked := tagsAsked(h, page)
		if len(asked) != 6 || asked[0] != "" || asked[2] != `"one"` || asked[5] != `"one"` {
			t.Errorf("asked with %q", asked)
		}
		got := h.captures()[page]
		if len(got) != 6 || got[1].Content != got[0].Content || got[2].Content != got[0].Content || got[5].Content != got[3].Content || got[3].Content == got[0].Content {
			t.Fatalf("captures = %+v", got)
		}
		for i, from := range map[int]int{1: 0, 2: 0, 5: 3} {
			x, err := h.archive.Open(t.Context(), got[i].ID)
			if err != nil || string(x.Body) != map[int]string{0: "one", 3: "two"}[from] || x.Capture.Unchanged != got[from].ID || !x.Capture.OK() {
				t.Errorf("capture %d: %v, %+v, body %q", i, err, x.Capture, x.Body)
			}
		}
		if h.queued() != 5 || h.Progress().Bytes != 6 {
			t.Errorf("%d queued, %d bytes", h.queued(), h.Progress().Bytes)
		}
	})
}

func TestAnAnswerThatNothingChangedIsNoPageToWhoDidNotAsk(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.Past = h.archive
		h.web.says("http://a.example/1", answer{status: 304})
		h.add("r", "http://a.example/1")
		if c := h.within(time.Hour, "r"); c.Failed["http_304"] != 1 {
			t.Errorf("counts = %+v", c)
		}
	})
}
