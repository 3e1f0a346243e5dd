package crawler_test

import (
	"net/http"
	"testing"
	"time"

	"probity/crawler"
	"probity/pipeline/evidence"
)

func TestRestDoublesToADayUnlessTheHostSays(t *testing.T) {
	p := crawler.DefaultPolicy()
	for _, tt := range []struct {
		level int
		busy  crawler.Busy
		want  time.Duration
	}{
		{0, crawler.Busy{}, time.Minute},
		{1, crawler.Busy{}, 2 * time.Minute},
		{10, crawler.Busy{}, 1024 * time.Minute},
		{11, crawler.Busy{}, 24 * time.Hour},
		{1 << 30, crawler.Busy{}, 24 * time.Hour},
		{2, crawler.Busy{Base: time.Second}, 4 * time.Second},
		{5, crawler.Busy{Base: time.Second, RetryAfter: 90 * time.Second}, 90 * time.Second},
		{0, crawler.Busy{RetryAfter: 300 * 24 * time.Hour}, 24 * time.Hour},
	} {
		if got := p.Rest(tt.level, tt.busy); got != tt.want {
			t.Errorf("Rest(%d, %+v) = %s, want %s", tt.level, tt.busy, got, tt.want)
		}
	}
	if got := p.Pause(3, time.Second); got != 4*time.Second {
		t.Errorf("third pause = %s, want 4 s", got)
	}
}

// RFC 9110, 10.2.3: seconds, or a date.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, " 5 ": 5 * time.Second, "0": 0, "-5": 0, "soon": 0, "99999999999999": 0,
		"Mon, 02 Nov 2026 09:00:00 GMT": time.Hour, "Mon, 02 Nov 2026 07:00:00 GMT": 0,
	} {
		e := evidence.Exchange{Header: http.Header{"Retry-After": {value}}}
		if got := crawler.RetryAfter(e, now); got != want {
			t.Errorf("RetryAfter(%q) = %s, want %s", value, got, want)
		}
	}
}
