package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

// A puppet is a browser of which a test pulls the strings.
type puppet func(ctx context.Context, p crawler.Live) (crawler.Rendered, error)

func (r puppet) Render(ctx context.Context, p crawler.Live) (crawler.Rendered, error) {
	return r(ctx, p)
}

const scripted = "http://a.example/list"

// stage serves a page that needs its scripts, and what they ask for.
func stage(h *house, r evidence.Render, pull puppet) {
	src := h.sources["s"]
	src.Views = []evidence.View{{Name: "page", Match: ".", Render: &r}}
	h.sources["s"] = src
	h.Renderer = pull
	h.web.says(scripted, answer{status: 200, body: "<script src=a.js></script>"})
	for _, part := range []string{"a.js", "list.json", "more.json"} {
		h.web.says("http://a.example/"+part, answer{status: 200, body: part, takes: time.Second})
	}
	h.add("r", scripted)
}

// asks has a page ask for parts one after the other, and says how it went.
func asks(said map[string]string, parts ...string) puppet {
	return func(ctx context.Context, p crawler.Live) (crawler.Rendered, error) {
		for _, part := range parts {
			method, url, _ := strings.Cut(part, " ")
			_, err := p.Get(ctx, crawler.Part{Method: method, URL: url})
			said[part] = "given"
			if err != nil {
				said[part] = crawler.Vain(err)
			}
		}
		return crawler.Rendered{DOM: []byte("<p>深圳</p>"), Screenshot: []byte("png"), ImageType: "image/png", By: "Chrome/1"}, nil
	}
}

func TestWhatAPageBecomesIsKeptWithItAndItsPartsBesideIt(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		said := map[string]string{}
		stage(h, evidence.Render{}, asks(said, "GET http://a.example/a.js", "GET http://a.example/list.json"))
		if c := h.within(time.Hour, "r"); c.Done != 1 || c.Total() != 1 {
			t.Errorf("counts = %+v", c)
		}
		all := h.captures()
		page := all[scripted][0]
		x, err := h.archive.Open(t.Context(), page.ID)
		dom, ok := x.Attachment(evidence.AttachedDOM)
		shot, shown := x.Attachment(evidence.AttachedScreenshot)
		if err != nil || !ok || !shown || string(dom) != "<p>深圳</p>" || string(shot) != "png" || string(x.Body) != "<script src=a.js></script>" {
			t.Errorf("kept %q %q %q %v", dom, shot, x.Body, err)
		}
		if page.Content != evidence.ContentID(page) || page.Attached[0].By != "Chrome/1" {
			t.Errorf("capture %+v", page)
		}
		for _, part := range []string{"a.js", "list.json"} {
			c := all["http://a.example/"+part]
			if len(c) != 1 || c[0].Lead.View != evidence.PartView || c[0].Lead.Origin != page.Lead.Key() || !c[0].Robots.Allowed {
				t.Errorf("%s: %+v", part, c)
			}
		}
		if h.queued() != 1 {
			t.Errorf("%d captures are to be read: a part was taken for a page", h.queued())
		}
		h.wantOnce()
	})
}

func TestPartsOfAPageKeepTheirHostsGap(t *testing.T) {
	for name, tt := range map[string]struct {
		together int
		robots   string
		want     []time.Duration // before each part
	}{
		"as pages do":                            {0, "", []time.Duration{gap, gap, gap}},
		"but for those that follow together":     {2, "", []time.Duration{0, 0, gap}},
		"where robots.txt asks for a delay, all": {2, "User-agent: *\nCrawl-delay: 12\n", []time.Duration{12 * time.Second, 12 * time.Second, 12 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, h *house) {
				said := map[string]string{}
				if tt.robots != "" {
					h.web.says("http://a.example/robots.txt", answer{status: 200, body: tt.robots})
				}
				stage(h, evidence.Render{Together: tt.together}, asks(said, "GET http://a.example/a.js", "GET http://a.example/list.json", "GET http://a.example/more.json"))
				h.add("r", "http://a.example/after")
				h.within(time.Hour, "r")
				for n, got := range pauses(h) {
					if n < 3 && got != tt.want[n] {
						t.Errorf("part %d came after %s, want %s", n, got, tt.want[n])
					}
				}
				if h.web.overlap {
					t.Error("a host had two visitors at once")
				}
			})
		})
	}
}

// pauses are before each visit after that of the page with scripts.
func pauses(h *house) (all []time.Duration) {
	var last time.Time
	for _, v := range h.web.visits {
		if !last.IsZero() {
			all = append(all, v.start.Sub(last))
		}
		if v.url == scripted || !last.IsZero() {
			last = v.end
		}
	}
	return all
}

func TestPartsThatNobodyMayHaveAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.web.says("http://a.example/robots.txt", answer{status: 200, body: "User-agent: *\nDisallow: /secret\n"})
		want := map[string]string{
			"GET http://a.example/secret.json":    "robots_disallowed",
			"GET http://b.example/lib.js":         "host",
			"GET http://127.0.0.1/admin":          "host",
			"GET file:///etc/passwd":              "scheme",
			"GET ws://a.example/socket":           "scheme",
			"GET http://a.example/private/x.json": "excluded",
			"POST http://a.example/list.json":     "method",
			"DELETE http://a.example/list.json":   "method",
			"GET http://a.example/list.json":      "given",
		}
		said := map[string]string{}
		var parts []string
		for part := range want {
			parts = append(parts, part)
		}
		stage(h, evidence.Render{}, asks(said, parts...))
		h.within(time.Hour, "r")
		for part, reason := range want {
			if said[part] != reason {
				t.Errorf("%s: %s, want %s", part, said[part], reason)
			}
		}
		for _, url := range []string{"http://a.example/secret.json", "http://b.example/lib.js", "http://127.0.0.1/admin", "http://a.example/private/x.json"} {
			if h.web.asked(url) > 0 {
				t.Errorf("%s was asked for", url)
			}
		}
		if h.web.asked("http://a.example/list.json") != 1 {
			t.Error("a form was posted, or more")
		}
	})
}

func TestOtherHostsAndFormsAreGivenWhereTheyAreDeclared(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		said := map[string]string{}
		h.web.says("http://b.example/lib.js", answer{status: 200, body: "lib"})
		stage(h, evidence.Render{Post: true}, asks(said, "GET http://b.example/lib.js", "POST http://a.example/list.json"))
		src := h.sources["s"]
		src.Hosts, src.Manners.Group = []string{"a.example", "b.example"}, "both"
		h.sources["s"] = src
		h.within(time.Hour, "r")
		for part, how := range said {
			if how != "given" {
				t.Errorf("%s: %s", part, how)
			}
		}
	})
}

func TestWhatAPagePostsIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		said := map[string]string{}
		stage(h, evidence.Render{Post: true}, func(ctx context.Context, p crawler.Live) (crawler.Rendered, error) {
			for name, part := range map[string]crawler.Part{
				"JSON":    {Body: "{}", BodyType: crawler.JSONBody},
				"a file":  {Body: "x", BodyType: "multipart/form-data"},
				"too big": {Body: strings.Repeat("x", crawler.MaxPartBody+1)},
				"binary":  {Body: "\xff"},
			} {
				part.Method, part.URL = "POST", "http://a.example/list.json"
				_, err := p.Get(ctx, part)
				said[name] = "given"
				if err != nil {
					said[name] = crawler.Vain(err)
				}
			}
			return asks(said)(ctx, p)
		})
		h.within(time.Hour, "r")
		for name, want := range map[string]string{"JSON": "given", "a file": "body", "too big": "body", "binary": "body"} {
			if said[name] != want {
				t.Errorf("%s: %s, want %s", name, said[name], want)
			}
		}
	})
}

func TestAPageMayNotAskForTooManyBytes(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		said := map[string]string{}
		var parts []string
		for i := range 5 {
			u := fmt.Sprintf("http://a.example/%d.js", i)
			h.web.says(u, answer{status: 200, body: strings.Repeat("x", crawler.MaxPartBytes/4+1)})
			parts = append(parts, "GET "+u)
		}
		stage(h, evidence.Render{}, asks(said, parts...))
		h.within(time.Hour, "r")
		if said[parts[3]] != "given" || said[parts[4]] != "bytes" {
			t.Errorf("said %v", said)
		}
	})
}

func TestAPageWhoseScriptsCameToNothingIsNoPage(t *testing.T) {
	fails := func(err error) puppet {
		return func(ctx context.Context, p crawler.Live) (crawler.Rendered, error) {
			_, _ = p.Get(ctx, crawler.Part{Method: "GET", URL: "http://a.example/a.js"})
			return crawler.Rendered{}, err
		}
	}
	for name, tt := range map[string]struct {
		pull   puppet
		reason string
		asked  int
	}{
		"for no browser is here":   {nil, "browser_missing", 1},
		"for it never finished":    {fails(&crawler.FaultError{Reason: "render_timeout", Err: evidence.ErrInvalid}), "render_timeout", 1},
		"for the browser crashed":  {fails(&crawler.FaultError{Reason: "browser", Err: evidence.ErrUnavailable}), "browser", crawler.DefaultPolicy().Attempts},
		"for the browser panicked": {func(context.Context, crawler.Live) (crawler.Rendered, error) { panic("browser") }, "panic", 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, h *house) {
				stage(h, evidence.Render{}, tt.pull)
				if tt.pull == nil {
					h.Renderer = nil
				}
				c := h.within(100*time.Hour, "r")
				if c.Failed[tt.reason] != 1 || c.Done != 0 || h.queued() != 0 || h.web.asked(scripted) != tt.asked {
					t.Errorf("counts %+v, queued %d, asked %d times", c, h.queued(), h.web.asked(scripted))
				}
				if kept := h.captures()[scripted]; tt.reason != "panic" && (len(kept) != tt.asked || kept[0].Lead.View != evidence.PartView) {
					t.Errorf("the document that was asked for is kept as %+v", kept)
				}
			})
		})
	}
}

func TestStoppingEndsAPageUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		ended := make(chan error, 1)
		stage(h, evidence.Render{}, func(ctx context.Context, _ crawler.Live) (crawler.Rendered, error) {
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return crawler.Rendered{}, fmt.Errorf("stopped: %w", context.Cause(ctx))
		})
		stop := h.start()
		wait(time.Minute)
		began := time.Now()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(began) > time.Second {
			t.Errorf("ended after %s by %v", time.Since(began), err)
		}
		if c := h.counts("r"); c.Empty() || len(c.Failed) > 0 {
			t.Errorf("the lead was not given back: %+v", c)
		}
	})
}
